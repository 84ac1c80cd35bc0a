"""`canh find`: everything that has a name, a number or an address, and where a station stands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cli.options import columns, natural

if TYPE_CHECKING:
    from inventory.lookup import Hit
    from store.found_reader import Whereabouts


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        metavar="TEXT",
        nargs="+",
        help="a name (tones may be missing), serial, asset tag, address, MAC, circuit, telephone …",
    )
    parser.add_argument("-n", type=natural, default=10, metavar="N", help="at most; default: 10")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: found, the likeliest first; 1: nothing is like it."""
    from cli.forms import dump
    from cli.reading import record
    from inventory.problems import shown
    from reports.api.found import found_document

    text = " ".join(args.words)
    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        hits = reader.lookup().find(text, args.n)
        ports = reader.found.where(text)
    if args.json:
        dump(found_document(hits, ports, zone))
    else:
        for line in (*_hits(hits), *_ports(ports, zone)):
            print(shown(line))
    if not hits and not ports:
        print(f"canh find: nothing here is like {shown(repr(text))}", file=sys.stderr)
    return int(not hits and not ports)


def _hits(hits: Sequence[Hit]) -> Iterator[str]:
    rows = []
    for hit in hits:
        by = "" if hit.field in ("name", "id") else f"{hit.field}: {hit.text}"
        about = "  ".join(filter(None, (hit.entry.where, by)))
        rows.append((hit.entry.kind, hit.entry.key, hit.entry.name, about))
    return columns(rows)


def _ports(ports: Sequence[Whereabouts], zone: ZoneInfo) -> Iterator[str]:
    from reports.api.documents import when

    for each in ports:
        vlan = f", VLAN {each.vlan}" if each.vlan is not None else ""
        behind = f"with {each.others} other MACs" if each.others else "alone there"
        who = " ".join(filter(None, (each.mac, each.ip)))
        told = "an uplink: it stands further on" if each.uplink else behind
        seen = when(each.seen_ms, zone)
        yield f"{each.device_key} port {each.port}{vlan}: {who} ({told}, last seen {seen})"

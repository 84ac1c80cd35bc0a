"""`canh find`: behind which port a MAC or an address stands."""

from __future__ import annotations

import argparse
import sys
from zoneinfo import ZoneInfo


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="a MAC in any spelling, or an IP address")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: found, the likeliest first; 1: never seen."""
    from cli.forms import dump, slots, when
    from cli.reading import record
    from inventory.problems import shown

    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        found = reader.found.where(args.text)
    if args.json:
        rows = [
            {n: v for n, v in slots(each).items() if not n.endswith("_ms")}
            | {"seen": when(each.seen_ms, zone), "since": when(each.since_ms, zone)}
            for each in found
        ]
        dump({"ports": rows})
        return int(not found)
    for each in found:
        vlan = f", VLAN {each.vlan}" if each.vlan is not None else ""
        behind = f"with {each.others} other MACs" if each.others else "alone there"
        who = " ".join(filter(None, (each.mac, each.ip)))
        told = "an uplink: it stands further on" if each.uplink else behind
        print(
            shown(
                f"{each.device_key} port {each.port}{vlan}: {who} "
                f"({told}, last seen {when(each.seen_ms, zone)})"
            )
        )
    if not found:
        print(f"canh find: {args.text!r} was seen behind no port", file=sys.stderr)
    return int(not found)

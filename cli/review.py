"""`canh report --review`: outages over 30 minutes that lack cause, side of fault or action."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from reports.document import Document
    from reports.review import Open


def run(args: argparse.Namespace) -> int:
    """0: nothing is missing; 1: something is, or there is no record."""
    from cli.forms import dump
    from cli.reading import record
    from cli.report import window_of
    from inventory.problems import shown
    from reports.figures import figures
    from reports.review import open_items

    now_ms = time.time_ns() // 1_000_000
    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        window, _ = window_of(args, zone, now_ms)
        document = figures(reader.period(*window, now_ms))
    found = open_items(document)
    if args.json:
        dump({"open_items": len(found), "outages": [_item(one, zone) for one in found]})
    else:
        for line in _text(document, found, zone):
            print(shown(line))
    return 1 if found else 0


def _item(one: Open, zone: ZoneInfo) -> dict[str, Any]:
    from reports.api.documents import outage
    from reports.review import proposed, remedy

    line = one.line
    return outage(line.outage, zone) | {
        "site": line.site,
        "lost_s": line.lost_ms / 1000,
        "lacks": list(one.lacks),
        "cause_proposed": proposed(line.outage),
        "remedy": remedy(one),
    }


def _text(document: Document, found: tuple[Open, ...], zone: ZoneInfo) -> list[str]:
    from reports.api.documents import when
    from reports.numbers import duration
    from reports.review import proposed, remedy

    lines = []
    for one in found:
        out = one.line.outage
        lost = duration(one.line.lost_ms / 1000, "en")
        ended = when(out.first_good_ms, zone) or "open"
        who = out.name if out.key in out.name else f"{out.key} {out.name}"
        lines.append(f"outage {out.id}: {out.kind} {who}, {lost} lost")
        lines.append(f"  {when(out.first_bad_ms, zone)} → {ended}")
        guess = f"; the monitor proposes {out.cause}" if out.cause and proposed(out) else ""
        lines.append(f"  lacks {', '.join(one.lacks)}{guess}")
        lines.append(f"  {remedy(one)}")
    count = f"{len(found)} of {len(document.outages)} outages lack something"
    sys.stderr.write(f"{count}\n" if found else "nothing is missing\n")
    return lines

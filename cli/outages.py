"""`canh outages`: what was, and what still is."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inventory.causes import CAUSES

if TYPE_CHECKING:
    from store.questions import OutageRow


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--open", action="store_true", help="only those that are not over")
    parser.add_argument("--from", dest="from_", metavar="TIME", help="ISO 8601, local without zone")
    parser.add_argument("--to", metavar="TIME", help="ISO 8601, local without zone")
    parser.add_argument("--thing", metavar="ID", help="of one thing: its id, or kind:id")
    parser.add_argument("--cause", choices=(*CAUSES, "none"), help="of one cause; none: without")


def run(args: argparse.Namespace) -> int:
    """0: told; 1: no record, or no such thing; 2: usage."""
    from cli.forms import dump, outage_line
    from cli.reading import record
    from reports.api.documents import outage

    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot().timezone)
        try:
            from_ms, to_ms = _ms(args.from_, zone), _ms(args.to, zone)
        except ValueError as error:
            print(f"canh outages: {error}", file=sys.stderr)
            return 2
        rows = reader.outages(open_only=args.open, from_ms=from_ms, to_ms=to_ms)
        rows = tuple(row for row in rows if _wanted(row, args.thing, args.cause))
        if args.thing and not rows and not reader.named(args.thing):
            print(f"canh outages: nothing here is called {args.thing!r}", file=sys.stderr)
            return 1
    if args.json:
        dump({"outages": [outage(row, zone) for row in rows]})
        return 0
    for row in rows:
        print(outage_line(row, zone))
    return 0


def _wanted(row: OutageRow, thing: str | None, cause: str | None) -> bool:
    of_thing = thing is None or thing in (row.key, f"{row.kind}:{row.key}")
    return of_thing and (cause is None or cause == (row.cause or "none"))


def _ms(text: str | None, zone: ZoneInfo) -> int | None:
    from inventory.moments import moment

    return None if text is None else moment(text, zone)

"""`canh outages`: what was, and what still is."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from zoneinfo import ZoneInfo


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--open", action="store_true", help="only those that are not over")
    parser.add_argument("--from", dest="from_", metavar="TIME", help="ISO 8601, local without zone")
    parser.add_argument("--to", metavar="TIME", help="ISO 8601, local without zone")


def run(args: argparse.Namespace) -> int:
    from cli.forms import dump, outage, when
    from cli.reading import record

    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot().timezone)
        try:
            from_ms, to_ms = _ms(args.from_, zone), _ms(args.to, zone)
        except ValueError as error:
            print(f"canh outages: {error}", file=sys.stderr)
            return 2
        rows = reader.outages(open_only=args.open, from_ms=from_ms, to_ms=to_ms)
    if args.json:
        dump({"outages": [outage(row, zone) for row in rows]})
        return 0
    for row in rows:
        behind = f"  behind {row.root_key}" if row.root_key else ""
        ended = when(row.first_good_ms, zone) or "open"
        print(f"{row.id:>6}  {row.state:<12}{row.kind} {row.key}  "
              f"{when(row.first_bad_ms, zone)} → {ended}{behind}")  # fmt: skip
    return 0


def _ms(text: str | None, zone: ZoneInfo) -> int | None:
    """An ISO time as UTC milliseconds; without an offset it is local to the network."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)

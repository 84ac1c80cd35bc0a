"""`canh show`: everything about one thing."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from store.questions import Sheet


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="its id in sites.toml, or kind:id")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    from cli.forms import device, dump, outage, thing
    from cli.reading import record

    with record(args) as reader:
        snapshot = reader.snapshot()
        found = reader.find(args.id)
        if found is None:
            print(f"canh show: nothing here is called {args.id!r}", file=sys.stderr)
            return 1
        sheet = reader.sheet(found.thing_id)
    zone = ZoneInfo(snapshot.timezone)
    if args.json and found.kind == "device":
        dump({"devices": [device(sheet, zone)]})
    elif args.json:
        keys = {row.thing_id: row.key for row in snapshot.rows}
        dump(
            {
                f"{found.kind}s": [
                    thing(found, keys, zone)
                    | {
                        "declared": dict(sheet.declared),
                        "below": [thing(row, keys, zone) for row in sheet.below],
                        "outages": [outage(row, zone) for row in sheet.outages],
                    }
                ]
            }
        )
    else:
        _tell(sheet, zone)
    return 0


def _tell(sheet: Sheet, zone: ZoneInfo) -> None:
    from cli.forms import when

    row = sheet.row
    marks = f" ({', '.join(sorted(row.marks))})" if row.marks else ""
    print(f"{row.kind} {row.key}: {row.name}")
    print(f"  {row.state}{marks} since {when(row.since_ms, zone) or '–'}")
    for key, value in {**sheet.declared, **sheet.measured}.items():
        if value is not None and key not in ("id", "name"):
            print(f"  {key}: {value}")
    for who, number in sheet.whom_to_call:
        print(f"  call {who}: {number}")
    for port in sheet.interfaces:
        print(
            f"  port {port.if_name}: {port.oper_status or '?'} (admin {port.admin_status or '?'})"
        )
    for other in sheet.below:
        print(f"  {other.kind} {other.key}: {other.state}")
    for outage in sheet.outages:
        ended = when(outage.first_good_ms, zone) or "open"
        print(f"  outage {outage.id}: {outage.state} {when(outage.first_bad_ms, zone)} → {ended}")

"""`canh show`: one thing with its figures and their intervals, or one outage with its evidence."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inventory.problems import shown

if TYPE_CHECKING:
    from store.period import Interval
    from store.questions import LiveRow
    from store.reader import RecordReader

_OUTAGE = re.compile(r"outage:(\d{1,18})")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="its id in sites.toml, or kind:id, or outage:NUMBER")
    parser.add_argument("--month", metavar="YYYY-MM", help="figures of a month; default: this one")
    parser.add_argument("--from", dest="begin", metavar="TIME", help="figures of any period")
    parser.add_argument("--to", dest="end", metavar="TIME", help="its end; default: now")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: shown; 1: no record, or no such thing; 2: usage."""
    from cli.reading import record

    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        if found := _OUTAGE.fullmatch(args.id):
            return _show_outage(reader, int(found[1]), zone, args)
        row = reader.find(args.id)
        if row is None and _show_elsewhere(reader, zone, args):
            return 0
        if row is None:
            print(
                f"canh show: nothing here is called {args.id!r}; try `canh find`", file=sys.stderr
            )
            return 1
        try:
            window, now_ms = _window(args, zone)
        except ValueError as problem:
            print(f"canh show: {problem}", file=sys.stderr)
            return 2
        return _show_thing(reader, row, window, now_ms, zone, args)


def _show_outage(
    reader: RecordReader, number: int, zone: ZoneInfo, args: argparse.Namespace
) -> int:
    from cli.evidence import outage_text
    from cli.forms import dump
    from reports.api.evidence import outage_document

    opened = reader.opened(number)
    if opened is None:
        print(f"canh show: there is no outage {number}", file=sys.stderr)
        return 1
    if args.json:
        dump(outage_document(opened, zone))
    else:
        print("\n".join(outage_text(opened, zone)))
    return 0


def _show_thing(
    reader: RecordReader,
    row: LiveRow,
    window: Interval,
    now_ms: int,
    zone: ZoneInfo,
    args: argparse.Namespace,
) -> int:
    from cli.figures import figures_text
    from cli.forms import dump
    from reports.api.figures import open_figures
    from reports.api.one import one_document

    sheet = reader.sheet(row.thing_id)
    keys = {each.thing_id: each.key for each in reader.snapshot().rows}
    figures = open_figures(reader.period(*window, now_ms), row.thing_id)
    if args.json:
        dump({f"{row.kind}s": [one_document(reader, sheet, figures, keys, zone)]})
        return 0
    from cli.sheet_text import about_text, first_text

    lines = [*first_text(sheet, zone), *figures_text(figures, keys, zone)]
    lines += map(shown, _beside(reader, row, zone))
    print("\n".join([*lines, *about_text(sheet, zone)]))
    return 0


def _beside(reader: RecordReader, row: LiveRow, zone: ZoneInfo) -> Iterable[str]:
    """What stands at a site, what a unit was, which circuits a provider runs or a device has."""
    from cli import sheets

    if row.kind == "site":
        return sheets.place_text(reader.places.sheet(row.thing_id), zone)
    if row.kind == "unit":
        units = reader.places.units()
        names = {unit: rows[-1].name for unit, rows in units.items()}
        return sheets.units_text(units[row.thing_id], names, zone)
    if row.kind not in ("provider", "device"):
        return ()
    circuits = reader.places.circuits(row.kind, row.thing_id)
    return [f"  link {sheets.circuit_text(one)}" for one in circuits]


def _show_elsewhere(reader: RecordReader, zone: ZoneInfo, args: argparse.Namespace) -> bool:
    """A unit that stands no more, or a contact; False: there is none of that name."""
    from cli.forms import dump
    from reports.api.one import elsewhere_document

    found = elsewhere_document(reader, args.id, zone)
    if found is None:
        return False
    kind, document = found
    if args.json:
        dump({f"{kind}s": [document]})
        return True
    key = args.id.rpartition(":")[2]
    lines = _gone_text(reader, key, zone) if kind == "unit" else _contact_text(reader, key)
    print("\n".join(map(shown, lines)))
    return True


def _gone_text(reader: RecordReader, key: str, zone: ZoneInfo) -> Iterator[str]:
    from cli import sheets

    units = reader.places.units()
    names = {unit: found[-1].name for unit, found in units.items()}
    rows = next(rows for rows in units.values() if rows[-1].key == key)
    yield f"unit {key}: {rows[-1].name}"
    yield from sheets.units_text(rows, names, zone)


def _contact_text(reader: RecordReader, key: str) -> Iterator[str]:
    from cli import sheets

    person, sites = reader.places.contacts()[key]
    yield f"contact {key}: {person['name']}"
    yield from sheets.people_text([person])
    yield from (f"  site {site}: {name}" for site, name in sites)


def _window(args: argparse.Namespace, zone: ZoneInfo) -> tuple[Interval, int]:
    """The period that was asked for, and now; ValueError says what is wrong."""
    import time

    from inventory.moments import moment
    from reports.periods import month, month_of

    now_ms = time.time_ns() // 1_000_000
    if args.month is not None and (args.begin is not None or args.end is not None):
        raise ValueError("--month and --from, --to exclude each other")
    if args.begin is None:
        if args.end is not None:
            raise ValueError("--to needs --from")
        return month(args.month or month_of(now_ms, zone), zone), now_ms
    window = moment(args.begin, zone), now_ms if args.end is None else moment(args.end, zone)
    if window[0] >= window[1]:
        raise ValueError("the period is empty: --to must be after --from")
    return window, now_ms

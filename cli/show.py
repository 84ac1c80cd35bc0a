"""`canh show`: one thing with its figures and their intervals, or one outage with its evidence."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
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
        if row is None and (other := _elsewhere(reader, args, zone)):
            return other.tell(json=args.json)
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
    from cli.evidence import outage_document, outage_text
    from cli.forms import dump

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
    from cli.figures import figures_document, figures_text, open_figures
    from cli.forms import device, dump, outage, thing

    sheet = reader.sheet(row.thing_id)
    snapshot = reader.snapshot()
    keys = {each.thing_id: each.key for each in snapshot.rows}
    figures = open_figures(reader.period(*window, now_ms), row.thing_id)
    beside = _beside(reader, row, zone, keys)
    if not args.json:
        from cli.sheet_text import about_text, first_text

        lines = [*first_text(sheet, zone), *figures_text(figures, keys, zone)]
        print("\n".join([*lines, *map(shown, beside.lines), *about_text(sheet, zone)]))
        return 0
    told: dict[str, Any]
    if row.kind == "device":
        told = device(sheet, zone)
    else:
        told = thing(row, keys, zone) | dict(sheet.measured)
        told |= {
            "declared": dict(sheet.declared),
            "below": [thing(each, keys, zone) for each in sheet.below],
            "outages": [outage(each, zone) for each in sheet.outages],
        }
    told |= beside.document
    dump({f"{row.kind}s": [told | figures_document(figures, keys, zone)]})
    return 0


@dataclass(frozen=True, slots=True)
class _Told:
    """Lines for people, and the same as JSON."""

    lines: Sequence[str]
    document: Mapping[str, Any]
    kind: str = ""

    def tell(self, *, json: bool) -> int:
        from cli.forms import dump

        if json:
            dump({f"{self.kind}s": [self.document]})
        else:
            print("\n".join(map(shown, self.lines)))
        return 0


def _beside(reader: RecordReader, row: LiveRow, zone: ZoneInfo, keys: Mapping[int, str]) -> _Told:
    """What stands at a site, what a unit was, which circuits a provider runs or a device has."""
    from cli import sheets

    if row.kind == "site":
        place = reader.places.sheet(row.thing_id)
        return _Told([*sheets.place_text(place, zone)], sheets.place_document(place, keys, zone))
    if row.kind == "unit":
        units = reader.places.units()
        names = {unit: rows[-1].name for unit, rows in units.items()}
        mine = units[row.thing_id]
        return _Told([*sheets.units_text(mine, names, zone)], sheets.units_document(mine, zone))
    if row.kind not in ("provider", "device"):
        return _Told((), {})
    circuits = reader.places.circuits(row.kind, row.thing_id)
    told = [sheets.circuit_document(one, keys, zone) for one in circuits]
    lines = [f"  link {sheets.circuit_text(one)}" for one in circuits]
    return _Told(lines, {"links": told})


def _elsewhere(reader: RecordReader, args: argparse.Namespace, zone: ZoneInfo) -> _Told | None:
    """A unit that stands no more, or a contact: neither is on any list of today."""
    from cli import sheets

    kind, _, key = args.id.rpartition(":")
    units = reader.places.units()
    for rows in units.values():
        if rows[-1].key == key and kind in ("", "unit"):
            names = {unit: found[-1].name for unit, found in units.items()}
            lines = [f"unit {key}: {rows[-1].name}", *sheets.units_text(rows, names, zone)]
            told = sheets.unit_document(rows[-1]) | sheets.units_document(rows, zone)
            return _Told(lines, told, "unit")
    if kind not in ("", "contact"):
        return None
    if found := reader.places.contacts().get(key):
        person, sites = found
        lines = [f"contact {key}: {person['name']}", *sheets.people_text([person])]
        lines += [f"  site {site}: {name}" for site, name in sites]
        told = dict(person) | {"sites": [site for site, _ in sites]}
        return _Told(lines, told, "contact")
    return None


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

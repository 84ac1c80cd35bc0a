"""`canh figures`: what a provider or the central operator reports, listed, and imported."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from inventory.other_figures import FigureRow
    from store.other_figures import FiguresImported, ImportedRow
    from store.period import OtherFigure


def arguments(parser: argparse.ArgumentParser) -> None:
    from cli.speaking import common

    parser.add_argument("action", choices=("list", "import"), help="list: what is kept")
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help=".xlsx or .csv: source,month (or from,to),kind,id,availability_pct,downtime_minutes,"
        "note",
    )
    parser.add_argument("--apply", action="store_true", help="keep them; without it: a preview")
    common(parser)


def run(args: argparse.Namespace) -> int:
    """0: no problem; 1: problems, or nothing to read; 2: usage."""
    if (args.action == "import") != (args.file is not None):
        sys.stderr.write("canh figures: write `canh figures list` or `canh figures import FILE`\n")
        return 2
    return _import(args) if args.action == "import" else _list(args)


def _list(args: argparse.Namespace) -> int:
    from cli.forms import dump
    from cli.reading import record

    with record(args) as reader:
        kept = reader.kept_figures()
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
    if args.json:
        dump({"figures": [_figure(one, zone) for one in kept]})
    else:
        for one in kept:
            about = one.named if one.key is None else f"{one.kind}:{one.key}"
            print(_line(one.source, about, (one.from_ms, one.to_ms), zone, _said(one)))
    return 0


def _import(args: argparse.Namespace) -> int:
    import time

    from cli.forms import dump
    from cli.speaking import floor
    from inventory.grids import UnreadableError
    from inventory.other_figures import read_figures
    from inventory.problems import shown

    with floor(args) as here:
        try:
            file = read_figures(Path(args.file), here.zone, time.time_ns() // 1_000_000)
        except UnreadableError as error:
            here.fail(shown(str(error)))
        done = here.actions.import_figures(file, actor=here.actor, apply=args.apply)
    for trouble in done.troubles:
        sys.stderr.write(f"{shown(str(trouble))}\n")
    if args.json:
        dump(_document(done, here.zone))
    else:
        for one in done.rows:
            print("\n".join(_row(one, here.zone)))
        counts = (f"{done.count(status)} {status}" for status in ("new", "changed", "same"))
        print(f"{', '.join(counts)}, problems: {done.errors}")
    if args.apply and not done.applied:
        sys.stderr.write("canh figures: nothing was kept; mend the problems first\n")
    elif not args.apply:
        sys.stderr.write("canh figures: a preview; --apply keeps them\n")
    return 1 if done.errors else 0


def _row(one: ImportedRow, zone: ZoneInfo) -> list[str]:
    about = f"{one.row.named} (not known here)" if one.key is None else f"{one.kind}:{one.key}"
    period = (one.row.from_ms, one.row.to_ms)
    told = [f"{one.status:<8}{_line(one.row.source, about, period, zone, _said(one.row))}"]
    if one.status == "changed" and one.old is not None:
        told.append(f"        before: {_said(one.old)}")
    return told


def _line(source: str, about: str, period: tuple[int, int], zone: ZoneInfo, said: str) -> str:
    from inventory.problems import shown

    first, last = _days(period, zone)
    return shown(f"{source}  {about}  {first} … {last}  {said}")


def _days(period: tuple[int, int], zone: ZoneInfo) -> tuple[str, str]:
    """Its first and its last day."""
    from datetime import datetime

    days = (datetime.fromtimestamp(at_ms / 1000, zone) for at_ms in (period[0], period[1] - 1))
    first, last = (day.date().isoformat() for day in days)
    return first, last


def _said(one: FigureRow | OtherFigure) -> str:
    pct = [] if one.availability_pct is None else [f"{one.availability_pct!r} %"]
    down = [] if one.down_ms is None else [f"down {one.down_ms / 60_000:g} min"]
    return ", ".join([*pct, *down, *([one.note] if one.note else [])])


def _figure(one: OtherFigure, zone: ZoneInfo) -> dict[str, Any]:
    from reports.api.documents import when

    return {
        "id": one.id,
        "source": one.source,
        "from": when(one.from_ms, zone),
        "to": when(one.to_ms, zone),
        "named": one.named,
        "kind": one.kind,
        "thing": one.key,
        "availability_pct": one.availability_pct,
        "downtime_s": None if one.down_ms is None else one.down_ms / 1000,
        "note": one.note,
        "entered": when(one.entered_ms, zone),
        "author": one.author,
    }


def _document(done: FiguresImported, zone: ZoneInfo) -> dict[str, Any]:
    from reports.api.documents import when

    return {
        "applied": done.applied,
        "errors": done.errors,
        "problems": [trouble._asdict() for trouble in done.troubles],
        "rows": [
            {
                "at": one.row.at,
                "status": one.status,
                "source": one.row.source,
                "from": when(one.row.from_ms, zone),
                "to": when(one.row.to_ms, zone),
                "named": one.row.named,
                "kind": one.kind,
                "thing": one.key,
                "availability_pct": one.row.availability_pct,
                "downtime_s": None if one.row.down_ms is None else one.row.down_ms / 1000,
                "note": one.row.note,
                "before": None if one.old is None else _figure(one.old, zone),
            }
            for one in done.rows
        ],
    }

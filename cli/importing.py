"""`canh import`: tables of sites, devices, links … from xlsx, CSV or NetBox; a preview first."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.config import locate
from cli.forms import dump
from inventory.device_types import DeviceTypes
from inventory.edition import Edition
from inventory.exporting import opens_a_door
from inventory.grids import Grid, UnreadableError
from inventory.importing import (
    Import,
    Incoming,
    Line,
    Trouble,
    by_cell,
    plan,
    read_file,
    read_rows,
)
from inventory.netbox import NetBox, kind_of
from inventory.problems import counted, shown
from inventory.tables import TABLES
from inventory.toml_text import value_text
from inventory.written import write_whole

MOST_LINES = 40  # of rows that are shown; --json shows all


def arguments(parser: argparse.ArgumentParser) -> None:
    many = [name for name, table in TABLES.items() if table.shape == "many"]
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help=".xlsx, .csv, CSV of NetBox (sites, devices, cables), .yaml of its device types",
    )
    parser.add_argument("--apply", action="store_true", help="write it; without: a preview")
    parser.add_argument(
        "--table",
        choices=many,
        metavar="TABLE",
        help="what a .csv is a table of, as device or site",
    )
    parser.add_argument(
        "--unit", metavar="ID", help="where sites of NetBox stand whose region is no unit"
    )
    parser.add_argument(
        "--mark", metavar="XLSX", help="write the workbook anew, each fault beside its cell"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: shown or written; 1: there are errors, nothing was written; 2: usage."""
    path, files = locate(args), [Path(name) for name in args.files]
    if args.mark and [file.suffix.casefold() for file in files] != [".xlsx"]:
        return _say("--mark: only one .xlsx workbook can be marked", 2)
    edition = Edition(path)
    for fault in edition.faults:
        _say(str(fault), 1)
    if edition.faults:
        return 1
    try:
        found = plan(edition, *_read(edition, files, args.table, args.unit))
    except (UnreadableError, ValueError) as error:
        return _say(str(error), 1)
    try:
        written = _write(args, files, found)
    except OSError as error:
        return _say(f"{error.filename}: cannot be written: {error.strerror}", 1)
    if args.json:
        dump(_document(found, applied=args.apply and not found.errors))
    else:
        print("\n".join(shown(line) for line in _text(found)))
        for trouble in found.troubles:
            print(shown(str(trouble)), file=sys.stderr)
    for path in written:
        _say(f"wrote {path}", 0)
    if found.errors:
        errors = counted(len(found.errors), "error")
        return _say(f"{errors}; nothing is written until they are mended", 1)
    return 0 if args.apply else _say("nothing is written yet; --apply writes it", 0)


def _write(args: argparse.Namespace, files: list[Path], found: Import) -> list[Path]:
    """The workbook with its marks, then the files of the configuration."""
    written: list[Path] = []
    if args.mark and found.troubles:
        from inventory.workbooks import mark

        write_whole(Path(args.mark), mark(files[0], by_cell(found.troubles)))
        written.append(Path(args.mark))
    return written + found.edition.write() if args.apply and not found.errors else written


def _read(
    edition: Edition, files: list[Path], table: str | None, unit: str | None
) -> tuple[list[Incoming], list[Trouble]]:
    """All rows of the files, and what was wrong with reading them."""
    rows: list[Incoming] = []
    troubles: list[Trouble] = []
    grids: list[Grid] = []
    typed = [file for file in files if file.suffix.casefold() in (".yaml", ".yml")]
    for file in files:
        if file not in typed:
            grids += read_file(file)
    theirs = [grid for grid in grids if table is None and kind_of(grid)]
    netbox = NetBox(edition, unit)
    rows += netbox.rows(theirs)
    troubles += netbox.troubles
    for grid in grids:
        if grid not in theirs:
            rows += read_rows(grid, table, troubles)
    types = DeviceTypes(edition, rows)
    more = [row for file in typed for row in types.rows(_text_of(file), file.name)]
    return rows + more, troubles + types.troubles


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{file}: cannot be read: {error}") from error


def _say(text: str, code: int) -> int:
    print(f"canh import: {shown(text)}", file=sys.stderr)
    return code


def _text(found: Import) -> Iterator[str]:
    counts = Counter((line.table, line.status) for line in found.lines)
    fresh = [line for line in found.lines if line.status != "same"]
    for line in fresh[:MOST_LINES]:
        yield from _line(line)
    if len(fresh) > MOST_LINES:
        yield f"… and {counted(len(fresh) - MOST_LINES, 'more row')}: --json"
    for table in dict.fromkeys(line.table for line in found.lines):
        told = [
            f"{counts[table, status]} {status}"
            for status in ("new", "changed", "same")
            if counts[table, status]
        ]
        yield f"{table}: {', '.join(told)}"


def _line(line: Line) -> Iterator[str]:
    yield f"{line.status:<8} {line.table} {line.id}  ({line.at})"
    if line.status == "changed":
        for one in line.changed:
            new, old = _shown(one.key, one.new), _shown(one.key, one.old)
            yield f"           {one.key}: {old} → {new}  ({one.at})"


def _shown(key: str, value: Any) -> str:
    """A token that opens a door is not printed."""
    if value is None:
        return "–"
    return "…" if opens_a_door(key, value) else value_text(value)


def _document(found: Import, *, applied: bool) -> dict[str, Any]:
    def plain(key: str, value: Any) -> Any:
        if opens_a_door(key, value):
            return "…"
        return value if isinstance(value, bool | int | float | str | None) else value_text(value)

    return {
        "rows": [
            {
                "at": line.at,
                "table": line.table,
                "id": line.id,
                "status": line.status,
                "changed": [
                    {"at": one.at, "key": one.key}
                    | {"old": plain(one.key, one.old), "new": plain(one.key, one.new)}
                    for one in line.changed
                ],
            }
            for line in found.lines
        ],
        "problems": [one._asdict() for one in found.troubles],
        "applied": applied,
    }

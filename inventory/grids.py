"""Cells as a file gives them, before anybody knows what they mean; CSV is read and written here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from inventory.cells import Cell

FORMULA = frozenset("=+-@\t\r")  # a spreadsheet takes a text that begins so for a formula
LARGEST_BYTES = 64 * 1024 * 1024
HEADS = 10  # rows among which headings are looked for


class UnreadableError(Exception):
    """A file that cannot be read as a table; the text names it and says why."""


class GridCell(NamedTuple):
    """`at` is how a person finds it; `fault` says why it has no value."""

    at: str
    column: int  # from 1
    value: Any
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its rows with their numbers, each with the cells that are not empty."""

    title: str
    rows: Sequence[tuple[int, Mapping[int, GridCell]]]


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def read_csv(path: Path) -> Grid:
    """Comma, semicolon or tab; UTF-8, or UTF-16 as Excel writes it. Raises UnreadableError."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableError(f"{path}: is larger than {LARGEST_BYTES} bytes")
        text = csv_of(path.read_bytes())
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        hint = "save it as “CSV UTF-8”"
        raise UnreadableError(f"{path}: is neither UTF-8 nor UTF-16; {hint}") from error
    rows = []
    try:
        for number, row in enumerate(_split(text, delimiter_of(text)), 1):
            cells = {
                column: GridCell(f"{path.name}!{letters(column)}{number}", column, _plain(value))
                for column, value in enumerate(row, 1)
                if value.strip()
            }
            if cells:
                rows.append((number, cells))
    except csv.Error as error:
        raise UnreadableError(f"{path}: is no CSV: {error}") from error
    return Grid(path.stem, rows)


def csv_of(raw: bytes) -> str:
    """As spreadsheets write it; what it is not is a UnicodeDecodeError."""
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    return raw.decode("utf-16" if utf16 else "utf-8-sig")


def delimiter_of(text: str) -> str:
    return max("\t;,", key=lambda one: _widths(text, one))


def _split(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _widths(text: str, delimiter: str) -> tuple[int, int]:
    """How wide the narrowest of the first rows is with this delimiter, and all of them."""
    try:
        found = [len(row) for row in islice(_split(text, delimiter), HEADS) if row]
    except csv.Error:  # a whole line is longer than a cell may be
        return 0, 0
    return min(found, default=0), sum(found)


def write_csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """One table; texts that a spreadsheet would take for formulas get an apostrophe."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow([inert(head) for head in heads])
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
    return held.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        text = repr(cell)  # three digits behind the point could be taken for thousands
        return f"{text}0" if len(text.partition(".")[2]) == 3 and "e" not in text else text
    if isinstance(cell, int):
        return str(cell)
    return cell.isoformat() if isinstance(cell, date) else inert(str(cell))


def inert(text: str) -> str:
    return f"'{text}" if text[:1] in FORMULA or text[:2] in _APOSTROPHED else text


def _plain(text: str) -> str:
    return text[1:] if text[:2] in _APOSTROPHED else text


_APOSTROPHED = frozenset({f"'{sign}" for sign in FORMULA} | {"''"})

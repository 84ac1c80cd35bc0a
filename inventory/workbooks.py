"""Tables as xlsx: one sheet a table, labels over the keys, formulas inert in both directions."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from inventory.cells import Cell
from inventory.exporting import cells, columns
from inventory.grids import FORMULA, LARGEST_BYTES, Grid, GridCell, UnreadableError
from inventory.labels import key_label, table_label
from inventory.problems import quoted
from inventory.tables import TABLES

LARGEST_UNPACKED = 256 * 1024 * 1024
LONGEST_TEXT = 32_767  # that a cell of a workbook holds
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_WRONG = PatternFill("solid", fgColor="FFC7CE")
_WIDTHS = {"id": 18, "name": 40, "postal_address": 40}


def read_xlsx(path: Path) -> list[Grid]:
    """Every sheet that has cells. UnreadableError says why there are none."""
    try:
        _bounded(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which nobody here needs
            with path.open("rb") as held:  # openpyxl leaves a damaged file open
                book = load_workbook(held, data_only=False, keep_links=False)
                held.seek(0)
                values = load_workbook(held, data_only=True, keep_links=False)
        return [_grid(sheet, values[sheet.title]) for sheet in book.worksheets]
    except Exception as error:  # a damaged file fails anywhere in openpyxl, zlib and expat
        told = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableError(f"{path}: is no xlsx workbook that can be read: {told}") from error


def _bounded(path: Path) -> None:
    """A small file may unpack to more than the memory."""
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES} bytes")
    with zipfile.ZipFile(path) as packed:
        if sum(one.file_size for one in packed.infolist()) > LARGEST_UNPACKED:
            raise ValueError(f"unpacks to more than {LARGEST_UNPACKED} bytes")


def _grid(sheet: Worksheet, values: Worksheet) -> Grid:
    """Only cells that are there: one value in the last corner makes a rectangle of 17 thousand
    million, which `iter_rows` would fill."""
    rows: dict[int, dict[int, GridCell]] = {}
    for (row, column), cell in sorted(sheet._cells.items()):
        if cell.value is not None:
            rows.setdefault(row, {})[column] = _cell(sheet, cell, values)
    return Grid(sheet.title, list(rows.items()))


def _cell(sheet: Worksheet, cell: Any, values: Worksheet) -> GridCell:
    at = f"{sheet.title}!{cell.coordinate}"
    value: Any = cell.value
    fault = ""
    if cell.data_type == "f":
        held = values._cells.get((cell.row, cell.column))
        last = None if held is None else held.value
        shown = f", which gave {quoted(last)}" if last is not None else ""
        fault = f"is a formula{shown}; paste the value in its place"
    elif cell.data_type == "e":
        fault = f"is the error {quoted(value)}; type what is meant"
    return GridCell(at, cell.column, None if fault else value, fault)


def write_xlsx(tables: Mapping[str, Sequence[Mapping[str, Any]]], language: str) -> bytes:
    """Tables of raw TOML values; columns are the keys that any row has, in their order."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in tables.items():
        sheet = book.create_sheet(table_label(name, language)[:31])
        _fill(sheet, name, rows, language)
    return _bytes(book)


def _fill(sheet: Worksheet, name: str, rows: Sequence[Mapping[str, Any]], language: str) -> None:
    keys = columns(name, rows)
    table = TABLES[name]
    for column, key in enumerate(keys, 1):
        label = sheet.cell(1, column, key_label(key, language))
        label.font, label.fill = Font(bold=True), _HEAD
        label.alignment = Alignment(wrap_text=True, vertical="top")
        own = sheet.cell(2, column, key)
        own.font = Font(italic=True, color="808080", size=9)
        if key in table.keys:
            own.comment = Comment(table.keys[key].words, "Canh")
            if choices := table.keys[key].among:
                _choices(sheet, column, choices)
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = _WIDTHS.get(key, 18)
    for number, row in enumerate(rows, 3):
        for column, value in enumerate(cells(name, row, keys), 1):
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                sheet.cell(number, column).comment = Comment("too long for a cell", "Canh")
            elif value is not None:
                _put(sheet.cell(number, column), value)
    sheet.freeze_panes = "B3"


def _choices(sheet: Worksheet, column: int, words: Sequence[str]) -> None:
    letter = get_column_letter(column)
    rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    rule.add(f"{letter}3:{letter}1048576")
    sheet.add_data_validation(rule)


def _put(cell: Any, value: Cell) -> None:
    """A text is a text, whatever it begins with."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
        if value[:1] in FORMULA:
            cell.quotePrefix = True
    elif cell.is_date:
        cell.number_format = "yyyy-mm-dd"


def mark(path: Path, faults: Mapping[str, Sequence[str]]) -> bytes:
    """The workbook again, with what is wrong written beside each cell (`sheet!A1` → texts)."""
    book = load_workbook(path, keep_links=False)
    for at, told in faults.items():
        title, _, coordinate = at.rpartition("!")
        if title in book.sheetnames and coordinate:
            cell = book[title][coordinate]
            assert isinstance(cell, SheetCell)
            cell.fill = _WRONG
            cell.comment = Comment("\n".join(told), "Canh", width=360, height=120)
    return _bytes(book)


def _bytes(book: Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()

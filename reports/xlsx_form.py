"""The report as a workbook: one sheet a table, real numbers, nothing that a name could start."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports import numbers
from reports.contents import contents
from reports.document import Document
from reports.flat import Field, Flat, FlatRow, flat, tables
from reports.preface import facts, remarks
from reports.sheet_numbers import is_number, number_of
from reports.sheet_titles import Titles
from reports.shown import shown
from reports.tables import Cell, Section, Table, Word
from reports.wording import Wording

LONGEST_TEXT = 32_767  # that a cell of a workbook holds
_HEAD_ROW = 1
_FRONT, _NOTES = (34, 74), 104  # widths of columns
_WIDEST, _NARROWEST = 46, 9
_ON_A_PAGE = 190  # widths of all columns that can still be read on one sheet of paper
_MOST_LINES = 12
_LONG_TIME = "8784:00:00.000"
_LOOKED_AT = 400  # rows by which the width of a column is chosen
_LINE_PT = 15
_SHADE = "#E7ECF2"


class _Sheet(NamedTuple):
    title: str
    section: Section
    table: Table


def render(document: Document, language: str) -> bytes:
    """The same report gives the same bytes."""
    held = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(held, options) as book:
        made = datetime.fromtimestamp(document.made_ms // 1000, UTC).replace(tzinfo=None)
        book.set_properties({"title": shown(document.network), "author": "Canh", "created": made})
        _Book(book, Wording(document, language)).fill(contents(document))
    return held.getvalue()


class _Book:
    def __init__(self, book: Workbook, wording: Wording) -> None:
        self._book, self._wording = book, wording
        self._format = cache(self._new_format)

    def fill(self, sections: Sequence[Section]) -> None:
        titles = Titles(self._wording)
        front = self._book.add_worksheet(titles.new("sheet.front"))
        sheets = [
            _Sheet(titles.of(table), section, table)
            for section in sections
            for table in tables(section)
        ]
        self._front(front, sheets)
        for sheet in sheets:
            self._table(self._book.add_worksheet(sheet.title), sheet.table)
        self._notes(self._book.add_worksheet(titles.new("sheet.notes")), sections)

    def _front(self, sheet: Worksheet, sheets: Iterable[_Sheet]) -> None:
        """What the workbook is about, and a way to each sheet."""
        say = self._wording.say
        _on_paper(sheet, landscape=False)
        for column, width in enumerate(_FRONT):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, _text(self._wording.title()), self._format(size=15, bold=True))
        told = facts(self._wording)
        told += [("", note) for note in (*remarks(self._wording), say("xlsx.numbers"))]
        row = 1
        for head, fact in told:
            row += 1
            sheet.write_string(row, 0, head, self._format(bold=True))
            self._sentence(sheet, (row, 1), fact, _FRONT[1])
        row += 2
        heads = (say("xlsx.sheet"), say("xlsx.holds"))
        sheet.write_row(row, 0, heads, self._format(bold=True, shade=True))
        for one in sheets:
            row += 1
            target = f"internal:'{one.title.replace(chr(39), chr(39) * 2)}'!A1"
            sheet.write_url(row, 0, target, self._format(link=True), one.title)
            self._sentence(sheet, (row, 1), self._caption(one.table), _FRONT[1])

    def _notes(self, sheet: Worksheet, sections: Iterable[Section]) -> None:
        """Every sentence of the report, under the heading of its section."""
        _on_paper(sheet, landscape=False)
        sheet.set_column(0, 0, _NOTES)
        row = 0
        for section in sections:
            words = [part for part in section.parts if isinstance(part, Word)]
            if not words:
                continue
            heading = self._wording.say(f"section.{section.name}")
            sheet.write_string(row, 0, heading, self._format(bold=True, size=13))
            for word in words:
                row += 1
                said = self._wording.text(word)
                self._sentence(sheet, (row, 0), said, _NOTES, bold=word.mark == "title")
            row += 2

    def _sentence(
        self, sheet: Worksheet, place: tuple[int, int], said: str, width: int, *, bold: bool = False
    ) -> None:
        sheet.set_row(place[0], _LINE_PT * _lines(said, width))
        sheet.write_string(*place, _text(said), self._format(wrap=True, bold=bold))

    def _caption(self, table: Table) -> str:
        said = self._wording.text(table.caption)
        if table.whole <= len(table.lines):
            return said
        values = {"n": len(table.lines), "total": table.whole}
        counts = {
            key: numbers.number(value, self._wording.language) for key, value in values.items()
        }
        return f"{said}. {self._wording.say('rows.first', **counts)}"

    def _table(self, sheet: Worksheet, table: Table) -> None:
        found = flat(table)
        told = any(row.id for row in found.rows)
        _on_paper(sheet, landscape=True)
        sheet.repeat_rows(_HEAD_ROW)
        sheet.freeze_panes(_HEAD_ROW + 1, 1)
        sheet.write_string(0, 0, _text(self._caption(table)), self._format(bold=True, size=13))
        heads = self._heads(found, told)
        widths = self._widths(found, heads)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.fit_to_pages(1 + sum(widths) // _ON_A_PAGE, 0)
        sheet.repeat_columns(0)
        sheet.set_row(_HEAD_ROW, _LINE_PT * max(map(_lines, heads, widths)))
        head_look = self._format(bold=True, wrap=True, shade=True)
        for column, head in enumerate(heads):
            sheet.write_string(_HEAD_ROW, column, head, head_look)
        last = _HEAD_ROW + len(found.rows)
        sheet.autofilter(_HEAD_ROW, 0, last, len(heads) - 1)
        for place, row in enumerate(found.rows, _HEAD_ROW + 1):
            lines = 1
            for column, cell in enumerate(row.cells):
                said = self._put(sheet, (place, column), cell, row)
                lines = max(lines, _lines(said, widths[column]))
            if told:
                sheet.write_string(place, len(heads) - 1, _text(row.id), self._format())
            if lines > 1:
                sheet.set_row(place, _LINE_PT * min(lines, _MOST_LINES))

    def _put(self, sheet: Worksheet, place: tuple[int, int], cell: Cell, row: FlatRow) -> str:
        """The text that may need several lines."""
        whole = row.look == "sum"
        number = number_of(cell, self._wording)
        if number is not None:
            look = self._format(number=number.form, bold=whole)
            if isinstance(number.value, datetime):
                sheet.write_datetime(*place, number.value, look)
            else:
                sheet.write_number(*place, number.value, look)
            return ""
        if cell is None:
            return ""
        missed = isinstance(cell, Word) and cell.mark in ("missed", "open")
        numeric = is_number(cell)
        look = self._format(wrap=not numeric, bold=whole or missed, right=numeric)
        said = _text(self._wording.text(cell))
        sheet.write_string(*place, said, look)
        return "" if numeric else said

    def _heads(self, found: Flat, with_id: bool) -> list[str]:
        """No two are the same: a service has a service in per cent."""
        heads: list[str] = []
        for field in found.fields:
            head = self._heading(field)
            same = sum(one == head for one in heads)
            told = "%" if field.key.endswith("_pct") else str(same + 1)
            heads.append(f"{head} ({told})" if same else head)
        return [*heads, self._wording.say("col.id")] if with_id else heads

    def _heading(self, field: Field) -> str:
        """With the unit of times, and which of several values it is."""
        say, name = self._wording.say, self._wording.heading(field.column)
        if field.column.key == "split" and field.aspect:
            name = f"{name}: {say(f'share.{field.aspect}')}"
        elif field.aspect:
            name = f"{name}: {say(f'aspect.{field.aspect}')}"
        return f"{name} ({say('xlsx.time')})" if field.lasting else name

    def _widths(self, found: Flat, heads: Sequence[str]) -> list[int]:
        """By what stands in the first rows, and by the longest word of the heading."""
        seen = found.rows[:_LOOKED_AT]
        columns: list[list[str]] = [
            [self._wording.text(row.cells[column]) for row in seen if row.cells[column]]
            if not field.lasting
            else [_LONG_TIME]
            for column, field in enumerate(found.fields)
        ]
        columns.append([row.id for row in seen])
        return [
            min(_WIDEST, max([_NARROWEST, *map(len, texts), *map(len, head.split())]) + 3)
            for head, texts in zip(heads, columns, strict=False)
        ]

    def _new_format(self, **looks: Any) -> Format:
        names = {"size": "font_size", "wrap": "text_wrap", "number": "num_format"}
        said: dict[str, Any] = {"valign": "top", "font_name": "Calibri"}
        for look, value in looks.items():
            if look == "shade":
                said |= {"bg_color": _SHADE, "border": 1, "border_color": "#9AA7B4"}
            elif look == "right":
                said |= {"align": "right"} if value else {"align": "left", "indent": 1}
            elif look == "link":
                said |= {"font_color": "#0B57A4", "underline": 1}
            else:
                said[names.get(look, look)] = value
        return self._book.add_format(said)


def _text(text: str) -> str:
    """As a cell holds it; what is too long ends with an ellipsis."""
    said = shown(text)
    return said if len(said) <= LONGEST_TEXT else said[: LONGEST_TEXT - 1] + "…"


def _lines(text: str, width: int) -> int:
    """On how many lines it stands, about: the width of a column is told in digits."""
    return 1 + int(len(text) / (width * 1.1))


def _on_paper(sheet: Worksheet, *, landscape: bool) -> None:
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C&P / &N")

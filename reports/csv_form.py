"""The tables of a report as CSV for programs: one file a table, in no language.

UTF-8 with a mark by which Excel knows it, comma, CRLF (RFC 4180). Headings are English keys with
their units: `_pct`, `_s` (seconds). A word of the report is its key (`missed`), a moment is ISO
8601 with offset, what is not known is empty. A text that a spreadsheet would take for a formula
begins with an apostrophe, as in `canh export`.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

from inventory.cells import Cell as Written
from inventory.grids import write_csv
from reports.contents import contents
from reports.document import Document
from reports.flat import flat, tables
from reports.periods import local
from reports.shown import shown
from reports.tables import Cell, Names, Stack, Table, Text, Word
from reports.wording import plain

_MARK = "\ufeff"


def render(document: Document) -> dict[str, bytes]:
    """Each table by the name of its file."""
    zone = ZoneInfo(document.timezone)
    return {
        f"{table.name}.csv": (_MARK + _text(table, zone)).encode()
        for section in contents(document)
        for table in tables(section)
    }


def packed(document: Document) -> bytes:
    """All of them in one zip; the same report gives the same bytes."""
    made = local(document.made_ms, ZoneInfo(document.timezone))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in render(document).items():
            entry = zipfile.ZipInfo(name, made.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return held.getvalue()


def _text(table: Table, zone: ZoneInfo) -> str:
    found = flat(table, every_share=True)
    heads = ["id", "kind", *(field.key for field in found.fields)]
    rows = (
        [shown(row.id), row.kind, *(_cell(one, zone) for one in row.cells)] for row in found.rows
    )
    return write_csv(heads, rows)


def _cell(cell: Cell, zone: ZoneInfo) -> Written:
    """A whole number of seconds is written as such."""
    if isinstance(cell, Text | Word | Stack | Names):
        return _words(cell)
    value = plain(cell, zone)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _words(cell: Cell) -> str:
    """Texts as they are, words by their keys, what a word names behind it."""
    match cell:
        case Text(text):
            return shown(text)
        case Word(key, values):
            named = [_words(Text(one)) for one in values.values() if isinstance(one, str)]
            named += [_words(one) for one in values.values() if isinstance(one, Text | Word)]
            return ": ".join([key.rpartition(".")[2], *named])
        case Stack(main, small):
            return " · ".join(map(_words, (main, *small)))
        case Names(groups):
            behind = (f"{kind}: {'; '.join(map(shown, names))}" for kind, names in groups)
            return " · ".join(behind)
        case _:
            return ""

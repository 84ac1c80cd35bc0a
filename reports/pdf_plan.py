"""The printed report as plain values for its template: a body, and appendices on wide pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from inventory.model import Letterhead
from reports import numbers
from reports.contents import contents
from reports.document import Document
from reports.pdf_brief import brief_of, fits, rows, shortened, troubled, verdicts
from reports.periods import whole_month
from reports.pictures import Picture
from reports.preface import facts, remarks
from reports.sheet_titles import short_title
from reports.shown import shown
from reports.tables import (
    Amount,
    Cell,
    Column,
    Lasting,
    Names,
    Percent,
    Roll,
    Section,
    Share,
    Shares,
    Stack,
    Table,
    Target,
    Word,
    is_numeric,
)
from reports.wording import Wording

Draw = Callable[[Picture, Wording], str]  # a picture among the parts → SVG
Plan = dict[str, Any]

LONGEST_TEXT = 600  # of a cell: a row may not be higher than a page
MOST_NAMES = 8  # of those behind an outage; the workbook has all
_WORDS = ("nation", "motto", "kind", "recipients", "filed", "appendices")
_ON_PAPER = {"method.intro": "pdf.method.intro"}  # nothing can be opened there
_BREAKS = re.compile(r"[ \u200b-]")
_DIGIT_SPACE = re.compile(r"(?<=\d) ")
_UNBROKEN = re.compile(r"[^\s-]{20}(?=[^\s-])")
_WIDER = {"split": 1.7, "thing": 1.1}  # where texts stand that have small print elsewhere


def plan(document: Document, language: str, draw: Draw | None = None) -> Plan:
    return _Planner(Wording(document, language), draw).plan()


class _Planner:
    def __init__(self, wording: Wording, draw: Draw | None) -> None:
        self._wording, self._draw = wording, draw
        self._say = wording.say
        self._stamp = "draft" if wording.document.beside.signing is None else "print"
        self._appendices: list[Plan] = []

    def plan(self) -> Plan:
        wording = self._wording
        sections = [self._section(section) for section in contents(wording.document)]
        return {
            "lang": wording.language,
            "words": {key: self._say(f"pdf.{key}") for key in _WORDS},
            "stamp": self._say(f"pdf.{self._stamp}"),
            "head": self._head(wording.document.letterhead),
            "abstract": self._abstract(),
            "network": _broken(wording.document.network),
            "facts": [[head, _broken(fact)] for head, fact in facts(wording)[1:]],
            "remarks": [
                *remarks(wording),
                self._say("counted.one"),
                self._say("counted.two"),
            ],
            "sections": [section for section in sections if section["parts"]],
            "appendices": self._appendices,
        }

    def _head(self, said: Letterhead) -> Plan:
        """What nobody told is a dotted blank."""
        say, blank = self._say, self._say("pdf.blank")
        short = self._say("pdf.blank.short")
        return {
            "above": _told(said.authority_above, blank),
            "body": _told(said.authority, blank),
            "number": say("pdf.number", symbol=_told(said.symbol, say("pdf.symbol"))),
            "dated": say("pdf.dated", place=_told(said.place, short)),
            "signer": [_broken(line) for line in said.signer] or [blank],
            "unnamed": not said.signer,
            "how": say("pdf.sign.how"),
            "recipients": [_broken(line) for line in said.recipients] or [short, short],
            "foot": say(f"pdf.{self._stamp}.long"),
        }

    def _abstract(self) -> str:
        doc, clock = self._wording.document, self._wording.clock
        month = whole_month((doc.from_ms, doc.asked_to_ms), clock.zone)
        if month is None:
            begin, end = clock.minute(doc.from_ms), clock.minute(doc.asked_to_ms)
            return self._say("pdf.abstract.period", begin=begin, end=end)
        year, number = month.split("-")
        return self._say("pdf.abstract.month", month=self._say(f"month.{number}"), year=int(year))

    def _section(self, section: Section) -> Plan:
        parts = [made for part in section.parts for made in self._part(part)]
        return {"heading": self._say(f"section.{section.name}"), "parts": parts}

    def _part(self, part: Word | Table | Roll | Picture) -> Iterator[Plan]:
        match part:
            case Word():
                told = part._replace(key=_ON_PAPER.get(part.key, part.key))
                yield self._sentence(self._wording.text(told), title=part.mark == "title")
            case Table():
                yield from self._table(part)
            case Roll():
                names = [_short(self._wording.text(name)) for name in part.names]
                yield {"is": "names", "heading": self._wording.text(part.heading), "names": names}
            case _ if self._draw is not None:
                yield self._picture(part, self._draw)

    def _picture(self, part: Picture, draw: Draw) -> Plan:
        return {
            "is": "picture",
            "caption": _broken(self._wording.text(part.caption)),
            "notes": [_broken(self._wording.text(note)) for note in part.notes],
            "svg": draw(part, self._wording),
        }

    def _table(self, table: Table) -> Iterator[Plan]:
        if table.name.startswith("devices"):
            yield self._devices(table)
        elif fits(table):
            yield self._laid(table, self._wording.text(table.caption), self._partial(table))
        else:
            number = self._append(table)
            yield from self._in_brief(table, number)

    def _in_brief(self, table: Table, number: int) -> Iterator[Plan]:
        values = {"title": short_title(table, self._wording), "appendix": number}
        brief = brief_of(table)
        if brief is None:
            yield self._sentence(self._say("pdf.see", **values))
            return
        short = shortened(table, brief)
        if not brief.low:
            note = self._say("pdf.whole", **values)
            if len(short.lines) < short.whole:
                note = self._say("pdf.first", **values, **self._counts(n=len(short.lines)))
            yield self._laid(short, self._wording.text(table.caption), note)
            return
        found = verdicts(table)
        said = self._say("pdf.judged", **values, **self._counts(**found._asdict()))
        if not found.judged:
            said = self._say("pdf.no_target", **values)
        if not short.lines:
            yield self._sentence(said)
            return
        note = self._say("pdf.lowest", **self._counts(n=len(short.lines), total=short.whole))
        yield self._laid(short, said, note)

    def _devices(self, table: Table) -> Plan:
        """Of thousands of devices that never failed nobody reads; the workbook has them."""
        kept = troubled(table)
        values = {"title": short_title(table, self._wording)}
        counts = self._counts(n=kept.whole, total=rows(table))
        if not kept.lines:
            return self._sentence(self._say("pdf.devices.none", **values, **counts))
        number = self._append(kept)
        return self._sentence(self._say("pdf.devices", **values, **counts, appendix=number))

    def _append(self, table: Table) -> int:
        caption = self._wording.text(table.caption)
        part = self._laid(table, caption, self._partial(table))
        part["title"] = short_title(table, self._wording)
        self._appendices.append(part)
        number = len(self._appendices)
        part["label"] = self._say("pdf.appendix", n=number)
        return number

    def _partial(self, table: Table) -> str:
        """A list that was cut says so."""
        shown_rows = rows(table)
        if table.whole <= shown_rows:
            return ""
        if table.name.startswith("devices"):
            return self._say("pdf.lowest", **self._counts(n=shown_rows, total=table.whole))
        return self._say("rows.first", **self._counts(n=shown_rows, total=table.whole))

    def _counts(self, **counts: int) -> dict[str, str]:
        language = self._wording.language
        return {key: numbers.number(value, language) for key, value in counts.items()}

    def _sentence(self, text: str, *, title: bool = False) -> Plan:
        return {"is": "text", "text": _broken(text), "title": title}

    def _laid(self, table: Table, caption: str, note: str) -> Plan:
        lines: list[Plan] = [
            {"look": line.look, "cells": [self._cell(cell) for cell in line.cells]}
            for line in table.lines
        ]
        within = [line["cells"] for line in lines if line["look"] != "group"]
        columns = [
            self._column(column, [cells[place]["text"] for cells in within])
            for place, column in enumerate(table.columns)
        ]
        return {
            "is": "table",
            "caption": _broken(caption),
            "note": note,
            "columns": columns,
            "lines": lines,
        }

    def _column(self, column: Column, texts: list[str]) -> Plan:
        """`widest`: the longest of its texts that cannot be broken."""
        label = self._wording.heading(column)
        if column.key == "split":
            label = self._say("pdf.not_up")
        pieces = {piece for text in (label, *texts) for piece in _BREAKS.split(text)}
        return {
            "label": label,
            "width": column.width * _WIDER.get(column.key, 1),
            "right": column.numeric,
            "widest": max(pieces, key=lambda piece: (len(piece), piece)),
        }

    def _cell(self, cell: Cell) -> Plan:
        main, small = (cell.main, cell.small) if isinstance(cell, Stack) else (cell, ())
        if isinstance(main, Shares):
            return {"text": "", "small": self._but_up(main)}
        said: Plan = {"text": self._text(main)}
        if small:
            said["small"] = _short(" · ".join(map(self._text, small)))
        if isinstance(main, Word) and main.mark:
            said["mark"] = main.mark
        return said

    def _text(self, cell: Cell) -> str:
        if isinstance(cell, Names):
            return self._names(cell)
        said = self._wording.text(cell)
        if is_numeric(cell) and isinstance(cell, Percent | Target | Share | Lasting | Amount):
            return _DIGIT_SPACE.sub("\u00a0", said)
        return _short(said)

    def _but_up(self, cell: Shares) -> str:
        """Four lines a row make a list of hundreds unreadable: the time that is not told was up."""
        return self._wording.text(Shares(cell.split._replace(up_ms=0)))

    def _names(self, cell: Names) -> str:
        """All are counted, the first are named."""
        behind = [
            f"{self._wording.behind(kind, names)}: {'; '.join(names[:MOST_NAMES])}"
            + ("; …" if len(names) > MOST_NAMES else "")
            for kind, names in cell.groups
        ]
        return _short("; ".join(behind) or numbers.NOTHING)


def _short(text: str) -> str:
    """What ends before the page does."""
    said = shown(text)
    return _broken(said if len(said) <= LONGEST_TEXT else said[: LONGEST_TEXT - 1] + "…")


def _told(text: str | None, blank: str) -> str:
    return blank if text is None else _broken(text)


def _broken(text: str) -> str:
    """What may break within a word that is wider than its column."""
    return _UNBROKEN.sub(lambda found: found[0] + "\u200b", shown(text))

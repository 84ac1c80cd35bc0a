"""A short paper of sections as one offline HTML file: errata, or the dossier of an outage."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from jinja2 import Template

from reports.markup import clean
from reports.tables import Line, Roll, Section, Table, Word
from reports.templating import environment
from reports.wording import Wording


class _Shown(NamedTuple):
    text: str
    numeric: bool = False


class _Part(NamedTuple):
    """`tag`: p, h3, table, ul."""

    tag: str
    text: str
    mark: str = ""
    heads: tuple[_Shown, ...] = ()
    rows: tuple[tuple[_Shown, ...], ...] = ()


class _Chapter(NamedTuple):
    name: str
    heading: str
    parts: tuple[_Part, ...]


def leaf(wording: Wording, title: str, sections: Iterable[Section], footer: str) -> str:
    """`footer`: what the paper is bound to."""
    chapters = [
        _Chapter(
            section.name,
            wording.say(f"section.{section.name}"),
            tuple(_part(wording, part) for part in section.parts),
        )
        for section in sections
        if section.parts
    ]
    return _template().render(
        lang=wording.language,
        title=clean(title),
        subtitle=clean(wording.document.network),
        sections=chapters,
        footer=clean(footer),
    )


@cache
def _template() -> Template:
    return environment().get_template("leaf.html.j2")


def _part(wording: Wording, part: object) -> _Part:
    match part:
        case Word():
            tag = "h3" if part.mark == "title" else "p"
            return _Part(tag, clean(wording.text(part)), part.mark)
        case Table():
            heads = tuple(_Shown(wording.heading(c), c.numeric) for c in part.columns)
            rows = tuple(_row(wording, part, line) for line in part.lines)
            return _Part("table", clean(wording.text(part.caption)), "", heads, rows)
        case Roll():
            names = tuple((_Shown(clean(wording.text(name))),) for name in part.names)
            return _Part("ul", clean(wording.text(part.heading)), "", (), names)
    raise TypeError(f"a leaf has no pictures: {type(part).__name__}")


def _row(wording: Wording, part: Table, line: Line) -> tuple[_Shown, ...]:
    cells = zip(line.cells, part.columns, strict=True)
    return tuple(_Shown(clean(wording.text(cell)), column.numeric) for cell, column in cells)

"""A short paper of sections as one offline HTML file: errata, or the dossier of an outage."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.tables import Line, Roll, Section, Table, Word
from reports.wording import Wording

# What HTML forbids, and signs that turn the reading direction of what follows them.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


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
    return (
        _environment()
        .get_template("leaf.html.j2")
        .render(
            lang=wording.language,
            title=visible(title),
            subtitle=visible(wording.document.network),
            sections=chapters,
            footer=visible(footer),
        )
    )


def visible(text: str) -> str:
    """Without signs that a page may not hold, or that would turn the text around them."""
    return _UNSHOWN.sub("\ufffd", text)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,  # names of devices and sites are not ours
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _part(wording: Wording, part: object) -> _Part:
    match part:
        case Word():
            tag = "h3" if part.mark == "title" else "p"
            return _Part(tag, visible(wording.text(part)), part.mark)
        case Table():
            heads = tuple(_Shown(wording.heading(c), c.numeric) for c in part.columns)
            rows = tuple(_row(wording, part, line) for line in part.lines)
            return _Part("table", visible(wording.text(part.caption)), "", heads, rows)
        case Roll():
            names = tuple((_Shown(visible(wording.text(name))),) for name in part.names)
            return _Part("ul", visible(wording.text(part.heading)), "", (), names)
    raise TypeError(f"a leaf has no pictures: {type(part).__name__}")


def _row(wording: Wording, part: Table, line: Line) -> tuple[_Shown, ...]:
    cells = zip(line.cells, part.columns, strict=True)
    return tuple(_Shown(visible(wording.text(cell)), column.numeric) for cell, column in cells)

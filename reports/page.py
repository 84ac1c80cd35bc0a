"""The report as offline HTML: one file, or above 500 sites a summary and a file for each unit.

No outside asset; printable on A4; a little script filters rows, and nothing depends on it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from importlib import resources
from itertools import islice
from typing import NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from reports.at_once import each
from reports.contents import contents
from reports.document import Document
from reports.hypertext import Hypertext, Made
from reports.markup import clean
from reports.tables import Line, Section, Table
from reports.templating import environment
from reports.units import Part, divided

MOST_SITES = 500  # in one file
MOST_ROWS = 500  # of a table whose other rows stand in the files of the units
SUMMARY = "index.html"
_IN_UNITS = frozenset({"link", "outage"})  # kinds of rows that the files of the units have
_ONLY_OF_UNITS = frozenset({"devices"})
_NOT_OF_A_UNIT = frozenset({"watch", "method"})
_ROMAN = {"XL": 40, "X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1}
_OLDEST = datetime(1980, 1, 1, tzinfo=UTC)  # a zip file knows nothing before


class File(NamedTuple):
    """The file of a unit, as the summary lists it."""

    href: str
    name: str
    sites: int
    devices: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A report in one language. `name`: of its part of the network; `above`: the summary's file."""

    w: Hypertext
    sections: Sequence[Section]
    name: str = ""
    above: str = ""
    files: Sequence[File] = ()

    @property
    def title(self) -> str:
        told = (self.name, self.w.title(), self.w.document.network)
        return " – ".join(text for text in told if text)


def render(document: Document, *languages: str, processes: int = 1) -> str:
    """One file, whatever its size; with several languages it has a switch."""
    sections = contents(document)
    readers = (Hypertext(document, at, prefix=_prefix(at, languages)) for at in languages)
    return _page([Article(w=w, sections=sections) for w in readers], processes)


def files(document: Document, languages: Sequence[str], *, processes: int = 1) -> dict[str, bytes]:
    """Every file by its name; links between them are relative."""
    if document.whole.sums.total <= MOST_SITES:
        return {SUMMARY: render(document, *languages, processes=processes).encode()}
    parts = divided(document)
    known = {language: Made() for language in languages}  # of the parts, which say "together"
    names = [SUMMARY, *(part.file for part in parts)]
    jobs = [
        partial(_summary, document, parts, {language: Made() for language in languages}),
        *(partial(_unit, part, known) for part in parts),
    ]
    return dict(zip(names, each(jobs, processes), strict=True))


def zipped(pages: Mapping[str, bytes], made_ms: int) -> bytes:
    """The same files give the same bytes."""
    when = max(datetime.fromtimestamp(made_ms // 1000, UTC), _OLDEST)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in pages.items():
            info = zipfile.ZipInfo(name, when.timetuple()[:6])
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _summary(document: Document, parts: Sequence[Part], known: Mapping[str, Made]) -> bytes:
    """Everything but the rows that stand in the files of the units."""
    bare = tuple(replace(tier, devices=()) for tier in document.tiers)
    told = (
        one for one in contents(replace(document, tiers=bare)) if one.name not in _ONLY_OF_UNITS
    )
    sections = _shortened(told)
    articles = []
    for language, made in known.items():
        prefix = _prefix(language, [*known])
        places = {
            ("site", site): f"{part.file}#{prefix}site-{site}"
            for part in parts
            for site in part.sites
        }
        w = Hypertext(document, language, prefix=prefix, places=places, made=made)
        listed = [
            File(
                f"{part.file}#{prefix}summary",
                _name(part, w),
                len(part.sites),
                part.devices,
                part.missed,
            )
            for part in parts
        ]
        articles.append(Article(w=w, sections=sections, files=listed))
    return _page(articles).encode()


def _unit(part: Part, known: Mapping[str, Made]) -> bytes:
    told = (one for one in contents(part.document) if one.name not in _NOT_OF_A_UNIT)
    sections = [_counted(section, part) for section in told]
    articles = []
    for language, made in known.items():
        prefix = _prefix(language, [*known])
        w = Hypertext(part.document, language, prefix=prefix, of_part=True, made=made)
        above = f"{SUMMARY}#{w.anchor('summary')}"
        articles.append(Article(w=w, sections=sections, name=_name(part, w), above=above))
    return _page(articles).encode()


def _counted(section: Section, part: Part) -> Section:
    """How many outages there were beyond those that its document has."""
    parts = (
        replace(one, whole=part.outages)
        if isinstance(one, Table) and one.name == "outages"
        else one
        for one in section.parts
    )
    return replace(section, parts=tuple(parts))


def _name(part: Part, w: Hypertext) -> str:
    first, last = part.names
    if first is None or last is None:
        return w.say("page.unplaced")
    if first == last:
        return w.say("page.offices", name=first) if part.of_province else first
    return w.say("page.between", first=first, last=last)


def _shortened(sections: Iterable[Section]) -> list[Section]:
    return [
        replace(section, parts=tuple(_cut(p) if isinstance(p, Table) else p for p in section.parts))
        for section in sections
    ]


def _cut(table: Table) -> Table:
    """Its first rows, where the files of the units have them all."""
    kinds = {line.kind for line in table.lines if line.id}
    if len(table.lines) <= MOST_ROWS or not kinds <= _IN_UNITS:
        return table
    whole = max(table.whole, _rows(table.lines))
    return replace(table, lines=table.lines[:MOST_ROWS], whole=whole)


def _rows(lines: Sequence[Line]) -> int:
    return sum(line.look != "group" for line in lines)


def _prefix(language: str, languages: Sequence[str]) -> str:
    return "" if language == languages[0] else f"{language}-"


def _page(articles: Sequence[Article], processes: int = 1) -> str:
    jobs = [partial(_section, one, at) for one in articles for at in range(len(one.sections))]
    if processes > 1:
        told = iter(each(jobs[::-1], processes)[::-1])  # the longest sections are the last ones
    else:
        told = iter([job() for job in jobs])
    pairs = [(one, list(islice(told, len(one.sections)))) for one in articles]
    return _environment().get_template("month.html.j2").render(articles=pairs)


def _section(article: Article, at: int) -> Markup:
    macros = vars(_environment().get_template("section.html.j2").module)
    told: Markup = macros["section"](article.sections[at], article.w, roman(at + 1))
    return told


@cache
def _environment() -> Environment:
    script = (resources.files("reports") / "templates/script.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    made = environment(finalize=_shown)
    ours = Markup(script)  # noqa: S704
    made.globals |= {"script": ours, "script_sha256": digest, "roman": roman}
    return made


def roman(number: int) -> str:
    """Sections are numbered so in Vietnamese documents: 14 is XIV."""
    told = ""
    for sign, worth in _ROMAN.items():
        told += sign * (number // worth)
        number %= worth
    return told


def _shown(value: object) -> object:
    return clean(value) if type(value) is str else value

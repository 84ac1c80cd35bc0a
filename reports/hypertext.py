"""Cells and tables as HTML. Rows are made by the ten thousand: they are plain Python."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise, takewhile
from operator import attrgetter
from typing import NamedTuple

from markupsafe import Markup

from reports import numbers
from reports.document import Document
from reports.markup import escaped, unbroken
from reports.pictures import Picture
from reports.pictures_svg import svg
from reports.sections.summary import BAR_ORDER, verdicts
from reports.tables import (
    NUMERIC,
    At,
    Between,
    Cell,
    Line,
    Names,
    Percent,
    Roll,
    Shares,
    Stack,
    Table,
    Target,
    Text,
    Word,
)
from reports.wording import Wording
from store.ledger import MIN_SEEN_PCT, Split, intervals
from store.period import History
from store.states import Kind
from store.stretches import OFF_HOURS, SHARES, UP

BAR_PX = 120
PIECE_ROWS = 100
MOST_PIECES = 12  # intervals that a split opens to
_THINNEST_PX = 1.5  # a minute of outage in a month must still be seen
_is_open = attrgetter("open")
_ANCHOR = re.compile(r"[A-Za-z0-9._-]+")
_PLAIN = frozenset({"up", "not_in_service"})
_OF_PART = {"whole": "page.together", "key.service": "col.service_pct"}
_FIGURES = frozenset(NUMERIC)
_BAR = tuple((share, SHARES.index(share)) for share in BAR_ORDER)
_MISSED = '<span class="m-missed">'  # no data can look so
_UNJUDGED = frozenset({"tier"})  # kinds of lines that a filter of things leaves alone


class Made:
    """Cells that are told already: once for all rows and all files of one language."""

    def __init__(self) -> None:
        self.cells: dict[type, dict[Cell, str]] = defaultdict(dict)
        self.names: dict[type, dict[Cell, str]] = defaultdict(dict)
        self.times: dict[int, str] = {}  # to the second, by their milliseconds


class Stretch(NamedTuple):
    """One piece of a bar: share, left edge and width in pixels."""

    share: str
    x: float
    width: float


class Hypertext(Wording):
    """`prefix` keeps the anchors of a second language apart.

    `places`: where a thing, `(kind, id)`, is told in full. `of_part`: a file of a unit; others
    lead to its rows, and its devices, which are many, open to their splits alone.
    `made`: cells of other files of the same language, which have many in common.
    """

    bar_order = BAR_ORDER
    least_seen_pct = MIN_SEEN_PCT
    bar_px = BAR_PX

    def __init__(
        self,
        document: Document,
        language: str,
        *,
        prefix: str = "",
        places: Mapping[tuple[str, str], str] | None = None,
        of_part: bool = False,
        made: Made | None = None,
    ) -> None:
        super().__init__(document, language)
        self._prefix, self._places, self._of_part = prefix, places or {}, of_part
        self._anchors: set[str] = set()
        self._shares = {share: escaped(self.say(f"share.{share}")) for share in BAR_ORDER}
        self._shares[""] = escaped(self.say("col.split"))
        self._seconds = self.say("seconds", n="\0").split("\0")
        self._histories: dict[tuple[str, str], History] = {
            (row.kind, row.id): row.history
            for row in document.things
            if row.history is not None and not (of_part and row.kind is Kind.DEVICE)
        }
        self._made = Made() if made is None else made
        self._times = self._made.times

    def say(self, key: str, **values: object) -> str:
        """A part of the network is not called the whole of it."""
        return super().say(_OF_PART.get(key, key) if self._of_part else key, **values)

    def anchor(self, name: str) -> str:
        """The id of an element, unique in a page of several languages."""
        return f"{self._prefix}{name}"

    def percent(self, value: float | None) -> str:
        return self.unbroken(Percent(value))

    def verdicts(self) -> dict[str, int]:
        return verdicts(self.document)

    @cached_property
    def open(self) -> int:
        """Outages that go on."""
        return sum(1 for _ in takewhile(_is_open, self.document.outages))  # they stand first

    def number(self, value: int) -> str:
        return numbers.number(value, self.language)

    def unbroken(self, cell: Cell) -> str:
        """Its text; a number and its unit stay on one line."""
        return unbroken(self.text(cell))

    def html(self, cell: Cell) -> Markup:
        return Markup(self._html(cell))  # noqa: S704  every part of it is escaped

    def svg(self, part: Picture) -> Markup:
        return Markup(svg(part, self, alone=False))  # noqa: S704  every part of it is escaped

    def rows(self, table: Table, *, beside: bool = False) -> Markup:
        """The bodies of a table: one, or one for each group.

        `beside`: the numbers of a picture, whose rows nothing leads to and which lead nowhere.
        """
        bodies = self._plain(table) if beside else self._bodies(table)
        return Markup("".join(bodies))  # noqa: S704  every part of it is escaped

    def _bodies(self, table: Table) -> Iterator[str]:
        yield "<tbody>\n"
        begun = False
        for line in table.lines:
            if line.look == "group":
                if begun:
                    yield "</tbody>\n<tbody>\n"
                yield self._group(line, len(table.columns))
            else:
                yield self._row(line)
            begun = True
        yield "</tbody>"

    def _plain(self, table: Table) -> Iterator[str]:
        yield "<tbody>\n"
        for line in table.lines:
            name, *cells = line.cells
            yield f'<tr><th scope="row">{self._name(name)}</th>{self._tds(cells)}</tr>\n'
        yield "</tbody>"

    def _group(self, line: Line, columns: int) -> str:
        name = self._html(line.cells[0])
        return f'<tr class="group"><th scope="rowgroup" colspan="{columns}">{name}</th></tr>\n'

    def _row(self, line: Line) -> str:
        first, *rest = line.cells
        name = self._name(first)
        if self._places:
            name = self._linked(name, self._places.get((line.kind, line.id)))
        if rest and rest[-1].__class__ is Shares:
            cells = self._tds(rest[:-1]) + self._spent(rest[-1], line)
        else:
            cells = self._tds(rest)
        look = line.look or ("bad" if _MISSED in cells else "")
        about = f' class="{look}"' if look else ""
        if self._of_part and line.id:
            about += self._led_to(f"{line.kind}-{line.id}")
        return f'<tr{about}><th scope="row">{name}</th>{cells}</tr>\n'

    def _tds(self, cells: Sequence[Cell]) -> str:
        made = self._made.cells
        told = []
        for cell in cells:
            known = made[cell.__class__]
            text = known.get(cell)
            if text is None:
                text = known[cell] = self._td(cell)
            told.append(text)
        return "".join(told)

    def _name(self, cell: Cell) -> str:
        """What a row is about."""
        known = self._made.names[cell.__class__]
        text = known.get(cell)
        if text is None:
            text = known[cell] = self._html(cell)
        return text

    def _led_to(self, name: str) -> str:
        """The first row of a thing is the one that others lead to."""
        if name in self._anchors or not _ANCHOR.fullmatch(name):
            return ""
        self._anchors.add(name)
        return f' id="{self.anchor(name)}"'

    @staticmethod
    def _linked(name: str, place: str | None) -> str:
        if place is None:
            return name
        words, small, about = name.partition(" <small>")
        return f'<a href="{escaped(place)}">{words}</a>{small}{about}'

    def _spent(self, cell: Shares, line: Line) -> str:
        """The split of a thing opens to its intervals; where it has a file, they stand there."""
        history = None if self._places else self._histories.get((line.kind, line.id))
        if history is None or not any(cell.split[:UP][OFF_HOURS:]):
            return self._tds((cell,))
        return f'<td class="b">{self._opened(cell.split, self._pieces(history))}</td>'

    def _pieces(self, history: History) -> str:
        window = self.document.from_ms, self.document.to_ms
        found = [piece for piece in intervals(history, window) if piece.share not in _PLAIN]
        longest = sorted(found, key=lambda piece: piece.from_ms - piece.to_ms)[:MOST_PIECES]
        between = self.clock.between
        told = "".join(
            f"<li>{self._shares[piece.share]}: {between(piece.from_ms, piece.to_ms)}</li>"
            for piece in sorted(longest, key=lambda piece: piece.from_ms)
        )
        if len(found) > MOST_PIECES:
            told += f"<li>{escaped(self.say('page.more', n=len(found) - MOST_PIECES))}</li>"
        return f"<ul>{told}</ul>"

    def _td(self, cell: Cell) -> str:
        if isinstance(cell, Shares):
            return f'<td class="b">{self._opened(cell.split)}</td>'
        if cell.__class__ not in _FIGURES:
            return f"<td>{self._html(cell)}</td>"
        about = ' class="n"'
        if isinstance(cell, Percent) and cell.main:
            about = ' class="n main"'
        elif isinstance(cell, Target) and cell.source:
            about += f' title="{escaped(cell.source)}"'
        return f"<td{about}>{escaped(self.unbroken(cell))}</td>"

    def _html(self, cell: Cell) -> str:
        match cell:
            case Text(text):
                return escaped(text)
            case Stack(main, small):
                below = " · ".join(map(self._html, small))
                return f"{self._html(main)} <small>{below}</small>" if small else self._html(main)
            case At() | Between():
                return self.text(cell)
            case Word(_, _, mark):
                words = escaped(self.unbroken(cell))
                return f'<span class="m-{mark}">{words}</span>' if mark else words
            case Names(groups):
                return "".join(self._behind(*group) for group in groups) or numbers.NOTHING
        return escaped(self.unbroken(cell))

    def _behind(self, kind: str, names: tuple[str, ...]) -> str:
        told = escaped("; ".join(names))
        head = escaped(self.behind(kind, names))
        return f'<details class="names"><summary>{head}</summary>{told}</details>'

    def _opened(self, split: Split, pieces: str = "") -> str:
        """A bar that opens to its times, to the second."""
        found = [(share, split[place]) for share, place in _BAR if split[place]]
        if not found:
            return numbers.NOTHING
        times = "".join(
            [f"<li>{self._shares[share]}: {self._exactly(ms)}</li>" for share, ms in found]
        )
        return (
            f'<details class="split"><summary>{bar_svg(found, self._shares[""])}</summary>'
            f"<ul>{times}</ul>{pieces}</details>"
        )

    def _exactly(self, ms: int) -> str:
        told = self._times.get(ms)
        if told is None:
            exact = Decimal(ms) / 1000 if ms % 1000 else ms // 1000
            before, behind = self._seconds
            seconds = f"{before}{numbers.number(exact, self.language)}{behind}"
            text = f"{numbers.duration(ms / 1000, self.language)} ({seconds})"
            told = self._times[ms] = escaped(unbroken(text))
        return told

    # What the templates ask of a table.

    @staticmethod
    def pieces(table: Table) -> Iterator[Table]:
        """A long table in several: a browser lays out those alone that it shows."""
        grouped = any(line.look == "group" for line in table.lines)
        cuts = [0]
        for at, line in enumerate(table.lines):
            if at - cuts[-1] >= PIECE_ROWS and (line.look == "group" or not grouped):
                cuts.append(at)
        for number, (begin, end) in enumerate(pairwise((*cuts, len(table.lines))), 1):
            name = table.name if number == 1 else f"{table.name}-{number}"
            yield replace(table, name=name, lines=table.lines[begin:end])

    def widths(self, table: Table) -> list[str]:
        """Percent of each column."""
        whole = sum(column.width for column in table.columns)
        return [f"{100 * column.width / whole:.2f}" for column in table.columns]

    @staticmethod
    def width(table: Table) -> str:
        return f"{sum(column.width for column in table.columns):.1f}"

    @staticmethod
    def is_list(table: Table) -> bool:
        """Its rows are things, which a reader may look for."""
        return any(line.id and line.kind not in _UNJUDGED for line in table.lines)

    @staticmethod
    def is_judged(table: Table) -> bool:
        return any(column.key == "verdict" for column in table.columns)

    def cut(self, table: Table) -> str:
        """What it says where rows are left out."""
        shown = sum(line.look != "group" for line in table.lines)
        if table.whole <= shown:
            return ""
        return self.say("page.cut", n=self.number(shown), total=self.number(table.whole))

    @staticmethod
    def form(part: object) -> str:
        """Which macro shows it."""
        known: dict[type, str] = {Word: "word", Table: "table", Roll: "roll"}
        return known.get(type(part), "picture")


def bar_svg(parts: Sequence[tuple[str, int]], title: str) -> str:
    pieces = "".join(
        [
            f'<rect class="s-{share}" x="{x}" width="{width}" height="11"/>'
            for share, x, width in bar(parts)
        ]
    )
    return (
        f'<svg class="bar" viewBox="0 0 {BAR_PX} 11" preserveAspectRatio="none"'
        f' role="img" aria-label="{title}">{pieces}</svg>'
    )


def bar(parts: Sequence[tuple[str, int]]) -> list[Stretch]:
    """Stretches in proportion; a thin one gets a visible width, taken from the widest."""
    if not parts:
        return []
    whole = sum(ms for _, ms in parts)
    widths = [max(BAR_PX * ms / whole, _THINNEST_PX) for _, ms in parts]
    widths[widths.index(max(widths))] -= sum(widths) - BAR_PX
    pieces, x = [], 0.0
    for (share, _), width in zip(parts, widths, strict=True):
        pieces.append(Stretch(share, round(x, 1), round(width, 1)))
        x += width
    return pieces

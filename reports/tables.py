"""What a report tells, in no form yet: sections of sentences, and tables of typed cells.

Every form (page, PDF, xlsx, CSV) is made from these, so that each figure is the same in all.
Words are keys of the phrases (`report.KEY`, else `KEY`); names of devices and places are data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from store.ledger import Split

if TYPE_CHECKING:
    from reports.pictures import Picture


class Text(NamedTuple):
    """A name, or a remark of a person or a device."""

    text: str


class Stack(NamedTuple):
    """A cell, and what stands in small print below it."""

    main: Cell
    small: tuple[Cell, ...]


class Word(NamedTuple):
    """A phrase; its values may be cells themselves."""

    key: str
    values: Mapping[str, Cell | str | int] = {}
    mark: str = ""  # how it looks: missed, met, unsure, open

    def __hash__(self) -> int:
        said = frozenset(self.values.items()) if self.values else None
        return hash((self.key, self.mark, said))


class Percent(NamedTuple):
    """0 to 100, None: no figure. `limits`: what rounding may not reach, such as its target."""

    value: float | None
    limits: tuple[float, ...] = ()
    main: bool = False  # the figure by which its row is judged
    unlike: float | None = None  # another figure that it must not look like, unless it is the same


class Points(NamedTuple):
    """From one percentage to another, in percentage points: never shown as 0 unless it is 0."""

    then: float | None
    now: float | None


class Target(NamedTuple):
    """A limit in percent that a person wrote, and where he took it from."""

    value: float | None
    source: str | None = None


class Count(NamedTuple):
    value: int | None


class Ratio(NamedTuple):
    """`part` of `whole` things."""

    part: int
    whole: int


class Share(NamedTuple):
    """`part` of `whole` things as a percentage that is never rounded up."""

    part: int
    whole: int


class Lasting(NamedTuple):
    """A stretch of time; None: there is none. `plain`: zero is told, not left out."""

    ms: int | float | None
    plain: bool = False


class At(NamedTuple):
    """A moment, UTC milliseconds; None: not known. `day`: the date alone."""

    ms: int | None
    day: bool = False


class Between(NamedTuple):
    """A moment that is known to lie between two others."""

    earlier_ms: int
    later_ms: int


class Amount(NamedTuple):
    """A measured value with its unit: `-21,4 dBm`."""

    value: float | None
    unit: str = ""
    digits: int = 1
    signed: bool = False  # a plus is written


class Shares(NamedTuple):
    """How the whole time of a row was spent."""

    split: Split


class Names(NamedTuple):
    """Things by kind, as `(kind, names)`: what was behind an outage."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]


Cell = (
    Text
    | Stack
    | Word
    | Percent
    | Points
    | Target
    | Count
    | Ratio
    | Share
    | Lasting
    | At
    | Between
    | Amount
    | Shares
    | Names
    | None
)
NUMERIC = (Percent, Points, Target, Count, Ratio, Share, Lasting, Amount)


class Column(NamedTuple):
    """`key` names it in files for programs and, as `report.col.KEY`, for people."""

    key: str
    width: float = 1.0  # against the others
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `id` and `kind` name the thing that it is about, for programs.

    `opened`: the stretches that its split is made of; cells as in `sections.opening`.
    """

    cells: tuple[Cell, ...]
    id: str = ""
    kind: str = ""
    look: str = ""  # sum: of all the others; group: a heading over the rows below
    opened: Sequence[Line] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is unique in the report."""

    name: str
    caption: Word
    columns: tuple[Column, ...]
    lines: tuple[Line, ...] = field(repr=False)
    whole: int = 0  # how many rows there would be; 0: all are here


@dataclass(frozen=True, slots=True)
class Roll:
    """Names under a heading: those that a figure leaves out."""

    heading: Word
    names: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is its anchor and, as `report.section.NAME`, its heading."""

    name: str
    parts: tuple[Word | Table | Roll | Picture, ...]
    apart: bool = False  # it begins on a page of its own


def is_numeric(cell: Cell) -> bool:
    """Does it stand to the right of its column?"""
    return isinstance(cell, NUMERIC)

"""What the pictures of a report show, in no form yet: exact times, days and months by their names.

A picture is a part of a section. It knows its `name`, which is unique in the report, and its
caption; `reports.drawn` draws it, `reports.picture_numbers` makes the table that stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from reports.document import Verdict
from reports.tables import Cell, Target, Word
from store.ledger import Piece, Split


class Day(NamedTuple):
    """A local day, or the part of it that lies in the period."""

    day: str  # 2026-10-05
    from_ms: int
    to_ms: int
    split: Split


class Strip(NamedTuple):
    """One thing, or a roll-up, over the days of the period; `split` is their sum."""

    who: Cell
    days: tuple[Day, ...]
    split: Split
    id: str = ""
    kind: str = ""


class Track(NamedTuple):
    """A site with all its time that was not up."""

    who: Cell
    id: str
    pieces: tuple[Piece, ...]
    lost_ms: int


class Bar(NamedTuple):
    """The time of a tier against what its sites are promised."""

    who: Cell
    level: str
    split: Split
    targets: tuple[Target, ...]  # all that its sites have, each once, the highest first
    measured: int
    total: int
    verdict: Verdict  # NO_TARGET where the sites have several


class Point(NamedTuple):
    """A tier in a month. `signed`: as it stands in a signed report."""

    split: Split
    measured: int
    total: int
    signed: bool = False


class Course(NamedTuple):
    """A tier over the months; None: no record of it, or nothing in service."""

    who: Cell
    level: str
    points: tuple[Point | None, ...]
    targets: tuple[Target, ...]


class Spot(NamedTuple):
    """A site on the map. `number`: of those below target, in the order of the list."""

    id: str
    name: str
    lat: float
    lon: float
    verdict: Verdict
    figured: bool  # False: it has no percentage
    split: Split
    target: Target
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    name: str
    caption: Word
    notes: tuple[Word, ...] = ()  # what is left out, and what the reader must know


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar(_Picture):
    """A cell for each day of each strip."""

    strips: tuple[Strip, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparks(_Picture):
    """The availability of links, day by day, as small lines."""

    strips: tuple[Strip, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(_Picture):
    """When sites were cut off. `edges`: the ends of the period and the midnights between them."""

    edges: tuple[int, ...] = field(repr=False)
    tracks: tuple[Track, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierBars(_Picture):
    """The share of time lost in each tier, and how much its target allows."""

    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses(_Picture):
    """Tiers over the last months, oldest first: 2025-10."""

    months: tuple[str, ...]
    courses: tuple[Course, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMap(_Picture):
    """Sites where they stand."""

    spots: tuple[Spot, ...] = field(repr=False)


Picture = Calendar | Sparks | Timeline | TierBars | Courses | SiteMap

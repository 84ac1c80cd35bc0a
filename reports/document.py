"""Everything that a report shows, as frozen numbers: what the renderers get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from inventory.model import BLANK, Letterhead
from reports.beside import NOTHING, Beside
from store.ledger import Split
from store.period import History, Interval, LateWork, UnitRow
from store.questions import OutageRow
from store.states import Kind
from store.tally import ThingFigures

THING_ORDER = (Kind.UNIT, Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)


class Verdict(StrEnum):
    """A row against its target."""

    MISSED = "missed"
    MET = "met"
    UNSURE = "unsure"  # under 90 % of the time was seen
    NO_TARGET = "no_target"


class Standing(StrEnum):
    """Why a thing has a percentage, or has none."""

    MEASURED = "measured"
    NO_DATA = "no_data"  # in service and asked, but never judged in this period
    NEVER_SEEN = "never_seen"
    NOT_MONITORED = "not_monitored"


class Charge(NamedTuple):
    """The down time of a provider's links by whose fault it was; together it is all of it."""

    charged_ms: int  # fibre or provider, by evidence or by a person's word
    undetermined_ms: int
    other_ms: int

    def pct(self, split: Split) -> float | None:
        """Availability if only what is charged had been lost."""
        whole = split.served_ms + self.charged_ms
        return 100 * split.served_ms / whole if whole else None


@dataclass(slots=True, kw_only=True)  # frozen ones take four times as long to make
class Row:
    """One thing, or a roll-up: who it is, and its figures. Nobody changes one."""

    id: str
    kind: Kind
    name: str
    level: str = ""
    unit: str | None = None
    over: str | None = None  # the unit above its unit
    site: str | None = None  # name of its site
    provider: str | None = None
    target_pct: float | None = None
    target_source: str | None = None
    verdict: Verdict = Verdict.NO_TARGET
    standing: Standing = Standing.MEASURED
    sums: ThingFigures
    history: History | None = field(default=None, repr=False)  # None: a roll-up
    charge: Charge | None = None  # of a provider


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDevices:
    """The devices of a site, in the order of their names; `site` is None for homeless ones."""

    site: Row | None
    devices: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The sites of one administrative level, worst first; `whole` is their roll-up."""

    level: str
    whole: Row
    sites: tuple[Row, ...]
    devices: tuple[SiteDevices, ...]
    verdicts: dict[Verdict, int]


class OutageLine(NamedTuple):
    """An outage that is a root, and the names of what stood behind it."""

    outage: OutageRow
    site: str | None
    lost_ms: int  # within the period, planned and unseen time cut out
    affected: tuple[tuple[Kind, tuple[str, ...]], ...]

    @property
    def open(self) -> bool:
        return self.outage.first_good_ms is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The monitor itself: how much of the time it watched, and when it did not."""

    seen_pct: float | None
    split: Split
    watched: tuple[Interval, ...]
    blind: tuple[Interval, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFigures:
    """A time in which the administrative map did not change, and the figures in it alone."""

    from_ms: int
    to_ms: int
    acts: tuple[str, ...]  # by which it began
    tiers: tuple[Row, ...]
    units: tuple[Row, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report over [from_ms, to_ms): `to_ms` is cut at now, `asked_to_ms` is not."""

    network: str
    timezone: str
    language: str
    from_ms: int
    to_ms: int
    asked_to_ms: int
    made_ms: int
    whole: Row
    tiers: tuple[Tier, ...]
    units: tuple[Row, ...] = field(repr=False)
    links: tuple[Row, ...] = field(repr=False)
    services: tuple[Row, ...] = field(repr=False)
    providers: tuple[Row, ...] = field(repr=False)
    outages: tuple[OutageLine, ...] = field(repr=False)
    watch: Watch
    without_figure: tuple[Row, ...] = field(repr=False)  # no data, never seen, not monitored
    things: tuple[Row, ...] = field(repr=False)  # every thing, in a fixed order
    as_of_ms: int | None = None  # without what people said later
    late_works: tuple[LateWork, ...] = ()
    maps: tuple[MapFigures, ...] = ()  # where the administrative map changed in the period
    on_today: bool = False  # told on the map of the day on which it was made
    letterhead: Letterhead = BLANK
    tree: Mapping[int, UnitRow] = field(default_factory=dict, repr=False)  # units at its end
    beside: Beside = NOTHING
    days: dict[tuple[Interval, int], tuple[History, list[Split]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Things' days as they were told already; `reports.daily` fills it."""

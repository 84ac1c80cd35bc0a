"""A reading of the record over a period, as `store.questions.Reader.period` answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from inventory.model import BLANK, Letterhead

if TYPE_CHECKING:
    from store.questions import OutageRow
    from store.states import Kind, State

Interval = tuple[int, int]  # from, to in UTC ms, half-open

LETTERHEAD = frozenset(field.name for field in fields(Letterhead))


def letterhead(network: Mapping[str, Any]) -> Letterhead:
    """Of what a record keeps of its network; one that was made before the table has none."""
    said: Mapping[str, Any] = network.get("report", {})
    texts: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one
        for key, one in said.items()
        if key in LETTERHEAD
    }
    return Letterhead(**texts)


class Place(NamedTuple):
    """A site in a unit from one moment up to another; its tier there, or `transit`."""

    from_ms: int
    to_ms: int
    unit_id: int
    level: str


class UnitRow(NamedTuple):
    """What a unit was from one moment up to another. `act`: by which it began to be so."""

    from_ms: int
    to_ms: int
    key: str
    name: str
    level: str
    code: str
    parent_id: int | None
    act: str | None
    into: tuple[str, ...] = ()  # keys of the units that took it over at its end
    aliases: tuple[str, ...] = ()
    target_pct: float | None = None
    target_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPart:
    """A time in which no unit changed, and the units that stood in it, by thing id."""

    from_ms: int
    to_ms: int
    units: Mapping[int, UnitRow] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the ledger needs of one thing over a period; intervals may stick out of it."""

    thing_id: int
    kind: Kind
    key: str
    name: str
    level: str
    unit_id: int | None  # as it stood at the period's end, like `level` and `unit`
    site_id: int | None
    unit: str | None  # name of its unit
    provider: str | None
    target_pct: float | None
    target_source: str | None
    service: tuple[Interval, ...]  # when it was in service; empty = never yet
    spans: tuple[tuple[State, int, int | None, int | None], ...]  # state, from, to, root thing
    maintenance: tuple[Interval, ...]
    off_hours: tuple[Interval, ...]
    watched: tuple[Interval, ...]  # coverage: its complement is unknown
    outages: tuple[OutageRow, ...]
    measured: bool  # False: nothing to ask, no percentage
    on_backup: tuple[Interval, ...] = ()  # when a backup carried what the primary should
    stays: tuple[Place, ...] = ()  # where its site stood; empty: in `unit_id` all the time
    role: str = ""  # of a device, or of a link: primary, backup


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWork:
    """Maintenance that was entered after its start: what was meant, and what counts of it."""

    kind: Kind
    key: str  # its scope
    from_ms: int
    to_ms: int
    entered_ms: int
    author: str
    reason: str
    approved_by: str | None
    meant_ms: int  # inside the period, as if it had been announced
    counted_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A reading of the record over [from_ms, to_ms), cut at `now_ms`.

    `as_of_ms`: without what people said after that moment; None: with all of it.
    """

    from_ms: int
    to_ms: int
    now_ms: int
    network: str
    timezone: str
    language: str
    histories: tuple[History, ...] = field(repr=False)
    coverage: tuple[Interval, ...] = ()
    as_of_ms: int | None = None
    late_works: tuple[LateWork, ...] = ()
    maps: tuple[MapPart, ...] = ()  # the administrative map, cut where it changed
    on_today: bool = False  # all of it is told on the map of `now_ms`
    letterhead: Letterhead = BLANK


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFigure:
    """What another side says of a thing over [from, to). `thing_id` None: we know none such."""

    id: int
    source: str
    from_ms: int
    to_ms: int
    named: str  # as they call it
    thing_id: int | None
    kind: Kind | None
    key: str | None
    availability_pct: float | None
    down_ms: int | None
    note: str | None
    entered_ms: int
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratum:
    """What was said about a period after it was signed."""

    what: str  # correction, declared, imported, maintenance, approved
    at_ms: int
    by: str | None
    kind: str
    key: str  # the thing that it is about
    outage_id: int | None
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signed period: `document` is its report as it was then."""

    at_ms: int
    by: str
    sha256: str
    document: Mapping[str, Any] = field(repr=False)
    errata: tuple[Erratum, ...] = ()
    head: str | None = None  # of its chain; None: signed before there were chains
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

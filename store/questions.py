"""What readers may ask of the record: frozen snapshots, no SQL beyond this door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from store.states import Kind, Mark, State

if TYPE_CHECKING:
    from inventory.lookup import Index
    from store.charts import Charts
    from store.happening import Happening
    from store.lines import LightHistory, LinkRow
    from store.opened import Opened
    from store.period import Period, Signature
    from store.thing_sheet import Sheet
    from store.works import Work


class LiveRow(NamedTuple):
    """One thing on a list, as last committed. Times are UTC milliseconds.

    Round trips change all the time: `rtt_us`, `loss_pct` and `jitter_us` are those of the moment
    of the question, and a change of nothing else does not raise `revision`.
    """

    thing_id: int
    kind: Kind
    key: str  # the id in sites.toml
    name: str
    level: str  # tier of its unit: province, district, commune; "" for links between tiers
    unit_id: int | None  # thing ids
    site_id: int | None
    uplink_id: int | None  # of a site: the first of the sites that it hangs on
    address: str | None
    state: State
    since_ms: int | None  # None: never seen, or nothing to ask
    marks: frozenset[Mark]
    root_id: int | None  # thing id of the root it is behind; None = its own fault, or up
    outage_id: int | None  # its open outage
    acknowledged: bool
    rtt_us: int | None
    loss_pct: float | None
    jitter_us: int | None  # RFC 3550's, of round trips
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Does the monitor see? `late_s` is the age of the last sign of life of the writer."""

    running: bool  # a monitor holds the record and its heartbeat is fresh (≤ 30 s)
    blind: bool  # running, but it cannot see: times are unknown until it sees again
    late_s: float | None  # None: no monitor ever ran
    seen_to_ms: int | None  # until when the record is covered
    lag_s: float | None = None  # of questions that were due, the 99th of a hundred, lately
    traps: Mapping[str, int] | None = None  # of the last minute, by what became of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A channel of messages that cannot send: since when, how often it was tried, and why."""

    channel: str
    since_ms: int
    tries: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Files that are not taken up, and the first of `count` reasons."""

    at_ms: int
    problems: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All things (since = 0), or those changed after revision `since`."""

    record_id: str
    revision: int
    network: str  # its name
    timezone: str
    language: str
    watching: Watching
    rows: tuple[LiveRow, ...]
    gone: tuple[int, ...]  # thing ids that left the lists
    refused: Refusal | None = None  # the files as they stand; what runs is older
    declared: str = ""  # sha256 of the files that were last taken up


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """What gathers outages: flapping, storm or mass. `outages`: its own, without those behind."""

    id: int
    kind: str
    started_ms: int
    ended_ms: int | None  # None: it goes on
    outages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRow:
    """One outage with its brackets. `members`: open or past outages that had it as root."""

    id: int
    thing_id: int
    kind: Kind
    key: str
    name: str
    state: State  # its worst
    last_good_ms: int | None
    first_bad_ms: int
    last_bad_ms: int
    first_good_ms: int | None  # None: open
    root_id: int | None  # the outage that is its root; None = it is a root
    root_thing_id: int | None
    root_key: str | None
    cause: str | None
    provider: str | None
    reason: str  # which rule decided, in words of the record
    acknowledged: bool
    note: str | None
    members: int
    members_by_kind: Mapping[str, int]
    side: str | None = None  # on whose side the fault lay
    action: str | None = None  # what people did about it
    incident_id: int | None = None  # the spell, storm or mass outage that it belongs to
    incident: IncidentRow | None = None
    declared: bool = False  # a person said so; the monitor did not see it
    corrected: tuple[str, ...] = ()  # which fields people corrected
    recorded: Mapping[str, Any] = field(default_factory=dict)  # what stood there before, by name
    root_cleared: bool = False  # a person said that its root was no outage after all
    cause_reasons: tuple[Mapping[str, Any], ...] = ()  # why the monitor proposes that cause
    acknowledged_by: str | None = None  # these also stand when it has run out
    owner: str | None = None
    acknowledged_until_ms: int | None = None
    left: bool = False  # it ended because its thing was taken out of the files


FRESH_S = 30.0  # a heartbeat older than this is a monitor that stopped without saying so


class Reader(Protocol):
    """The reading door. `store.open_questions(url)` gives one; a remote board may bring another.

    Every call sees one committed snapshot. Calls block for some milliseconds: front ends call
    them from a worker thread. Not safe for two threads at once; open one reader a thread.
    """

    def revision(self) -> tuple[str, int]:
        """(record id, revision): cheap enough to ask every 250 ms."""

    def snapshot(self, since: int = 0) -> Snapshot:
        """Rows of units, sites, devices, links, services, providers changed after `since`, but for
        those of which only the round trip changed: `sheet` tells the one that is looked at."""

    def roots(self) -> tuple[OutageRow, ...]:
        """Open outages of devices and links that are their own root; worst, then newest first."""

    def happenings(self, from_ms: int, limit: int) -> tuple[Happening, ...]:
        """What befell roots, what people said, when the monitor was blind; the newest first."""

    def outages(
        self, *, open_only: bool = False, from_ms: int | None = None, to_ms: int | None = None
    ) -> tuple[OutageRow, ...]:
        """Outages that touch [from, to), newest first."""

    def find(self, text: str) -> LiveRow | None:
        """The thing with that key, also written kind:key; devices first where keys repeat."""

    def lookup(self) -> Index:
        """Everything that has a name; built anew, so keep it while the revision stands."""

    def sheet(self, thing_id: int) -> Sheet:
        """Everything about one thing; KeyError if there is none."""

    def period(
        self,
        from_ms: int,
        to_ms: int,
        now_ms: int,
        *,
        as_of_ms: int | None = None,
        on_today: bool = False,
    ) -> Period:
        """What the ledger needs of every site, device, link, service over [from, to); on the
        administrative map as it stood, or on that of now."""

    def opened(self, outage_id: int) -> Opened | None:
        """An outage with what was said of it and the raw results around it."""

    def links(self) -> tuple[LinkRow, ...]:
        """Every standing link with what its ends measure, by key; cheap enough for each 5 s."""

    def light_history(self, sensor_id: int, until_ms: int) -> LightHistory:
        """The 30 days up to `until_ms` (UTC) of a sensor of light; KeyError if there is none."""

    def charts(self, thing_id: int, from_ms: int, to_ms: int, steps: int) -> Charts:
        """[from, to) in so many points; KeyError if there is no such thing."""

    def checks(self) -> Mapping[int, Mapping[str, Any]]:
        """Service → `check_status` and `check_detail` of its last check."""

    def works(self) -> tuple[Work, ...]:
        """Maintenance as people entered it, the latest first."""

    def signed(self, from_ms: int, to_ms: int) -> Signature | None:
        """The signature of exactly this period; None: nobody signed it."""

    def close(self) -> None: ...

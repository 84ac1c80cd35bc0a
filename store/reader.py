"""Answers the questions from the record, each from one committed snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from store.changes import SensorFact
from store.charts import Charts
from store.engine import RecordError, open_reader
from store.found_reader import FoundQuestions
from store.histories import Asked, coverage_of, histories
from store.intervals import END
from store.lines import LightHistory, LinkRow
from store.link_rows import LinkQuestions
from store.maps import Maps
from store.opened import Opened, opened
from store.outages import named, outage_rows, touching
from store.place_sheets import PlaceQuestions
from store.questions import (
    LiveRow,
    OutageRow,
    Period,
    Refusal,
    Sheet,
    Signature,
    Snapshot,
)
from store.requests import Request, answered, unanswered
from store.sensors import open_sensors
from store.sheets import checks, sheet
from store.signing import signature
from store.states import SEVERITY, Kind, Mark, State
from store.tables import (
    event,
    live,
    outage,
    record,
    thing,
    tombstone,
)
from store.watching import watching
from store.windows import late_works
from store.works import Work, works

if TYPE_CHECKING:
    from inventory.lookup import Index

ROOT_KINDS = (Kind.DEVICE, Kind.LINK, Kind.SERVICE, Kind.BEYOND)
_DEVICES_FIRST = ("device", "site", "link", "service", "unit", "provider", "beyond")


def worst_first(roots: Iterable[OutageRow]) -> tuple[OutageRow, ...]:
    """And of these the newest first."""
    return tuple(sorted(roots, key=lambda o: (-SEVERITY[o.state], -o.first_bad_ms)))


def open_questions(url: str) -> RecordReader:
    """Open the reading door. RecordError where there is no record."""
    return RecordReader(open_reader(url))


class RecordReader:
    """The Reader over SQLAlchemy; see store.questions.Reader for each promise."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.found = FoundQuestions(self._read)
        self.places = PlaceQuestions(self._read, lambda row: live_row(row, {}))
        self._links = LinkQuestions(self._read)

    def revision(self) -> tuple[str, int]:
        with self._read() as conn:
            row = conn.execute(select(record.c.record_id, record.c.revision)).one()
        return row.record_id, row.revision

    def snapshot(self, since: int = 0) -> Snapshot:
        with self._read() as conn:
            head = conn.execute(select(record)).one()
            found = conn.execute(select(live).where(live.c.revision > since)).all()
            rows = [live_row(row, {}) for row in found if row.kind != Kind.UNIT]
            if not since or any(row.kind in (Kind.SITE, Kind.UNIT) for row in found):
                rows += _units(conn, _unit_states(conn), since)
            dead = select(tombstone.c.thing_id).where(tombstone.c.revision > since)
            gone = tuple(conn.execute(dead).scalars()) if since else ()
            about: Mapping[str, Any] = head.network
            return Snapshot(
                record_id=head.record_id,
                revision=head.revision,
                network=about.get("name", ""),
                timezone=about.get("timezone", "UTC"),
                language=about.get("language", "vi"),
                watching=watching(conn),
                rows=tuple(rows),
                gone=gone,
                refused=_refusal(about.get("refused")),
            )

    def roots(self) -> tuple[OutageRow, ...]:
        own = outage.c.first_good.is_(None) & outage.c.root_thing_id.is_(None)
        with self._read() as conn:
            rows = outage_rows(conn, named().where(own))
        return worst_first(row for row in rows if row.kind in ROOT_KINDS)

    def ended_roots(self, from_ms: int, limit: int) -> tuple[OutageRow, ...]:
        own = outage.c.root_id.is_(None) & outage.c.root_thing_id.is_(None)
        ended = (outage.c.first_good >= from_ms) & thing.c.kind.in_(ROOT_KINDS)
        newest = named().where(own, ended).order_by(outage.c.first_bad.desc())
        with self._read() as conn:
            return outage_rows(conn, newest.limit(limit))

    def outages(
        self, *, open_only: bool = False, from_ms: int | None = None, to_ms: int | None = None
    ) -> tuple[OutageRow, ...]:
        window = (0 if from_ms is None else from_ms, END if to_ms is None else to_ms)
        with self._read() as conn:
            by_thing = touching(conn, *window, open_only=open_only)
        rows = [row for rows in by_thing.values() for row in rows]
        return tuple(sorted(rows, key=lambda row: row.first_bad_ms, reverse=True))

    def find(self, text: str) -> LiveRow | None:
        kind, _, key = text.partition(":")
        with self._read() as conn:
            rows = conn.execute(
                select(live).where(
                    or_(live.c.key == text, (live.c.kind == kind) & (live.c.key == key))
                )
            ).all()
            units = _unit_states(conn)
        rows = sorted(rows, key=lambda row: _DEVICES_FIRST.index(row.kind))
        return live_row(rows[0], units) if rows else None

    def lookup(self) -> Index:
        """Everything that has a name; built anew, so keep it while the revision stands."""
        from inventory.lookup import Index  # numpy takes longer to load than most answers
        from store.finding import entries

        with self._read() as conn:
            found = entries(conn)
        return Index(found)

    def named(self, text: str) -> tuple[LiveRow, ...]:
        """Every thing with that key, also written kind:key."""
        kind, _, key = text.partition(":")
        wanted = or_(live.c.key == text, (live.c.kind == kind) & (live.c.key == key))
        with self._read() as conn:
            units = _unit_states(conn)
            rows = conn.execute(select(live).where(wanted)).all()
        return tuple(live_row(row, units) for row in rows)

    def outage(self, outage_id: int) -> OutageRow | None:
        with self._read() as conn:
            rows = outage_rows(conn, named().where(outage.c.id == outage_id))
        return rows[0] if rows else None

    def opened(self, outage_id: int) -> Opened | None:
        """An outage with what was said of it and the raw results around it."""
        with self._read() as conn:
            return opened(conn, outage_id)

    def sensors(self) -> Mapping[int, tuple[tuple[int, SensorFact], ...]]:
        """Device → (id, sensor) of all that are known."""
        with self._read() as conn:
            return open_sensors(conn)

    def links(self) -> tuple[LinkRow, ...]:
        return self._links.rows()

    def light_history(self, sensor_id: int, until_ms: int) -> LightHistory:
        return self._links.light_history(sensor_id, until_ms)

    def charts(self, thing_id: int, from_ms: int, to_ms: int, steps: int) -> Charts:
        from store.sample_charts import charts  # needs numpy, too

        with self._read() as conn:
            if conn.execute(select(live.c.thing_id).where(live.c.thing_id == thing_id)).first():
                return charts(conn, thing_id, from_ms, to_ms, steps)
        raise KeyError(thing_id)

    def works(self) -> tuple[Work, ...]:
        """Maintenance as people entered it, the latest first."""
        with self._read() as conn:
            return works(conn)

    def sheet(self, thing_id: int) -> Sheet:
        with self._read() as conn:
            units = _unit_states(conn)
            found = conn.execute(select(live).where(live.c.thing_id == thing_id)).first()
            if found is None:
                raise KeyError(thing_id)
            newest = named().where(outage.c.thing_id == thing_id)
            own = outage_rows(conn, newest.order_by(outage.c.first_bad.desc()).limit(20))
            return sheet(conn, live_row(found, units), own, lambda row: live_row(row, units))

    def checks(self) -> Mapping[int, Mapping[str, Any]]:
        """Service → `check_status` and `check_detail` of its last check."""
        with self._read() as conn:
            return checks(conn)

    def period(
        self,
        from_ms: int,
        to_ms: int,
        now_ms: int,
        *,
        as_of_ms: int | None = None,
        on_today: bool = False,
    ) -> Period:
        with self._read() as conn:
            head = conn.execute(select(record)).one()
            zone = head.network.get("timezone", "UTC")
            by_thing = touching(conn, from_ms, to_ms, as_of_ms=as_of_ms)
            end = max(from_ms + 1, min(to_ms, now_ms))  # of what is over
            asked = Asked(from_ms, end, ZoneInfo(zone), as_of_ms)
            maps = Maps(conn, as_of_ms=as_of_ms)
            told = maps.of(now_ms) if on_today else maps
            return Period(
                from_ms=from_ms,
                to_ms=to_ms,
                now_ms=now_ms,
                network=head.network.get("name", ""),
                timezone=zone,
                language=head.network.get("language", "vi"),
                histories=histories(conn, asked, maps, by_thing, told),
                coverage=coverage_of(conn, from_ms, to_ms).get(None, ()),
                as_of_ms=as_of_ms,
                late_works=late_works(conn, from_ms, to_ms, asked.zone, as_of_ms=as_of_ms),
                maps=told.parts((from_ms, end)),
                on_today=on_today,
            )

    def signed(self, from_ms: int, to_ms: int) -> Signature | None:
        with self._read() as conn:
            return signature(conn, from_ms, to_ms)

    def events(self, since_id: int = 0) -> tuple[Mapping[str, Any], ...]:
        """What happened after event `since_id`, oldest first, with its thing and outage."""
        wanted = (
            select(
                event,
                thing.c.kind.label("thing_kind"),
                thing.c.key.label("thing_key"),
                outage.c.root_id.label("root_outage_id"),
                outage.c.first_bad,
                outage.c.first_good,
            )
            .outerjoin(thing, thing.c.id == event.c.thing_id)
            .outerjoin(outage, outage.c.id == event.c.outage_id)
            .where(event.c.id > since_id)
            .order_by(event.c.id)
        )
        with self._read() as conn:
            return tuple(dict(row._mapping) for row in conn.execute(wanted))

    def requests(self) -> tuple[Request, ...]:
        """What people ask of the monitor, and nobody has answered."""
        with self._read() as conn:
            return unanswered(conn)

    def answer(self, request_id: int) -> Mapping[str, Any] | None:
        """What the monitor answered to that request; None: nothing yet."""
        with self._read() as conn:
            return answered(conn, request_id)

    def close(self) -> None:
        self._links.close()
        self._engine.dispose()

    def _read(self) -> _Reading:
        return _Reading(self._engine)


class _Reading:
    """One read transaction; a database error becomes a RecordError that names the record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        try:
            self._begin = self._engine.begin()
            return self._begin.__enter__()
        except SQLAlchemyError as error:
            raise self._clear(error) from error

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self._begin.__exit__(kind, error, trace)
        except SQLAlchemyError as failed:
            raise self._clear(failed) from failed
        if isinstance(error, SQLAlchemyError):
            raise self._clear(error) from error

    def _clear(self, error: SQLAlchemyError) -> RecordError:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return RecordError(
            f"cannot read the record {self._engine.url.render_as_string()}: {reason}"
        )


def _refusal(held: Mapping[str, Any] | None) -> Refusal | None:
    if held is None:
        return None
    return Refusal(at_ms=held["at"], problems=tuple(held["problems"]), count=held["count"])


def live_row(row: Any, units: Mapping[int, tuple[State, int]]) -> LiveRow:
    """A row of `live`; a unit's state is that of its sites."""
    state = State(row.state)
    if row.kind == Kind.UNIT:
        state = units.get(row.thing_id, (State.NOT_MONITORED, 0))[0]
    return LiveRow(
        thing_id=row.thing_id,
        kind=Kind(row.kind),
        key=row.key,
        name=row.name,
        level=row.level,
        unit_id=row.unit_id,
        site_id=row.site_id,
        uplink_id=row.uplink_id,
        address=row.address,
        state=state,
        since_ms=row.since,
        marks=_marks(row.marks, bool(row.maintained)),
        root_id=row.root_id,
        outage_id=row.outage_id,
        acknowledged=bool(row.acknowledged),
        rtt_us=row.rtt_us,
        loss_pct=row.loss_pct,
        jitter_us=row.jitter_us,
        revision=row.revision,
    )


def _unit_states(conn: Connection) -> dict[int, tuple[State, int]]:
    """unit → (state of its sites and its units' sites, newest revision among them)."""
    parents = {
        row.thing_id: row.unit_id
        for row in conn.execute(
            select(live.c.thing_id, live.c.unit_id).where(live.c.kind == Kind.UNIT)
        )
    }
    grouped = (
        select(live.c.unit_id, live.c.state, func.count(), func.max(live.c.revision))
        .where(live.c.kind == Kind.SITE)
        .group_by(live.c.unit_id, live.c.state)
    )
    return unit_states(parents, conn.execute(grouped))


@lru_cache(1024)
def _marks(words: str, maintained: bool) -> frozenset[Mark]:
    planned = {Mark.MAINTENANCE} if maintained else set()
    return frozenset(map(Mark, words.split())) | planned


def unit_states(
    parents: Mapping[int, int | None], sites: Iterable[Any]
) -> dict[int, tuple[State, int]]:
    """Given how many sites stand in which unit and state, with their newest revision."""
    counts: dict[int, Counter[str]] = {unit: Counter() for unit in parents}
    newest = dict.fromkeys(parents, 0)
    for unit, state, count, revision in sites:
        while unit in counts:  # one that stands no more is on no list
            counts[unit][state] += count
            newest[unit] = max(newest[unit], revision)
            unit = parents[unit]
    return {unit: (_sum_up(counts[unit]), newest[unit]) for unit in parents}


def _sum_up(sites: Counter[str]) -> State:
    """All alike: that; else degraded as soon as one measured site is not up."""
    seen = {State(state) for state, count in sites.items() if count}
    seen.discard(State.NOT_MONITORED)
    if not seen:
        return State.NOT_MONITORED
    if len(seen) == 1:
        return seen.pop()
    seen.discard(State.UNKNOWN)
    if seen <= {State.DOWN, State.UNREACHABLE}:
        return State.DOWN
    return State.UP if seen == {State.UP} else State.DEGRADED


def _units(conn: Connection, units: Mapping[int, tuple[State, int]], since: int) -> list[LiveRow]:
    rows = conn.execute(select(live).where(live.c.kind == Kind.UNIT)).all()
    return [
        live_row(row, units) for row in rows if max(row.revision, units[row.thing_id][1]) > since
    ]

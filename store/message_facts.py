"""What messages are made from: roots with their planned work, spells, and blind times."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, case, func, select

from store.intervals import merge
from store.period import Interval
from store.portions import portions
from store.states import OUTAGE_STATES, ROOT_KINDS, Kind, State
from store.tables import event, incident, live, outage, record, thing
from store.watching import watching
from store.windows import planned, scopes
from store.works import zone_of

LOOKED_AT = 200_000  # events before the newest that are read at a start
_OPENING = [f"state.{state}" for state in OUTAGE_STATES]
_READ = ("state.up", "report_made", "blind", "sight")
_ROWS = (
    select(
        outage, thing.c.kind, thing.c.key, live.c.acknowledged, live.c.outage_id.label("now_open")
    )
    .join(thing, thing.c.id == outage.c.thing_id)
    .outerjoin(live, live.c.thing_id == outage.c.thing_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """An outage of a thing by its own fault, or one that was told as such. Times in UTC ms."""

    outage_id: int
    thing_id: int
    kind: Kind
    key: str
    state: State  # its worst
    began_ms: int
    over_ms: int | None
    event_id: int  # the first that told of it
    end_event_id: int | None
    own: bool = True  # nothing above it is to blame, as is known now
    acknowledged: bool = False
    incident_id: int | None = None
    works: tuple[Interval, ...] = ()  # planned work that holds for it, merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """An incident: flapping, storm, mass. `over`: it ended, and all its outages with it."""

    id: int
    kind: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """A time in which the monitor saw nothing."""

    event_id: int
    from_ms: int
    to_ms: int | None = None
    end_event_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One committed state of the record."""

    revision: int
    roots: Mapping[int, Root]
    spells: Mapping[int, Spell]
    blind: tuple[Blind, ...]
    drafts: tuple[tuple[str, int], ...]  # month whose report was made, its event
    running: bool  # a monitor runs, and its sign of life is fresh
    seeing: bool  # and it sees
    seen_to_ms: int  # until when it has seen


class Recent:
    """What events told of late, read on from where the last look ended; one reader's own."""

    def __init__(self) -> None:
        self._seen_to = 0
        self._closed: dict[int, int] = {}  # outage → when its end was told
        self._blind: list[Blind] = []
        self._drafts: list[tuple[str, int, int]] = []

    def look(
        self,
        conn: Connection,
        threads: Collection[str],
        *,
        floor: int,
        since_ms: int,
        now_ms: int,
    ) -> Look:
        """`threads`: what was told and may end. What ended before `since_ms` is left out."""
        self._read_on(conn, floor)
        self._forget(since_ms)
        told = {int(one.partition(":")[2]) for one in threads if one.startswith("outage:")}
        spelled = {int(one.partition(":")[2]) for one in threads if one.startswith("incident:")}
        found = roots(conn, self._closed, told, spelled, floor, now_ms)
        named = spelled | {o.incident_id for o in found.values() if o.incident_id is not None}
        sight = watching(conn)
        return Look(
            revision=conn.execute(select(record.c.revision)).scalar_one(),
            roots=found,
            spells=_spells(conn, named),
            blind=tuple(self._blind),
            drafts=tuple((month, event_id) for month, event_id, _ in self._drafts),
            running=sight.running,
            seeing=sight.running and not sight.blind,
            seen_to_ms=sight.seen_to_ms or 0,
        )

    def _read_on(self, conn: Connection, floor: int) -> None:
        newest = conn.execute(select(func.max(event.c.id))).scalar() or 0
        after = max(self._seen_to or newest - LOOKED_AT, floor)
        wanted = (
            select(event.c.id, event.c.at, event.c.kind, event.c.outage_id, event.c.body)
            .outerjoin(outage, outage.c.id == event.c.outage_id)
            .where(outage.c.root_id.is_(None), outage.c.root_thing_id.is_(None))
            .where(event.c.id > after, event.c.id <= newest, event.c.kind.in_(_READ))
            .order_by(event.c.id)
        )
        for row in conn.execute(wanted):
            self._take(row)
        self._seen_to = newest

    def _take(self, row: Any) -> None:
        going = bool(self._blind) and self._blind[-1].to_ms is None
        if row.kind == "state.up" and row.outage_id is not None:
            self._closed[row.outage_id] = row.at
        elif row.kind == "report_made":
            self._drafts.append((str(row.body.get("month")), row.id, row.at))
        elif row.kind == "blind" and not going:
            self._blind.append(Blind(event_id=row.id, from_ms=row.at))
        elif row.kind == "sight" and going:
            ended = replace(self._blind.pop(), to_ms=row.at, end_event_id=row.id)
            self._blind.append(ended)

    def _forget(self, since_ms: int) -> None:
        self._closed = {one: at for one, at in self._closed.items() if at >= since_ms}
        self._drafts = [one for one in self._drafts if one[2] >= since_ms]
        self._blind = [one for one in self._blind if one.to_ms is None or one.to_ms >= since_ms]


def roots(
    conn: Connection,
    closed: Collection[int],
    told: Collection[int],
    spelled: Collection[int],
    floor: int,
    now_ms: int,
) -> dict[int, Root]:
    """`closed`: those that are over, or may be; `spelled`: incidents that were told."""
    own = (
        outage.c.root_id.is_(None)
        & outage.c.root_thing_id.is_(None)
        & thing.c.kind.in_(ROOT_KINDS)
        & outage.c.entered.is_(None)
    )
    rows = {row.id: row for row in conn.execute(_ROWS.where(outage.c.first_good.is_(None), own))}
    for some in portions(sorted(closed)):
        rows |= {row.id: row for row in conn.execute(_ROWS.where(outage.c.id.in_(some), own))}
    for some in portions(sorted(told)):
        rows |= {row.id: row for row in conn.execute(_ROWS.where(outage.c.id.in_(some)))}
    for some in portions(sorted(spelled)):
        rows |= {row.id: row for row in conn.execute(_ROWS.where(outage.c.incident_id.in_(some)))}
    events = _events(conn, rows)
    works = _works(conn, rows.values(), now_ms)
    found = {}
    for row in rows.values():
        first, last = events.get(row.id, (0, None))
        if first <= floor and row.id not in told and row.incident_id not in spelled:
            continue
        found[row.id] = Root(
            outage_id=row.id,
            thing_id=row.thing_id,
            kind=Kind(row.kind),
            key=row.key,
            state=State(row.state),
            began_ms=row.first_bad,
            over_ms=row.first_good,
            event_id=first,
            end_event_id=last,
            own=row.root_thing_id is None and row.root_id is None,
            acknowledged=row.now_open == row.id and bool(row.acknowledged),
            incident_id=row.incident_id,
            works=works.get(row.thing_id, ()),
        )
    return found


def _events(conn: Connection, outages: Collection[int]) -> dict[int, tuple[int, int | None]]:
    """outage → (its first event of a bad state, its last of a good one)."""
    found: dict[int, tuple[int, int | None]] = {}
    for some in portions(sorted(outages)):
        wanted = (
            select(
                event.c.outage_id,
                func.min(event.c.id).label("first"),
                func.max(case((event.c.kind == "state.up", event.c.id))).label("last"),
            )
            .where(event.c.outage_id.in_(some))
            .where(event.c.kind.in_([*_OPENING, "state.up"]))
            .group_by(event.c.outage_id)
        )
        found |= {row.outage_id: (row.first, row.last) for row in conn.execute(wanted)}
    return found


def _works(conn: Connection, rows: Collection[Any], now_ms: int) -> dict[int, tuple[Interval, ...]]:
    """thing → planned work that holds for it, from the first of its outages until now."""
    ids = {row.thing_id for row in rows}
    begin = min((row.first_bad for row in rows), default=now_ms)
    windows = planned(conn, begin, now_ms + 1, zone_of(conn))
    if not windows:
        return {}
    columns = (live.c.thing_id, live.c.kind, live.c.site_id, live.c.unit_id)
    units = conn.execute(select(*columns).where(live.c.kind == Kind.UNIT)).all()
    parents = {row.thing_id: row.unit_id for row in units}
    found = {}
    for row in conn.execute(select(*columns).where(live.c.thing_id.in_(ids))):
        held = [
            window
            for scope in scopes(row.thing_id, row.site_id, row.unit_id, parents)
            for window in windows.get(scope, ())
        ]
        if held:
            found[row.thing_id] = tuple(merge(held))
    return found


def _spells(conn: Connection, ids: Collection[int]) -> dict[int, Spell]:
    still = set(
        conn.execute(
            select(outage.c.incident_id).where(
                outage.c.incident_id.in_(ids), outage.c.first_good.is_(None)
            )
        ).scalars()
    )
    rows = conn.execute(select(incident).where(incident.c.id.in_(ids)))
    return {
        row.id: Spell(id=row.id, kind=row.kind, over=row.ended is not None and row.id not in still)
        for row in rows
    }

"""The reading door of a past moment: the board as it was then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from store.believed import (
    MANY,
    Belief,
    Held,
    behind,
    belief,
    roots_of,
    spells,
    taken,
    turns,
    worst,
)
from store.engine import open_reader
from store.happening import Happening
from store.histories import ADMIN_DOWN, OFF_HOURS
from store.intervals import END
from store.last_events import happenings
from store.live_rows import unit_states
from store.maintained import inside
from store.open_roots import worst_first
from store.outages import NAMED, outage_rows, touching
from store.portions import portions
from store.questions import FRESH_S, LiveRow, OutageRow, Snapshot, Watching
from store.reader import RecordReader
from store.states import ROOT_KINDS, Kind, Mark, State
from store.stood import Scene, Stood, scene
from store.tables import coverage, outage, record
from store.thing_sheet import Sheet
from store.windows import planned

REVISION = 1  # each moment is a record of its own, and never changes
_NONE: frozenset[Mark] = frozenset()
_TOLD = {ADMIN_DOWN: frozenset({Mark.ADMIN_DOWN}), OFF_HOURS: frozenset({Mark.OFF_HOURS})}
_NEVER_SEEN = frozenset({Mark.NEVER_SEEN})


def open_replay(url: str, moment: Callable[[], int]) -> ReplayReader:
    """Open the reading door of a moment in UTC ms, which is asked for with each question.

    RecordError where there is no record.
    """
    return ReplayReader(open_reader(url), moment)


class _Made(NamedTuple):
    """A row as it is made, for a step changes few, and what it was made of."""

    of: tuple[Stood, Held | None, int | None, bool, bool]
    row: LiveRow


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a moment shows; kept until another one is asked for."""

    at_ms: int
    snapshot: Snapshot
    rows: dict[int, LiveRow]
    stood: Scene
    belief: Belief
    made: dict[int, _Made]


class ReplayReader(RecordReader):
    """The Reader of a moment, which may be another one with each question.

    Rows, roots, outages and what happened are those of the moment; all else is answered as of
    now. Times are those that the record knows now, corrected where people did so; what people said
    otherwise (acknowledgements, notes, maintenance, causes) and the map are those known then.
    Round trips and marks that no span tells are not kept.
    """

    def __init__(self, engine: Engine, moment: Callable[[], int]) -> None:
        super().__init__(engine)
        self._at_ms = moment
        self._last: _Moment | None = None
        self._scene: tuple[str, Scene] | None = None

    def revision(self) -> tuple[str, int]:
        return f"{super().revision()[0]}@{self._at_ms()}", REVISION

    def snapshot(self, since: int = 0) -> Snapshot:
        with self._read() as conn:
            shown = self._moment(conn).snapshot
        return replace(shown, rows=()) if since >= REVISION else shown

    def roots(self) -> tuple[OutageRow, ...]:
        with self._read() as conn:
            moment = self._moment(conn)
            outages = moment.belief.outages
            hidden = roots_of(conn, moment.at_ms, moment.belief)
            own = [
                one.id
                for one in outages.values()
                if one.id not in hidden and moment.rows[one.thing_id].kind in ROOT_KINDS
            ]
            rows: list[OutageRow] = []
            for part in portions(own, MANY):
                wanted = NAMED.where(outage.c.id.in_(part))
                rows += outage_rows(conn, wanted, as_of_ms=moment.at_ms, facts_of_now=True)
            return worst_first(_as_then(conn, moment, rows))

    def outages(
        self, *, open_only: bool = False, from_ms: int | None = None, to_ms: int | None = None
    ) -> tuple[OutageRow, ...]:
        with self._read() as conn:
            moment = self._moment(conn)
            at_ms = moment.at_ms
            window = (at_ms if open_only else from_ms or 0, min(to_ms or END, at_ms + 1))
            by_thing = touching(conn, *window, as_of_ms=at_ms, facts_of_now=True)
            rows = [row for mine in by_thing.values() for row in mine if row.first_bad_ms <= at_ms]
            going = [row for row in rows if _goes_on(row, at_ms)]
            over = [] if open_only else [row for row in rows if not _goes_on(row, at_ms)]
            then = (*over, *_as_then(conn, moment, going))
        return tuple(sorted(then, key=lambda row: row.first_bad_ms, reverse=True))

    def happenings(self, from_ms: int, limit: int) -> tuple[Happening, ...]:
        with self._read() as conn:
            return happenings(conn, from_ms, limit, until_ms=self._at_ms())

    def sheet(self, thing_id: int) -> Sheet:
        now = super().sheet(thing_id)
        with self._read() as conn:
            moment = self._moment(conn)
            begun = NAMED.where(outage.c.thing_id == thing_id, outage.c.first_bad <= moment.at_ms)
            newest = begun.order_by(outage.c.first_bad.desc()).limit(20)
            own = outage_rows(conn, newest, as_of_ms=moment.at_ms, facts_of_now=True)
            going = [row for row in own if _goes_on(row, moment.at_ms)]
            then = {row.id: row for row in _as_then(conn, moment, going)}
        return replace(
            now,
            row=moment.rows.get(thing_id, now.row),
            above=tuple(moment.rows.get(row.thing_id, row) for row in now.above),
            below=tuple(moment.rows.get(row.thing_id, row) for row in now.below),
            outages=tuple(then.get(row.id, row) for row in own),
        )

    def changes(self, from_ms: int, to_ms: int) -> tuple[int, ...]:
        """The moments in [from, to) at which a root began or ended."""
        with self._read() as conn:
            return tuple(sorted(turns(conn, from_ms, to_ms)))

    def _moment(self, conn: Connection) -> _Moment:
        at_ms = self._at_ms()
        if self._last is None or self._last.at_ms != at_ms:
            self._last = self._look(conn, at_ms)
        return self._last

    def _look(self, conn: Connection, at_ms: int) -> _Moment:
        head = conn.execute(select(record)).one()
        zone = head.network.get("timezone", "UTC")
        stood = self._stood(conn, at_ms, head.declared_sha256)
        last = self._last if self._last and self._last.stood is stood else None
        found = belief(conn, at_ms, stood, last.belief.held if last else {})
        made = _make(conn, at_ms, stood, found, last.made if last else {})
        rows = {thing_id: one.row for thing_id, one in made.items()}
        _sum_up(rows)
        works = planned(conn, at_ms, at_ms + 1, ZoneInfo(zone), as_of_ms=at_ms)
        if works:
            for thing_id in inside(tuple(rows.values()), works):
                row = rows[thing_id]
                rows[thing_id] = row._replace(marks=row.marks | {Mark.MAINTENANCE})
        snapshot = Snapshot(
            record_id=f"{head.record_id}@{at_ms}",
            revision=REVISION,
            network=head.network.get("name", ""),
            timezone=zone,
            language=head.network.get("language", "vi"),
            watching=_watching(conn, at_ms),
            rows=tuple(rows.values()),
            gone=(),
        )
        return _Moment(at_ms, snapshot, rows, stood, found, made)

    def _stood(self, conn: Connection, at_ms: int, files: str) -> Scene:
        """Nearly all steps stay within one scene; other files may have given it an end."""
        if self._scene is not None:
            read, last = self._scene
            if read == files and last.from_ms <= at_ms < last.to_ms:
                return last
        found = scene(conn, at_ms)
        self._scene = (files, found)
        return found


def _make(
    conn: Connection, at_ms: int, stood: Scene, found: Belief, old: Mapping[int, _Made]
) -> dict[int, _Made]:
    held, outages = found.held, found.outages
    acknowledged, flapping = taken(conn, at_ms, outages.values()), spells(conn, at_ms)
    made: dict[int, _Made] = {}
    for thing_id, one in stood.things.items():
        ongoing = outages.get(thing_id)
        outage_id = None if ongoing is None else ongoing.id
        of = (one, held.get(thing_id), outage_id, outage_id in acknowledged, thing_id in flapping)
        last = old.get(thing_id)
        made[thing_id] = last if last is not None and last.of == of else _Made(of, _row(*of))
    return made


def _row(
    one: Stood, seen: Held | None, outage_id: int | None, acknowledged: bool, flaps: bool
) -> LiveRow:
    marks = _TOLD.get(seen.reason, _NONE) if seen is not None else _unseen(one)
    return LiveRow(
        thing_id=one.thing_id,
        kind=one.kind,
        key=one.key,
        name=one.name,
        level=one.level,
        unit_id=one.unit_id,
        site_id=one.site_id,
        uplink_id=one.uplink_id,
        address=one.address,
        state=_unasked(one) if seen is None else seen.state,
        since_ms=None if seen is None else seen.since_ms,
        marks=marks | {Mark.FLAPPING} if flaps else marks,
        root_id=None if seen is None else seen.root_id,
        outage_id=outage_id,
        acknowledged=acknowledged,
        rtt_us=None,
        loss_pct=None,
        jitter_us=None,
        revision=REVISION,
    )


def _sum_up(rows: dict[int, LiveRow]) -> None:
    """The state of a unit is that of its sites."""
    parents = {row.thing_id: row.unit_id for row in rows.values() if row.kind is Kind.UNIT}
    sites = Counter((row.unit_id, row.state) for row in rows.values() if row.kind is Kind.SITE)
    counted = ((*where, count, REVISION) for where, count in sites.items())
    for unit_id, (state, _) in unit_states(parents, counted).items():
        rows[unit_id] = rows[unit_id]._replace(state=state)


def _unseen(one: Stood) -> frozenset[Mark]:
    return _NEVER_SEEN if one.asked and one.kind is not Kind.BEYOND else _NONE


def _unasked(one: Stood) -> State:
    """What lies beyond an anchor is well until a mass outage."""
    if one.kind is Kind.BEYOND:
        return State.UP
    return State.UNKNOWN if one.asked else State.NOT_MONITORED


def _goes_on(row: OutageRow, at_ms: int) -> bool:
    return row.first_good_ms is None or row.first_good_ms > at_ms


def _as_then(conn: Connection, moment: _Moment, rows: Sequence[OutageRow]) -> Iterable[OutageRow]:
    """Outages that went on, without what came after."""
    at_ms, shown = moment.at_ms, moment.rows
    opened = moment.belief.outages
    hidden = roots_of(conn, at_ms, moment.belief)
    kinds = {one.id: shown[one.thing_id].kind for one in opened.values()}
    members = behind(conn, hidden, kinds, at_ms)
    states = worst(conn, [row.id for row in rows], at_ms)
    for row in rows:
        root, above = hidden.get(row.id, (None, None))
        mine, upper = shown.get(row.thing_id), shown.get(above or 0)
        counted = members.get(row.id, Counter())
        until = row.acknowledged_until_ms
        gathered = row.incident
        if gathered is not None and (gathered.ended_ms or 0) > at_ms:
            gathered = replace(gathered, ended_ms=None)
        yield replace(
            row,
            name=row.name if mine is None else mine.name,
            state=row.state if "state" in row.recorded else states.get(row.id, row.state),
            last_bad_ms=max(row.first_bad_ms, min(row.last_bad_ms, at_ms)),
            first_good_ms=None,
            root_id=root,
            root_thing_id=above,
            root_key=None if upper is None else upper.key,
            acknowledged=row.acknowledged_by is not None and (until is None or until > at_ms),
            members=counted.total(),
            members_by_kind=counted,
            incident=gathered,
        )


def _watching(conn: Connection, at_ms: int) -> Watching:
    """Covered: it saw. Else why the coverage before had ended tells whether it ran."""
    shard = coverage.c.thing_id.is_(None) & (coverage.c.started <= at_ms)
    wanted = select(coverage.c.ended, coverage.c.closed).where(shard)
    last = conn.execute(wanted.order_by(coverage.c.ended.desc()).limit(1)).first()
    if last is None:
        return Watching(running=False, blind=False, late_s=None, seen_to_ms=None)
    late_s = max(0.0, (at_ms - last.ended) / 1000)
    covered = at_ms < last.ended
    blind = not covered and last.closed == "blind"
    return Watching(
        running=covered or blind or (last.closed is None and late_s <= FRESH_S),
        blind=blind,
        late_s=0.0 if covered or blind else late_s,
        seen_to_ms=min(at_ms, last.ended),
    )

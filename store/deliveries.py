"""What is told outside of each root outage and of its end: queued once, sent at least once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from store.engine import RecordError, open_reader, open_writer, shown
from store.outages import NAMED, outage_rows
from store.questions import OutageRow
from store.revision import next_revision
from store.states import OUTAGE_STATES, Kind
from store.tables import delivery, event, incident, live, outage, record, thing

CHANNEL = "on-outage"
TRIES = 3
NEWS_MS = 3_600_000  # what is over, and older than this, is told no more
OWN_KINDS = (Kind.DEVICE, Kind.LINK, Kind.SERVICE, Kind.BEYOND)
SPELLS = ("flapping", "storm")  # told once, for all their outages
_OPENING = [f"state.{state}" for state in OUTAGE_STATES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One thing to tell. `site` and `unit` are keys of sites.toml."""

    id: int
    event: str  # outage, recovery
    at_ms: int
    tries: int  # this one counted
    outage: OutageRow
    site: str | None
    unit: str | None


@dataclass(slots=True)
class _Queued:
    outage_id: int
    event: str
    tries: int


@dataclass(slots=True)
class _Found:
    """What one look brought: memory follows the disk."""

    queued: dict[int, _Queued] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    over: set[int] = field(default_factory=set)
    seen_to: int = 0


class Deliveries:
    """The queue of one channel; the monitor's process is the only one that uses it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._writer = open_writer(url, follow=True)
        self._reader = open_reader(url)
        self._floor = self._seen_to = 0
        self._queued: dict[int, _Queued] = {}
        self._told: set[int] = set()  # outages told, their end not yet
        self._revision = -1

    def begin(self, at_ms: int) -> None:
        """Nothing that happened before the very first start is told."""
        with self._clear(), self._writer.begin() as conn:
            rows = conn.execute(
                select(delivery, event.c.outage_id)
                .join(event, event.c.id == delivery.c.event_id)
                .where(delivery.c.channel == CHANNEL)
            ).all()
            floors = [row.event_id for row in rows if row.state == "begun"]
            self._floor = floors[0] if floors else _begin(conn, at_ms)
        self._seen_to = self._floor
        ended = {row.outage_id for row in rows if row.message_id.endswith(":recovery")}
        for row in rows:
            kind = row.message_id.partition(":")[2]
            if row.state == "queued":
                self._queued[row.id] = _Queued(row.outage_id, kind, row.tries)
            if kind == "outage" and row.outage_id not in ended:
                self._told.add(row.outage_id)

    def turn(
        self, ended: Mapping[int, bool], busy: Collection[int], room: int, at_ms: int
    ) -> list[Call]:
        """Write down what ended (call → did it succeed), and take up to `room` new calls.

        `busy`: calls that are being made, or wait for another try. RecordError: nothing was done.
        """
        with self._clear():
            self._settle(ended, at_ms)
            self._look(at_ms)
            chosen = self._choose(busy, room)
            return self._take(chosen, at_ms) if chosen else []

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()

    def _settle(self, ended: Mapping[int, bool], at_ms: int) -> None:
        over = {
            number: "sent" if good else "failed"
            for number, good in ended.items()
            if number in self._queued and (good or self._queued[number].tries >= TRIES)
        }
        if not over:
            return
        with self._writer.begin() as conn:
            for number, state in over.items():
                here = update(delivery).where(delivery.c.id == number)
                conn.execute(here.values(state=state, changed=at_ms))
        for number in over:
            del self._queued[number]

    def _look(self, at_ms: int) -> None:
        with self._reader.begin() as conn:
            revision = _revision(conn)
            if revision == self._revision:
                return
            newest = conn.execute(select(func.max(event.c.id))).scalar() or 0
            owed = [*self._openings(conn, at_ms), *self._ends(conn)]
        found = self._queue(owed, at_ms)
        self._queued |= found.queued
        self._told = (self._told | found.told) - found.over
        self._seen_to, self._revision = newest, revision

    def _openings(self, conn: Connection, at_ms: int) -> Iterator[tuple[int, int, str]]:
        """(event, outage, "outage") of roots that nobody was told of."""
        older = event.alias("older")
        first = select(func.min(older.c.id)).where(older.c.outage_id == outage.c.id)
        wanted = (
            select(
                outage.c.id, outage.c.incident_id, incident.c.kind, func.min(event.c.id).label("at")
            )
            .join(event, event.c.outage_id == outage.c.id)
            .join(thing, thing.c.id == outage.c.thing_id)
            .outerjoin(incident, incident.c.id == outage.c.incident_id)
            .where(event.c.id > self._seen_to, event.c.kind.in_(_OPENING))
            .where(outage.c.root_id.is_(None), outage.c.root_thing_id.is_(None))
            .where(thing.c.kind.in_(OWN_KINDS))
            .where(outage.c.first_good.is_(None) | (event.c.at > at_ms - NEWS_MS))
            .where(first.scalar_subquery() > self._floor)
            .group_by(outage.c.id, outage.c.incident_id, incident.c.kind)
            .order_by(func.min(event.c.id))
        )
        spells: set[int] = set()
        for row in conn.execute(wanted).all():
            if _was_told(conn, row.id):
                continue
            if row.kind in SPELLS:
                if row.incident_id in spells or self._rages(conn, row.incident_id):
                    continue
                spells.add(row.incident_id)
            yield row.at, row.id, "outage"

    def _rages(self, conn: Connection, incident_id: int) -> bool:
        """One of its outages was told, and its end not yet."""
        mine = outage.c.incident_id == incident_id
        found = conn.execute(select(outage.c.id).where(mine, outage.c.id.in_(self._told)).limit(1))
        return found.first() is not None

    def _ends(self, conn: Connection) -> Iterator[tuple[int, int, str]]:
        """Of outages that were told; a spell ends as a whole."""
        other = outage.alias("other")
        still = select(other.c.incident_id).where(
            other.c.incident_id.is_not(None), other.c.first_good.is_(None)
        )
        over = incident.c.ended.is_not(None) & incident.c.id.not_in(still)
        wanted = (
            select(outage.c.id, func.max(event.c.id).label("at"))
            .join(event, event.c.outage_id == outage.c.id)
            .outerjoin(incident, incident.c.id == outage.c.incident_id)
            .where(outage.c.id.in_(self._told), outage.c.first_good.is_not(None))
            .where(incident.c.kind.is_(None) | incident.c.kind.not_in(SPELLS) | over)
            .group_by(outage.c.id)
        )
        for row in conn.execute(wanted) if self._told else ():
            yield row.at, row.id, "recovery"

    def _queue(self, owed: Iterable[tuple[int, int, str]], at_ms: int) -> _Found:
        found = _Found()
        rows = list(owed)
        if not rows:
            return found
        with self._writer.begin() as conn:
            for event_id, outage_id, kind in rows:
                made = conn.execute(
                    insert(delivery).values(
                        event_id=event_id,
                        channel=CHANNEL,
                        state="queued",
                        message_id=f"{outage_id}:{kind}",
                        changed=at_ms,
                    )
                )
                number: int = made.inserted_primary_key[0]  # type: ignore[index]
                found.queued[number] = _Queued(outage_id, kind, 0)
                (found.told if kind == "outage" else found.over).add(outage_id)
        return found

    def _choose(self, busy: Collection[int], room: int) -> list[int]:
        """The oldest first; an end is told after its beginning."""
        opening = {q.outage_id for q in self._queued.values() if q.event == "outage"}
        free = [
            number
            for number, q in sorted(self._queued.items())
            if number not in busy and (q.event == "outage" or q.outage_id not in opening)
        ]
        return free[: max(room, 0)]

    def _take(self, chosen: list[int], at_ms: int) -> list[Call]:
        """Count the try before it is made: a crash in the middle is no endless repetition."""
        mine = delivery.c.id.in_(chosen)
        with self._writer.begin() as conn:
            conn.execute(
                update(delivery).where(mine).values(tries=delivery.c.tries + 1, changed=at_ms)
            )
            calls = _calls(conn, {number: self._queued[number] for number in chosen})
        for call in calls:
            self._queued[call.id].tries = call.tries
        return calls

    @contextmanager
    def _clear(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise RecordError(f"{shown(self._url)}: {reason}") from error


def _begin(conn: Connection, at_ms: int) -> int:
    """The event after which everything is told."""
    row = {"at": at_ms, "kind": "on_outage", "body": {}, "revision": next_revision(conn)}
    made = conn.execute(insert(event).values(**row))
    number: int = made.inserted_primary_key[0]  # type: ignore[index]
    conn.execute(
        insert(delivery).values(
            event_id=number, channel=CHANNEL, state="begun", message_id=":", changed=at_ms
        )
    )
    return number


def _revision(conn: Connection) -> int:
    return int(conn.execute(select(record.c.revision)).scalar_one())


def _was_told(conn: Connection, outage_id: int) -> bool:
    wanted = (
        select(delivery.c.id)
        .join(event, event.c.id == delivery.c.event_id)
        .where(event.c.outage_id == outage_id, delivery.c.channel == CHANNEL)
        .limit(1)
    )
    return conn.execute(wanted).first() is not None


def _calls(conn: Connection, queued: Mapping[int, _Queued]) -> list[Call]:
    wanted = NAMED.where(outage.c.id.in_({q.outage_id for q in queued.values()}))
    outages = {row.id: row for row in outage_rows(conn, wanted)}
    site, unit = thing.alias("site"), thing.alias("unit")
    places = {
        row.thing_id: row
        for row in conn.execute(
            select(live.c.thing_id, site.c.key.label("site"), unit.c.key.label("unit"))
            .outerjoin(site, site.c.id == live.c.site_id)
            .outerjoin(unit, unit.c.id == live.c.unit_id)
            .where(live.c.thing_id.in_({row.thing_id for row in outages.values()}))
        )
    }
    rows = conn.execute(
        select(delivery.c.id, delivery.c.tries, event.c.at)
        .join(event, event.c.id == delivery.c.event_id)
        .where(delivery.c.id.in_(queued))
        .order_by(delivery.c.id)
    )
    found = []
    for row in rows:
        of = outages[queued[row.id].outage_id]
        place = places.get(of.thing_id)
        found.append(
            Call(
                id=row.id,
                event=queued[row.id].event,
                at_ms=row.at,
                tries=row.tries,
                outage=of,
                site=place.site if place else None,
                unit=place.unit if place else None,
            )
        )
    return found

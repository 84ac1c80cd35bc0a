"""What is told to the channels: each message queued once, sent at least once, one at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from store.engine import RecordError, open_reader, open_writer, shown
from store.message_facts import Look, Recent, Root, roots
from store.outages import NAMED, outage_rows, touching
from store.portions import portions
from store.questions import OutageRow, Unsent
from store.revision import next_revision
from store.states import ROOT_KINDS
from store.tables import delivery, event, outage, record

OTHER = "on-outage"  # the channel of `canh run --on-outage`: see store.deliveries
BEGUN, QUEUED, SENT, FAILED, PART = "begun", "queued", "sent", "failed", "part"
OVER = ":over"  # what the key of a message ends with that closes a thread
KEPT_MS = 40 * 86_400_000  # how long a thread that is closed is remembered
FAILED_EVENT, BACK_EVENT = "channel_failed", "channel_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one channel. `key` says what it tells: with the channel it is unique.

    `event_id`: what happened; None: the message is an event of its own, of the kind `happened`.
    `parts`: what it tells together, each with a key of its own.
    """

    channel: str
    key: str
    event_id: int | None = None
    happened: str = "told"
    outage_id: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message as the queue has it. Times are UTC milliseconds."""

    id: int
    event_id: int
    channel: str
    key: str
    state: str
    tries: int
    created_ms: int
    changed_ms: int
    part_of: int | None
    error: str | None

    @property
    def thread(self) -> str:
        """`outage:17` of `outage:17:over`: what is told of the same thing stands together."""
        return ":".join(self.key.split(":")[:2])


class Floor(NamedTuple):
    """What came before this event, and this moment, is told no more."""

    event_id: int
    at_ms: int


class Outbox:
    """The queue of all channels; one process at a time uses it. RecordError: nothing was done."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._reader = open_reader(url)
        self._writer = open_writer(url, follow=True)
        self.rows: dict[str, dict[str, Row]] = {}  # channel → key → row
        self.floors: dict[str, Floor] = {}  # channel → from when on it is told
        self.record_id = ""
        self._recent = Recent()

    def begin(self, channels: Collection[str], at_ms: int) -> None:
        """Nothing that happened before a channel was named is told there."""
        with self._clear(), self._writer.begin() as conn:
            gone = delivery.c.channel.not_in([*channels, OTHER]) & (delivery.c.state == QUEUED)
            unsaid = select(delivery.c.id).where(gone)  # named again, it is to hear of them
            conn.execute(delete(delivery).where(delivery.c.part_of.in_(unsaid)))
            conn.execute(delete(delivery).where(gone))
            self._read(conn, channels, at_ms)
            for channel in channels:
                if channel not in self.floors:
                    letter = Letter(channel=channel, key=BEGUN, happened="channel_begun")
                    row = _put(conn, letter, at_ms, state=BEGUN)
                    self.floors[channel] = Floor(row.event_id, at_ms)

    def peek(self, channels: Collection[str], at_ms: int) -> None:
        """As `begin`, and nothing is written: a channel that was never used has no floor."""
        with self._clear(), self._reader.begin() as conn:
            self._read(conn, channels, at_ms)

    def _read(self, conn: Connection, channels: Collection[str], at_ms: int) -> None:
        self.record_id = conn.execute(select(record.c.record_id)).scalar_one()
        begun = conn.execute(select(delivery).where(delivery.c.state == BEGUN)).all()
        self.floors = {
            row.channel: Floor(row.event_id, row.changed) for row in begun if row.channel != OTHER
        }
        self.rows, self._recent = {channel: {} for channel in channels}, Recent()
        for row in _known(conn, channels, at_ms - KEPT_MS):
            self.rows[row.channel][row.key] = row

    def revision(self) -> tuple[int, str]:
        """Of the record, and of the files that it agrees with."""
        with self._clear(), self._reader.begin() as conn:
            row = conn.execute(select(record.c.revision, record.c.declared_sha256)).one()
            return row.revision, row.declared_sha256

    def look(self, now_ms: int, *, since_ms: int) -> Look:
        """The roots since a moment and those that were told; what the monitor could not see."""
        floor = min((one.event_id for one in self.floors.values()), default=0)
        with self._clear(), self._reader.begin() as conn:
            return self._recent.look(
                conn, self.threads(), floor=floor, since_ms=since_ms, now_ms=now_ms
            )

    def root(self, outage_id: int, now_ms: int) -> Root | None:
        """One outage, however old; None: it is not on record, or no fault of its own."""
        with self._clear(), self._reader.begin() as conn:
            return roots(conn, [outage_id], (), (), 0, now_ms).get(outage_id)

    def threads(self) -> frozenset[str]:
        """What was told somewhere, and its end not yet."""
        return frozenset(
            row.thread
            for rows in self.rows.values()
            for row in rows.values()
            if row.thread + OVER not in rows
        )

    def queued(self, channel: str) -> Row | None:
        """What waits for its first or its next try: at most one."""
        waiting = (row for row in self.rows[channel].values() if row.state == QUEUED)
        return next(waiting, None)

    def put(self, letter: Letter, at_ms: int) -> Row:
        """Queue it, with all that it tells; its first try is counted before it is made."""
        with self._clear(), self._writer.begin() as conn:
            made = [_put(conn, letter, at_ms, state=QUEUED, tries=1)]
            for part in letter.parts:
                made.append(_put(conn, part, at_ms, state=PART, part_of=made[0].id))
        for one in made:
            self.rows[one.channel][one.key] = one
        return made[0]

    def again(self, row: Row, at_ms: int) -> Row:
        """Count another try."""
        return self._change(row, at_ms, tries=row.tries + 1)

    def settle(
        self, row: Row, at_ms: int, *, sent: bool, error: str | None = None, last: bool = False
    ) -> Row:
        """How a try ended; `last`: there will be no other."""
        state = SENT if sent else FAILED if last else QUEUED
        return self._change(row, at_ms, state=state, error=error)

    def tell(self, kind: str, body: Mapping[str, Any], at_ms: int) -> None:
        """An event about a channel: it fails, or works again."""
        with self._clear(), self._writer.begin() as conn:
            _event(conn, kind, None, body, at_ms)

    def parts(self, row: Row) -> list[Row]:
        """What a message tells together, in the order in which it was owed."""
        rows = self.rows[row.channel].values()
        return sorted((one for one in rows if one.part_of == row.id), key=lambda one: one.id)

    def outages(self, ids: Collection[int]) -> dict[int, OutageRow]:
        """With their names, as people corrected them."""
        found: dict[int, OutageRow] = {}
        wanted = sorted(ids)
        with self._clear(), self._reader.begin() as conn:
            for part in portions(wanted):
                some = NAMED.where(outage.c.id.in_(part))
                found |= {row.id: row for row in outage_rows(conn, some)}
        return found

    def between(self, from_ms: int, to_ms: int) -> list[OutageRow]:
        """Roots whose outage touches [from, to)."""
        with self._clear(), self._reader.begin() as conn:
            found = touching(conn, from_ms, to_ms)
        rows = (row for rows in found.values() for row in rows)
        return [row for row in rows if row.root_thing_id is None and row.kind in ROOT_KINDS]

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()

    def _change(self, row: Row, at_ms: int, **values: Any) -> Row:
        with self._clear(), self._writer.begin() as conn:
            here = update(delivery).where(delivery.c.id == row.id)
            conn.execute(here.values(changed=at_ms, **values))
            found = conn.execute(select(delivery).where(delivery.c.id == row.id)).one()
        changed = _row(found)
        self.rows[row.channel][row.key] = changed
        return changed

    @contextmanager
    def _clear(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise RecordError(f"{shown(self._url)}: {reason}") from error


def _put(
    conn: Connection,
    letter: Letter,
    at_ms: int,
    *,
    state: str,
    tries: int = 0,
    part_of: int | None = None,
) -> Row:
    event_id = letter.event_id
    if event_id is not None:
        mine = (delivery.c.event_id == event_id) & (delivery.c.channel == letter.channel)
        if conn.execute(select(delivery.c.id).where(mine)).first() is not None:
            event_id = None  # the same event told something else already
    if event_id is None:
        body = {"channel": letter.channel, "message": letter.key, **letter.body}
        event_id = _event(conn, letter.happened, letter.outage_id, body, at_ms)
    values = {
        "event_id": event_id,
        "channel": letter.channel,
        "state": state,
        "tries": tries,
        "message_id": letter.key,
        "changed": at_ms,
        "created": at_ms,
        "part_of": part_of,
    }
    made = conn.execute(insert(delivery).values(**values).returning(delivery))
    return _row(made.one())


def _event(
    conn: Connection, kind: str, outage_id: int | None, body: Mapping[str, Any], at_ms: int
) -> int:
    row = {"at": at_ms, "kind": kind, "outage_id": outage_id, "body": dict(body)}
    made = conn.execute(insert(event).values(**row, revision=next_revision(conn)))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def _known(conn: Connection, channels: Collection[str], since_ms: int) -> Sequence[Row]:
    """What was told of late, and every thread that is open."""
    mine = delivery.c.channel.in_(channels) & (delivery.c.state != BEGUN)
    rows = [_row(row) for row in conn.execute(select(delivery).where(mine))]
    over = {(row.channel, row.thread) for row in rows if row.key.endswith(OVER)}
    return [
        row for row in rows if row.changed_ms >= since_ms or (row.channel, row.thread) not in over
    ]


def _row(found: Any) -> Row:
    return Row(
        id=found.id,
        event_id=found.event_id,
        channel=found.channel,
        key=found.message_id,
        state=found.state,
        tries=found.tries,
        created_ms=found.created or found.changed,
        changed_ms=found.changed,
        part_of=found.part_of,
        error=found.error,
    )


def unsent(conn: Connection) -> tuple[Unsent, ...]:
    """The channels that cannot send now."""
    wanted = (
        select(delivery)
        .where(delivery.c.state == QUEUED, delivery.c.error.is_not(None))
        .order_by(delivery.c.channel)
    )
    return tuple(
        Unsent(
            channel=row.channel,
            since_ms=row.created or row.changed,
            tries=row.tries,
            error=row.error,
        )
        for row in conn.execute(wanted)
    )

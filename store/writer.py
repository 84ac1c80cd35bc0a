"""The one writer of a running monitor: a thread that commits batches, one transaction each."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from store.belief import Beliefs, Stamp, show_marks, show_readings
from store.changes import Batch, Committed, Happened, Seeing, Sight
from store.said import keep
from store.tables import coverage, event, outage, poller, record, span

log = logging.getLogger(__name__)
BEAT_S = 10.0
FRESH_S = 30.0  # a heartbeat older than this is a monitor that stopped without saying so
VERSION = "0.1.0"

_Item = tuple[Batch, "Future[Committed]"]


class Writer:
    """Commits what the watch hands over, in order. An outage is on disk when its future is done.

    `submit` never blocks; a failure of the database is raised by the future and kept in `failed`,
    and the thread goes on with the next batch.
    """

    def __init__(self, engine: Engine, name: str, *, shard: int = 0) -> None:
        self._engine = engine
        self._name = name
        self._shard = shard
        self._epoch = 0
        self._seq = itertools.count(1)
        self._coverage_id: int | None = None
        self._queue: queue.SimpleQueue[_Item | Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="canh-writer", daemon=True)
        self._beliefs: Beliefs | None = None
        self.failed: BaseException | None = None

    def start(self, at_ms: int) -> None:
        """Take the record over: what a predecessor left open in coverage ends where it stood."""
        with self._engine.begin() as conn:
            self._take_over(conn, at_ms)
            self._beliefs = Beliefs(conn)
        self._thread.start()

    def submit(self, batch: Batch) -> Future[Committed]:
        future: Future[Committed] = Future()
        self._queue.put((batch, future))
        return future

    def beside(self, work: Callable[[], None]) -> None:
        """Do something else in this thread, in its turn; what fails in it is no failure of ours."""
        self._queue.put(work)

    def close(self, at_ms: int, *, seen_ms: int | None) -> None:
        """Commit what is queued, say that we stopped, and end the thread."""
        if seen_ms is not None:
            self.submit(Batch(at_ms=at_ms, seeing=(Seeing(sight=Sight.STOPPED, at_ms=seen_ms),)))
        self._queue.put(None)
        self._thread.join(timeout=30)
        with self._engine.begin() as conn:
            conn.execute(
                update(poller)
                .where(poller.c.id == self._name)
                .values(stopped=True, beat=at_ms, seq=next(self._seq))
            )
        self._engine.dispose()

    @property
    def waiting(self) -> int:
        """Batches not yet committed."""
        return self._queue.qsize()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if callable(item):
                _try(item)
                continue
            batch, future = item
            try:
                done = self._commit(batch)
            except BaseException as error:
                log.exception("a batch was not committed")
                self.failed = error
                future.set_exception(error)
            else:
                self.failed = None
                future.set_result(done)

    def _commit(self, batch: Batch) -> Committed:
        assert self._beliefs is not None
        try:
            with self._engine.begin() as conn:
                revision = next_revision(conn)
                stamp = Stamp(batch.at_ms, revision, self._name, self._shard, self._epoch)
                opened, closed = self._beliefs.apply(conn, batch.verdicts, stamp, self._seq)
                show_marks(conn, batch.marks, revision)
                show_readings(conn, batch.readings, revision)
                keep(conn, batch.said, batch.at_ms, revision)
                _tell(conn, batch.events, batch.at_ms, revision)
                self._see(conn, batch.seeing, stamp)
        except BaseException:
            with self._engine.connect() as conn:  # memory must not run ahead of the disk
                self._beliefs = Beliefs(conn)
            raise
        return Committed(revision=revision, opened=tuple(opened), closed=tuple(closed))

    def _take_over(self, conn: Connection, at_ms: int) -> None:
        old = conn.execute(select(poller).where(poller.c.id == self._name)).first()
        self._epoch = old.epoch + 1 if old else 1
        self._seq = itertools.count(_last_seq(conn, self._name, old.seq if old else 0) + 1)
        values = {
            "shard": self._shard,
            "epoch": self._epoch,
            "seq": next(self._seq),
            "started": at_ms,
            "beat": at_ms,
            "boot_id": boot_id(),
            "blind": False,
            "stopped": False,
            "version": VERSION,
        }
        if old:
            conn.execute(update(poller).where(poller.c.id == self._name).values(**values))
        else:
            conn.execute(insert(poller).values(id=self._name, **values))
        conn.execute(
            update(coverage)
            .where(coverage.c.shard == self._shard, coverage.c.closed.is_(None))
            .values(closed="gap")
        )
        next_revision(conn)

    def _see(self, conn: Connection, seeing: tuple[Seeing, ...], stamp: Stamp) -> None:
        """Push coverage forward, close it when we go blind or stop, open a new one after."""
        for one in seeing:
            if one.sight == Sight.OPENED:
                row = {
                    "started": one.at_ms,
                    "ended": one.at_ms,
                    "poller": stamp.poller,
                    "seq": next(self._seq),
                    "shard": stamp.shard,
                    "epoch": stamp.epoch,
                }
                made = conn.execute(insert(coverage).values(**row))
                self._coverage_id = made.inserted_primary_key[0]  # type: ignore[index]
            elif self._coverage_id is not None and one.sight != Sight.BEAT:
                self._push(conn, one)
            beat: dict[str, Any] = {"beat": stamp.at_ms, "seq": next(self._seq)}
            if one.sight in (Sight.OPENED, Sight.BLIND):
                beat["blind"] = one.sight == Sight.BLIND
            conn.execute(update(poller).where(poller.c.id == self._name).values(**beat))

    def _push(self, conn: Connection, one: Seeing) -> None:
        here = coverage.c.id == self._coverage_id
        if one.sight == Sight.SEEN:
            conn.execute(update(coverage).where(here).values(ended=one.at_ms))
            return
        began = conn.execute(select(coverage.c.started).where(here)).scalar_one()
        ended = max(one.at_ms, began)
        conn.execute(update(coverage).where(here).values(ended=ended, closed=one.sight))
        self._coverage_id = None


def _try(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        log.exception("what was to be done beside the record was not")


def next_revision(conn: Connection) -> int:
    """Raise the record's revision; every transaction does it once."""
    raised = update(record).values(revision=record.c.revision + 1).returning(record.c.revision)
    return int(conn.execute(raised).scalar_one())


def boot_id() -> str:
    """The kernel's name for this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _last_seq(conn: Connection, name: str, known: int) -> int:
    """The highest number that this poller ever used, also where its last heartbeat is older."""
    tables = (span, outage, coverage)
    tops = [
        conn.execute(
            select(table.c.seq).where(table.c.poller == name).order_by(table.c.seq.desc()).limit(1)
        ).scalar()
        for table in tables
    ]
    return max(known, *(top or 0 for top in tops))


def _tell(conn: Connection, events: tuple[Happened, ...], at_ms: int, revision: int) -> None:
    rows = [
        {
            "at": at_ms,
            "kind": e.kind,
            "thing_id": e.thing_id,
            "body": dict(e.body),
            "revision": revision,
        }
        for e in events
    ]
    if rows:
        conn.execute(insert(event), rows)

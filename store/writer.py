"""The one writer of a running monitor: a thread that commits batches, one transaction each."""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from store.acks import carry, lapse
from store.belief import Beliefs, Stamp, show_marks, show_readings
from store.cause_facts import Causes
from store.changes import Batch, Committed, Happened, Seeing, Sight
from store.engine import RecordError
from store.evidence import keep_evidence, keep_health
from store.found import keep_found
from store.guard import Guard
from store.happened import tell
from store.maintained import turn
from store.pieces import pieces, without
from store.revision import next_revision
from store.said import keep
from store.sensors import keep_sensed, keep_sensors
from store.tables import coverage, poller
from store.taking_over import take_over
from store.thrift import give_back
from store.trouble import Trouble, keep_pending, trouble_of

log = logging.getLogger(__name__)
RETRIES_S = (0.2, 1.0, 5.0)

CLOSING_S = 30.0  # for all that waits, as long as it goes on
STALLED_S = 3.0  # a database that takes nothing for so long is not waited for

T = TypeVar("T")
_Item = tuple[Batch, "Future[Committed]"]


@dataclass(frozen=True, slots=True)
class _Change:
    """Something else than a batch that is one transaction in its turn."""

    work: Callable[[Connection], Any]
    then: Callable[[Any], object]
    done: Future[Any]


class UnwrittenError(RuntimeError):
    """The batch was not committed; it is kept beside the record when the writer closes."""


class Writer:
    """Commits what the watch hands over, in order. An outage is on disk when its future is done.

    `submit` never blocks. What the database cannot take now (full, locked, gone) is tried again
    until it can, in order; `failed` holds the reason meanwhile. What it can never take (a broken
    constraint) is told by the future, and the rest of that batch is committed piece by piece.
    When the record is of no more use, `alarm` is called: close, then raise `fatal`.
    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        *,
        shard: int = 0,
        alarm: Callable[[], object] = lambda: None,
    ) -> None:
        self._guard = Guard(engine, alarm)
        self._name = name
        self._shard = shard
        self._epoch = 0
        self._seq = itertools.count(1)
        self._coverage_id: int | None = None
        self._queue: queue.SimpleQueue[_Item | _Change | Callable[[], None] | None]
        self._queue = queue.SimpleQueue()
        self._ended: frozenset[int] = frozenset()  # things that the files dropped
        self._thread = threading.Thread(target=self._run, name="canh-writer", daemon=True)
        self._beliefs: Beliefs | None = None
        self._causes: Causes | None = None
        self._closing = threading.Event()
        self._pending: list[Batch] = []
        self._now: _Item | None = None  # being written
        self._done = 0
        self._put_off: list[Callable[[], None]] = []
        self.failed: BaseException | None = None

    def start(self, at_ms: int) -> None:
        """Take the record over: what a predecessor left open in coverage ends where it stood."""
        with self._guard.engine.begin() as conn:
            self._epoch, used = take_over(conn, self._name, self._shard, at_ms)
            next_revision(conn)
            self._seq = itertools.count(used + 1)
            self._beliefs, self._causes = Beliefs(conn), Causes(conn)
        self._guard.begin()
        self._thread.start()

    def submit(self, batch: Batch) -> Future[Committed]:
        future: Future[Committed] = Future()
        self._queue.put((batch, future))
        return future

    def change(
        self, work: Callable[[Connection], T], then: Callable[[T], object] = lambda _: None
    ) -> Future[T]:
        """One transaction in its turn, tried again as batches are; what we remember of the record
        is read anew after it, and `then` called. What `work` raises is told by the future, and
        UnwrittenError where the record could not take it."""
        future: Future[T] = Future()
        self._queue.put(_Change(work, then, future))
        return future

    def drop(self, things: frozenset[int]) -> None:
        """Write nothing more of these: batches from before a change of the files may still speak of
        what it ended. Called from within such a change."""
        self._ended = things

    def beside(self, work: Callable[[], None]) -> None:
        """Do something else in this thread, in its turn; what fails in it is no failure of ours."""
        self._queue.put(work)

    def give_back(self) -> None:
        """Memory that a burst took: pages of the record, and what lies free in between."""
        self.beside(partial(_give_back, self._guard.engine))

    def close(self, at_ms: int, *, seen_ms: int | None) -> None:
        """Commit what is queued, say that we stopped, and end the thread.

        Of a database that hangs nothing is awaited: what it has not taken is kept beside it.
        """
        if seen_ms is not None:
            self.submit(Batch(at_ms=at_ms, seeing=(Seeing(sight=Sight.STOPPED, at_ms=seen_ms),)))
        self._queue.put(None)
        self._closing.set()
        if not self._ended_in_time():
            self._abandon()
            self._keep_pending(at_ms)
            return
        if self._pending:
            self._keep_pending(at_ms)
        else:
            self._say_stopped(at_ms)
        self._guard.close()

    def _ended_in_time(self) -> bool:
        until = time.monotonic() + CLOSING_S
        while self._thread.is_alive() and time.monotonic() < until:
            done = self._done
            self._thread.join(STALLED_S)
            if done == self._done:
                break
        return not self._thread.is_alive()

    def _abandon(self) -> None:
        """The thread is stuck in the database; what it holds and what waits was not taken."""
        log.error("the record takes nothing any more: it is not waited for")
        waiting: list[Any] = [self._now]
        self._now = None
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.append(self._queue.get_nowait())
        for item in waiting:
            if isinstance(item, tuple):
                self._pending.append(item[0])
                item[1].set_exception(UnwrittenError("the record took nothing any more"))

    @property
    def fatal(self) -> RecordError | None:
        """Why the monitor must not go on with this record; whole only after `close`."""
        return self._guard.fatal

    @property
    def waiting(self) -> int:
        """Batches not yet committed."""
        return self._queue.qsize()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            self._done += 1
            if isinstance(item, _Change):
                self._change(item)
                continue
            if callable(item):
                self._aside(item)
                continue
            batch, future = item
            self._now = item
            done: Committed | None = None
            failed: BaseException | None = None
            try:
                done = self._write(batch)
            except UnwrittenError as error:
                failed = error
            except BaseException as error:
                log.exception("not committed: %s", batch)
                failed = self.failed = error
            if self._now is None:  # given up meanwhile
                return
            self._now = None
            if done is not None:
                future.set_result(done)
                continue
            future.set_exception(failed)
            if isinstance(failed, UnwrittenError):
                self._pending.append(batch)
            else:
                self._salvage(batch)

    def _change(self, change: _Change) -> None:
        try:
            done = self._insist(partial(self._transact, change.work))
            change.then(done)
            change.done.set_result(done)
        except DBAPIError as error:
            change.done.set_exception(UnwrittenError(str(error.orig)))
        except BaseException as error:
            change.done.set_exception(error)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._guard.engine.begin() as conn:
            found = work(conn)
        self._beliefs = self._causes = None
        return found

    def _aside(self, work: Callable[[], None]) -> None:
        """On a full disk what is done beside waits: the last room is for the record."""
        self._put_off.append(work)
        while self._put_off and not self._guard.full:
            _try(self._put_off.pop(0))

    def _write(self, batch: Batch) -> Committed:
        news: tuple[Happened, ...] = ()

        def commit() -> Committed:
            nonlocal news
            news += self._guard.take_news()
            return self._commit(replace(batch, events=batch.events + news))

        return self._insist(commit)

    def _insist(self, commit: Callable[[], T]) -> T:
        """Commit, again and again while the database is not able to; not for ever when closing.

        After the first that was given up all others are, too, or the order would be lost.
        """
        pauses_s = itertools.chain(RETRIES_S, itertools.repeat(RETRIES_S[-1]))
        while not self._pending:
            self._guard.look()
            try:
                done = commit()
            except DBAPIError as error:
                if not self._may_pass(error):
                    raise
                self.failed = error
                at_once = self._guard.troubled(error)
                if self._guard.damaged or (not at_once and self._closing.wait(next(pauses_s))):
                    raise UnwrittenError(str(error.orig)) from error
            else:
                self.failed = None
                self._guard.well()
                return done
        raise UnwrittenError("what came before it was not committed either")

    def _may_pass(self, error: DBAPIError) -> bool:
        """Is it the database that is unable, and not the batch that is wrong?"""
        damaged = trouble_of(error, self._guard.path) is Trouble.DAMAGED
        return damaged or isinstance(error, OperationalError)

    def _say_stopped(self, at_ms: int) -> None:
        here = update(poller).where(poller.c.id == self._name)
        word = here.values(stopped=True, beat=at_ms, seq=next(self._seq))
        for _ in range(2):  # a full disk gives up its ballast for it
            try:
                with self._guard.engine.begin() as conn:
                    conn.execute(word)
            except DBAPIError as error:
                if self._guard.troubled(error):
                    continue
            return

    def _keep_pending(self, at_ms: int) -> None:
        folder = self._guard.path.parent if self._guard.path else Path()
        path = keep_pending(folder, self._pending, at_ms)
        if path is not None:
            count = len(self._pending)
            log.error("%d batches that could not be committed are in %s", count, path)

    def _salvage(self, batch: Batch) -> None:
        """Commit what can be committed of a batch that cannot be taken whole."""
        parts = pieces(batch)
        for piece in parts if len(parts) > 1 else ():
            try:
                self._write(piece)
            except Exception:
                log.exception("lost: %s", piece)

    def _commit(self, batch: Batch) -> Committed:
        """One transaction; what is believed open is read anew after one that failed."""
        covered = self._coverage_id
        if self._ended:
            batch = without(batch, self._ended)
        try:
            with self._guard.engine.begin() as conn:
                if self._beliefs is None or self._causes is None:
                    self._beliefs, self._causes = Beliefs(conn), Causes(conn)
                revision = next_revision(conn)
                stamp = Stamp(batch.at_ms, revision, self._name, self._shard, self._epoch)
                opened, closed = self._beliefs.apply(
                    conn, batch.verdicts, stamp, self._seq, batch.marks
                )
                show_marks(conn, batch.marks, revision)
                show_readings(conn, batch.readings)
                keep(conn, batch.said, batch.at_ms, revision)
                keep_found(conn, batch.facts, batch.at_ms, revision)
                sensors = keep_sensors(conn, batch.sensors, batch.at_ms)
                keep_sensed(conn, batch.sensed, revision)
                news = (opened, closed, batch.said)
                self._causes.consider(conn, *news, batch.at_ms, revision)
                tell(conn, batch.events, batch.at_ms, revision)
                keep_evidence(conn, batch.evidence)
                keep_health(conn, batch.health, self._name)
                self._see(conn, batch.seeing, stamp)
                if batch.seeing:  # once a heartbeat
                    lapse(conn, batch.at_ms, revision)
                    turn(conn, batch.at_ms, revision)
                if opened or batch.seeing:
                    carry(conn, batch.at_ms, revision)
        except BaseException:
            self._beliefs = self._causes = None  # memory must not be ahead of the disk
            self._coverage_id = covered
            raise
        return Committed(
            revision=revision, opened=tuple(opened), closed=tuple(closed), sensors=sensors
        )

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
        began = conn.execute(select(coverage.c.started).where(here)).scalar_one()
        ended = max(one.at_ms, began)  # the last answer may lie before the opening
        if one.sight == Sight.SEEN:
            conn.execute(update(coverage).where(here).values(ended=ended))
            return
        conn.execute(update(coverage).where(here).values(ended=ended, closed=one.sight))
        self._coverage_id = None


def _try(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        log.exception("what was to be done beside the record was not")


def _give_back(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA shrink_memory")
    give_back()

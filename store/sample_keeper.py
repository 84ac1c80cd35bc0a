"""Writes samples: a slab twice a minute and shard, then the steps by which they grow old.

All of it runs in the thread of the record's writer, between two transactions of the record, and
in transactions of its own. Whatever fails here is told once and costs samples, never the record.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, insert, select

from inventory.model import Network, Retention
from store import sample_file
from store.bulk import run_many
from store.chunks import LANE
from store.engine import open_reader, sqlite_path
from store.link_ends import ports_at_ends
from store.rosters import Looking, Rosters
from store.sample_file import reach, slab
from store.sample_steps import LATE_MS, Step, due
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, SHARD_BITS, Flush, Pings, Poll
from store.slabs import (
    LAYOUT,
    PING,
    PORT,
    SENSOR,
    UNIT_MS,
    Rows,
    pack_slab,
    ping_rows,
    port_rows,
    value_rows,
)
from store.tables import record

log = logging.getLogger(__name__)
FLUSHES_BEHIND = 10  # so many wait for the disk at most
STEPS_A_FLUSH = 100  # some 20 ms each: a country's night takes two hours, not one core

KEEP = Retention()
_INSERT, _REVISION = insert(slab), select(record.c.revision)

Beside = Callable[[Callable[[], None]], None]
_Place = tuple[int, int]  # hour (in UTC ms) and shard


class SampleKeeper:
    """`keep` takes a flush and returns at once; `beside` runs work in the writer's thread."""

    def __init__(
        self, record_url: str, poller: str, beside: Beside, retention: Retention = KEEP
    ) -> None:
        self._retention = retention
        self._url = record_url
        self._poller = poller
        self._beside = beside
        self._room = threading.BoundedSemaphore(FLUSHES_BEHIND)
        self._books: Engine | None = None
        self._engine: Engine | None = None
        self._file: tuple[Path, int] | None = None
        self._rosters = Rosters()
        self._steps: deque[Step] = deque()
        self._left = 0  # steps that may still be done until the next flush
        self._stepping = False
        self._done_hour: int | None = None  # in which nothing more is to be done
        self._failed: set[Step] = set()  # in this hour
        self._told: set[str] = set()  # of failures, until all is well again
        self._strangers: set[str] = set()
        self._ends: tuple[int, Mapping[int, Sequence[int]]] | None = None  # day, and its ends

    def keep(self, flush: Flush) -> None:
        """Commit it in its turn. Where the disk is minutes behind, the samples are given up."""
        if self._room.acquire(blocking=False):
            self._beside(partial(self._take, flush))
        else:
            self._tell("the disk is behind: some samples are not kept")

    def retain(self, network: Network) -> None:
        """From now on keep for as long as its files say."""
        self._retention = network.retention

    @property
    def waiting(self) -> int:
        """Steps known to be due and not done."""
        return len(self._steps)

    def close(self) -> None:
        for engine in (self._books, self._engine):
            if engine is not None:
                engine.dispose()

    # -- in the writer's thread ----------------------------------------------------------------

    def _take(self, flush: Flush) -> None:
        try:
            self._commit(flush)
            self._go_on(flush.at_ms)
        except Exception as error:
            self._rosters = Rosters()  # memory must not run ahead of the disk
            self._tell(f"half a minute of samples was not kept: {error}")
        else:
            self._told.clear()
        finally:
            self._room.release()
        self._report()

    def _commit(self, flush: Flush) -> None:
        engine, books = self._open()
        with ExitStack() as looking, engine.begin() as conn:
            read = cache(lambda: looking.enter_context(books.begin()))
            rows = [
                *self._pings(read, flush),
                *self._polls(read, conn, PORT, flush.ports, flush.at_ms),
                *self._polls(read, conn, SENSOR, flush.values, flush.at_ms),
            ]
            run_many(conn, _INSERT, rows)
            if read.cache_info().currsize:  # they know something new of the record
                reach(conn, read().execute(_REVISION).scalar_one())

    def _pings(self, read: Looking, flush: Flush) -> list[dict[str, Any]]:
        of, at_ms, rtt_us = _arrays(flush.pings)
        strange = self._rosters.strangers(read, np.unique(of).tolist())
        if strange:
            known = ~np.isin(of, list(strange))
            of, at_ms, rtt_us = of[known], at_ms[known], rtt_us[known]
        if not len(of):
            return []
        hours, shards = at_ms // HOUR_MS, of >> np.uint64(SHARD_BITS)
        order = np.lexsort((shards, hours))
        of, hours, shards, rtt_us = (column[order] for column in (of, hours, shards, rtt_us))
        at = ((at_ms[order] - hours * HOUR_MS) // UNIT_MS[PING]).astype(LANE)
        moved = (hours[1:] != hours[:-1]) | (shards[1:] != shards[:-1])
        begins = [0, *(np.flatnonzero(moved) + 1).tolist()]
        rows = []
        for begin, end in zip(begins, [*begins[1:], len(of)], strict=True):
            mine, place = slice(begin, end), (int(hours[begin]) * HOUR_MS, int(shards[begin]))
            made = ping_rows(of[mine], at[mine], rtt_us[mine])
            rows.append(self._row(place, PING, made, flush.at_ms))
        return rows

    def _polls(
        self, read: Looking, conn: Connection, kind: str, polls: Sequence[Poll], flushed: int
    ) -> list[dict[str, Any]]:
        groups: dict[_Place, list[tuple[Poll, int]]] = {}
        ids = self._rosters.ids(read, conn, kind, [poll.of for poll in polls])
        for poll, roster_id in zip(polls, ids, strict=True):
            place = (poll.at_ms - poll.at_ms % HOUR_MS, poll.of.device_id >> SHARD_BITS)
            groups.setdefault(place, []).append((poll, roster_id))
        make = port_rows if kind == PORT else value_rows
        found = []
        for place, pairs in groups.items():
            rows = make([poll for poll, _ in pairs], [owner for _, owner in pairs], place[0])
            found.append(self._row(place, kind, rows, flushed))
        return found

    def _row(self, place: _Place, kind: str, rows: Rows, flushed: int) -> dict[str, Any]:
        hour, shard = place
        since_ms = int(rows.at.min()) * UNIT_MS[kind]
        return {
            "shard": shard,
            "kind": kind,
            "t0": hour + since_ms - since_ms % MINUTE_MS,
            "flushed": flushed,
            "poller": self._poller,
            "layout": LAYOUT,
            "data": pack_slab(rows),
        }

    def _open(self) -> tuple[Engine, Engine]:
        """Open engines on the file that stands there now: it may have been moved away."""
        if self._books is None:
            self._books = open_reader(self._url)
        if self._engine is not None and self._file is not None:
            path, inode = self._file
            if not path.exists() or path.stat().st_ino != inode:
                self._engine.dispose()
                self._engine = None
        if self._engine is None:
            sample_file.make(self._url)
            self._rosters = Rosters()
            self._engine = sample_file.open_keeping(self._url)
            path_now = sqlite_path(str(self._engine.url))
            self._file = (path_now, path_now.stat().st_ino) if path_now else None
        return self._engine, self._books

    # -- as time goes on -----------------------------------------------------------------------

    def _go_on(self, now_ms: int) -> None:
        """Some steps of what is due, also from before a restart."""
        hour = (now_ms - LATE_MS) // HOUR_MS
        self._left = STEPS_A_FLUSH
        if not self._steps and hour != self._done_hour:
            self._look(now_ms)
            if not self._steps:
                self._done_hour = hour
                self._failed.clear()
        if self._steps and not self._stepping:
            self._stepping = True
            self._beside(self._step)

    def _look(self, now_ms: int) -> None:
        assert self._engine is not None
        with self._engine.connect() as conn:
            for steps in due(conn, now_ms, self._retention):
                self._steps.extend(step for step in steps if step not in self._failed)
                if self._steps:
                    return

    def _step(self) -> None:
        """One, and the record has its turn again."""
        step = self._steps.popleft()
        self._left -= 1
        try:
            engine, books = self._open()
            with engine.begin() as conn:
                step.run(conn, partial(self._ends_of, books))
        except Exception as error:
            self._failed.add(step)
            self._tell(f"samples stay as they are for an hour: {error}")
        self._stepping = bool(self._steps and self._left)
        if self._stepping:
            self._beside(self._step)

    def _ends_of(self, books: Engine, t0: int) -> Mapping[int, Sequence[int]]:
        """At which ports of which devices links ended on that day: asked once for all of them."""
        if self._ends is None or self._ends[0] != t0:
            with books.begin() as read:
                self._ends = t0, ports_at_ends(read, t0, t0 + DAY_MS)
        return self._ends[1]

    # -- what people are told ------------------------------------------------------------------

    def _report(self) -> None:
        """Each unknown thing once."""
        unknown, self._rosters.unknown = self._rosters.unknown - self._strangers, set()
        self._strangers |= unknown
        if unknown:
            some = ", ".join(sorted(unknown)[:5]) + (" …" if len(unknown) > 5 else "")
            log.warning("samples of %d unknown things are not kept: %s", len(unknown), some)

    def _tell(self, what: str) -> None:
        """Once, and again after all went well in between."""
        if what not in self._told:
            self._told.add(what)
            log.error("%s", what)


def _arrays(pings: Pings) -> tuple[Any, Any, Any]:
    return (
        np.array(pings.of, np.uint64),
        np.array(pings.at_ms, np.int64),
        np.array(pings.rtt_us, np.uint64),
    )

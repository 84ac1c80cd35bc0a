"""Writes samples: a slab a minute and shard, and chunks of device-hours when an hour is over.

All of it runs in the thread of the record's writer, between two transactions of the record, and
in transactions of its own. Whatever fails here is told once and costs samples, never the record.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select

from store import sample_file
from store.engine import open_reader, sqlite_path
from store.rosters import Rosters, owners
from store.sample_file import chunk, reach, slab
from store.samples import HOUR_MS, MINUTE_MS, SHARD_BITS, TICK_MS, Flush, Pings, Place
from store.slabs import (
    LAYOUT,
    Packed,
    Poll,
    PortSlab,
    ping_chunk,
    ping_slab,
    port_chunk,
    port_slab,
    slab_pings,
)
from store.tables import record

log = logging.getLogger(__name__)
PING, PORT = "ping", "port"
LATE_MS = 2 * MINUTE_MS  # an hour is over when its last answers have come, and been flushed
MINUTES_BEHIND = 10  # so many flushes wait for the disk at most

Beside = Callable[[Callable[[], None]], None]


class _Job(NamedTuple):
    """A shard's hour whose slabs are to become chunks."""

    hour: int
    shard: int
    kind: str


class SampleKeeper:
    """`keep` takes a flush and returns at once; `beside` runs work in the writer's thread."""

    def __init__(self, record_url: str, poller: str, beside: Beside) -> None:
        self._url = record_url
        self._poller = poller
        self._beside = beside
        self._room = threading.BoundedSemaphore(MINUTES_BEHIND)
        self._books: Engine | None = None
        self._engine: Engine | None = None
        self._file: tuple[Path, int] | None = None
        self._rosters = Rosters()
        self._jobs: deque[_Job] = deque()
        self._planned: int | None = None  # the hour up to which chunks were built
        self._told: set[str] = set()  # of failures, until all is well again
        self._strangers: set[str] = set()

    def keep(self, flush: Flush) -> None:
        """Commit it in its turn. Where the disk is minutes behind, the samples are given up."""
        if self._room.acquire(blocking=False):
            self._beside(partial(self._take, flush))
        else:
            self._tell("the disk is behind: samples of some minutes are not kept")

    @property
    def waiting(self) -> int:
        """Hours of shards that are over and not yet chunks."""
        return len(self._jobs)

    def close(self) -> None:
        for engine in (self._books, self._engine):
            if engine is not None:
                engine.dispose()

    # -- in the writer's thread ----------------------------------------------------------------

    def _take(self, flush: Flush) -> None:
        try:
            self._commit(flush)
            self._plan(flush.at_ms)
        except Exception as error:
            self._rosters = Rosters()  # memory must not run ahead of the disk
            self._tell(f"a minute of samples was not kept: {error}")
        else:
            self._told.clear()
        finally:
            self._room.release()
        self._report()

    def _commit(self, flush: Flush) -> None:
        engine, books = self._open()
        with books.begin() as read, engine.begin() as conn:
            rows = self._ping_rows(read, flush) + self._port_rows(read, conn, flush)
            if rows:
                conn.execute(insert(slab), rows)
            reach(conn, read.execute(select(record.c.revision)).scalar_one())

    def _ping_rows(self, read: Connection, flush: Flush) -> list[dict[str, Any]]:
        rows = []
        for hour, devices in flush.pings.items():
            strange = self._rosters.strangers(read, devices.keys())
            shards: dict[int, Pings] = {}
            for device_id in devices.keys() - strange:
                shard = shards.setdefault(device_id >> SHARD_BITS, {})
                shard[device_id] = devices[device_id]
            for number, pings in shards.items():
                since = min(held[0] for held in pings.values()) >> 32
                data = ping_slab(pings)
                rows.append(self._row((hour, number), PING, since * TICK_MS, flush.at_ms, data))
        return rows

    def _port_rows(self, read: Connection, conn: Connection, flush: Flush) -> list[dict[str, Any]]:
        rows = []
        for place, group in flush.ports.items():
            data = port_slab(group, self._rosters.ids(read, conn, group.rosters))
            rows.append(self._row(place, PORT, min(group.at_ms), flush.at_ms, data))
        return rows

    def _row(
        self, place: Place, kind: str, since: int, flushed: int, data: bytes
    ) -> dict[str, Any]:
        hour, shard = place
        return {
            "shard": shard,
            "kind": kind,
            "t0": hour + since - since % MINUTE_MS,
            "flushed": flushed,
            "poller": self._poller,
            "layout": LAYOUT,
            "data": data,
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

    # -- an hour is over -----------------------------------------------------------------------

    def _plan(self, now_ms: int) -> None:
        """Slabs of hours that are over, also of those before a restart, become chunks."""
        over = (now_ms - LATE_MS) // HOUR_MS * HOUR_MS
        if over == self._planned or self._jobs:
            return
        assert self._engine is not None
        hour = (slab.c.t0 - slab.c.t0 % HOUR_MS).label("hour")
        wanted = select(hour, slab.c.shard, slab.c.kind).where(slab.c.t0 < over).distinct()
        with self._engine.connect() as conn:
            self._jobs.extend(_Job(*row) for row in conn.execute(wanted.order_by(hour)))
        self._planned = over
        if self._jobs:
            self._beside(self._roll_next)

    def _roll_next(self) -> None:
        """One shard's hour; then the record has its turn again."""
        job = self._jobs.popleft()
        try:
            engine, _ = self._open()
            with engine.begin() as conn:
                roll(conn, *job)
        except Exception as error:
            self._tell(f"an hour of samples stays in slabs: {error}")
        if self._jobs:
            self._beside(self._roll_next)

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


def roll(conn: Connection, hour: int, shard: int, kind: str) -> None:
    """Make a shard's slabs of one hour into chunks: both in the caller's transaction."""
    here = (
        (slab.c.shard == shard)
        & (slab.c.kind == kind)
        & slab.c.t0.between(hour, hour + HOUR_MS - 1)
    )
    rows = conn.execute(select(slab).where(here).order_by(slab.c.t0, slab.c.flushed)).all()
    for row in rows:
        if row.layout != LAYOUT:
            raise ValueError(f"a slab of shard {shard} has layout {row.layout}: not known here")
    data = [row.data for row in rows]
    parts = _parts(conn, hour, shard, kind)
    packed = _pings(data) if kind == PING else _ports(conn, data)
    fresh = []
    for device_id, roster_id, one in packed:
        part = parts[device_id] = parts.get(device_id, -1) + 1
        values = {"t0": hour, "device_id": device_id, "kind": kind, "part": part}
        fresh.append(values | {"roster_id": roster_id, "layout": LAYOUT} | one._asdict())
    if fresh:
        conn.execute(insert(chunk), fresh)
    conn.execute(delete(slab).where(here))


def _parts(conn: Connection, hour: int, shard: int, kind: str) -> dict[int, int]:
    """device → the last part of that hour that there is already."""
    first = shard << SHARD_BITS
    of_shard = chunk.c.device_id.between(first, first + (1 << SHARD_BITS) - 1)
    wanted = (
        select(chunk.c.device_id, func.max(chunk.c.part).label("part"))
        .where(chunk.c.t0 == hour, of_shard, chunk.c.kind == kind)
        .group_by(chunk.c.device_id)
    )
    return {row.device_id: row.part for row in conn.execute(wanted)}


def _pings(slabs: list[bytes]) -> list[tuple[int, int | None, Packed]]:
    by_device: dict[int, list[bytes]] = {}
    for data in slabs:
        for device_id, lanes in slab_pings(data):
            by_device.setdefault(device_id, []).append(lanes)
    return [(device, None, ping_chunk(b"".join(lanes))) for device, lanes in by_device.items()]


def _ports(conn: Connection, slabs: list[bytes]) -> list[tuple[int, int | None, Packed]]:
    by_roster: dict[int, list[Poll]] = {}
    for data in slabs:
        for roster_id, poll in PortSlab(data).polls():
            by_roster.setdefault(roster_id, []).append(poll)
    owner = owners(conn, by_roster)
    return [
        (owner[roster_id], roster_id, port_chunk(sorted(polls, key=lambda poll: poll.at_ms)))
        for roster_id, polls in by_roster.items()
    ]

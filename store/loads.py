"""How much ports carry now: from their last two polls, read as these come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine, func, select

from store.chunks import LANE
from store.link_rows import NO_LOAD, Load
from store.rosters import Columns, by_id
from store.sample_file import slab
from store.sample_rates import Track, per_second
from store.sample_reader import checked
from store.sample_rollups import known
from store.samples import HOUR_MS, MINUTE_MS, SHARD_BITS, Measure
from store.slabs import PLACES, PORT, Slab, readable

FIRST_MS = 6 * MINUTE_MS  # so far back is read at first: devices are asked each five minutes or so
LATE_MS = 10 * MINUTE_MS  # a poll is flushed by then
STALE_MS = 15 * MINUTE_MS  # what is older says nothing of now
_IN, _OUT = (PLACES[measure][1] for measure in (Measure.IN_OCTETS, Measure.OUT_OCTETS))


class _Poll(NamedTuple):
    """Of one port; counters and uptime as cells."""

    at_ms: int
    inward: int
    outward: int
    uptime: int
    narrow: bool


class Loads:
    """Keeps the last polls of ports, so that each call reads only what came since. One thread."""

    def __init__(self, books: Engine) -> None:
        self._books = books
        self._samples: Engine | None = None
        self._forget()

    def _forget(self) -> None:
        self._flushed = 0  # what is known
        self._rosters: dict[int, Columns] = {}
        self._last: dict[int, list[_Poll]] = {}
        self._loads: dict[int, Load] = {}

    def of(self, ports: Mapping[int, int]) -> Mapping[int, Load]:
        """Port → bit/s in and out, of those that were polled lately. `ports`: with their devices.

        RecordError where the samples are another record's, or damaged.
        """
        if self._samples is None:
            self._samples = checked(self._books)
        if self._samples is None:
            return {}
        with self._samples.begin() as conn:
            for port, polls in self._fresh(conn, ports).items():
                self._last[port] = sorted([*self._last.get(port, ()), *polls])[-2:]
                self._loads[port] = _load(self._last[port])
        since = self._flushed - STALE_MS
        return {
            port: self._loads[port]
            for port, polls in self._last.items()
            if port in ports and polls[-1].at_ms >= since
        }

    def close(self) -> None:
        if self._samples is not None:
            self._samples.dispose()

    def _fresh(self, conn: Connection, ports: Mapping[int, int]) -> dict[int, list[_Poll]]:
        """What came since the last call."""
        shards = {device >> SHARD_BITS for device in ports.values()}
        here = slab.c.shard.in_(shards) & (slab.c.kind == PORT)
        newest = conn.execute(select(func.max(slab.c.flushed)).where(here)).scalar() or 0
        if newest < self._flushed:  # other samples, or the clock was set back
            self._forget()
        since = max(self._flushed, newest - FIRST_MS)
        if newest == self._flushed:
            return {}
        wanted = select(slab.c.t0, slab.c.layout, slab.c.data).where(
            here, slab.c.t0 >= since - LATE_MS, slab.c.flushed > since
        )
        slabs = [(row.t0, Slab(readable(row, "slab"))) for row in conn.execute(wanted)]
        found = self._polls(conn, slabs, ports)
        self._flushed = newest  # only then: what could not be read is read the next time
        return found

    def _polls(
        self, conn: Connection, slabs: Iterable[tuple[int, Slab]], ports: Mapping[int, int]
    ) -> dict[int, list[_Poll]]:
        found: dict[int, list[_Poll]] = {}
        for t0, held in slabs:
            owners = set(np.frombuffer(held.owners, LANE).tolist())
            self._rosters |= by_id(conn, owners - self._rosters.keys())
            for owner in owners:
                roster = self._rosters[owner]
                for column, port in enumerate(roster.things):
                    if port in ports:
                        polls = _polls(held, t0 - t0 % HOUR_MS, owner, column, roster)
                        found.setdefault(port, []).extend(polls)
        return found


def _polls(held: Slab, hour: int, owner: int, column: int, roster: Columns) -> list[_Poll]:
    inward, outward = (held.series(owner, column, group) for group in (_IN, _OUT))
    narrow = bool(roster.narrow[column])
    return [
        _Poll(hour + at, into, out, uptime, narrow)
        for (at, into, uptime), (_, out, _) in zip(inward, outward, strict=True)
    ]


def _load(polls: list[_Poll]) -> Load:
    if len(polls) < 2:
        return NO_LOAD
    at_ms, inward, outward, uptimes, narrow = zip(*polls, strict=True)
    cells = np.array((inward, outward), LANE)
    both = np.array((narrow, narrow), np.bool_)
    rates, _ = per_second(Track(np.array(at_ms), cells, np.array(uptimes, LANE), both))
    into, out = (known(float(rate) * 8) for rate in rates[:, -1])
    return into, out

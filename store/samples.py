"""What was measured in the last half minute, in memory, until the writer takes it.

A ping is kept as it was asked, not as a mean of the minute: jitter, percentiles and the one lost
answer cannot be had from a mean, and six pings a minute are little beside a device's counters.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
FLUSH_MS = MINUTE_MS // 2  # what a country says in that time takes 15 MB of memory
DAY_MS = 24 * HOUR_MS
SHARD_BITS = 6  # things whose ids differ only in these bits share a slab
COUNTERS = 6
MISSING = 2**64 - 1  # stands for a counter that was not said
LOST = 2**64 - 1  # the round-trip time of a question that was not answered
_LANE = 8

Times = npt.NDArray[np.int64]


class Measure(StrEnum):
    """What can be asked of the samples of a thing."""

    RTT_US = "rtt_us"  # of a device, link or service; None: asked and not answered
    IN_OCTETS = "in_octets"  # of an interface: the counter as it was read
    OUT_OCTETS = "out_octets"
    IN_ERRORS = "in_errors"
    OUT_ERRORS = "out_errors"
    IN_DISCARDS = "in_discards"
    OUT_DISCARDS = "out_discards"
    ADMIN_STATUS = "admin_status"  # numbers of IF-MIB
    OPER_STATUS = "oper_status"
    VALUE = "value"  # of a sensor, in its own scaled unit


@dataclass(frozen=True, slots=True)
class Roster:
    """The interfaces that the rows of a device's polls stand for, in their order."""

    device_id: int
    indexes: tuple[int, ...]
    names: tuple[str, ...]  # if_name, "" where it is not known
    narrow: bytes  # 1 where the octets come from 32-bit counters


@dataclass(frozen=True, slots=True)
class Sensors:
    """The sensors that a device's values stand for, in their order."""

    device_id: int
    ids: tuple[int, ...]


class Poll(NamedTuple):
    """One answered poll. `cells`: counters, six rows of 64-bit numbers; or the sensors' values."""

    at_ms: int
    of: Roster | Sensors
    cells: bytes
    uptime_s: int | None = None
    admin: bytes = b""
    oper: bytes = b""


@dataclass(frozen=True, slots=True)
class Pings:
    """One entry a question, in each of the three."""

    of: array[int]  # thing
    at_ms: array[int]
    rtt_us: array[int]  # or LOST


@dataclass(frozen=True, slots=True)
class Flush:
    """All that was sampled until `at_ms` and is not on disk yet; nobody adds to it any more."""

    at_ms: int
    pings: Pings
    ports: Sequence[Poll]
    values: Sequence[Poll]


class Samples:
    """Takes what comes back from the network; costs as little as a list. For one thread."""

    def __init__(self) -> None:
        self._pings = _none()
        self._ports: list[Poll] = []
        self._values: list[Poll] = []
        self._period: int | None = None
        self._flushed = 0

    def pings(self, rows: Iterable[tuple[int, int, int | None]]) -> None:
        """(thing id, when it was asked in UTC ms, round-trip time or None: lost)."""
        known = [(of, at_ms, -1 if rtt is None else rtt) for of, at_ms, rtt in rows]
        if known:
            self.echoes(*np.array(known, np.int64).T)

    def echoes(self, of: Times, at_ms: Times, rtt_us: Times) -> None:
        """Many pings, as columns; a negative round-trip time: lost."""
        self._pings.of.frombytes(of.tobytes())
        self._pings.at_ms.frombytes(at_ms.tobytes())
        lost = rtt_us < 0
        self._pings.rtt_us.frombytes(np.where(lost, LOST, rtt_us.view(np.uint64)).tobytes())

    def ports(
        self,
        at_ms: int,
        roster: Roster,
        uptime_s: int | None,
        admin: bytes,
        oper: bytes,
        counters: bytes,
    ) -> None:
        """One answered poll of a device's interfaces; hand over the same roster while it holds.

        `admin`, `oper`: a byte an interface, 0 where it was not said. `counters`: 64-bit numbers,
        lowest byte first, a row of all interfaces each: in and out octets, in and out errors, in
        and out discards; MISSING where one was not said.
        """
        count = len(roster.indexes)
        if not len(admin) == len(oper) == len(counters) / (_LANE * COUNTERS) == count:
            raise ValueError(f"{len(counters)} bytes of counters for {count} interfaces")
        if count:
            self._ports.append(Poll(at_ms, roster, counters, uptime_s, admin, oper))

    def values(self, device_id: int, at_ms: int, sensor_ids: tuple[int, ...], cells: bytes) -> None:
        """What sensors of a device said, as signed 64-bit numbers in their order.

        Lowest byte first; `last_values.VALUE_MISSING` where one said nothing.
        """
        if len(cells) != _LANE * len(sensor_ids):
            raise ValueError(f"{len(cells)} bytes of values for {len(sensor_ids)} sensors")
        if sensor_ids:
            self._values.append(Poll(at_ms, Sensors(device_id, sensor_ids), cells))

    def flush(self, now_ms: int, *, last: bool = False) -> Flush | None:
        """What was gathered, twice a minute and at the `last`; else None."""
        period = now_ms // FLUSH_MS
        if self._period is None:
            self._period = period
        gathered = self._pings.of or self._ports or self._values
        if (period == self._period and not last) or not gathered:
            return None
        self._period = period
        self._flushed = max(now_ms, self._flushed + 1)  # no two alike, whatever the clock does
        done = Flush(self._flushed, self._pings, self._ports, self._values)
        self._pings, self._ports, self._values = _none(), [], []
        return done


def _none() -> Pings:
    return Pings(array("Q"), array("q"), array("Q"))

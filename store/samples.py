"""What was measured since the last minute, in memory, until the writer takes it.

A ping is kept as it was asked, not as a mean of the minute: jitter, percentiles and the one lost
answer cannot be had from a mean, and six pings a minute are little beside a device's counters.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from store.chunks import MODULUS

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
TICK_MS = 100  # how exactly it is kept when a ping was sent
SHARD_BITS = 6  # devices whose ids differ only in these bits share a slab
LOST = 0xFFFFFFFF  # the round-trip time of a ping that was not answered

PortRow = tuple[int, int | None, int | None, int | None, int | None]
"""if_index, admin_status, oper_status, in_octets, out_octets of one interface."""


class Measure(StrEnum):
    """What can be asked of the samples of a thing."""

    RTT_US = "rtt_us"  # of a device; None: asked and not answered
    IN_OCTETS = "in_octets"  # of an interface: the counter as it was read
    OUT_OCTETS = "out_octets"
    ADMIN_STATUS = "admin_status"  # numbers of IF-MIB
    OPER_STATUS = "oper_status"


@dataclass(frozen=True, slots=True)
class Roster:
    """The interfaces that the rows of a device's polls stand for, in their order."""

    device_id: int
    indexes: tuple[int, ...]
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class PortRows:
    """Polls of one shard in one hour: one entry a poll, and its interfaces' values on end."""

    rosters: list[Roster] = field(default_factory=list)
    at_ms: array[int] = field(default_factory=lambda: array("I"))  # since the hour began
    in_octets: array[int] = field(default_factory=lambda: array("Q"))
    out_octets: array[int] = field(default_factory=lambda: array("Q"))
    admin: bytearray = field(default_factory=bytearray)  # 0: not said
    oper: bytearray = field(default_factory=bytearray)
    no_in: array[int] = field(default_factory=lambda: array("I"))  # places without a value
    no_out: array[int] = field(default_factory=lambda: array("I"))


Place = tuple[int, int]  # hour (in UTC ms) and shard
Pings = dict[int, "array[int]"]  # device → its pings, each as tick << 32 | µs or LOST


@dataclass(frozen=True, slots=True)
class Flush:
    """All that was sampled until `at_ms` and is not on disk yet; nobody adds to it any more."""

    at_ms: int
    pings: dict[int, Pings]  # by hour
    ports: dict[Place, PortRows]


class Samples:
    """Takes what comes back from the network; costs as little as a list. For one thread."""

    def __init__(self) -> None:
        self._pings: dict[int, Pings] = {}
        self._ports: dict[Place, PortRows] = {}
        self._rosters: dict[int, Roster] = {}
        self._minute: int | None = None
        self._flushed = 0

    def pings(self, rows: Iterable[tuple[int, int, int | None]]) -> None:
        """(device's thing id, when it was asked in UTC ms, round-trip time or None: lost)."""
        hour = -HOUR_MS
        devices: Pings = {}
        for device_id, at_ms, rtt_us in rows:
            if not 0 <= at_ms - hour < HOUR_MS:
                hour = at_ms - at_ms % HOUR_MS
                devices = self._pings.setdefault(hour, {})
            held = devices.get(device_id)
            if held is None:
                held = devices[device_id] = array("Q")
            rtt = LOST if rtt_us is None or rtt_us > LOST else rtt_us
            held.append((at_ms - hour) // TICK_MS << 32 | rtt)

    def counters(
        self, device_id: int, at_ms: int, names: Sequence[str], rows: Sequence[PortRow]
    ) -> None:
        """One answered poll of a device; `names`: the if_name of each row, "" if not known."""
        if not rows:
            return
        indexes, admin, oper, in_octets, out_octets = zip(*rows, strict=True)
        since = at_ms % HOUR_MS
        place = (at_ms - since, device_id >> SHARD_BITS)
        group = self._ports.get(place)
        if group is None:
            group = self._ports[place] = PortRows()
        group.rosters.append(self._roster(device_id, indexes, names))
        group.at_ms.append(since)
        _extend(group.in_octets, in_octets, group.no_in)
        _extend(group.out_octets, out_octets, group.no_out)
        group.admin.extend(_statuses(admin))
        group.oper.extend(_statuses(oper))

    def flush(self, now_ms: int, *, last: bool = False) -> Flush | None:
        """What was gathered, once a minute has passed or at the `last`; else None."""
        minute = now_ms // MINUTE_MS
        if self._minute is None:
            self._minute = minute
        if (minute == self._minute and not last) or not (self._pings or self._ports):
            return None
        self._minute = minute
        self._flushed = max(now_ms, self._flushed + 1)  # no two alike, whatever the clock does
        done = Flush(self._flushed, self._pings, self._ports)
        self._pings, self._ports = {}, {}
        return done

    def _roster(self, device_id: int, indexes: tuple[int, ...], names: Sequence[str]) -> Roster:
        """The same object as long as the same interfaces come in the same order."""
        known = self._rosters.get(device_id)
        if known is None or known.indexes != indexes or known.names != names:
            known = self._rosters[device_id] = Roster(device_id, indexes, names)
        return known


def _extend(lanes: array[int], values: Sequence[int | None], missing: array[int]) -> None:
    try:
        lanes.extend(array("Q", values))  # type: ignore[arg-type]
    except (TypeError, OverflowError):  # a port without this counter, or a nonsensical one
        for value in values:
            if value is None or not 0 <= value < MODULUS:
                missing.append(len(lanes))
                value = 0
            lanes.append(value)


def _statuses(values: Sequence[int | None]) -> bytes:
    try:
        return bytes(values)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return bytes(v if v is not None and 0 < v < 256 else 0 for v in values)

"""What stands in the bytes of a slab and of a chunk, layout 1 of each: made, and read back.

Slab of pings: devices, how many of each, then a lane a ping (tick and µs). Slab of ports: one entry
a poll (roster, number of interfaces, ms), the octets of all polls as byte planes, the statuses
pressed, places without value. Chunk of pings: grid of ticks, grid of µs. Chunk of ports: grid of
ms, grids of octets in and out, statuses. A mask holds a byte a value, 1 where there is none.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from store.chunks import (
    LANE,
    by_column,
    column,
    grid,
    grid_size,
    join,
    little,
    numbers,
    planes,
    press,
    split,
    unplanes,
    unpress,
)
from store.samples import LOST, TICK_MS, Measure, Pings, PortRows

LAYOUT = 1
_SHAPE = struct.Struct("<II")  # rows and columns of a chunk

Point = tuple[int, int | None]  # when, and the value; ms since the hour here, UTC ms for readers


class Packed(NamedTuple):
    """A chunk: rows in it, what is missing, the rest."""

    n: int
    mask: bytes | None
    data: bytes


class Poll(NamedTuple):
    """The counters of one device, once, as lanes."""

    at_ms: int
    in_octets: bytes
    out_octets: bytes
    admin: bytes
    oper: bytes
    no_in: Sequence[int]  # columns without a value
    no_out: Sequence[int]


# -- pings -----------------------------------------------------------------------------------


def ping_slab(pings: Pings) -> bytes:
    """The pings of some devices."""
    ids, held = array("Q", pings), list(pings.values())
    counts = array("I", map(len, held))
    return join(little(ids), little(counts), b"".join(map(little, held)))


def slab_pings(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(device, its pings as lanes) of all in a slab."""
    ids, counts, lanes = split(data)
    at = 0
    for device_id, count in zip(numbers("Q", ids), numbers("I", counts), strict=True):
        yield device_id, lanes[at : at + count * LANE]
        at += count * LANE


def ping_points(lanes: bytes) -> list[Point]:
    """What the lanes of one device in a slab say."""
    pairs = ((ping >> 32, ping & LOST) for ping in numbers("Q", lanes))
    return [(tick * TICK_MS, None if rtt == LOST else rtt) for tick, rtt in pairs]


def ping_chunk(lanes: bytes) -> Packed:
    """An hour of one device, from the lanes of its slabs."""
    ordered = array("Q", sorted(numbers("Q", lanes)))
    count, data = len(ordered), little(ordered)
    lost = [i for i, ping in enumerate(ordered) if ping & LOST == LOST] if _loses(data) else []
    ticks, rtts = _halves(data)
    rtts = _filled(rtts, lost, 1)
    raw = _SHAPE.pack(count, 1) + grid(ticks, 1) + grid(rtts, 1)
    return Packed(count, _mask(count, 1, lost), press(raw))


def _loses(lanes: bytes) -> bool:
    """Might a ping be lost? Quick, as most hours have none."""
    return 0xFF in lanes[3::LANE]


def _halves(lanes: bytes) -> tuple[bytes, bytes]:
    """The upper and lower 32 bits of each lane, each as a lane of its own."""
    upper, lower = bytearray(len(lanes)), bytearray(len(lanes))
    for k in range(4):
        upper[k::LANE] = lanes[k + 4 :: LANE]
        lower[k::LANE] = lanes[k::LANE]
    return bytes(upper), bytes(lower)


def chunk_pings(mask: bytes | None, data: bytes) -> list[Point]:
    raw = unpress(data)
    rows, _ = _SHAPE.unpack_from(raw)
    at = _SHAPE.size
    ticks = column(raw, at, rows, 1, 0)
    rtts = column(raw, at + grid_size(raw, at, rows, 1), rows, 1, 0)
    times = [tick * TICK_MS for tick in ticks]
    return _points(times, rtts, unpress(mask) if mask else None)


# -- ports -----------------------------------------------------------------------------------


def port_slab(rows: PortRows, roster_ids: Sequence[int]) -> bytes:
    """`roster_ids`: on record, one for each poll."""
    return join(
        little(array("Q", roster_ids)),
        little(array("I", [len(one.indexes) for one in rows.rosters])),
        little(rows.at_ms),
        planes(little(rows.in_octets)),
        planes(little(rows.out_octets)),
        press(bytes(rows.admin + rows.oper)),
        little(rows.no_in),
        little(rows.no_out),
    )


class PortSlab:
    """The polls of a slab. Nothing is unpacked before it is asked for."""

    def __init__(self, data: bytes) -> None:
        rosters, sizes, at, self._in, self._out, statuses, no_in, no_out = split(data)
        self.rosters = numbers("Q", rosters)
        self._at = numbers("I", at)
        self._starts = list(accumulate(numbers("I", sizes), initial=0))
        self._count = self._starts[-1]
        self._statuses = unpress(statuses)
        self._no_in, self._no_out = numbers("I", no_in), numbers("I", no_out)

    def polls(self) -> list[tuple[int, Poll]]:
        """(roster, poll) of all."""
        lanes_in, lanes_out = unplanes(self._in, self._count), unplanes(self._out, self._count)
        admin, oper = self._statuses[: self._count], self._statuses[self._count :]
        found = []
        for i, roster_id in enumerate(self.rosters):
            a, b = self._starts[i], self._starts[i + 1]
            lanes = slice(a * LANE, b * LANE)
            no_in = _between(self._no_in, a, b)
            no_out = _between(self._no_out, a, b)
            poll = Poll(
                self._at[i],
                lanes_in[lanes],
                lanes_out[lanes],
                admin[a:b],
                oper[a:b],
                no_in,
                no_out,
            )
            found.append((roster_id, poll))
        return found

    def at(self, i: int) -> int:
        """When the poll at `i` was answered, in ms since the hour."""
        return self._at[i]

    def point(self, i: int, which: int, measure: Measure) -> Point:
        """One value of the poll at `i`: that of its column `which`."""
        place = self._starts[i] + which
        if measure is Measure.ADMIN_STATUS:
            return self._at[i], self._statuses[place] or None
        if measure is Measure.OPER_STATUS:
            return self._at[i], self._statuses[self._count + place] or None
        inward = measure is Measure.IN_OCTETS
        found, missing = (self._in, self._no_in) if inward else (self._out, self._no_out)
        lane = found[place :: self._count]  # its byte of each plane
        return self._at[i], None if place in missing else int.from_bytes(lane, "little")


def port_chunk(polls: Sequence[Poll]) -> Packed:
    """An hour of one device, polls with the same interfaces, in the order of time."""
    rows, columns = len(polls), len(polls[0].admin)
    no_in = [row * columns + c for row, poll in enumerate(polls) for c in poll.no_in]
    no_out = [row * columns + c for row, poll in enumerate(polls) for c in poll.no_out]
    in_octets = _filled(b"".join([poll.in_octets for poll in polls]), no_in, columns)
    out_octets = _filled(b"".join([poll.out_octets for poll in polls]), no_out, columns)
    raw = (
        _SHAPE.pack(rows, columns),
        grid(little(array("Q", [poll.at_ms for poll in polls])), 1),
        grid(in_octets, columns),
        grid(out_octets, columns),
        _statuses(b"".join([poll.admin for poll in polls]), columns),
        _statuses(b"".join([poll.oper for poll in polls]), columns),
    )
    return Packed(rows, _mask(rows, columns, no_in, no_out), press(b"".join(raw)))


def chunk_ports(mask: bytes | None, data: bytes, which: int, measure: Measure) -> list[Point]:
    """One measure of the interface in column `which`."""
    raw = unpress(data)
    rows, columns = _SHAPE.unpack_from(raw)
    cells = rows * columns
    at = _SHAPE.size
    times = column(raw, at, rows, 1, 0)
    at += grid_size(raw, at, rows, 1)
    if measure is not Measure.IN_OCTETS:
        at += grid_size(raw, at, rows, columns)
    if measure in (Measure.IN_OCTETS, Measure.OUT_OCTETS):
        values = column(raw, at, rows, columns, which)
        start = which * rows + (cells if measure is Measure.OUT_OCTETS else 0)
        return _points(times, values, unpress(mask)[start : start + rows] if mask else None)
    at += grid_size(raw, at, rows, columns)
    if measure is Measure.OPER_STATUS:
        at += 1 + (columns if raw[at] else cells)
    held = zip(times, _status(raw, at, rows, which), strict=True)
    return [(when, status or None) for when, status in held]


def _statuses(cells: bytes, columns: int) -> bytes:
    """1 and the first row where no status changed, else 0 and all, column after column."""
    first = cells[:columns]
    if cells == first * (len(cells) // columns):
        return b"\1" + first
    return b"\0" + by_column(cells, columns)


def _status(raw: bytes, at: int, rows: int, which: int) -> bytes:
    if raw[at]:
        return raw[at + 1 + which : at + 2 + which] * rows
    start = at + 1 + which * rows
    return raw[start : start + rows]


# -- what is missing -------------------------------------------------------------------------


def _filled(lanes: bytes, missing: Sequence[int], columns: int) -> bytes:
    """What costs least in the place of what is missing: the value a row before."""
    if not missing:
        return lanes
    filled = bytearray(lanes)
    row = columns * LANE
    for place in missing:
        at = place * LANE
        if at >= row:
            filled[at : at + LANE] = filled[at - row : at - row + LANE]
    return bytes(filled)


def _mask(rows: int, columns: int, *missing: Sequence[int]) -> bytes | None:
    if not any(missing):
        return None
    parts = []
    for places in missing:
        cells = bytearray(rows * columns)
        for place in places:
            cells[place] = 1
        parts.append(by_column(bytes(cells), columns))
    return press(b"".join(parts))


def _points(times: Sequence[int], values: Sequence[int], mask: bytes | None) -> list[Point]:
    if mask is None:
        return list(zip(times, values, strict=True))
    rows = zip(times, values, mask, strict=True)
    return [(when, None if missing else value) for when, value, missing in rows]


def _between(places: array[int], start: int, end: int) -> Sequence[int]:
    """Those of the rising `places` in [start, end), counted from `start`."""
    if not places:
        return ()
    return [p - start for p in places[bisect_left(places, start) : bisect_left(places, end)]]

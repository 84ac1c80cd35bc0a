"""What stands in a slab, layout 2: rows of a minute, one an answer, of all things of one shard.

A row is whose it is, when it was, the device's uptime, and its cells in one or more groups: those
of a device's poll are six counters, then admin and oper state, each of all interfaces. A cell is
one more than the number it holds; 0 is a number that was not said, a ping that was not answered.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from store.chunks import LANE, Numbers, Table, checked, join, planes_of, sound, split, unplanes_of
from store.engine import RecordError
from store.samples import COUNTERS, Measure, Poll

LAYOUT = 3
PING, PORT, SENSOR = "ping", "port", "sensor"
UNIT_MS = {PING: 100, PORT: 1, SENSOR: 1}  # how exactly it is kept when a row was
_ONE = np.uint64(1)
_SHAPE = struct.Struct("<II")  # rows, and cells of each group

_COUNTED = (
    Measure.IN_OCTETS,
    Measure.OUT_OCTETS,
    Measure.IN_ERRORS,
    Measure.OUT_ERRORS,
    Measure.IN_DISCARDS,
    Measure.OUT_DISCARDS,
)
COUNTED = frozenset(_COUNTED)
STATED = frozenset((Measure.ADMIN_STATUS, Measure.OPER_STATUS))
PORT_GROUPS = (*_COUNTED, Measure.ADMIN_STATUS, Measure.OPER_STATUS)
PLACES = {Measure.RTT_US: (PING, 0), Measure.VALUE: (SENSOR, 0)} | {
    measure: (PORT, group) for group, measure in enumerate(PORT_GROUPS)
}


Instant = tuple[int, int, int]
"""When, in units of its kind since the hour began; the cell; the uptime as a cell."""


@dataclass(frozen=True, slots=True)
class Rows:
    """`cells`: a row a group, those of all rows on end; `sizes`: how many of them are each's."""

    owners: Numbers  # the thing of a ping, else the roster
    sizes: Numbers
    at: Numbers
    uptimes: Numbers
    cells: Numbers

    @property
    def starts(self) -> Numbers:
        return np.cumsum(self.sizes) - self.sizes


def ping_rows(of: Numbers, at: Numbers, rtt_us: Numbers) -> Rows:
    ones = np.ones(len(of), LANE)
    return Rows(of, ones, at, np.zeros(len(of), LANE), rtt_us[None] + _ONE)


def value_rows(polls: Sequence[Poll], owners: Sequence[int], since_ms: int) -> Rows:
    """`owners`: the roster of each; `since_ms`: when their hour began."""
    values = np.frombuffer(b"".join([poll.cells for poll in polls]), "<i8")
    cells = ((values << 1) ^ (values >> 63)).view(LANE) + _ONE
    return _rows(polls, owners, since_ms, [len(poll.cells) // 8 for poll in polls], cells[None])


def port_rows(polls: Sequence[Poll], owners: Sequence[int], since_ms: int) -> Rows:
    """Like `value_rows`."""
    sizes = np.array([len(poll.oper) for poll in polls])
    counters = np.frombuffer(b"".join([poll.cells for poll in polls]), LANE)
    total, before = int(sizes.sum()), np.cumsum(sizes) - sizes
    first = np.arange(total) + np.repeat(before * (COUNTERS - 1), sizes)  # lanes of group 0
    cells = np.empty((COUNTERS + 2, total), LANE)
    places = first + np.arange(COUNTERS)[:, None] * np.repeat(sizes, sizes)
    np.add(counters.take(places), _ONE, out=cells[:COUNTERS])
    cells[-2] = np.frombuffer(b"".join([poll.admin for poll in polls]), np.uint8)
    cells[-1] = np.frombuffer(b"".join([poll.oper for poll in polls]), np.uint8)
    return _rows(polls, owners, since_ms, sizes, cells)


def _rows(
    polls: Sequence[Poll],
    owners: Sequence[int],
    since_ms: int,
    sizes: npt.ArrayLike,
    cells: Numbers,
) -> Rows:
    uptimes = [0 if poll.uptime_s is None else poll.uptime_s + 1 for poll in polls]
    return Rows(
        np.array(owners, LANE),
        np.array(sizes, LANE),
        np.array([poll.at_ms - since_ms for poll in polls], LANE),
        np.array(uptimes, LANE),
        cells,
    )


def pack_slab(rows: Rows) -> bytes:
    data = join(
        _SHAPE.pack(len(rows.owners), rows.cells.shape[1]),
        rows.owners.astype(LANE).tobytes(),
        rows.starts.astype("<u4").tobytes(),
        *planes_of(np.array((rows.at, rows.uptimes), LANE)),
        *planes_of(rows.cells),
    )
    return checked(data)


class Slab:
    """What `pack_slab` made, or RecordError where it is damaged.

    Nothing is unpacked before it is asked for.
    """

    def __init__(self, data: bytes) -> None:
        shape, self.owners, self._starts, *rest = split(sound(data))
        self.count, self.total = _SHAPE.unpack(shape)
        self.heads, self.groups = rest[:2], rest[2:]

    def sizes(self) -> Numbers:
        starts = np.frombuffer(self._starts, "<u4").astype(LANE)
        return np.diff(starts, append=np.uint64(self.total))

    def series(self, owner: int, column: int, group: int) -> list[Instant]:
        """One column of what is the owner's, in the order in which it came."""
        found, key = [], owner.to_bytes(LANE.itemsize, "little")
        instants, uptimes = self.heads
        at = self.owners.find(key)
        while at >= 0:
            row, off = divmod(at, LANE.itemsize)
            if not off:
                start = int.from_bytes(self._starts[4 * row : 4 * row + 4], "little")
                cells = self.groups[group][start + column :: self.total]
                lanes = (instants[row :: self.count], cells, uptimes[row :: self.count])
                when, cell, uptime = (int.from_bytes(lane, "little") for lane in lanes)
                found.append((when, cell, uptime))
            at = self.owners.find(key, at + 1)
        return found


def rows_of(slabs: Sequence[Slab]) -> Rows:
    """All rows of slabs of one kind, one slab after the other."""
    owners = np.concatenate([np.frombuffer(slab.owners, LANE) for slab in slabs])
    counts, totals = [slab.count for slab in slabs], [slab.total for slab in slabs]
    at, uptimes = (unplanes_of([slab.heads[k] for slab in slabs], counts) for k in range(2))
    groups = zip(*(slab.groups for slab in slabs), strict=True)
    cells = np.array([unplanes_of(group, totals) for group in groups], LANE)
    return Rows(owners, np.concatenate([slab.sizes() for slab in slabs]), at, uptimes, cells)


def tables(slabs: Sequence[Slab]) -> Iterator[tuple[int, Table]]:
    """The table of each owner: first the uptimes, then group after group."""
    rows = rows_of(slabs)
    owners, uptimes, cells = rows.owners, rows.uptimes, rows.cells
    at, sizes = rows.at.astype(np.int64), rows.sizes.astype(np.intp)
    starts = np.cumsum(sizes) - sizes
    order = np.lexsort((at, owners))
    groups = np.split(order, np.flatnonzero(np.diff(owners[order])) + 1)
    places = [(starts[mine] + np.arange(sizes[mine[0]])[:, None]).ravel() for mine in groups]
    ordered, lanes = np.empty_like(cells), np.concatenate(places)
    for row, into in zip(cells, ordered, strict=True):
        row.take(lanes, out=into, mode="clip")  # a mode that needs no copy
    start = 0
    for mine, here in zip(groups, places, strict=True):
        own = ordered[:, start : (start := start + len(here))].reshape(-1, len(mine))
        whole = np.concatenate((uptimes[None, mine], own))
        yield int(owners[mine[0]]), Table.of(at[mine], whole)


def row_of(group: int, column: int, columns: int) -> int:
    """Where a series stands in a table of `tables`."""
    return 1 + group * columns + column


def said(measure: Measure, cells: Numbers) -> list[int | None]:
    """The numbers behind cells."""
    if measure in STATED:
        return [cell or None for cell in cells.tolist()]
    found: list[int | None] = (signed(cells) if measure is Measure.VALUE else cells - _ONE).tolist()
    if cells.all():
        return found
    return [value if cell else None for value, cell in zip(found, cells.tolist(), strict=True)]


def signed(cells: Numbers) -> npt.NDArray[np.int64]:
    """The values behind the cells of sensors."""
    turned = cells - _ONE
    return ((turned >> _ONE) ^ (np.uint64(0) - (turned & _ONE))).view(np.int64)


def readable(row: Any, what: str) -> bytes:
    """The bytes of a row; RecordError where this version does not know its layout."""
    if row.layout != LAYOUT:
        raise RecordError(
            f"the {what} of {row.t0} has layout {row.layout}, this version knows {LAYOUT};"
            " remedy: use the newer canh that wrote it"
        )
    return bytes(row.data)

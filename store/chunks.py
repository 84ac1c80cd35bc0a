"""Packs tables of whole numbers into few bytes, and finds one series again without the others.

A table has a series a row and an instant a column, and holds only the series that moved; of the
others their newest value says all. Packed are the newest value of each series as it is, and the
differences backwards from it, zigzag (small whatever their sign); all numbers as byte planes,
without the highest ones where they are all zero, and pressed where they are to stay.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from store.engine import RecordError

Numbers = npt.NDArray[np.uint64]
Times = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

LANE = np.dtype("<u8")
ALONE = 32  # so many series are pressed together: one of them costs reading these
_LENGTH = struct.Struct("<I")
_ONE = np.uint64(1)
_SIGN = np.uint64(63)


def press(data: bytes) -> bytes:
    """In zlib's form. Runs of one byte are most of what planes have to give, and soonest found."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()


def unpress(data: bytes) -> bytes:
    return zlib.decompress(data)


def join(*parts: bytes) -> bytes:
    """Parts of any length as one; `split` gives them back."""
    return b"".join([piece for part in parts for piece in (_LENGTH.pack(len(part)), part)])


def split(data: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        parts.append(data[at : at + length])
        at += length
    return parts


def checked(data: bytes) -> bytes:
    """With a checksum at its end: disks forget, and files are cut short."""
    return data + _LENGTH.pack(zlib.crc32(data))


def sound(data: bytes) -> bytes:
    """What `checked` was given; RecordError where it is not that any more."""
    whole = memoryview(data)
    if len(data) < _LENGTH.size or whole[-4:] != _LENGTH.pack(zlib.crc32(whole[:-4])):
        raise RecordError(
            "samples on disk are damaged: their checksum is wrong; remedy: restore a backup"
        )
    return data[:-4]


def planes(values: Numbers) -> bytes:
    """The lowest byte of each value, then the next of each, as far as any value reaches."""
    width = (int(values.max(initial=0)).bit_length() + 7) // 8
    lanes = np.ascontiguousarray(values, LANE).view(np.uint8).reshape(-1, LANE.itemsize)
    return lanes[:, :width].T.tobytes()


def planes_of(rows: Numbers) -> list[bytes]:
    """The planes of each row."""
    tops = rows.max(axis=1, initial=0).tolist()
    lanes = np.ascontiguousarray(rows, LANE).view(np.uint8).reshape(*rows.shape, LANE.itemsize)
    widths = ((top.bit_length() + 7) // 8 for top in tops)
    return [row[:, :width].T.tobytes() for row, width in zip(lanes, widths, strict=True)]


def unplanes(data: bytes, count: int) -> Numbers:
    """The `count` values behind `planes`."""
    return unplanes_of([data], [count]) if count else np.zeros(0, LANE)


def unplanes_of(parts: Sequence[bytes], counts: Sequence[int]) -> Numbers:
    """The values behind several `planes`, so many behind each, one after the other."""
    values = np.zeros(sum(counts), LANE)
    lanes = values.view(np.uint8).reshape(-1, LANE.itemsize)
    pairs = list(zip(parts, counts, strict=True))
    for k in range(max(len(part) // count for part, count in pairs)):
        plane = [part[k * count : (k + 1) * count].ljust(count, b"\0") for part, count in pairs]
        lanes[:, k] = np.frombuffer(b"".join(plane), np.uint8)
    return values


def picked(data: bytes, count: int, places: Places) -> Numbers:
    """Some of the `count` values behind `planes`."""
    if not data:
        return np.zeros(len(places), LANE)
    found = np.frombuffer(data, np.uint8).reshape(-1, count)[:, places]
    return unplanes(found.tobytes(), len(places))


@dataclass(frozen=True, slots=True)
class Table:
    """`newest`: a value a series; `moved`: which series have a row in `cells`."""

    times: Times  # rising
    newest: Numbers
    moved: Places
    cells: Numbers

    @classmethod
    def of(cls, times: Times, cells: Numbers) -> Table:
        """Of all series, each a row, and at least one column."""
        moved = np.flatnonzero((cells[:, 1:] != cells[:, :-1]).any(axis=1))
        return cls(times, cells[:, -1], moved, cells[moved])

    def one(self, which: int) -> Numbers:
        """The values of one series, over time."""
        place = int(np.searchsorted(self.moved, which))
        if place < len(self.moved) and self.moved[place] == which:
            values: Numbers = self.cells[place]
            return values
        return np.full(len(self.times), self.newest[which])

    def all(self) -> Numbers:
        """A row for each series."""
        found = np.repeat(self.newest[:, None], len(self.times), axis=1)
        found[self.moved] = self.cells
        return found


def in_order(tables: Sequence[Table]) -> Table:
    """Tables of the same series as one, in the order of time."""
    newest = np.array([table.newest for table in tables])
    differ = (newest[1:] != newest[:-1]).any(axis=0)
    for table in tables:
        differ[table.moved] = True
    moved = np.flatnonzero(differ)
    times = np.concatenate([table.times for table in tables])
    cells = np.empty((len(moved), len(times)), LANE)
    start = 0
    for table in tables:
        here = slice(start, start := start + len(table.times))
        cells[:, here] = table.newest[moved, None]
        cells[np.searchsorted(moved, table.moved), here] = table.cells
    if (times[1:] < times[:-1]).any():
        order = np.argsort(times, kind="stable")
        times, cells = times[order], cells[:, order]
    last = newest[-1].copy()
    last[moved] = cells[:, -1]
    return Table(times, last, moved, cells)


def pack(table: Table, *, pressed: bool) -> bytes:
    moved = table.moved
    head = join(
        planes(np.array((len(table.newest), len(table.times), len(moved)), LANE)),
        planes(table.times[-1:].astype(LANE)),
        planes(_steps(table.times.astype(LANE))),
        planes(table.newest),
        planes(moved.astype(LANE)),
    )
    steps = _steps(table.cells)
    parts = [head, *(planes(steps[k : k + ALONE].ravel()) for k in range(0, len(moved), ALONE))]
    return checked(join(bytes((pressed,)), *(map(press, parts) if pressed else parts)))


class Packed:
    """What `pack` made, or RecordError where it is damaged.

    The blocks are not unpacked before they are asked for.
    """

    def __init__(self, data: bytes) -> None:
        pressed, head, *self._blocks = split(sound(data))
        self._pressed = pressed != b"\0"
        shape, last, steps, newest, moved = split(self._plain(head))
        self.series, self.columns, count = (int(n) for n in unplanes(shape, 3))
        back = unplanes(steps, self.columns - 1)
        times = _values(unplanes(last, 1), back[None])
        self.times = times.reshape(-1).view(np.int64)
        self.newest = unplanes(newest, self.series)
        self._moved = unplanes(moved, count).astype(np.intp)

    def one(self, which: int) -> Numbers:
        """The values of one series, over time."""
        place = int(np.searchsorted(self._moved, which))
        if place == len(self._moved) or self._moved[place] != which:
            return np.full(self.columns, self.newest[which])
        block, row = divmod(place, ALONE)
        size = self.columns - 1
        count = len(self._moved[block * ALONE : (block + 1) * ALONE]) * size
        places = np.arange(row * size, (row + 1) * size)
        steps = picked(self._plain(self._blocks[block]), count, places)
        return _values(self.newest[which : which + 1], steps[None]).reshape(-1)

    def some(self, wanted: Sequence[int]) -> Numbers:
        """A row for each of several series; what they share is unpacked once."""
        series = np.array(wanted, np.intp)
        found = np.repeat(self.newest[series][:, None], self.columns, axis=1)
        at = np.searchsorted(self._moved, series)
        known = at < len(self._moved)
        known[known] = self._moved[at[known]] == series[known]
        size = self.columns - 1
        for block in np.unique(at[known] // ALONE).tolist():
            mine = np.flatnonzero(known & (at // ALONE == block))
            count, rows = len(self._moved[block * ALONE : (block + 1) * ALONE]), at[mine] % ALONE
            plain = self._plain(self._blocks[block])
            if 2 * len(mine) > count:  # to pick costs more than to unpack all
                steps = unplanes(plain, count * size).reshape(count, -1)[rows]
            else:
                places = (rows[:, None] * size + np.arange(size)).ravel()
                steps = picked(plain, count * size, places).reshape(len(mine), -1)
            found[mine] = _values(self.newest[series[mine]], steps)
        return found

    def table(self) -> Table:
        cells = np.empty((len(self._moved), self.columns), LANE)
        for k, block in enumerate(self._blocks):
            rows = slice(k * ALONE, (k + 1) * ALONE)
            which = self._moved[rows]
            steps = unplanes(self._plain(block), len(which) * (self.columns - 1))
            cells[rows] = _values(self.newest[which], steps.reshape(len(which), -1))
        return Table(self.times, self.newest, self._moved, cells)

    def _plain(self, part: bytes) -> bytes:
        return unpress(part) if self._pressed else part


def _steps(values: Numbers) -> Numbers:
    """From each to the next along the last axis, modulo 2**64: 0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    step = np.diff(values)
    return (step << _ONE) ^ (np.uint64(0) - (step >> _SIGN))


def _values(newest: Numbers, steps: Numbers) -> Numbers:
    """The rows that end with `newest` and rise by `steps`."""
    step = (steps >> _ONE) ^ (np.uint64(0) - (steps & _ONE))
    found = np.empty((len(steps), steps.shape[1] + 1), np.uint64)
    found[:, -1] = 0
    np.cumsum(step[:, ::-1], axis=1, out=found[:, -2::-1] if steps.shape[1] else found[:, :0])
    values: Numbers = newest[:, None] - found
    return values

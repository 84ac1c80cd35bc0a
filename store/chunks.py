"""Packs tables of whole numbers into few bytes, and finds one series again without the others.

A table has a series a row and an instant a column. Kept are the newest value of each series as it
is, and the differences backwards from it, zigzag (small whatever their sign), of those series that
moved at all; all numbers as byte planes, without the highest ones where they are all zero.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]

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


def planes(values: Numbers) -> bytes:
    """The lowest byte of each value, then the next of each, as far as any value reaches."""
    width = (int(values.max(initial=0)).bit_length() + 7) // 8
    lanes = np.ascontiguousarray(values, LANE).view(np.uint8).reshape(-1, LANE.itemsize)
    return lanes[:, :width].T.tobytes()


def unplanes(data: bytes, count: int) -> Numbers:
    """The `count` values behind `planes`."""
    lanes = np.zeros((count, LANE.itemsize), np.uint8)
    if data:
        found = np.frombuffer(data, np.uint8).reshape(-1, count)
        lanes[:, : len(found)] = found.T
    return lanes.view(LANE).reshape(count)


def picked(data: bytes, count: int, places: npt.NDArray[np.intp]) -> Numbers:
    """Some of the `count` values behind `planes`."""
    if not data:
        return np.zeros(len(places), LANE)
    found = np.frombuffer(data, np.uint8).reshape(-1, count)[:, places]
    return unplanes(found.tobytes(), len(places))


def pack(times: Numbers, cells: Numbers) -> bytes:
    """`times` rise, one for each column of `cells`, of which there is at least one."""
    moved = np.flatnonzero((cells[:, 1:] != cells[:, :-1]).any(axis=1))
    head = (
        planes(np.array((*cells.shape, len(moved)), LANE)),
        planes(times[-1:]),
        planes(_steps(times)),
        planes(cells[:, -1]),
        planes(moved.astype(LANE)),
    )
    blocks = [
        press(planes(_steps(cells[moved[k : k + ALONE]]).ravel()))
        for k in range(0, len(moved), ALONE)
    ]
    return join(press(join(*head)), *blocks)


class Packed:
    """What `pack` made. The blocks are not unpacked before they are asked for."""

    def __init__(self, data: bytes) -> None:
        head, *self._blocks = split(data)
        shape, last, steps, newest, moved = split(unpress(head))
        self.series, self.columns, count = (int(n) for n in unplanes(shape, 3))
        back = unplanes(steps, self.columns - 1)
        self.times = _values(unplanes(last, 1), back[None])[0]
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
        steps = picked(unpress(self._blocks[block]), count, places)
        return _values(self.newest[which : which + 1], steps[None]).reshape(-1)

    def all(self) -> Numbers:
        """The whole table."""
        found = np.repeat(self.newest[:, None], self.columns, axis=1)
        for k, block in enumerate(self._blocks):
            rows = self._moved[k * ALONE : (k + 1) * ALONE]
            steps = unplanes(unpress(block), len(rows) * (self.columns - 1))
            found[rows] = _values(self.newest[rows], steps.reshape(len(rows), -1))
        return found


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

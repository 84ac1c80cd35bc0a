"""Packs tables of whole numbers into few bytes, and finds one column again without the others.

A grid is a table of 64-bit numbers: its first row as it is, then the differences from row to row,
zigzag (small whatever their sign), split into byte planes, column by column; planes that would be
all zero are left out, which makes it the narrowest integer. All steps run over the whole table at
C's speed: the table is one large number, and a lane of 64 bits in it is one value.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from functools import lru_cache
from itertools import accumulate

LANE = 8
MODULUS = 1 << 64  # counters are unsigned 64-bit numbers; differences wrap as they do
_LENGTH = struct.Struct("<I")


def little(values: array[int]) -> bytes:
    """The bytes of an array, lowest first on every machine."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def numbers(code: str, data: bytes) -> array[int]:
    """The array whose `little` bytes these are."""
    values = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def press(data: bytes) -> bytes:
    """In zlib's form. Runs of one byte are all that planes have to give, and soonest found."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()


def unpress(data: bytes) -> bytes:
    return zlib.decompress(data)


def join(*parts: bytes) -> bytes:
    """Parts of any length as one; `split` gives them back."""
    return b"".join(piece for part in parts for piece in (_LENGTH.pack(len(part)), part))


def split(data: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        parts.append(data[at : at + length])
        at += length
    return parts


def planes(lanes: bytes) -> bytes:
    """Lanes as byte planes, lowest first, without the highest ones where all are zero."""
    count = len(lanes) // LANE
    found = [lanes[k::LANE] for k in range(LANE)]
    while found and found[-1].count(0) == count:
        found.pop()
    return b"".join(found)


def unplanes(data: bytes, count: int) -> bytes:
    """The `count` lanes behind `planes`."""
    lanes = bytearray(count * LANE)
    for k in range(len(data) // count if count else 0):
        lanes[k::LANE] = data[k * count : (k + 1) * count]
    return bytes(lanes)


def by_column(cells: bytes, columns: int) -> bytes:
    """One byte a cell: from row after row to column after column."""
    if columns == 1:
        return cells
    return b"".join([cells[c::columns] for c in range(columns)])


def grid(lanes: bytes, columns: int) -> bytes:
    """A table of lanes, row after row, in the packed form."""
    row = LANE * columns
    body = _differences(lanes, row)
    return _leaf(lanes[:row], columns) + _leaf(body, columns)


def grid_size(data: bytes, at: int, rows: int, columns: int) -> int:
    """How many bytes the grid at `at` takes."""
    head = 1 + data[at] * columns
    return head + 1 + data[at + head] * (rows - 1) * columns


def column(data: bytes, at: int, rows: int, columns: int, which: int) -> list[int]:
    """One column of the grid at `at`; only its own bytes are looked at."""
    [first] = _leaf_column(data, at, 1, columns, which)
    body = at + 1 + data[at] * columns
    steps = _leaf_column(data, body, rows - 1, columns, which)
    turned = ((z >> 1) ^ -(z & 1) for z in steps)
    return list(accumulate(turned, lambda a, b: (a + b) % MODULUS, initial=first))


def _leaf(lanes: bytes, columns: int) -> bytes:
    """How many planes there are, then the planes, each column after column."""
    found = planes(lanes)
    count = len(lanes) // LANE
    width = len(found) // count if count else 0
    parts = [by_column(found[k * count : (k + 1) * count], columns) for k in range(width)]
    return bytes((width,)) + b"".join(parts)


def _leaf_column(data: bytes, at: int, rows: int, columns: int, which: int) -> tuple[int, ...]:
    lanes = bytearray(LANE * rows)
    start = at + 1 + which * rows
    for k in range(data[at]):
        lanes[k::LANE] = data[start : start + rows]
        start += rows * columns
    return struct.unpack(f"<{rows}Q", lanes)


def _differences(lanes: bytes, row: int) -> bytes:
    """Each lane less the one a row before, zigzag, for all lanes at once.

    Subtraction within lanes: the highest bit is lent to each lane so that nothing is borrowed from
    the next one, and put right afterwards.
    """
    size = len(lanes) - row
    high, low = _bits(size // LANE)
    old = int.from_bytes(lanes, "little")  # its last row falls to the masks
    new = old >> (8 * row)
    step = ((new | high) - (old & low)) ^ ((new ^ old ^ high) & high)
    sign = (step & high) >> 63
    return (((step & low) << 1) ^ ((sign << 64) - sign)).to_bytes(size, "little")


@lru_cache(maxsize=256)
def _bits(count: int) -> tuple[int, int]:
    """The highest bit of each of `count` lanes, and all others."""
    high = int.from_bytes(b"\0\0\0\0\0\0\0\x80" * count, "little")
    return high, high ^ ((1 << 64 * count) - 1)

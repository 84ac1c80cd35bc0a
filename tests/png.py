"""Makes a PNG file small: text on a ground needs no more than 256 colours."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
MOST_WEIGHED = 4000  # rarer ones cannot earn a place
FARTHEST = 3 * 255**2 + 1
Colour = tuple[int, int, int]


def few_colours(png: Path) -> Path:
    """Write the file anew with a palette: its commonest colours, the others as the nearest."""
    width, rows = _read(png.read_bytes())
    counted = Counter(pixel for row in rows for pixel in row)
    kept = _palette(counted)
    place = {colour: _nearest(colour, kept) for colour in counted}
    place |= {colour: number for number, colour in enumerate(kept)}
    pixels = b"".join(b"\0" + bytes(place[pixel] for pixel in row) for row in rows)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    palette = bytes(part for colour in kept for part in colour)
    body = [
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(pixels, 9)),
        (b"IEND", b""),
    ]
    png.write_bytes(SIGNATURE + b"".join(_chunk(name, data) for name, data in body))
    return png


def recoloured(png: Path, turn: Callable[[Colour], Colour], to: Path) -> Path:
    """The same picture with every colour of its palette turned into another."""
    data = bytearray(png.read_bytes())
    at = data.index(b"PLTE")
    (size,) = struct.unpack_from(">I", data, at - 4)
    old = data[at + 4 : at + 4 + size]
    new = bytes(
        part for colour in zip(old[::3], old[1::3], old[2::3], strict=True) for part in turn(colour)
    )
    data[at + 4 : at + 8 + size] = new + struct.pack(">I", zlib.crc32(b"PLTE" + new))
    to.write_bytes(data)
    return to


def _palette(counted: Counter[Colour]) -> list[Colour]:
    """Again and again the colour that would be missed most: common, and far from those kept."""
    kept: list[Colour] = []
    far = dict.fromkeys((colour for colour, _ in counted.most_common(MOST_WEIGHED)), FARTHEST)
    while far and len(kept) < MOST_COLOURS:
        missed = max(far, key=lambda colour: counted[colour] * far[colour])
        kept.append(missed)
        del far[missed]
        for colour, known in far.items():
            far[colour] = min(known, _distance(colour, missed))
    return kept


def _distance(one: Colour, other: Colour) -> int:
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    return red * red + green * green + blue * blue


def _nearest(colour: Colour, kept: list[Colour]) -> int:
    return min(range(len(kept)), key=lambda n: _distance(colour, kept[n]))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def _read(data: bytes) -> tuple[int, list[list[Colour]]]:
    """Width and rows of (red, green, blue); of 8 bits a part, as browsers write it."""
    parts = list(_chunks(data))
    width, height, depth, kind, *_, interlaced = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    if depth != 8 or kind not in (2, 6) or interlaced:
        raise ValueError("only PNG files of plain 8-bit colours are read")
    step = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    rows, above = [], bytearray(width * step)
    for y in range(height):
        at = y * (width * step + 1)
        above = _unfiltered(raw[at], bytearray(raw[at + 1 : at + 1 + width * step]), above, step)
        rows.append(list(zip(above[0::step], above[1::step], above[2::step], strict=True)))
    return width, rows


def _unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """A row as its pixels are, from the differences that the file keeps (PNG, chapter 9)."""
    if kind == 2:
        return bytearray((a + b) & 255 for a, b in zip(row, above, strict=True))
    for n in range(len(row) if kind else 0):
        left = row[n - step] if n >= step else 0
        corner = above[n - step] if n >= step else 0
        guess = (left, 0, (left + above[n]) // 2, _paeth(left, above[n], corner))[kind - 1]
        row[n] = (row[n] + guess) & 255
    return row


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((left, up, corner), key=lambda value: abs(near - value))

"""What travels between monitor and child: JSON documents, each with its length before it.

Each side takes the other's bytes as data: bounded, checked, never unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

HEAD_BYTES = 4
FROM_CHILD = 64 << 10  # bytes of a document, at most
TO_CHILD = 32 << 20

MAX_BINDS = 12
MAX_TEXT = 100  # characters of a value, and of a name
_NAME_CHARACTERS = 64
_INDEX_MAX = 0x7FFF_FFFF
_COUNT_MAX = 1 << 53


class BadFrame(ValueError):  # noqa: N818, like wire.ber.Malformed
    """The other side does not keep to the format."""


def encode(document: object) -> bytes:
    body = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
    return len(body).to_bytes(HEAD_BYTES, "big") + body


class Frames:
    """Cuts a stream of bytes into documents."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Each document that is whole by now; BadFrame where it is none."""
        self._rest += data
        while len(self._rest) >= HEAD_BYTES:
            size = int.from_bytes(self._rest[:HEAD_BYTES], "big")
            if size > self._longest:
                raise BadFrame(f"a document of {size} bytes")
            if len(self._rest) < HEAD_BYTES + size:
                return
            body = bytes(self._rest[HEAD_BYTES : HEAD_BYTES + size])
            del self._rest[: HEAD_BYTES + size]
            yield _document(body)


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadFrame("no JSON") from None
    if not isinstance(found, dict):
        raise BadFrame("no JSON object")
    return found


@dataclass(frozen=True, slots=True)
class Heard:
    """A trap of a known device; `more` like it came within a second and were not read.

    `binds` are OID and value as text, bounded in number and length.
    """

    source: str  # address
    version: str  # "1", "2c", "3"
    trap: str  # name
    oid: str
    if_index: int | None
    more: int
    binds: tuple[tuple[str, str], ...]

    def document(self) -> dict[str, Any]:
        return {"heard": astuple(self)}


def heard(raw: object) -> Heard:
    """The trap that a child's document tells of; BadFrame where it tells nonsense."""
    if not isinstance(raw, list) or len(raw) != 7:
        raise BadFrame("a trap of another shape")
    source, version, trap, oid, if_index, more, binds = raw
    for text in (source, version, trap, oid):
        _text(text, _NAME_CHARACTERS * 10 if text is oid else _NAME_CHARACTERS)
    if if_index is not None:
        _number(if_index, 1, _INDEX_MAX)
    _number(more, 0, _COUNT_MAX)
    if not isinstance(binds, list) or len(binds) > MAX_BINDS:
        raise BadFrame("varbinds of another shape")
    return Heard(source, version, trap, oid, if_index, more, tuple(map(_pair, binds)))


def counts(raw: object) -> dict[str, int]:
    """How many of what, since it was last told."""
    if not isinstance(raw, dict) or len(raw) > _NAME_CHARACTERS:
        raise BadFrame("counts of another shape")
    for name, number in raw.items():
        _text(name, _NAME_CHARACTERS)
        _number(number, 0, _COUNT_MAX)
    return raw


def text(raw: object) -> str:
    """A short one; BadFrame where it is none."""
    return _text(raw, MAX_TEXT)


def _pair(raw: object) -> tuple[str, str]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise BadFrame("a varbind of another shape")
    return _text(raw[0], MAX_TEXT * 10), _text(raw[1], MAX_TEXT * 3)


def _text(raw: object, longest: int) -> str:
    if not isinstance(raw, str) or len(raw) > longest or not raw.isprintable():
        raise BadFrame("a text of another shape")
    return raw


def _number(raw: object, low: int, high: int) -> None:
    if not isinstance(raw, int) or isinstance(raw, bool) or not low <= raw <= high:
        raise BadFrame("a number of another shape")

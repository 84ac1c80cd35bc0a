"""Damages messages the way networks, bugs and enemies do, as often as wanted and from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

_TAGS = bytes((0x02, 0x04, 0x05, 0x06, 0x30, 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x80, 0x81, 0x82))
_KINDS = bytes((0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8))
_TELLING = bytes((0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x85, 0xFE, 0xFF))  # as a length
_SPLICE = 64  # bytes at most
_MOST = 4  # damages in one message

Damage = Callable[[random.Random, bytearray, bytes], None]


def _flip(dice: random.Random, data: bytearray, _: bytes) -> None:
    data[int(dice.random() * len(data))] ^= 1 << int(dice.random() * 8)


def _byte(dice: random.Random, data: bytearray, _: bytes) -> None:
    data[int(dice.random() * len(data))] = int(dice.random() * 256)


def _telling(dice: random.Random, data: bytearray, _: bytes) -> None:
    data[int(dice.random() * len(data))] = dice.choice(_TELLING)


def _tag(dice: random.Random, data: bytearray, _: bytes) -> None:
    data[int(dice.random() * len(data))] = dice.choice(_TAGS + _KINDS)


def _step(dice: random.Random, data: bytearray, _: bytes) -> None:
    """One more or less: what a length field off by one looks like."""
    at = int(dice.random() * len(data))
    data[at] = data[at] + dice.choice((-2, -1, 1, 2)) & 0xFF


def _cut(dice: random.Random, data: bytearray, _: bytes) -> None:
    del data[int(dice.random() * len(data)) :]


def _drop(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = int(dice.random() * len(data))
    del data[at : at + 1 + int(dice.random() * 8)]


def _insert(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = int(dice.random() * (len(data) + 1))
    data[at:at] = dice.randbytes(1 + int(dice.random() * 4))


def _repeat(dice: random.Random, data: bytearray, _: bytes) -> None:
    at = int(dice.random() * len(data))
    data[at:at] = data[at : at + 1 + int(dice.random() * _SPLICE)]


def _splice(dice: random.Random, data: bytearray, other: bytes) -> None:
    at, start = int(dice.random() * len(data)), int(dice.random() * len(other))
    size = 1 + int(dice.random() * _SPLICE)
    data[at : at + size] = other[start : start + size]


_DAMAGES: tuple[Damage, ...] = (
    _flip, _byte, _telling, _tag, _step, _cut, _drop, _insert, _repeat, _splice, _step, _flip,
)  # fmt: skip


def damaged(dice: random.Random, data: bytes, other: bytes) -> bytes:
    """One message, damaged once or a few times; `other` gives pieces that are spliced in."""
    out = bytearray(data)
    for _ in range(1 + int(dice.random() ** 3 * _MOST)):
        if not out:
            break
        _DAMAGES[int(dice.random() * len(_DAMAGES))](dice, out, other)
    return bytes(out)


def stream(messages: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Damaged messages without end, the same for the same seed."""
    dice = random.Random(seed)
    count = len(messages)
    while True:
        one, other = (messages[int(dice.random() * count)] for _ in range(2))
        yield damaged(dice, one, other)

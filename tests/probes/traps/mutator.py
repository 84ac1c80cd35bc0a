"""Seeded mutations of datagrams: bytes and tags changed, parts cut, doubled, exchanged."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]
MARKS = b"\x00\x01\x02\x04\x05\x06\x30\x40\x43\x7f\x80\x81\x82\x84\xa4\xa6\xa7\xff"


def _any_byte(dice: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    data[dice.randrange(len(data))] = dice.randrange(256)


def _mark(dice: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A tag, or a length at its limits."""
    data[dice.randrange(len(data))] = dice.choice(MARKS)


def _bit(dice: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _cut(dice: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.randrange(1, 9)]


def _double(dice: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = dice.randrange(len(data))
    data[start:start] = data[start : start + dice.randrange(1, 40)]


def _exchange(dice: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    other, start = dice.choice(others), dice.randrange(len(data))
    size = dice.randrange(1, 40)
    data[start : start + size] = other[start : start + size]


CHANGES: tuple[Change, ...] = (_any_byte, _mark, _mark, _bit, _cut, _double, _exchange)


def mutated(seeds: Sequence[bytes], count: int, *, seed: int = 1) -> Iterator[bytes]:
    """So many datagrams, each some steps away from one of the seeds."""
    dice = random.Random(seed)
    for _ in range(count):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
            if data:
                dice.choice(CHANGES)(dice, data, seeds)
        yield bytes(data)

"""Runs one decoder against a stream of damaged messages, and notices crashes, lies and hangs."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

from tests.fuzz.claims import DECODERS, Claim
from tests.fuzz.mutator import stream

HANG_S = 5.0  # of CPU for a block; one message takes microseconds
_BLOCK = 1000


class Finding(NamedTuple):
    """The first message that a decoder did not take well."""

    decoder: str
    seed: int
    number: int
    data: bytes
    trouble: str

    def __str__(self) -> str:
        return (
            f"{self.trouble}\n{self.decoder}: message {self.number} of seed {self.seed}; again: "
            f"python -m tests.fuzz {self.decoder} --bytes {self.data.hex()}"
        )


def run(decoder: str, count: int, seed: int) -> int | Finding:
    """How many were accepted, or what was found."""
    claim = DECODERS[decoder].claim()
    damaged = stream(DECODERS[decoder].messages(), seed)
    accepted = done = 0
    while done < count:
        block = list(islice(damaged, min(_BLOCK, count - done)))
        try:
            with _alarm(HANG_S):
                accepted += sum(map(claim, block))
        except Exception:
            at = next(_bad(claim, block), 0)
            return Finding(decoder, seed, done + at, block[at], traceback.format_exc(limit=-3))
        done += len(block)
    return accepted


def _bad(claim: Claim, block: list[bytes]) -> Iterator[int]:
    for number, data in enumerate(block):
        try:
            with _alarm(HANG_S):
                claim(data)
        except Exception:
            yield number


@contextmanager
def _alarm(after_s: float) -> Iterator[None]:
    """TimeoutError in the middle of what hangs."""

    def ring(*_: Any) -> None:
        raise TimeoutError(f"one thousand messages take longer than {after_s:g} s")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, after_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

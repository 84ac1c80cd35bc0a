"""Keeps a flood small: token buckets, and one word where the same is said again and again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Rate(NamedTuple):
    per_s: float
    burst: float


class Buckets(Generic[K]):
    """A token bucket for each key; bounded, because the keys are known sources."""

    def __init__(self, rate: Rate) -> None:
        self._per_ns, self._burst = rate.per_s / 1e9, rate.burst
        self._levels: dict[K, tuple[float, int]] = {}

    def take(self, key: K, now_ns: int) -> bool:
        """One token; False: there is none."""
        level, since = self._levels.get(key, (self._burst, now_ns))
        level = min(self._burst, level + (now_ns - since) * self._per_ns)
        enough = level >= 1
        self._levels[key] = level - enough, now_ns
        return enough

    def keep(self, keys: frozenset[K]) -> None:
        """Forget all others."""
        self._levels = {key: level for key, level in self._levels.items() if key in keys}


@dataclass(slots=True)
class _Window(Generic[V]):
    since: int
    value: V
    more: int = 0


class Damper(Generic[K, V]):
    """The first of a kind passes at once; those that follow within a window are counted, and
    told together when it ends. At most `room` kinds at once."""

    def __init__(self, window: int, room: int) -> None:
        self._window, self._room = window, room
        self._open: dict[K, _Window[V]] = {}  # the one that ends first stands first

    def open(self) -> Iterable[K]:
        """The kinds whose windows have not ended."""
        return self._open.keys()

    def again(self, key: K, count: int = 1) -> bool:
        """Was it said within the window? Then it is counted, and told later."""
        window = self._open.get(key)
        if window is None:
            return False
        window.more += count
        return True

    def first(self, key: K, value: V, now: int) -> bool:
        """It is told now; False: too many kinds at once."""
        if len(self._open) >= self._room:
            return False
        self._open[key] = _Window(now, value)
        return True

    def due(self, now: int) -> list[tuple[K, V, int]]:
        """What was said again in windows that have ended: kind, last value, how often."""
        said = []
        while self._open:
            key, window = next(iter(self._open.items()))
            if 0 <= now - window.since < self._window:
                break
            del self._open[key]
            if window.more:
                said.append((key, window.value, window.more))
                self._open[key] = _Window(now, window.value)
        return said

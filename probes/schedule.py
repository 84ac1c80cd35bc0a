"""Says what is due: each thing at its own even place in the interval, quick questions between."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable, Container, Iterable, Sequence


def never(_: int) -> bool:
    return False


class Schedule:
    """Rounds of `interval_ms` over numbered things; times are milliseconds of any one clock.

    No round starts with a burst, and a late tick skips what it missed instead of catching up.
    """

    def __init__(self, keys: Sequence[tuple[int, str]], interval_ms: int, start_ms: int) -> None:
        self.interval_ms = interval_ms
        spread = sorted(keys, key=lambda pair: (zlib.crc32(pair[1].encode()), pair[1]))
        count = max(1, len(spread))
        self._rounds = [(start_ms + i * interval_ms // count, n) for i, (n, _) in enumerate(spread)]
        heapq.heapify(self._rounds)
        self._asks: list[tuple[int, int]] = []

    def ask(self, asks: Iterable[tuple[int, int]]) -> None:
        """Quick questions: (thing, when)."""
        for n, at in asks:
            heapq.heappush(self._asks, (at, n))

    def shift(self, by_ms: int) -> None:
        """The clock of its times was set."""
        self._rounds = [(at + by_ms, n) for at, n in self._rounds]
        self._asks = [(at + by_ms, n) for at, n in self._asks]

    def keep(self, things: Container[int]) -> None:
        """Ask no others from now on."""
        self._rounds = [item for item in self._rounds if item[1] in things]
        heapq.heapify(self._rounds)

    def due(self, now_ms: int, at_most: int, spare: Callable[[int], bool] = never) -> list[int]:
        """The things to ask now, each once; quick questions first, the rest stays due.

        `spare`: whose quick questions are no longer wanted.
        """
        found: dict[int, None] = {}
        while self._asks and self._asks[0][0] <= now_ms and len(found) < at_most:
            n = heapq.heappop(self._asks)[1]
            if not spare(n):
                found[n] = None
        while self._rounds and self._rounds[0][0] <= now_ms and len(found) < at_most:
            at, n = self._rounds[0]
            behind = max(0, now_ms - at) // self.interval_ms
            heapq.heapreplace(self._rounds, (at + (1 + behind) * self.interval_ms, n))
            found[n] = None
        return list(found)

    def lag_ms(self, now_ms: int) -> int:
        """How late the most overdue question is."""
        heads = [queue[0][0] for queue in (self._rounds, self._asks) if queue]
        return max(0, now_ms - min(heads)) if heads else 0

"""Says what is due: each thing at its own even place in the interval, quick questions between."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable, Container, Iterable, Sequence

FIRST = -1


def never(_: int) -> bool:
    return False


def alike(_: int) -> int:
    return 0


class Schedule:
    """Rounds of `interval_ms` over numbered things; times are milliseconds of any one clock.

    No round starts with a burst, and a late tick skips what it missed instead of catching up.
    `rank`: where more is due than may be asked, quick questions of a lower rank come first.
    """

    def __init__(
        self,
        keys: Sequence[tuple[int, str]],
        interval_ms: int,
        start_ms: int,
        rank: Callable[[int], int] = alike,
    ) -> None:
        self.interval_ms = interval_ms
        spread = sorted(keys, key=lambda pair: (zlib.crc32(pair[1].encode()), pair[1]))
        count = max(1, len(spread))
        self._rounds = [(start_ms + i * interval_ms // count, n) for i, (n, _) in enumerate(spread)]
        heapq.heapify(self._rounds)
        self._rank = rank
        self._asks: dict[int, list[tuple[int, int]]] = {}  # rank → when, thing

    def ask(self, asks: Iterable[tuple[int, int]], *, first: bool = False) -> None:
        """Quick questions: (thing, when). `first`: before those of every rank."""
        for n, at in asks:
            rank = FIRST if first else self._rank(n)
            heapq.heappush(self._asks.setdefault(rank, []), (at, n))

    def shift(self, by_ms: int) -> None:
        """The clock of its times was set."""
        self._rounds = [(at + by_ms, n) for at, n in self._rounds]
        for rank, asks in self._asks.items():
            self._asks[rank] = [(at + by_ms, n) for at, n in asks]

    def keep(self, things: Container[int]) -> None:
        """Ask no others from now on."""
        self._rounds = [item for item in self._rounds if item[1] in things]
        heapq.heapify(self._rounds)

    def due(self, now_ms: int, at_most: int, spare: Callable[[int], bool] = never) -> list[int]:
        """The things to ask now, each once; quick questions first, the rest stays due.

        `spare`: whose quick questions are no longer wanted.
        """
        found: dict[int, None] = {}
        for _, asks in sorted(self._asks.items()):
            while asks and asks[0][0] <= now_ms and len(found) < at_most:
                n = heapq.heappop(asks)[1]
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
        heads = [queue[0][0] for queue in (self._rounds, *self._asks.values()) if queue]
        return max(0, now_ms - min(heads)) if heads else 0

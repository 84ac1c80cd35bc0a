"""Says what is due: each thing at its own even place in its interval, quick questions between."""

from __future__ import annotations

import heapq
import zlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from ipaddress import ip_address

FIRST = -1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / φ: the multiples of it keep apart (Knuth 6.4, theorem S)
STEP_MS = 10  # to which lateness is counted
LATEST_MS = 600_000  # and up to which


def never(_: int) -> bool:
    return False


def alike(_: int) -> int:
    return 0


class Lateness:
    """How late what was due was asked, since it was last taken."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._worst_ms = 0

    def add(self, late_ms: int) -> None:
        self._counts[min(late_ms, LATEST_MS) // STEP_MS] += 1
        if late_ms > self._worst_ms:
            self._worst_ms = late_ms

    def take(self) -> tuple[int, int]:
        """(worst, p99) in milliseconds; 0 where nothing was due."""
        worst, beyond = self._worst_ms, self._counts.total() // 100
        p99 = 0
        for step, count in sorted(self._counts.items(), reverse=True):
            p99 = min(worst, (step + 1) * STEP_MS)
            if beyond < count:
                break
            beyond -= count
        self._counts.clear()
        self._worst_ms = 0
        return worst, p99


class Schedule:
    """Rounds of `interval_ms` over numbered things; times are milliseconds of any one clock.

    Each thing has its place in the interval by its key, the same after every start; those of one
    interval are evenly apart, and neighbours by address (`places`) are far from each other: a
    router that must first look up who they are is not asked for all of them at once. `own`: the
    interval of things that have another one.
    No round starts with a burst, and a late tick skips what it missed instead of catching up.
    `rank`: where more is due than may be asked, quick questions of a lower rank come first.
    """

    def __init__(
        self,
        keys: Sequence[tuple[int, str]],
        interval_ms: int,
        start_ms: int,
        rank: Callable[[int], int] = alike,
        *,
        own: Mapping[int, int] | None = None,
        places: Mapping[int, str] | None = None,
        origin_ms: int = 0,
    ) -> None:
        own, places = own or {}, places or {}
        self.late = Lateness()
        self._every = {n: own.get(n, interval_ms) for n, _ in keys}
        self.origin_ms = origin_ms  # where the rounds are counted from
        spread = sorted((place_of(places.get(n, ""), key), key, n) for n, key in keys)
        self._rounds = [
            (start_ms + (phase + origin_ms - start_ms) % self._every[n], n)
            for n, phase in _phases([n for *_, n in spread], self._every)
        ]
        heapq.heapify(self._rounds)
        self._rank = rank
        self._asks: dict[int, list[tuple[int, int]]] = {}  # rank → when, thing

    def ask(self, asks: Iterable[tuple[int, int]], *, first: bool = False) -> None:
        """Quick questions: (thing, when). `first`: before those of every rank."""
        for n, at in asks:
            rank = FIRST if first else self._rank(n)
            heapq.heappush(self._asks.setdefault(rank, []), (at, n))

    def anew(self, now_ms: int, within_ms: int, some: Container[int] | None = None) -> None:
        """What would not have its turn within that time is asked in it once, evenly; of all
        things, or of some."""
        later = [
            (n, now_ms + (at - self.origin_ms) % every * within_ms // every)
            for at, n in self._rounds
            if at > now_ms + within_ms and (every := self._every[n]) > within_ms
            if some is None or n in some
        ]
        self.ask(later)

    def take_over(self, old: Schedule, numbers: Mapping[int, int]) -> None:
        """Go on where `old` stood, from the same origin: no turn is left out and none comes twice.
        `numbers`: its numbers → ours, of those that go on."""
        self.late = old.late
        every, rounds = self._every, []
        due = {numbers[n]: (at, old._every[n]) for at, n in old._rounds if n in numbers}
        for first_ms, n in self._rounds:
            at, was_every = due.get(n, (first_ms, every[n]))
            half = every[n] // 2
            nearest = at + (first_ms - at + half) % every[n] - half  # its place moved a little
            rounds.append((nearest if was_every == every[n] else min(first_ms, nearest), n))
        heapq.heapify(rounds)
        self._rounds = rounds
        for rank, asks in old._asks.items():
            self.ask(((numbers[n], at) for at, n in asks if n in numbers), first=rank == FIRST)

    def shift(self, by_ms: int) -> None:
        """The clock of its times was set."""
        if not by_ms:
            return
        self.origin_ms += by_ms
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
        late = self.late.add
        for _, asks in sorted(self._asks.items()):
            while asks and asks[0][0] <= now_ms and len(found) < at_most:
                at, n = heapq.heappop(asks)
                if not spare(n):
                    found[n] = None
                    late(now_ms - at)
        while self._rounds and self._rounds[0][0] <= now_ms and len(found) < at_most:
            at, n = self._rounds[0]
            every = self._every[n]
            late(now_ms - at)
            heapq.heapreplace(self._rounds, (at + (1 + (now_ms - at) // every) * every, n))
            found[n] = None
        return list(found)

    @property
    def hurried(self) -> bool:
        """Quick questions wait, now or soon."""
        return any(self._asks.values())

    def lag_ms(self, now_ms: int) -> int:
        """How late the most overdue question is."""
        heads = [queue[0][0] for queue in (self._rounds, *self._asks.values()) if queue]
        return max(0, now_ms - min(heads)) if heads else 0


def place_of(address: str, key: str) -> int:
    """Where in the round, 0 to 2^64: by the address, or by the key where there is none."""
    try:
        return int(ip_address(address.partition("%")[0])) * GOLDEN % (1 << 64)
    except ValueError:
        return zlib.crc32(key.encode()) << 32


def _phases(spread: Iterable[int], every: Mapping[int, int]) -> Iterable[tuple[int, int]]:
    """Things in their order → each with its place in its own interval, evenly."""
    classes: dict[int, list[int]] = {}
    for n in spread:
        classes.setdefault(every[n], []).append(n)
    for interval_ms, things in classes.items():
        for i, n in enumerate(things):
            yield n, i * interval_ms // len(things)

"""Says what is due: each thing at its own even place in its interval, quick questions between."""

from __future__ import annotations

import heapq
import zlib
from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from itertools import chain

import numpy as np

FIRST = -1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / φ: the multiples of it keep apart (Knuth 6.4, theorem S)


def never(_: int) -> bool:
    return False


def alike(_: int) -> int:
    return 0


class Lateness:
    """How late what was due was asked, since it was last taken."""

    def __init__(self) -> None:
        self._late_ms = array("q")

    def add(self, late_ms: Iterable[int]) -> None:
        self._late_ms.extend(late_ms)

    def take(self) -> tuple[int, int]:
        """(worst, p99) in milliseconds; 0 where nothing was due."""
        late_ms, self._late_ms = np.frombuffer(self._late_ms, np.int64), array("q")
        if not len(late_ms):
            return 0, 0
        worst = len(late_ms) - 1
        usual = worst - len(late_ms) // 100
        ordered = np.partition(late_ms, (usual, worst))
        return int(ordered[worst]), int(ordered[usual])


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
        self._line_up(
            (start_ms + (phase + origin_ms - start_ms) % self._every[n], n)
            for n, phase in _phases([n for *_, n in spread], self._every)
        )
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
            for at, n in self._turns
            if at > now_ms + within_ms and (every := self._every[n]) > within_ms
            if some is None or n in some
        ]
        self.ask(later)

    def take_over(self, old: Schedule, numbers: Mapping[int, int]) -> None:
        """Go on where `old` stood, from the same origin: no turn is left out and none comes twice.
        `numbers`: its numbers → ours, of those that go on."""
        self.late = old.late
        every, rounds = self._every, []
        due = {numbers[n]: (at, old._every[n]) for at, n in old._turns if n in numbers}
        for first_ms, n in self._turns:
            at, was_every = due.get(n, (first_ms, every[n]))
            half = every[n] // 2
            nearest = at + (first_ms - at + half) % every[n] - half  # its place moved a little
            rounds.append((nearest if was_every == every[n] else min(first_ms, nearest), n))
        self._line_up(rounds)
        for rank, asks in old._asks.items():
            self.ask(((numbers[n], at) for at, n in asks if n in numbers), first=rank == FIRST)

    def shift(self, by_ms: int) -> None:
        """The clock of its times was set."""
        if not by_ms:
            return
        self.origin_ms += by_ms
        self._line_up([(at + by_ms, n) for at, n in self._turns])
        for rank, asks in self._asks.items():
            self._asks[rank] = [(at + by_ms, n) for at, n in asks]

    def keep(self, things: Container[int]) -> None:
        """Ask no others from now on."""
        self._line_up([turn for turn in self._turns if turn[1] in things])

    def due(self, now_ms: int, at_most: int, spare: Callable[[int], bool] = never) -> list[int]:
        """The things to ask now, each once; quick questions first, the rest stays due.

        `spare`: whose quick questions are no longer wanted.
        """
        found: dict[int, None] = {}
        late: list[int] = []
        for _, asks in sorted(self._asks.items()):
            while asks and asks[0][0] <= now_ms and len(found) < at_most:
                at, n = heapq.heappop(asks)
                if not spare(n):
                    found[n] = None
                    late.append(now_ms - at)
        for rounds in sorted(self._rounds, key=_Rounds.next_ms):
            turns, late_ms = rounds.due(now_ms, at_most - len(found))
            late += late_ms
            found |= dict.fromkeys(turns)
        self.late.add(late)
        return list(found)

    def _line_up(self, turns: Iterable[tuple[int, int]]) -> None:
        classes: dict[int, list[tuple[int, int]]] = {}
        for at, n in turns:
            classes.setdefault(self._every[n], []).append((at, n))
        self._rounds = [_Rounds(every, mine) for every, mine in classes.items()]

    @property
    def _turns(self) -> Iterator[tuple[int, int]]:
        """When whose next turn is."""
        return chain.from_iterable(self._rounds)

    @property
    def hurried(self) -> bool:
        """Quick questions wait, now or soon."""
        return any(self._asks.values())

    def lag_ms(self, now_ms: int) -> int:
        """How late the most overdue question is."""
        heads = [rounds.next_ms() for rounds in self._rounds]
        heads += [asks[0][0] for asks in self._asks.values() if asks]
        return max(0, now_ms - min(heads)) if heads else 0


class _Rounds:
    """The turns of things that have the same interval: they follow each other in the same order
    for ever, so that nothing has to be sorted, unless turns were skipped."""

    def __init__(self, every: int, turns: Iterable[tuple[int, int]]) -> None:
        self._every = every
        self._at, self._things = np.array(sorted(turns), np.int64).reshape(-1, 2).T.copy()
        self._head = 0  # whose turn is next

    def next_ms(self) -> int:
        return int(self._at[self._head])

    def due(self, now_ms: int, at_most: int) -> tuple[list[int], list[int]]:
        """Whose turn it is, at most so many, and how late each is; their next turn is later."""
        things: list[int] = []
        late: list[int] = []
        while len(things) < at_most and self._at[self._head] <= now_ms:
            last = min(self._head + at_most - len(things), len(self._at))
            count = int(self._at[self._head : last].searchsorted(now_ms, "right"))
            here = slice(self._head, self._head + count)
            late_ms = now_ms - self._at[here]
            things += self._things[here].tolist()
            late += late_ms.tolist()
            self._at[here] += (1 + late_ms // self._every) * self._every
            self._head = here.stop % len(self._at)
        if late and max(late) >= self._every:
            order = np.lexsort((self._things, self._at))
            self._at, self._things, self._head = self._at[order], self._things[order], 0
        return things, late

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._at.tolist(), self._things.tolist(), strict=True)


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

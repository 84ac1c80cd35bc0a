"""Remembers the raw results of the last minutes and keeps those around each change."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.objections import Objections
from probes.pings import Pings
from probes.results import MISSED, UNSENT
from probes.tcp_ping import UNTOLD
from store.changes import Evidence, Raw
from store.states import Kind

Numbers = npt.NDArray[np.signedinteger]

AROUND_MS = 600_000  # kept before and after a change
PIECE_MS = 60_000  # a kill loses at most so much
AT_MOST = 200  # things handed over in one tick: a collapse of everything is spread
_RTT_BITS, _WORD_BITS = 21, 6
_NO_RTT = (1 << _RTT_BITS) - 1
_EXACT = 1 << (_RTT_BITS - 1)
_SENT_SHIFT = _RTT_BITS + _WORD_BITS
_SILENCES = {MISSED: "missed", UNSENT: "unsent", UNTOLD: "silent"}
_NOBODY = -1  # whose results nobody asks for any more


@dataclass(slots=True)
class _Kept:
    """The stretch of time of which everything about a thing is kept."""

    since_ms: int
    until_ms: int


class _Stretch:
    """What came back within a minute or so, in the order in which it came: of whom, and one number
    a result, which holds when it was sent, how long it took, how and what was said."""

    __slots__ = ("_loose", "_parts", "first", "newest", "since", "size")

    def __init__(self, first: int, since: int) -> None:
        self.first = first  # how many results came before it
        self.size = 0  # results
        self.since = self.newest = since  # ms from the base of the ring
        self._parts: list[tuple[Numbers, Numbers]] = []
        self._loose = array("i"), array("q")  # those that came one by one, after the parts

    def add(self, n: int, packed: int) -> None:
        self._loose[0].append(n)
        self._loose[1].append(packed)
        self.size += 1

    def add_all(self, nodes: Numbers, packed: Numbers) -> None:
        self._gather()
        self._parts.append((nodes.astype(np.int32), packed))
        self.size += len(nodes)

    def _gather(self) -> None:
        nodes, packed = self._loose
        if nodes:
            part = np.frombuffer(nodes, np.int32), np.frombuffer(packed, np.int64)
            self._parts.append(part)
            self._loose = array("i"), array("q")

    def close(self) -> tuple[Numbers, Numbers]:
        """All of it as two columns, in just the memory that they need."""
        self._gather()
        if len(self._parts) != 1:
            nodes = [np.zeros(0, np.int32), *(part[0] for part in self._parts)]
            packed = [np.zeros(0, np.int64), *(part[1] for part in self._parts)]
            self._parts = [(np.concatenate(nodes), np.concatenate(packed))]
        return self._parts[0]

    def of(self, wanted: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """What came back of these → (its number among all results, of whom, packed)."""
        nodes, packed = self.close()
        places = np.flatnonzero(np.isin(nodes, wanted))
        return self.first + places, nodes[places], packed[places]

    def renumber(self, numbers: Numbers) -> None:
        """`numbers`: the old numbers → the new ones, _NOBODY where one is no more."""
        nodes, packed = self.close()
        self._parts = [(numbers[nodes].astype(np.int32), packed)]


class Ring:
    """The last ten minutes of all results, and who has which of them kept.

    Times are UTC ms, things are the numbered nodes of the graph. Nothing is handed over twice.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._thing_ids = graph.thing_ids
        self._node_of = {thing_id: n for n, thing_id in enumerate(graph.thing_ids)}
        self._base_ms: int | None = None  # some time before the first result
        self._stretches = deque([_Stretch(0, 0)])
        self._handed: dict[int, int] = {}  # how many of all results came before those not handed
        self._words: list[tuple[str, str]] = []
        self._word_of: dict[tuple[str, str], int] = {}
        self._kept: dict[int, _Kept] = {}
        self._due: deque[tuple[int, int]] = deque()  # (when, thing), in order of time
        self._objections = Objections()

    def take_over(self, old: Ring, numbers: Mapping[int, int], now_ms: int) -> tuple[Evidence, ...]:
        """Go on as in another numbering; gives what is left of the things that are judged no more.
        `numbers`: those of `old` → ours, of those that go on."""
        gone = {n: kept for n, kept in old._kept.items() if n not in numbers}
        left = old._pieces(gone)
        self._base_ms, self._words, self._word_of = old._base_ms, old._words, old._word_of
        renumbered = np.full(len(old._thing_ids) + 1, _NOBODY)  # nobody is the last, and stays so
        renumbered[list(numbers)] = list(numbers.values())
        self._stretches = old._stretches
        for stretch in self._stretches:
            stretch.renumber(renumbered)
        self._handed = {numbers[n]: at for n, at in old._handed.items() if n in numbers}
        self._kept = {numbers[n]: kept for n, kept in old._kept.items() if n in numbers}
        self._due = deque((at, numbers[n]) for at, n in old._due if n in numbers)
        self._objections.take_over(old._objections, numbers)
        return tuple(left)

    def note(self, n: int, sent_ms: int, how: str, rtt_us: int | None, said: str) -> None:
        """One result of one thing."""
        if rtt_us is None:
            rtt = _NO_RTT
        else:  # a long poll is kept to 64 microseconds
            rtt = rtt_us if rtt_us < _EXACT else min(_EXACT + (rtt_us >> 6), _NO_RTT - 1)
        sent = sent_ms - self._base(sent_ms)
        packed = sent << _SENT_SHIFT | rtt << _WORD_BITS | self._word(how, said)
        self._now(sent).add(n, packed)

    def pings(self, pings: Pings, by_tcp: Collection[int] = ()) -> None:
        """Answers and misses, with UTC stamps; rtt in ns. `by_tcp`: who was asked so."""
        if not len(pings):
            return
        newest_ms = int(pings.sent.max())
        sent = pings.sent - self._base(newest_ms)
        took = pings.rtt // 1000
        rounded = np.minimum(_EXACT + (took >> 6), _NO_RTT - 1)
        rtt = np.where(pings.rtt < 0, _NO_RTT, np.where(took < _EXACT, took, rounded))
        words = np.full(len(pings), self._word("icmp", "ok"))
        if by_tcp or rtt.max() == _NO_RTT:
            tcp = np.isin(pings.nodes, list(by_tcp))
            for how, asked in (("icmp", ~tcp), ("tcp", tcp)):
                words[asked] = self._word(how, "ok")
                for silence, said in _SILENCES.items():
                    words[asked & (pings.rtt == silence)] = self._word(how, said)
        packed = sent << _SENT_SHIFT | rtt << _WORD_BITS | words
        self._now(int(sent.max())).add_all(pings.nodes, packed)

    def refused(self, n: int, sent_ms: int, how: str, said: str) -> None:
        """Somebody said why a question sent then went no further: evidence, no verdict."""
        self._objections.note(n, sent_ms, how, said)

    def poll(self, n: int, asked_ms: int, rtt_us: int | None, status: str) -> None:
        """An SNMP poll and how it ended."""
        self.note(n, asked_ms, "snmp", rtt_us, status)

    def check(self, n: int, asked_ms: int, rtt_us: int | None, fault: str) -> None:
        """A check of a service and how it ended."""
        self.note(n, asked_ms, "check", rtt_us, fault)

    def port(self, said: LinkSaid) -> None:
        """What one end said of the port of a link."""
        word = "off" if said.admin_down else "up" if said.up else "down"
        self.note(said.link, said.asked_ms, "port", (said.answered_ms - said.asked_ms) * 1000, word)

    def nodes(self, things: Iterable[int]) -> Iterator[int]:
        """The numbers of things, and of the devices that speak for them."""
        for thing_id in things:
            yield from witnesses(self._graph, self._node_of[thing_id])

    def changed(self, things: Iterable[int], now_ms: int, after_ms: int = AROUND_MS) -> None:
        """Keep what was and will be asked around now of these things and of their witnesses."""
        for n in self.nodes(things):
            kept = self._kept.get(n)
            if kept is None:
                kept = self._kept[n] = _Kept(now_ms - AROUND_MS, now_ms)
                self._due.append((now_ms, n))
            kept.until_ms = max(kept.until_ms, now_ms + after_ms)

    def take(self, now_ms: int, *, last: bool = False) -> tuple[Evidence, ...]:
        """The pieces that are due; at the end all that is left."""
        wanted: dict[int, _Kept] = {}
        for _ in range(len(self._due)):
            due, n = self._due[0]
            if not last and (due > now_ms or len(wanted) >= AT_MOST):
                break
            self._due.popleft()
            kept = wanted[n] = self._kept[n]
            if now_ms < kept.until_ms and not last:
                self._due.append((now_ms + PIECE_MS, n))
            else:
                del self._kept[n]
        return tuple(self._pieces(wanted))

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        if self._base_ms is not None:
            self._base_ms += by_ms
        self._due = deque((at + by_ms, n) for at, n in self._due)
        self._objections.shift(by_ms)
        for kept in self._kept.values():
            kept.since_ms += by_ms
            kept.until_ms += by_ms

    def _pieces(self, wanted: Mapping[int, _Kept]) -> Iterator[Evidence]:
        """What of these was not handed over yet."""
        fresh: dict[int, list[Raw]] = {n: [] for n in wanted}
        begin = min((self._handed.get(n, 0) for n in wanted), default=0)
        nodes = np.array(list(wanted), np.int32)
        for stretch in self._stretches if wanted else ():
            if stretch.first + stretch.size <= begin:
                continue
            for at, n, packed in zip(*(c.tolist() for c in stretch.of(nodes)), strict=True):
                if at >= self._handed.get(n, 0):
                    fresh[n].append(self._raw(packed))
        total = self._stretches[-1].first + self._stretches[-1].size
        for n, kept in wanted.items():
            self._handed[n] = total
            raw = [one for one in fresh[n] if one.sent_ms >= kept.since_ms]
            raw += self._objections.take(n, kept.since_ms)
            if raw:
                raw.sort(key=lambda one: one.sent_ms)
                yield Evidence(
                    thing_id=self._thing_ids[n],
                    from_ms=raw[0].sent_ms,
                    to_ms=raw[-1].sent_ms,
                    results=tuple(raw),
                )

    def _raw(self, packed: int) -> Raw:
        how, said = self._words[packed & ((1 << _WORD_BITS) - 1)]
        rtt = packed >> _WORD_BITS & _NO_RTT
        if _EXACT <= rtt < _NO_RTT:
            rtt = (rtt - _EXACT) << 6
        sent = (packed >> _SENT_SHIFT) + (self._base_ms or 0)
        return Raw(sent, how, None if rtt == _NO_RTT else rtt, said)

    def _base(self, sent_ms: int) -> int:
        if self._base_ms is None:
            self._base_ms = sent_ms - 2 * AROUND_MS
        return self._base_ms

    def _now(self, sent: int) -> _Stretch:
        """Where a result belongs that was sent so long after the base; what is old is let go."""
        stretch = self._stretches[-1]
        if sent - stretch.since >= PIECE_MS:
            stretch.close()
            stretch = _Stretch(stretch.first + stretch.size, sent)
            self._stretches.append(stretch)
            oldest = sent - AROUND_MS - PIECE_MS
            while self._stretches[0].newest < oldest:
                self._stretches.popleft()
            first = self._stretches[0].first
            self._handed = {n: at for n, at in self._handed.items() if at > first}
        stretch.newest = max(stretch.newest, sent)
        return stretch

    def _word(self, how: str, said: str) -> int:
        word = self._word_of.get((how, said))
        if word is not None:
            return word
        word = self._word_of[how, said] = len(self._words)
        assert word < 1 << _WORD_BITS, "the probers have some dozen words"
        self._words.append((how, said))
        return word


def witnesses(graph: Graph, n: int) -> Iterator[int]:
    """Whose results a verdict on this thing rests on: its own, and those that spoke for it."""
    yield n
    if graph.kinds[n] == Kind.LINK:
        yield from (end for end, _ in graph.ends.get(n, ()))
        yield from graph.far.get(n, ())
    elif graph.kinds[n] == Kind.SITE:
        yield from graph.gateways[n]
        yield from (entry.node for entry in graph.entries.get(n, ()))
    elif graph.kinds[n] == Kind.SERVICE:
        site = graph.homes[n]
        yield from () if site is None else graph.gateways[site]
    elif graph.kinds[n] == Kind.DEVICE:
        yield from (link for link, _ in graph.ways[n] if link is not None)
        yield from (upper for _, upper in graph.ways[n])

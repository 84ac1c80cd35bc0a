"""Remembers the raw results of the last minutes and keeps those around each change."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.objections import Objections
from probes.results import MISSED, UNSENT, Ping
from probes.tcp_ping import UNTOLD
from store.changes import Evidence, Raw
from store.states import Kind

AROUND_MS = 600_000  # kept before and after a change
PIECE_MS = 60_000  # a kill loses at most so much
AT_MOST = 200  # things handed over in one tick: a collapse of everything is spread
_RTT_BITS, _WORD_BITS = 21, 6
_NO_RTT = (1 << _RTT_BITS) - 1
_EXACT = 1 << (_RTT_BITS - 1)
_SENT_SHIFT = _RTT_BITS + _WORD_BITS
_SILENCES = {MISSED: "missed", UNSENT: "unsent", UNTOLD: "silent"}
_TRIM = 32  # results after which the old ones of a thing are cut away


@dataclass(slots=True)
class _Kept:
    """The stretch of time of which everything about a thing is kept."""

    since_ms: int
    until_ms: int


class Ring:
    """One integer a result: when it was sent, how long it took, how and what was said.

    Times are UTC ms, things are the numbered nodes of the graph. Nothing is handed over twice.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._thing_ids = graph.thing_ids
        self._node_of = {thing_id: n for n, thing_id in enumerate(graph.thing_ids)}
        self._base_ms: int | None = None  # some time before the first result
        self._results: list[array[int] | None] = [None] * len(graph.thing_ids)
        self._cut = array("q", [0]) * len(graph.thing_ids)  # results that were cut away
        self._handed = self._cut[:]  # results that were handed over, or were not wanted
        self._words: list[tuple[str, str]] = []
        self._word_of: dict[tuple[str, str], int] = {}
        self._kept: dict[int, _Kept] = {}
        self._due: deque[tuple[int, int]] = deque()  # (when, thing), in order of time
        self._objections = Objections()

    def take_over(self, old: Ring, numbers: Mapping[int, int], now_ms: int) -> tuple[Evidence, ...]:
        """Go on as in another numbering; gives what is left of the things that are judged no more.
        `numbers`: those of `old` → ours, of those that go on."""
        self._base_ms, self._words, self._word_of = old._base_ms, old._words, old._word_of
        for n, mine in numbers.items():
            self._results[mine] = old._results[n]
            self._cut[mine], self._handed[mine] = old._cut[n], old._handed[n]
        self._kept = {numbers[n]: kept for n, kept in old._kept.items() if n in numbers}
        self._due = deque((at, numbers[n]) for at, n in old._due if n in numbers)
        self._objections.take_over(old._objections, numbers)
        gone = (old._piece(n, kept) for n, kept in old._kept.items() if n not in numbers)
        return tuple(piece for piece in gone if piece is not None)

    def note(self, n: int, sent_ms: int, how: str, rtt_us: int | None, said: str) -> None:
        """One result of one thing."""
        word = self._word_of.get((how, said))
        if word is None:
            word = self._new_word(how, said)
        held = self._results[n]
        if held is None:
            held = self._results[n] = array("q")
        if rtt_us is None:
            rtt = _NO_RTT
        else:  # a long poll is kept to 64 microseconds
            rtt = rtt_us if rtt_us < _EXACT else min(_EXACT + (rtt_us >> 6), _NO_RTT - 1)
        base_ms = self._base_ms
        if base_ms is None:
            base_ms = self._base_ms = sent_ms - 2 * AROUND_MS
        held.append((sent_ms - base_ms) << _SENT_SHIFT | rtt << _WORD_BITS | word)
        if not len(held) % _TRIM:
            self._trim(n, held, sent_ms - base_ms - AROUND_MS - 2 * PIECE_MS)

    def pings(self, pings: Iterable[Ping], by_tcp: Container[int] = ()) -> None:
        """Answers and misses, with UTC stamps; rtt in ns. `by_tcp`: who was asked so."""
        for n, sent_ms, rtt in pings:
            how = "tcp" if by_tcp and n in by_tcp else "icmp"
            if rtt >= 0:
                self.note(n, sent_ms, how, rtt // 1000, "ok")
            else:
                self.note(n, sent_ms, how, None, _SILENCES[rtt])

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
        found: list[Evidence] = []
        for _ in range(len(self._due)):
            due, n = self._due[0]
            if not last and (due > now_ms or len(found) >= AT_MOST):
                break
            self._due.popleft()
            kept = self._kept[n]
            if piece := self._piece(n, kept):
                found.append(piece)
            if now_ms < kept.until_ms and not last:
                self._due.append((now_ms + PIECE_MS, n))
            else:
                del self._kept[n]
        return tuple(found)

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        if self._base_ms is not None:
            self._base_ms += by_ms
        self._due = deque((at + by_ms, n) for at, n in self._due)
        self._objections.shift(by_ms)
        for kept in self._kept.values():
            kept.since_ms += by_ms
            kept.until_ms += by_ms

    def _piece(self, n: int, kept: _Kept) -> Evidence | None:
        held = self._results[n]
        if held is None:
            return None
        fresh = held[max(0, self._handed[n] - self._cut[n]) :]
        self._handed[n] = self._cut[n] + len(held)
        raw = [one for one in map(self._raw, fresh) if one.sent_ms >= kept.since_ms]
        raw += self._objections.take(n, kept.since_ms)
        if not raw:
            return None
        raw.sort(key=lambda one: one.sent_ms)
        return Evidence(
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

    def _trim(self, n: int, held: array[int], before_ms: int) -> None:
        """Cut away what was sent before then, counted from the base."""
        limit = before_ms << _SENT_SHIFT
        old = next((i for i, packed in enumerate(held) if packed >= limit), len(held))
        if old:
            del held[:old]
            self._cut[n] += old

    def _new_word(self, how: str, said: str) -> int:
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

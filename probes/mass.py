"""The mass outage: the anchor answers and half of everything else is gone at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from probes.graph import Graph
from probes.judgement import Pace
from probes.node import FAULTY, Node
from probes.telling import Teller
from store.states import State

SHARE = 0.5  # of what was well before
LEAST = 6  # things: half of a handful is no mass


class Mass:
    """`members`: the tops of what is lost; they have one root, which lies beyond the anchor.

    While half of everything is suspect, verdicts are held until all had time to be confirmed, so
    that one cause is told as one.
    """

    def __init__(self, graph: Graph, nodes: Sequence[Node], teller: Teller) -> None:
        self._graph = graph
        self._nodes = nodes
        self._teller = teller
        self.members: set[int] = set()
        self._held_until: int | None = None

    def restore(self, n: int) -> None:
        """It was behind the synthetic root when the monitor last stopped."""
        self.members.add(n)

    def take_over(self, old: Mass, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering; with another anchor it would be another outage."""
        beyond = old._graph.beyond
        if beyond is not None and numbers.get(beyond) == self._graph.beyond:
            self.members = {numbers[n] for n in old.members if n in numbers}
        self._held_until = old._held_until

    def shift(self, by_ms: int) -> None:
        self._held_until = None if self._held_until is None else self._held_until + by_ms

    def suspected(self, suspects: Collection[int]) -> bool:
        """Is half of what was well silent, while an anchor answers?"""
        well = self._teller.well
        if well < LEAST or len(suspects) < SHARE * well or not self._graph.anchors:
            return False
        return any(
            node.state not in FAULTY and node.since is not None and not node.misses
            for node in (self._nodes[a] for a in self._graph.anchors)
        )

    def holds(self, suspects: Collection[int], pace: Pace, now_ms: int) -> bool:
        """Wait, once, for half a round and the longest confirmation now running; others join."""
        if not self.suspected(suspects):
            self._held_until = None
            return False
        if self._held_until is None:
            first = min(self._nodes[n].first_bad or now_ms for n in suspects)
            need = max(self._nodes[n].need for n in suspects)
            whole = pace.interval_ms // 2 + pace.timeout_ms + need * pace.quick_ms
            self._held_until = min(first, now_ms) + whole
        asked = (self._nodes[n] for n in suspects if not self._nodes[n].hangs)
        return now_ms < self._held_until and not all(node.confirmed for node in asked)

    def strike(self, tops: Sequence[int], gone: int) -> bool:
        """`tops` fail with nothing silent above them, and `gone` things with them: one cause?

        A single top is that cause itself; where there are several, it lies beyond the anchor.
        """
        beyond = self._graph.beyond
        if beyond is None or len(tops) < 2 or gone < SHARE * max(LEAST, self._teller.well):
            return False
        node = self._nodes[beyond]
        members = [self._nodes[n] for n in tops]
        bad = min(m.first_bad or 0 for m in members)
        good = [m.last_good for m in members if m.last_good is not None and m.last_good < bad]
        self.members.update(tops)
        if node.state not in FAULTY:
            node.first_bad, node.last_good = bad, max(good, default=None)
            node.last_bad = max(m.last_bad or bad for m in members)
            self._teller.tell(beyond, State.DOWN, max(bad, node.since or 0), "mass")
        return True

    def joins(self, n: int, round_ms: int) -> bool:
        """It fell silent in the same round (its own) as the rest: the same cause."""
        if self._graph.beyond is None:
            return False
        beyond, node = self._nodes[self._graph.beyond], self._nodes[n]
        if beyond.state not in FAULTY or node.first_bad is None or beyond.first_bad is None:
            return False
        same = node.first_bad - beyond.first_bad <= round_ms
        if same:
            self.members.add(n)
        return same

    def lift(self, n: int, first_good: int, ask: Callable[[int], None]) -> None:
        """Something behind it answers: the rest is asked at once and judged by itself."""
        beyond = self._graph.beyond
        if beyond is None or self._nodes[beyond].state not in FAULTY:
            return
        behind = self._nodes[n].root == beyond or n in self.members
        if not behind:
            return
        node = self._nodes[beyond]
        bad = max(self._nodes[n].last_bad or 0, node.first_bad or 0)  # the others may stay away
        node.last_bad = min(bad, first_good - 1)
        self._teller.tell(beyond, State.UP, first_good, "answers", first_good=first_good)
        for member in sorted(self.members - {n}):
            ask(member)
        self.members.clear()

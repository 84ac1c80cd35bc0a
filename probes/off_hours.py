"""Silence outside opening hours: grey and quiet, and an outage from the opening if it lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from inventory.opening import Opening
from probes.graph import Graph
from probes.marks import Marks
from probes.node import Node
from probes.roots import Verge
from probes.telling import Teller
from store.states import Mark, State

GRACE_MS = 15 * 60_000  # after opening: people switch things on
LOOK_MS = 5_000  # between two looks at the clock


class OffHours:
    """`openings`: nodes with a calendar. What fell silent while closed sleeps until it answers."""

    def __init__(
        self,
        graph: Graph,
        nodes: Sequence[Node],
        marks: Marks,
        teller: Teller,
        openings: Mapping[int, Opening],
    ) -> None:
        self._graph = graph
        self._nodes = nodes
        self._marks = marks
        self._teller = teller
        self._openings = openings
        self._asleep: set[int] = set()
        self._due: dict[int, int] = {}  # site → the opening since which it is missed
        self._next_look = 0

    def restore(self, n: int) -> None:
        self._asleep.add(n)

    def take_over(self, old: OffHours, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering; the calendars may be others."""
        self._asleep = {numbers[n] for n in old._asleep if n in numbers}
        self._due = {numbers[n]: at for n, at in old._due.items() if n in numbers}
        self._next_look = old._next_look

    def sleeps(self, n: int) -> bool:
        return n in self._asleep

    def closed(self, n: int, at_ms: int) -> bool:
        """Did it fall silent while it was closed, and is it not missed yet?"""
        opening = self._openings.get(n)
        return opening is not None and n not in self._due and not opening.is_open(at_ms)

    def missed_from(self, n: int, since: int) -> int:
        """From when on its silence counts: not before the opening."""
        return max(since, self._due.get(n, since))

    def sleep(self, n: int, since: int) -> None:
        self._asleep.add(n)
        self._marks.put(n, Mark.OFF_HOURS, on=True)
        self._teller.tell(n, State.UNKNOWN, since, "off_hours")

    def wake(self, n: int) -> None:
        """It answers."""
        self._due.pop(n, None)
        if n in self._asleep:
            self._asleep.discard(n)
            self._marks.put(n, Mark.OFF_HOURS, on=False)

    def look(self, now_ms: int, verge: Callable[[int], Verge]) -> None:
        """Still silent a quarter of an hour after opening: an outage from the opening."""
        if not self._asleep or 0 <= self._next_look - now_ms <= LOOK_MS:
            return
        self._next_look = now_ms + LOOK_MS
        for n in sorted(self._asleep, key=self._graph.order.__getitem__):
            opening = self._openings.get(n)
            opened = now_ms - GRACE_MS if opening is None else opening.opened_at(now_ms)
            if opened is not None and now_ms - opened >= GRACE_MS:
                self._miss(n, opened, verge)

    def _miss(self, n: int, opened: int, verge: Callable[[int], Verge]) -> None:
        node = self._nodes[n]
        if n >= self._graph.devices:  # a site follows its ways
            self.wake(n)
            self._due[n] = opened
            self._teller.touched.add(n)
            return
        if (node.last_bad or 0) < opened:
            return  # not asked since then
        self.wake(n)
        found = verge(n)
        state = State.DOWN if found.root is None else State.UNREACHABLE
        node.first_bad = max(opened, node.since or 0)
        self._teller.tell(n, state, node.first_bad, "no_answer", root=found.root, also=found.also)

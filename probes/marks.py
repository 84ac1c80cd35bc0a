"""The marks beside the states, and the fading count that makes a thing `flapping`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probes.graph import Graph
from probes.node import FLAP_OFF, FLAP_ON, NONE, Node
from store.changes import Marked
from store.states import Mark


class Marks:
    """Sets marks on nodes and remembers whose changed since they were last taken."""

    def __init__(self, graph: Graph, nodes: Sequence[Node]) -> None:
        self._graph = graph
        self._nodes = nodes
        self._changed: set[int] = set()
        self._flappy: set[int] = set()

    def restore(self, n: int, marks: frozenset[Mark], at_ms: int) -> None:
        """What stood on record; a flapping thing has to fade anew."""
        node = self._nodes[n]
        node.marks = marks - {Mark.NEVER_SEEN} or NONE
        if Mark.FLAPPING in marks:
            node.flaps, node.flapped_at = FLAP_ON, at_ms
            self._flappy.add(n)

    def take_over(self, old: Marks, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering."""
        self._changed = {numbers[n] for n in old._changed if n in numbers}
        self._flappy = {numbers[n] for n in old._flappy if n in numbers}

    def put(self, n: int, mark: Mark, *, on: bool) -> None:
        node = self._nodes[n]
        if (mark in node.marks) != on:
            node.marks = node.marks ^ {mark} or NONE
            node.usual = 0
            self._changed.add(n)

    def turned(self, n: int, at_ms: int) -> None:
        """It changed between up and down."""
        node = self._nodes[n]
        node.changed(at_ms)
        if node.flaps > FLAP_OFF:
            self._flappy.add(n)

    def take(self, now_ms: int) -> list[Marked]:
        """Flapping is raised and cleared at different levels of a fading count."""
        for n in sorted(self._flappy):
            level = self._nodes[n].faded(now_ms)
            if level >= FLAP_ON:
                self.put(n, Mark.FLAPPING, on=True)
            elif level <= FLAP_OFF:
                self._flappy.discard(n)
                self.put(n, Mark.FLAPPING, on=False)
        ids = self._graph.thing_ids
        changed = [
            Marked(thing_id=ids[n], marks=self._nodes[n].marks) for n in sorted(self._changed)
        ]
        self._changed.clear()
        return changed

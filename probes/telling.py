"""Gives verdicts: changes what is believed of a node, and remembers what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probes.graph import Graph
from probes.judgement import Judgement
from probes.marks import Marks
from probes.node import FAULTY, WELL, Node
from store.changes import Verdict
from store.states import State


class Teller:
    """`well`: how many devices are believed to answer; `touched`: sites to look at again."""

    def __init__(self, graph: Graph, nodes: Sequence[Node], marks: Marks) -> None:
        self._graph = graph
        self._nodes = nodes
        self._marks = marks
        self.out = Judgement()
        self.touched: set[int] = set()
        self.well = 0

    def tell(
        self,
        n: int,
        state: State,
        since: int,
        reason: str,
        *,
        root: int | None = None,
        first_good: int | None = None,
        first_bad: int | None = None,
        also: tuple[int, ...] = (),
    ) -> None:
        """Change our belief of one node; everything that follows from it is looked at again."""
        node, ids = self._nodes[n], self._graph.thing_ids
        if (node.state in FAULTY) != (state in FAULTY) and node.since is not None:
            self._marks.turned(n, since)
        if n < self._graph.devices:
            self.well += (state in WELL) - (node.state in WELL)
        bad = first_bad if first_bad is not None else node.first_bad
        good = node.last_good
        if good is not None and bad is not None and good >= bad:
            good = None
        faulty = state not in (State.UP, State.UNKNOWN)
        node.state, node.since, node.root = state, since, root
        node.usual = 0
        self.out.verdicts.append(
            Verdict(
                thing_id=ids[n],
                state=state,
                since_ms=since,
                reason=reason,
                root_thing_id=None if root is None else ids[root],
                last_good_ms=good if faulty else None,
                first_bad_ms=bad if faulty else None,
                last_bad_ms=node.last_bad,
                first_good_ms=first_good,
                also=tuple(ids[each] for each in also),
            )
        )
        self.touched.update(self._graph.touches.get(n, ()))

    def take_over(self, old: Teller, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering, with nothing left to tell; all sites are looked at."""
        self.out = Judgement()
        self.touched = {
            numbers[n] for n in old.touched if n in numbers
        } | self._graph.gateways.keys()
        self.well = sum(node.state in WELL for node in self._nodes[: self._graph.devices])

    def take(self, now_ms: int) -> Judgement:
        """What was decided since it was last taken."""
        self.out.marks += self._marks.take(now_ms)
        out, self.out = self.out, Judgement()
        return out

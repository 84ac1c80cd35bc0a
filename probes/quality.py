"""Degraded: what answers, but loses too much, takes longer than usual, or is beyond its limits."""

from __future__ import annotations

from collections.abc import Sequence

from probes.graph import Graph
from probes.node import SETTLED, Node
from probes.telling import Teller
from store.states import State


class Quality:
    """Raised and cleared at different levels; loss behind a lossy node is that node's."""

    def __init__(self, graph: Graph, nodes: Sequence[Node], teller: Teller) -> None:
        self._graph = graph
        self._nodes = nodes
        self._teller = teller

    def look(self, n: int, sent_ms: int) -> None:
        """After an answer to a question sent then."""
        node = self._nodes[n]
        loss, slow = node.heavy_loss(), node.slow()
        if slow is not False:
            node.last_bad = max(node.last_bad or 0, sent_ms)
        if node.state == State.UP and loss is True:
            self._raise(n, sent_ms, "loss", node.lost_at)
        elif node.state == State.UP and slow is True:
            self._raise(n, sent_ms, "rtt", None)
        elif node.state == State.DEGRADED and loss is False and slow is False and not node.ails:
            self._teller.tell(n, State.UP, sent_ms, "loss_cleared", first_good=sent_ms)

    def ail(self, n: int, at_ms: int) -> None:
        """What its own limits say has been looked at by a question sent then."""
        node = self._nodes[n]
        if node.since is None:
            return
        at_ms = max(at_ms, node.since)
        if node.ails:
            node.last_bad = max(node.last_bad or 0, at_ms)
            if node.state == State.UP:
                reason = min(node.ails)
                self._teller.tell(n, State.DEGRADED, at_ms, reason, first_bad=node.last_bad)
        elif node.state == State.DEGRADED and self._else_well(node):
            good = max(at_ms, (node.last_bad or 0) + 1)
            self._teller.tell(n, State.UP, good, "limits_kept", first_good=good)

    def _else_well(self, node: Node) -> bool:
        """Nothing but its limits made it degraded; who is not pinged loses nothing."""
        return node.asked < SETTLED or (node.heavy_loss() is False and node.slow() is False)

    def _raise(self, n: int, sent_ms: int, reason: str, lost_at: int | None) -> None:
        node = self._nodes[n]
        bad = node.last_bad = sent_ms if lost_at is None else min(lost_at, sent_ms)
        upper = next((u for _, u in self._graph.ways[n]), None)
        root = None
        if upper is not None and self._nodes[upper].state == State.DEGRADED:
            root = self._nodes[upper].root if self._nodes[upper].root is not None else upper
        self._teller.tell(n, State.DEGRADED, sent_ms, reason, root=root, first_bad=bad)
        for c in self._graph.below[n]:  # the loss of what stands behind it is its loss
            if self._nodes[c].state == State.DEGRADED and self._nodes[c].root is None:
                behind = n if root is None else root
                self._teller.tell(c, State.DEGRADED, sent_ms, reason, root=behind)

"""Where a silent node's ways to the monitor end: at a root above it, at nothing, or in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probes.graph import Graph
from probes.node import FAULTY, Node
from store.states import State


@dataclass(frozen=True, slots=True)
class Verge:
    """`root`: the fault that took the last way; None: a way is open. `waits`: not decided yet."""

    root: int | None
    waits: bool


def verge(graph: Graph, nodes: Sequence[Node], n: int) -> Verge:
    """Any one way up suffices. The root is the failure that removed the last way."""
    blockers: list[int] = []
    waits = False
    for link, upper in graph.ways[n]:
        blocker = _blocker(nodes, link, upper)
        if blocker is not None:
            blockers.append(blocker)
        elif nodes[upper].since is None and graph.ways[upper]:  # never seen: look past it
            past = verge(graph, nodes, upper)
            waits = waits or past.waits
            if past.root is not None:
                blockers.append(past.root)
            elif not past.waits:
                return Verge(None, waits=False)
        elif nodes[upper].need:  # the ancestor is still confirming: its verdict comes first
            waits = True
        else:
            return Verge(None, waits=False)
    if waits or not blockers:
        return Verge(None, waits=waits)
    return Verge(max(blockers, key=lambda b: nodes[b].since or 0), waits=False)


def _blocker(nodes: Sequence[Node], link: int | None, upper: int) -> int | None:
    """What closes this way: the upper device's own root, the device, or the link to it."""
    above = nodes[upper]
    if above.state in FAULTY:
        return above.root if above.root is not None else upper
    if link is not None and nodes[link].state == State.DOWN:
        return link
    return None

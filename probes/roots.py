"""Where a silent node's ways to the monitor end: at a root above it, at nothing, or in doubt."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from probes.graph import Graph
from probes.node import FAULTY, Node
from store.states import State


@dataclass(frozen=True, slots=True)
class Verge:
    """`root`: the fault that took the last way; None: a way is open. `waits`: not decided yet.

    `also`: the faults that closed the other ways before.
    """

    root: int | None
    waits: bool = False
    also: tuple[int, ...] = ()


OPEN = Verge(None)
WAITS = Verge(None, waits=True)


def verge(
    graph: Graph,
    nodes: Sequence[Node],
    n: int,
    suspects: Container[int] = (),
    members: Container[int] = (),
) -> Verge:
    """Any one way up suffices. The root is the failure that removed the last way.

    `suspects`: nodes that are silent and not yet judged; `members`: those of a mass outage, whose
    root lies beyond the anchor. A way that leads back to where we came from (a ring) is none.
    """
    if len(graph.ways[n]) == 1 and n not in members:  # as nearly all hang
        blocker = _blocker(nodes, *graph.ways[n][0])
        if blocker is not None:
            return Verge(blocker)
    blockers: dict[int, None] = {}
    waits = False
    passed, todo = {n}, [(n, False)]
    while todo:
        node, behind = todo.pop()
        if node in members and graph.beyond is not None:
            blockers[graph.beyond] = None
            continue
        for link, upper in graph.ways[node]:
            blocker = _blocker(nodes, link, upper)
            if blocker is not None:
                blockers[blocker] = None
                continue
            if upper in passed:
                continue
            above = nodes[upper]
            if above.state in FAULTY:  # its root is back: it is judged anew, and first
                waits = True
                continue
            silent = upper in suspects and above.confirmed
            if graph.ways[upper] and (silent or above.since is None):
                passed.add(upper)  # silent as we are, or never seen: has it a way itself?
                todo.append((upper, behind or silent))
            elif behind or above.need:  # an ancestor is not judged yet: its verdict comes first
                waits = True
            else:
                return OPEN
    if waits or not blockers:
        return WAITS if waits else OPEN
    root = max(blockers, key=lambda b: nodes[b].since or 0)
    return Verge(root, also=tuple(sorted(b for b in blockers if b != root)))


def _blocker(nodes: Sequence[Node], link: int | None, upper: int) -> int | None:
    """What closes this way: the upper device's own root, the device, or the link to it."""
    above = nodes[upper]
    if above.state in FAULTY:
        root = above.root if above.root is not None else upper
        if nodes[root].state in FAULTY:
            return root
    if link is not None and nodes[link].state == State.DOWN:
        return link
    return None

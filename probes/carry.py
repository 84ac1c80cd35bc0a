"""Carries beliefs over to another graph of the network, when its files changed under the watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probes.graph import Graph
from probes.judge import Judge


def numbers(old: Graph, new: Graph) -> dict[int, int]:
    """Old number → new number of every thing that is judged in both."""
    now = {thing_id: n for n, thing_id in enumerate(new.thing_ids)}
    return {n: now[thing_id] for n, thing_id in enumerate(old.thing_ids) if thing_id in now}


def carry(old: Judge, new: Judge, moved: Mapping[int, int], now_ms: int) -> None:
    """`new`, fresh, believes what `old` did. Between two steps of `old`, which is then of no use.

    Nothing is told by it: an outage that is open stays the same outage, coverage goes on, and a
    confirmation that runs is finished.
    """
    roots = {mine: old.nodes[n].root for n, mine in moved.items()}
    new.take_over(old, moved)
    orphans = {mine for mine, root in roots.items() if root is not None and root not in moved}
    changed = {
        mine
        for n, mine in moved.items()
        if mine < new.graph.devices and _ways(old.graph, n) != _ways(new.graph, mine)
    }
    devices = new.graph.devices
    new.rewired(sorted(n for n in orphans | changed if n < devices), now_ms)


def _ways(graph: Graph, n: int) -> frozenset[tuple[int | None, int]]:
    """The ways up, by things."""
    ids: Callable[[int], int] = graph.thing_ids.__getitem__
    return frozenset(
        (None if link is None else ids(link), ids(upper)) for link, upper in graph.ways[n]
    )

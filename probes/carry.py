"""Carries beliefs over to another graph of the network, when its files changed under the watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probes.graph import Graph
from probes.judge import Judge


@dataclass(frozen=True, slots=True)
class Move:
    """From one graph to another. `numbers`: old → new, of what is judged in both; `rewired`: new
    numbers of devices that hang on something else than before."""

    numbers: Mapping[int, int]
    rewired: frozenset[int]


def move(old: Graph, new: Graph) -> Move:
    """By thing ids, which stay through a rename."""
    now = {thing_id: n for n, thing_id in enumerate(new.thing_ids)}
    found = {n: now[thing_id] for n, thing_id in enumerate(old.thing_ids) if thing_id in now}
    devices = ((n, mine) for n, mine in found.items() if mine < new.devices)
    return Move(found, frozenset(mine for n, mine in devices if _ways(old, n) != _ways(new, mine)))


def carry(old: Judge, new: Judge, moved: Move, now_ms: int) -> None:
    """`new`, fresh, believes what `old` did. Between two steps of `old`, which is then of no use.

    Nothing is told by it: an outage that is open stays the same outage, coverage goes on, and a
    confirmation that runs is finished.
    """
    numbers = moved.numbers
    orphans = {
        mine
        for n, mine in numbers.items()
        if (root := old.nodes[n].root) is not None
        and root not in numbers
        and mine < new.graph.devices
    }
    new.take_over(old, numbers)
    new.rewired(sorted(orphans | moved.rewired), now_ms)


def _ways(graph: Graph, n: int) -> frozenset[tuple[int | None, int]]:
    """The ways up, by things."""
    ids = graph.thing_ids
    return frozenset(
        (None if link is None else ids[link], ids[upper]) for link, upper in graph.ways[n]
    )

"""Whom to ask at once when something falls silent or comes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probes.graph import Graph
from probes.judgement import Judgement, Pace
from probes.node import FAULTY, Node
from store.states import State

MEASURE = 5  # quick questions after a loss that proves nothing else
WITNESSES = 3  # children asked whether a silent parent still carries them
SHORTEST_MS = 200  # between two quick questions: one a tick
SIBLINGS = 16  # at most so many beside it are asked whether they are silent too


def confirm(
    graph: Graph, nodes: Sequence[Node], pace: Pace, n: int, now: int, out: Judgement
) -> None:
    """Ask quickly: the node, all above it, the anchors, some below it, and its links by SNMP."""
    span, uppers = nodes[n].confirming_ms, tuple(above(graph, n))
    for each in (n, *uppers, *graph.anchors):
        _quickly(nodes[each], each, pace, now, now + span, out)
    witnesses = [c for c in graph.below[n] if nodes[c].state not in FAULTY][:WITNESSES]
    for i, witness in enumerate(witnesses):
        out.proofs.append((witness, now + span * 6 // 10 + i * pace.quick_ms))
    for each in (n, *(u for u in uppers if nodes[u].since is None)):
        links(graph, each, out)
    out.snmp.add(n)
    for _, upper in graph.ways[n]:
        beside = graph.below[upper]
        if len(beside) <= SIBLINGS:
            out.asks += [(s, now) for s in beside if not nodes[s].need and s != n]


def confirm_probe(node: Node, n: int, pace: Pace, now: int, out: Judgement) -> None:
    """Ask the own address of a link quickly, and those who know its ports."""
    _quickly(node, n, pace, now, now + confirming_ms(node, pace), out)


def confirming_ms(node: Node, pace: Pace) -> int:
    """How long its quick questions take."""
    return (node.need - 1) * _step_ms(node, pace)


def _step_ms(node: Node, pace: Pace) -> int:
    """Between two quick questions: what is not known yet is learned at twice the pace."""
    least = min(pace.quick_ms, SHORTEST_MS)
    return max(least, pace.quick_ms // 2) if node.unsettled else pace.quick_ms


def in_question(graph: Graph, nodes: Sequence[Node], n: int) -> bool:
    """Is every way up closed, or does it lead over something that is being confirmed?

    Only over what is nearer to the monitor: in a ring nobody waits for his neighbour.
    """
    return bool(graph.ways[n]) and all(
        nodes[upper].state in FAULTY
        or (nodes[upper].need and graph.order[upper] < graph.order[n])
        or (link is not None and nodes[link].state == State.DOWN)
        for link, upper in graph.ways[n]
    )


def again(node: Node, n: int, pace: Pace, now: int, out: Judgement) -> None:
    """It lost one question and answered another: a few more tell how much it loses."""
    _quickly(node, n, pace, now, now + MEASURE * pace.quick_ms, out)


def links(graph: Graph, n: int, out: Judgement) -> None:
    """The ends of the links over which it is reached."""
    for link, _ in graph.ways[n]:
        if link is not None:
            out.snmp.update(end for end, _ in graph.ends.get(link, ()))


def below(graph: Graph, nodes: Sequence[Node], n: int, now: int, out: Judgement) -> None:
    """What was behind it is asked at once, not at its next turn."""
    frontier, found = [n], dict.fromkeys([n])
    while frontier:
        frontier = [c for each in frontier for c in graph.below[each] if c not in found]
        found |= dict.fromkeys(frontier)
    out.asks += [(c, now) for c in found if c != n and nodes[c].state in FAULTY]


def above(graph: Graph, n: int) -> Iterable[int]:
    frontier, found = [n], dict[int, None]()
    while frontier:
        frontier = [u for each in frontier for _, u in graph.ways[each] if u not in found]
        found |= dict.fromkeys(frontier)
    return found


def _quickly(node: Node, n: int, pace: Pace, now: int, until: int, out: Judgement) -> None:
    """Fill the time until then with questions, beside those already planned."""
    at = max(now, node.asked_until)
    step = _step_ms(node, pace) if at < until else 0
    while at < until:
        out.asks.append((n, at))
        at += step
    node.asked_until = max(node.asked_until, at)

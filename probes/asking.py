"""Whom to ask at once when something falls silent or comes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probes.graph import Graph
from probes.judgement import Judgement, Pace
from probes.node import FAULTY, Node

MEASURE = 5  # quick questions after a loss that proves nothing else
WITNESSES = 3  # children asked whether a silent parent still carries them


def confirm(
    graph: Graph, nodes: Sequence[Node], pace: Pace, n: int, now: int, out: Judgement
) -> None:
    """Ask quickly: the node, all above it, the anchors, some below it, and its links by SNMP."""
    span = (nodes[n].need - 1) * pace.quick_ms
    for each in (n, *above(graph, n), *graph.anchors):
        _quickly(nodes[each], each, pace, now, now + span, out)
    witnesses = [c for c in graph.below[n] if nodes[c].state not in FAULTY][:WITNESSES]
    for i, witness in enumerate(witnesses):
        out.asks.append((witness, now + span * 6 // 10 + i * pace.quick_ms))
    for each in (n, *(u for u in above(graph, n) if nodes[u].since is None)):
        links(graph, each, out)
    out.snmp.add(n)


def again(node: Node, n: int, pace: Pace, now: int, out: Judgement) -> None:
    """It lost one question and answered another: a few more tell how much it loses."""
    _quickly(node, n, pace, now, now + MEASURE * pace.quick_ms, out)


def links(graph: Graph, n: int, out: Judgement) -> None:
    """The ends of the links over which it is reached."""
    for link, _ in graph.ways[n]:
        if link is not None:
            out.snmp.update(end for end, _ in graph.ends[link])


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
    while at < until:
        out.asks.append((n, at))
        at += pace.quick_ms
    node.asked_until = max(node.asked_until, at)

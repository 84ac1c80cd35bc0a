"""What a site is, from its gateways: there when any one answers, degraded when anything is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probes.graph import Graph
from probes.node import FAULTY, Node
from store.states import State


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    state: State
    since: int
    reason: str
    root: int | None = None
    last_good: int | None = None
    first_bad: int | None = None
    last_bad: int | None = None
    first_good: int | None = None


def judge_sites(
    graph: Graph, nodes: Sequence[Node], touched: Sequence[int], now_ms: int
) -> Iterator[tuple[int, SiteVerdict]]:
    """The sites whose state or root changed."""
    for site in touched:
        found = _site(graph, nodes, site, now_ms)
        if found is not None and (found.state, found.root) != (nodes[site].state, nodes[site].root):
            yield site, found


def _site(graph: Graph, nodes: Sequence[Node], site: int, now_ms: int) -> SiteVerdict | None:
    known = [n for n in graph.gateways[site] if nodes[n].since is not None]
    if not known:  # a new gateway that never answered: what the old one said is over
        seen = nodes[site].since is not None
        return SiteVerdict(state=State.UNKNOWN, since=now_ms, reason="gateway") if seen else None
    there = [n for n in known if nodes[n].state not in FAULTY]
    if not there:
        return _gone(nodes, known)
    everything = (*graph.gateways[site], *graph.members[site])
    bad = [n for n in everything if nodes[n].state in (*FAULTY, State.DEGRADED)]
    if bad:
        return _limps(nodes, nodes[site], bad, there)
    return _whole(nodes, nodes[site], there, everything, now_ms)


def _gone(nodes: Sequence[Node], gateways: Sequence[int]) -> SiteVerdict:
    """The gateway that fell last took the site with it."""
    last = max(gateways, key=lambda n: nodes[n].since or 0)
    node = nodes[last]
    return SiteVerdict(
        state=node.state,
        since=node.since or 0,
        reason="gateway",
        root=node.root if node.root is not None else last,
        last_good=node.last_good,
        first_bad=node.first_bad if node.first_bad is not None else node.since,
        last_bad=node.last_bad,
    )


def _limps(
    nodes: Sequence[Node], site: Node, bad: Sequence[int], there: Sequence[int]
) -> SiteVerdict:
    """A gateway answers, something else does not."""
    worst = max(bad, key=lambda n: (nodes[n].state == State.DOWN, nodes[n].since or 0))
    node = nodes[worst]
    since = max(node.since or 0, site.since or 0)
    if site.state in FAULTY:  # the gateway is back, what stands behind it is not yet
        since = min(nodes[n].since or 0 for n in there)
    first_bad = node.first_bad if node.first_bad is not None else since
    return SiteVerdict(
        state=State.DEGRADED,
        since=since,
        reason="part",
        root=node.root if node.root is not None else worst,
        last_good=node.last_good,
        first_bad=first_bad,
        last_bad=max((nodes[n].last_bad or 0 for n in bad), default=None) or first_bad,
    )


def _whole(
    nodes: Sequence[Node],
    site: Node,
    there: Sequence[int],
    everything: Sequence[int],
    now_ms: int,
) -> SiteVerdict:
    broken = site.state in (*FAULTY, State.DEGRADED)
    back = there if site.state in FAULTY else everything
    pick = min if site.state in FAULTY else max
    since = pick(nodes[n].since or 0 for n in back)
    bad = [nodes[n].last_bad or 0 for n in back if nodes[n].since == since]
    if since <= (site.since or 0) and broken:  # what was broken stands there no more
        since = now_ms
    return SiteVerdict(
        state=State.UP,
        since=since,
        reason="gateway",
        last_bad=max((b for b in bad if 0 < b < since), default=None),
        first_good=since if broken else None,
    )

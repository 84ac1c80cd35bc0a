"""What a site is, from its entry paths or its gateways; degraded when a part of it is not well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probes.graph import Graph
from probes.marks import Marks
from probes.node import FAULTY, WELL, Node
from probes.off_hours import OffHours
from probes.telling import Teller
from store.states import Mark, State

IDLE = frozenset({Mark.ADMIN_DOWN, Mark.NEVER_SEEN})  # a standby like that carries nothing


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


class Sites:
    """Looks at the sites that something touched, and tells what changed."""

    def __init__(
        self,
        graph: Graph,
        nodes: Sequence[Node],
        marks: Marks,
        teller: Teller,
        hours: OffHours,
    ) -> None:
        self._graph = graph
        self._nodes = nodes
        self._marks = marks
        self._teller = teller
        self._hours = hours

    def roll_up(self, now_ms: int) -> None:
        touched = sorted(self._teller.touched)
        self._teller.touched.clear()
        for site, found in judge_sites(self._graph, self._nodes, touched, now_ms):
            node = self._nodes[site]
            since, bad = found.since, found.first_bad
            if found.state in FAULTY:
                since = self._hours.missed_from(site, since)
                bad = since if bad is None or since > found.since else bad
            node.last_good, node.first_bad = found.last_good, bad
            node.last_bad = found.last_bad if bad is None else max(bad, found.last_bad or 0)
            if found.state in FAULTY and self._hours.closed(site, since):
                if not self._hours.sleeps(site):
                    self._hours.sleep(site, max(since, node.since or 0))
                continue
            if found.state not in FAULTY:
                self._hours.wake(site)
            self._marks.put(site, Mark.NEVER_SEEN, on=False)
            self._teller.tell(
                site,
                found.state,
                since,
                found.reason,
                root=found.root,
                first_good=found.first_good,
            )


def judge_sites(
    graph: Graph, nodes: Sequence[Node], touched: Sequence[int], now_ms: int
) -> Iterator[tuple[int, SiteVerdict]]:
    """The sites whose state or root changed."""
    for site in touched:
        found = _site(graph, nodes, site, now_ms)
        if found is not None and (found.state, found.root) != (nodes[site].state, nodes[site].root):
            yield site, found


def _site(graph: Graph, nodes: Sequence[Node], site: int, now_ms: int) -> SiteVerdict | None:
    ways, need = _ways_in(graph, site)
    known = [n for n in ways if nodes[n].since is not None]
    if not known:  # a new gateway that never answered: what the old one said is over
        seen = nodes[site].since is not None
        return SiteVerdict(state=State.UNKNOWN, since=now_ms, reason="gateway") if seen else None
    there = [n for n in known if nodes[n].state in WELL]
    lost = [n for n in known if nodes[n].state in FAULTY]
    if len(there) < need:
        if len(known) - len(lost) >= need or not lost:  # it hangs on what we cannot see
            return SiteVerdict(state=State.UNKNOWN, since=now_ms, reason="not_seen")
        return _gone(nodes, lost, len(known) - need)
    backup = _on_backup(graph, nodes, site)
    if backup is not None:
        return _limps(nodes, nodes[site], [backup], there, "on_backup")
    everything = tuple(dict.fromkeys((*ways, *graph.gateways[site], *graph.members[site])))
    bad = [n for n in everything if nodes[n].state in (*FAULTY, State.DEGRADED)]
    if bad:
        return _limps(nodes, nodes[site], bad, there, "part")
    return _whole(nodes, nodes[site], there, everything, now_ms)


def _ways_in(graph: Graph, site: int) -> tuple[tuple[int, ...], int]:
    """The paths that decide, and how many of them must be up.

    Those of the state network; without any, those of the Internet; without paths, any gateway.
    """
    declared = graph.entries.get(site, ())
    state = tuple(entry for entry in declared if entry.network == "state") or declared
    if not state:
        return graph.gateways[site], 1
    return tuple(entry.node for entry in state), max(entry.need for entry in state)


def _on_backup(graph: Graph, nodes: Sequence[Node], site: int) -> int | None:
    """The primary link that is lost while a standby carries; None where there is no such case."""
    links = {link for g in graph.gateways[site] for link, _ in graph.ways[g] if link is not None}
    entries = graph.entries.get(site, ())
    state = [entry for entry in entries if entry.network == "state"] or entries
    links |= {entry.node for entry in state if entry.node >= graph.devices}
    primary = [n for n in links - graph.backups if nodes[n].since is not None]
    standby = [n for n in links & graph.backups if _may_carry(nodes[n])]
    lost = [n for n in primary if nodes[n].state in FAULTY]
    if not standby or not lost or len(lost) < len(primary):
        return None
    return max(lost, key=lambda n: (nodes[n].since or 0, n))


def _may_carry(standby: Node) -> bool:
    return standby.state not in FAULTY and standby.marks.isdisjoint(IDLE)


def _gone(nodes: Sequence[Node], lost: Sequence[int], spare: int) -> SiteVerdict:
    """The way whose fall left too few took the site with it: the first `spare` were no loss."""
    in_turn = sorted(lost, key=lambda n: (nodes[n].since or 0, n))
    last = in_turn[min(spare, len(in_turn) - 1)]
    node = nodes[last]
    return SiteVerdict(
        state=node.state,
        since=node.since or 0,
        reason="gateway",
        root=node.root if node.root is not None else last,
        last_good=node.last_good,
        first_bad=node.first_bad if node.first_bad is not None else node.since,
        last_bad=max((nodes[n].last_bad or 0 for n in lost), default=node.last_bad),
    )


def _limps(
    nodes: Sequence[Node],
    site: Node,
    bad: Sequence[int],
    there: Sequence[int],
    reason: str,
) -> SiteVerdict:
    """It is there, and something of it is not well: the worst of `bad` gives root and times."""
    worst = max(bad, key=lambda n: (nodes[n].state == State.DOWN, nodes[n].since or 0))
    node = nodes[worst]
    since = max(node.since or 0, site.since or 0)
    if site.state in FAULTY:  # the gateway is back, what stands behind it is not yet
        since = min(nodes[n].since or 0 for n in there)
    first_bad = node.first_bad if node.first_bad is not None else since
    return SiteVerdict(
        state=State.DEGRADED,
        since=since,
        reason=reason,
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

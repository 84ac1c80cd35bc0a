"""What we believe of services: confirmed by asking again, not blamed for what they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from probes import asking
from probes.graph import Graph
from probes.marks import Marks
from probes.node import FAULTY, Node
from probes.services.results import LIMPS, NOT_ASKED, SILENT, SURE, Fault
from probes.sight import Eyes
from probes.telling import Teller
from store.states import Mark, State

CONFIRMS = 3  # checks in a row
AGAIN_MS = 5_000  # between them
BACK_MS = 1_000  # after the first good answer


class Served(NamedTuple):
    """One check of a service. It was well at the latest when it was asked, and it is back at the
    earliest when it had answered."""

    node: int
    asked_ms: int
    ended_ms: int
    fault: Fault
    rtt_us: int | None = None


class Portals:
    """`_ripe`: confirmed, but perhaps not its own fault; `_own`: down, and silent; `_behind`:
    unreachable; `_at`: site or service → what stands on it; `_cut`: those of them that are down."""

    def __init__(
        self, graph: Graph, nodes: Sequence[Node], marks: Marks, teller: Teller, eyes: Eyes
    ) -> None:
        self._graph = graph
        self._nodes = nodes
        self._marks = marks
        self._teller = teller
        self._eyes = eyes
        self._ripe: dict[int, Fault] = {}
        self._own: dict[int, Fault] = {}
        self._behind: set[int] = set()
        self._cut: set[int] = set()
        self._not_asked: set[int] = set()
        self._at: dict[int, list[int]] = {}
        for n, site in graph.homes.items():
            for each in (site, *self._needs(n)):
                if each is not None:
                    self._at.setdefault(each, []).append(n)
        self._above = {
            site: tuple(dict.fromkeys(self._ways_to(site) + graph.anchors))
            for site in self._at.keys() - graph.homes.keys()
        }

    def _ways_to(self, site: int) -> tuple[int, ...]:
        """Devices whose fall may be what cut the site off."""
        graph = self._graph
        ways = (*graph.gateways[site], *(entry.node for entry in graph.entries.get(site, ())))
        return tuple(n for way in ways for n in asking.above(graph, way) if n < graph.devices)

    def restore(self, n: int) -> None:
        """As the record has it: the next checks tell the rest."""
        if self._nodes[n].state == State.UNREACHABLE:
            self._behind.add(n)

    def take_over(self, old: Portals, numbers: Mapping[int, int]) -> None:
        """Go on in our own numbering, with the things that go on."""
        self._ripe = {numbers[n]: fault for n, fault in old._ripe.items() if n in numbers}
        self._own = {numbers[n]: fault for n, fault in old._own.items() if n in numbers}
        self._behind = {numbers[n] for n in old._behind if n in numbers}
        self._cut = {numbers[n] for n in old._cut if n in numbers} & self._at.keys()
        self._not_asked = {numbers[n] for n in old._not_asked if n in numbers}

    def forget(self) -> None:
        """After blindness all is asked anew."""
        self._ripe.clear()
        self._not_asked.clear()

    # -- what comes in -------------------------------------------------------------------------

    def hear(self, checks: Iterable[Served], now_ms: int) -> None:
        for served in checks:
            self._hear(served, now_ms)

    def _hear(self, served: Served, now_ms: int) -> None:
        node = self._nodes[served.node]
        if served.fault in NOT_ASKED:
            self._could_not_ask(served, now_ms)
            return
        self._not_asked.discard(served.node)
        node.rtt_us = served.rtt_us
        if not self._graph.devices:  # nothing else tells whether we see
            self._eyes.saw(served.asked_ms)
        if served.fault is Fault.NONE or served.fault in LIMPS:
            self._well(served, node, now_ms)
        else:
            self._ill(served, node, now_ms)

    def _could_not_ask(self, served: Served, now_ms: int) -> None:
        """Our own fault, twice in a row: what it is now nobody knows."""
        n, node = served.node, self._nodes[served.node]
        if self._eyes.blind or node.since is None or node.state == State.UNKNOWN:
            return
        self._acquit(n)
        if n not in self._not_asked:
            self._not_asked.add(n)
            self._teller.out.checks.append((n, now_ms + AGAIN_MS))
            return
        since = max(node.since, node.last_good or 0, node.last_bad or 0)
        self._leave(n)
        self._teller.tell(n, State.UNKNOWN, since, served.fault)

    def _well(self, served: Served, node: Node, now_ms: int) -> None:
        n, limps = served.node, served.fault in LIMPS
        if served.asked_ms <= (node.last_good or 0):
            return
        if node.state in FAULTY:
            self._recover(served, node, now_ms)
            return
        self._acquit(n)
        self._marks.put(n, Mark.NEVER_SEEN, on=False)
        self._marks.put(n, Mark.OFF_HOURS, on=False)
        if limps:
            node.last_bad = max(node.last_bad or 0, served.asked_ms)
            if node.state != State.DEGRADED:
                node.first_bad = served.asked_ms
                self._teller.tell(n, State.DEGRADED, served.asked_ms, served.fault)
            return
        node.last_good = served.asked_ms
        if node.state != State.UP:
            good = served.ended_ms if node.state == State.DEGRADED else None
            since = served.asked_ms if good is None else good
            self._teller.tell(n, State.UP, since, "answers", first_good=good)

    def _recover(self, served: Served, node: Node, now_ms: int) -> None:
        """Up after two good answers; the outage ends at the first."""
        n = served.node
        if served.asked_ms <= (node.last_bad or 0):
            return
        if node.good_since is None:
            node.good_since = served.ended_ms
            self._acquit(n, keep_bad=True)
            self._teller.out.checks.append((n, now_ms + BACK_MS))
            return
        good, node.good_since = node.good_since, None
        self._leave(n)
        if served.fault in LIMPS:
            self._teller.tell(n, State.DEGRADED, good, served.fault)
            return
        node.last_good, node.back_at = served.asked_ms, good
        self._teller.tell(n, State.UP, good, "answers", first_good=good)
        node.first_bad = None

    def _ill(self, served: Served, node: Node, now_ms: int) -> None:
        n, fault, asked_ms = served.node, served.fault, served.asked_ms
        if asked_ms < self._eyes.sees_from or asked_ms <= (node.last_good or 0):
            return
        if node.since is None and (fault in SILENT or fault is Fault.NO_NAME):
            return  # it never said anything: not in service yet
        node.last_bad = max(node.last_bad or 0, asked_ms)
        node.good_since = None
        if Mark.OFF_HOURS in node.marks and self._asleep(n):
            return
        if node.state == State.DOWN:
            if fault not in SILENT and not self._needs(n):
                self._own.pop(n, None)
            return
        root = self._root(n, fault)
        if node.state == State.UNREACHABLE and root is not None:
            if root != node.root:
                self._teller.tell(n, State.UNREACHABLE, now_ms, fault, root=root)
            return
        if node.misses == 0:
            node.first_bad = node.first_bad if node.state == State.DEGRADED else asked_ms
            node.confirming_from = asked_ms
            if fault in SILENT:
                self._ask_ways(n, now_ms)
            self._teller.out.checks += [(need, now_ms) for need in self._needs(n)]
        node.misses += 1
        node.need = node.misses if fault in SURE or root is not None else CONFIRMS
        if node.confirmed:
            self._ripe[n] = fault
        else:
            self._teller.out.checks.append((n, now_ms + AGAIN_MS))

    def _ask_ways(self, n: int, now_ms: int) -> None:
        """Is it the site? Its ways in are asked at once, not at their turn."""
        site = self._graph.homes[n]
        if site is not None:
            self._teller.out.asks += [(way, now_ms) for way in self._graph.gateways[site]]

    # -- deciding ------------------------------------------------------------------------------

    def settle(self, now_ms: int) -> None:
        """After the sites were judged; blindness freezes all."""
        if self._eyes.blind:
            return
        self._follow(now_ms)
        for n, fault in list(self._ripe.items()):
            root = self._root(n, fault)
            if root is None and self._in_question(n, fault):
                continue
            if root is None and fault in SILENT and self._asleep(n):
                self._sleep(n)
            else:
                self._fail(n, fault, root)
        for n, fault in list(self._own.items()):
            root = self._root(n, fault)
            if root is not None and self._fell_together(n, fault):
                del self._own[n]
                self._behind.add(n)
                self._teller.tell(n, State.UNREACHABLE, now_ms, fault, root=root)

    def _follow(self, now_ms: int) -> None:
        """A site or service that fell, or came back: what stands on it is asked at once."""
        for each, services in self._at.items():
            down = self._nodes[each].state in FAULTY
            if down != (each in self._cut):
                self._cut.symmetric_difference_update({each})
                wanted = services if down else self._behind.intersection(services)
                self._teller.out.checks += [(n, now_ms) for n in sorted(wanted)]

    def _fail(self, n: int, fault: Fault, root: int | None) -> None:
        node = self._nodes[n]
        since = max(node.confirming_from, node.since or 0)
        self._acquit(n, keep_bad=True)
        self._marks.put(n, Mark.NEVER_SEEN, on=False)
        self._marks.put(n, Mark.OFF_HOURS, on=False)
        if root is None:
            self._behind.discard(n)
            if fault in SILENT or self._needs(n):
                self._own[n] = fault
            self._teller.tell(n, State.DOWN, since, fault)
        else:
            self._behind.add(n)
            self._teller.tell(n, State.UNREACHABLE, since, fault, root=root)

    def _asleep(self, n: int) -> bool:
        """Its site is closed and fell silent: nobody is expected there."""
        site = self._graph.homes[n]
        here = () if site is None else (site, *self._graph.gateways[site])
        return any(Mark.OFF_HOURS in self._nodes[each].marks for each in here)

    def _sleep(self, n: int) -> None:
        node = self._nodes[n]
        since = max(node.confirming_from, node.since or 0)
        self._leave(n)
        self._marks.put(n, Mark.OFF_HOURS, on=True)
        self._teller.tell(n, State.UNKNOWN, since, "off_hours")

    def _needs(self, n: int) -> tuple[int, ...]:
        return self._graph.needs.get(n, ())

    def _stands_on(self, n: int, fault: Fault) -> tuple[int, ...]:
        """What may have made it fail so: its site, of which silence alone tells, and the services
        that it needs, which may also make it say the wrong thing."""
        site = self._graph.homes[n]
        mine = (site,) if site is not None and fault in SILENT else ()
        return (*mine, *self._needs(n))

    def _fallen(self, n: int, fault: Fault) -> list[int]:
        return [u for u in self._stands_on(n, fault) if self._nodes[u].state in FAULTY]

    def _root(self, n: int, fault: Fault) -> int | None:
        """The fault that took it along."""
        for each in self._fallen(n, fault):
            root = self._nodes[each].root
            return each if root is None else root
        return None

    def _in_question(self, n: int, fault: Fault) -> bool:
        """Does anything that it stands on miss answers, and is not judged yet?"""
        return any(
            self._nodes[each].misses or any(self._nodes[u].need for u in self._above.get(each, ()))
            for each in self._stands_on(n, fault)
        )

    def _fell_together(self, n: int, fault: Fault) -> bool:
        """It failed no earlier than what it stands on may have done."""
        first_bad = self._nodes[n].first_bad or 0
        fallen = self._fallen(n, fault)
        return any(first_bad >= (self._nodes[u].last_good or 0) for u in fallen)

    def _acquit(self, n: int, *, keep_bad: bool = False) -> None:
        node = self._nodes[n]
        self._ripe.pop(n, None)
        node.misses = node.need = 0
        if not keep_bad and node.state == State.UP:
            node.first_bad = None

    def _leave(self, n: int) -> None:
        """No longer down or unreachable."""
        self._acquit(n, keep_bad=True)
        self._own.pop(n, None)
        self._behind.discard(n)

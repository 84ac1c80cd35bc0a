"""Judges the suspects from the monitor outwards: their own fault, a root above them, or not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from probes import asking
from probes.graph import Graph
from probes.judgement import Pace
from probes.links import Links
from probes.marks import Marks
from probes.mass import Mass
from probes.node import WELL, Node
from probes.off_hours import OffHours
from probes.roots import Verge, verge
from probes.sight import Eyes
from probes.telling import Teller
from store.states import Mark, State


class Court:
    """`suspects`: devices that miss answers, or wait for an ancestor; `ripe`: those of them that
    can be judged; `late`: what was down by its own fault until a link spoke."""

    def __init__(
        self,
        graph: Graph,
        nodes: Sequence[Node],
        pace: Pace,
        teller: Teller,
        marks: Marks,
        links: Links,
        hours: OffHours,
        eyes: Eyes,
    ) -> None:
        self.graph = graph
        self.nodes = nodes
        self.pace = pace
        self._teller = teller
        self._marks = marks
        self._links = links
        self._hours = hours
        self._eyes = eyes
        self.mass = Mass(graph, nodes, teller)
        self.suspects: set[int] = set()
        self.ripe: set[int] = set()
        self.late: set[int] = set()

    def take_over(self, old: Court, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering."""
        for mine, theirs in (
            (self.suspects, old.suspects),
            (self.ripe, old.ripe),
            (self.late, old.late),
        ):
            mine.update(numbers[n] for n in theirs if n in numbers)
        self.mass.take_over(old.mass, numbers)

    def rewired(self, some: Iterable[int], now_ms: int) -> None:
        """These hang on something else than before: what is believed of them is looked at again."""
        for n in some:
            state = self.nodes[n].state
            if n in self.suspects:
                self.ask_itself(n, now_ms)
                self.ripe.add(n)
            elif state == State.DOWN:
                self.late.add(n)
            elif state == State.UNREACHABLE:
                self._teller.out.asks.append((n, now_ms))

    def clear(self) -> None:
        """Nothing that was half believed counts any more."""
        self.suspects.clear()
        self.ripe.clear()

    def dismiss(self, n: int) -> None:
        self.nodes[n].stop_confirming()
        self.suspects.discard(n)
        self.ripe.discard(n)

    def acquit(self, n: int, at_ms: int) -> None:
        """It answered: what waited for its verdict is now asked for itself."""
        self.dismiss(n)
        for c in self.graph.below[n]:
            if self.nodes[c].hangs:
                self.ask_itself(c, at_ms)

    def hold_below(self, n: int) -> None:
        """It is in question itself: what hangs on it waits for its verdict, and is not asked."""
        for c in self.graph.below[n]:
            if c in self.suspects and not self.nodes[c].confirmed:
                self.nodes[c].hangs = asking.in_question(self.graph, self.nodes, c)

    def ask_itself(self, n: int, now_ms: int) -> None:
        node = self.nodes[n]
        node.hangs = asking.in_question(self.graph, self.nodes, n)
        if node.hangs:
            return
        node.confirming_from = now_ms
        node.confirming_ms = asking.confirming_ms(node, self.pace)
        asking.confirm(self.graph, self.nodes, self.pace, n, now_ms, self._teller.out)

    def verge(self, n: int) -> Verge:
        return verge(self.graph, self.nodes, n, self.suspects, self.mass.members)

    def tell_behind(self, n: int, since: int, found: Verge) -> None:
        state = State.UNREACHABLE
        self._teller.tell(n, state, since, "no_answer", root=found.root, also=found.also)

    def settle(self, now_ms: int) -> None:
        """Judge the suspects from the monitor outwards."""
        out = self._teller.out
        before = len(out.verdicts)
        if not self.mass.holds(self.suspects, self.pace, now_ms):
            lone = self._strike() if self.ripe else None
            waiting = {
                n
                for n in self._in_order(self.ripe)
                if self._judge(n, "mass" if n == lone else self.nodes[n].why)
            }
            self.ripe |= waiting
        if self.late:
            self._move_behind(now_ms)
        for link in self._links.settle():
            self.turned(link, now_ms, up=False)
        self._hours.look(now_ms, self.verge)
        if len(out.verdicts) > before:
            self._links.follow(now_ms)

    def _in_order(self, some: set[int]) -> Iterable[int]:
        """From the monitor outwards, those too that become ripe on the way."""
        order = self.graph.order
        while some:
            rank = min(order[n] for n in some)
            now = sorted(n for n in some if order[n] == rank)
            some.difference_update(now)
            yield from now

    def _strike(self) -> int | None:
        """Is it a mass outage? Gives its root where one silent node stands above all the rest."""
        if not self.mass.suspected(self.suspects):
            return None
        tops = [n for n in sorted(self.suspects) if self._falls(n) and self.verge(n) == Verge(None)]
        struck = self.mass.strike(tops, len(self.suspects))
        return tops[0] if len(tops) == 1 and not struck else None

    def _falls(self, n: int) -> bool:
        node = self.nodes[n]
        return node.confirmed and not self._vouched(n) and not self._in_doubt(n)

    def _in_doubt(self, n: int) -> bool:
        node = self.nodes[n]
        return self._eyes.in_doubt(node, self._teller.well - (node.state in WELL))

    def _judge(self, n: int, reason: str) -> bool:
        """Its own fault, or that of a root above it; True: it waits to be judged again."""
        node = self.nodes[n]
        if n not in self.suspects or not (node.confirmed or node.hangs):
            return False
        if node.confirmed and self._vouched(n):
            return False
        found = self.verge(n)
        if found.waits or self._in_doubt(n) or (found.root is None and not node.confirmed):
            return node.confirmed or found.root is not None
        round_ms = self.pace.every_ms(n) + self.pace.timeout_ms
        if found.root is None and self.mass.joins(n, round_ms):
            found = self.verge(n)
        self._fail(n, found, reason)
        return False

    def _fail(self, n: int, found: Verge, reason: str) -> None:
        """Confirmed: its own fault, or that of the root; what we could not send is nobody's."""
        node = self.nodes[n]
        self.suspects.discard(n)
        node.misses = node.need = 0
        node.hangs = False
        self.ripe.update(c for c in self.graph.below[n] if c in self.suspects)
        since = max(node.first_bad or 0, node.since or 0)
        if self._hours.closed(n, node.first_bad or since):
            self._hours.sleep(n, since)
            return
        if node.unsent and found.root is None:
            if node.state != State.UNKNOWN:
                self._teller.tell(n, State.UNKNOWN, since, "unsent")
            return
        state = State.DOWN if found.root is None else State.UNREACHABLE
        if (state, found.root) == (node.state, node.root):
            return  # its root failed again before it was judged by itself
        if found.root is None:
            self._teller.tell(n, state, since, reason)
        else:
            self.tell_behind(n, since, found)

    def _move_behind(self, now_ms: int) -> None:
        """The link spoke after the verdict: the fault is the link's, from now on."""
        moved: dict[int, Verge] = {}
        for n in sorted(self.late, key=self.graph.order.__getitem__):
            found = self.verge(n)
            if self.nodes[n].state == State.DOWN and found.root is not None:
                self.tell_behind(n, now_ms, found)
                moved[n] = found
        self.late.clear()
        for c, child in enumerate(self.nodes) if moved else ():
            if child.state == State.UNREACHABLE and child.root in moved and c < self.graph.devices:
                self.tell_behind(c, now_ms, moved[child.root])

    def _vouched(self, n: int) -> bool:
        """An answer from behind a silent node proves that it carries: `no ICMP`, not down."""
        node = self.nodes[n]
        middle = node.confirming_from + node.confirming_ms // 2
        heard = [
            self.nodes[c].last_good or 0
            for c in self.graph.below[n]
            if all(upper == n for _, upper in self.graph.ways[c])
        ]
        proof = max(heard, default=0)
        if proof < middle:
            return False
        node.last_good = proof
        self.acquit(n, proof)
        self._marks.put(n, Mark.NO_ICMP, on=True)
        return True

    def turned(self, link: int, at_ms: int, *, up: bool) -> None:
        """A link that turned: what is behind it is asked at once, or judged again."""
        if up:
            asking.below(self.graph, self.nodes, link, at_ms, self._teller.out)
            return
        below = self.graph.below[link]
        self.late.update(c for c in below if self.nodes[c].state == State.DOWN)
        self.ripe.update(c for c in below if c in self.suspects)

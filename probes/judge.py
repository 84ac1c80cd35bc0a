"""Decides what we believe: states, answers, topology and time in; changes and questions out.

No clock, no socket, no database: the same inputs give the same judgement. A fault is confirmed by
quick questions, the failed ancestor nearest to the monitor is the root, what lies behind it is
unreachable, and blindness is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probes import asking
from probes.graph import Graph
from probes.judgement import Judgement, LinkSaid, Pace
from probes.links import Links
from probes.marks import Marks
from probes.node import FAULTY, Node, misses_needed
from probes.results import UNSENT, Ping
from probes.roots import verge
from probes.sight import Eyes
from probes.sites import judge_sites
from store.changes import Reading, Seeing, Sight, Verdict
from store.states import Kind, Mark, State

SILENT_POLLS = 2  # unanswered SNMP polls in a row that make a device `management silent`
LONGEST = 16  # quick questions of the longest confirmation
ALL_MISSED = 0b111111  # the last six pings


class Judge:
    """The beliefs about all nodes of one graph, stepped forward by `step`."""

    def __init__(self, graph: Graph, pace: Pace, started_ms: int) -> None:
        self.graph = graph
        self.pace = pace
        self.nodes = [Node() for _ in graph.keys]
        for node in self.nodes:
            node.marks.add(Mark.NEVER_SEEN)
        self._marks = Marks(graph, self.nodes)
        self._links = Links(graph, self.nodes, self._marks, self._verdict)
        self.eyes = Eyes(graph.anchors, started_ms + pace.interval_ms + pace.timeout_ms)
        self._suspects: set[int] = set()  # nodes that miss answers, or wait for an ancestor
        self._touched: set[int] = set()  # sites to look at again
        self._started_ms = started_ms
        self._late: set[int] = set()  # down by their own fault until a link spoke
        self._out = Judgement()

    # -- what comes in -------------------------------------------------------------------------

    def restore(
        self,
        n: int,
        state: State,
        since: int,
        *,
        seen_to: int,
        last_bad: int | None = None,
        root: int | None = None,
        marks: frozenset[Mark] = frozenset(),
    ) -> None:
        """What the record believed when the monitor last stopped, and until when it saw.

        Something answered at `seen_to`, not everything: this node did at the latest one round and
        one confirmation before. A record from the future is one of a clock that was set back.
        """
        node = self.nodes[n]
        node.state, node.since, node.root, node.last_bad = state, since, root, last_bad
        round_ms = self.pace.interval_ms + self.pace.timeout_ms + LONGEST * self.pace.quick_ms
        answered = min(max(since, seen_to - round_ms), self._started_ms - 1)
        node.last_good = answered if state not in FAULTY else None
        node.first_bad = since if state in FAULTY else None
        node.last_bad = last_bad and min(last_bad, self._started_ms - 1)
        self._marks.restore(n, marks, self._started_ms)
        self._touched |= {n} & self.graph.gateways.keys()

    def step(self, now_ms: int, pings: Iterable[Ping], links: Sequence[LinkSaid] = ()) -> Judgement:
        """Take in answers (times here in UTC ms) and decide; cheap when nothing happened."""
        for n, sent_ms, rtt in pings:
            if rtt >= 0:
                self.nodes[n].rtt_us = rtt // 1000
                self._heard(n, sent_ms)
            else:
                self._missed(n, sent_ms, now_ms, unsent=rtt == UNSENT)
        for said in links:
            self._link(said)
        self._look(now_ms)
        if not self.eyes.blind:
            self._settle(now_ms)
        self._roll_up(now_ms)
        self._out.marks += self._marks.take(now_ms)
        out, self._out = self._out, Judgement()
        return out

    def alive(self, n: int, sent_ms: int) -> None:
        """Another valid answer (SNMP) proves a device alive, however silent its ping is."""
        node = self.nodes[n]
        node.silent_polls = 0
        if Mark.MANAGEMENT_SILENT in node.marks:
            self._marks.put(n, Mark.MANAGEMENT_SILENT, on=False)
        self._proven(n, sent_ms, sure=True)
        if node.asked >= 6 and node.bits & ALL_MISSED == ALL_MISSED:
            self._marks.put(n, Mark.NO_ICMP, on=True)

    def silent(self, n: int) -> None:
        """An SNMP poll without an answer: a mark beside the state, never a fault of the device."""
        node = self.nodes[n]
        node.silent_polls += 1
        up = node.state in (State.UP, State.DEGRADED) and not node.need
        if up and node.silent_polls >= SILENT_POLLS:
            self._marks.put(n, Mark.MANAGEMENT_SILENT, on=True)
            self._links.lose(n)

    def unanswered(self, n: int, asked_ms: int, now_ms: int) -> None:
        """A poll of a device that is asked by SNMP alone: two in a row confirm its fault."""
        self._missed(n, asked_ms, now_ms, unsent=False)
        self.nodes[n].need = min(self.nodes[n].need, SILENT_POLLS)

    def unasked(self, n: int, now_ms: int) -> None:
        """We have no address for it: from its last answer on nothing is known."""
        node = self.nodes[n]
        if node.since is not None and node.state != State.UNKNOWN:
            since = max(node.since, node.last_good or now_ms)
            self._verdict(n, State.UNKNOWN, since, "unresolved")

    def shift(self, by_ms: int) -> None:
        """The wall clock was set: all that we remember moves with it, only the record does not."""
        for node in self.nodes:
            node.shift(by_ms)
        self.eyes.shift(by_ms)

    def gap(self, from_ms: int, now_ms: int, why: str) -> None:
        """We were stalled or asleep since then: that time is unknown, and all is asked anew."""
        self.eyes.lose(from_ms, now_ms, why, self._out)
        self._start_again(from_ms)

    def readings(self) -> list[Reading]:
        """RTT and loss of every device that was ever asked."""
        return [
            Reading(
                thing_id=self.graph.thing_ids[n],
                rtt_us=node.rtt_us if node.state not in FAULTY else None,
                loss_pct=round(node.loss * 100, 1) if node.asked else None,
            )
            for n, node in enumerate(self.nodes)
            if node.asked
        ]

    # -- answers and misses --------------------------------------------------------------------

    def _heard(self, n: int, sent_ms: int) -> None:
        node = self.nodes[n]
        if Mark.NO_ICMP in node.marks:  # what it left unanswered on purpose was not lost
            self._marks.put(n, Mark.NO_ICMP, on=False)
            node.forget_losses(until=sent_ms)
        node.note(missed=False)
        node.unsent = False
        self._proven(n, sent_ms)
        if node.state == State.UP and node.heavy_loss() is True:
            self._degrade(n, sent_ms)
        elif node.state == State.DEGRADED and node.heavy_loss() is False:
            self._verdict(n, State.UP, sent_ms, "loss_cleared", first_good=sent_ms)

    def _proven(self, n: int, sent_ms: int, *, sure: bool = False) -> None:
        """A valid answer to a question sent then."""
        node = self.nodes[n]
        self.eyes.saw(sent_ms)
        before = node.last_good
        if before is not None and sent_ms <= before:
            return
        if node.state in FAULTY:
            self._recover(n, sent_ms, sure=sure)
            return
        node.last_good = sent_ms
        if node.first_bad is None or sent_ms > node.first_bad:
            node.stop_confirming()
            self._suspects.discard(n)
        if node.state not in (State.UP, State.DEGRADED):
            self._marks.put(n, Mark.NEVER_SEEN, on=False)
            self._verdict(n, State.UP, sent_ms, "answers")

    def _recover(self, n: int, sent_ms: int, *, sure: bool) -> None:
        """Up after two answers (an SNMP poll is several); the outage ends at the first."""
        node = self.nodes[n]
        if node.last_bad is not None and sent_ms <= node.last_bad:
            return
        if node.good_since is None:
            node.good_since = sent_ms
            self._out.asks.append((n, sent_ms + self.pace.quick_ms))
            asking.links(self.graph, n, self._out)
            if not sure:
                return
        elif sent_ms == node.good_since:
            return
        first_good, node.good_since = node.good_since, None
        node.last_good = sent_ms
        node.stop_confirming()
        node.forget_losses(until=sent_ms)
        self._suspects.discard(n)
        self._verdict(n, State.UP, first_good, "answers", first_good=first_good)
        asking.below(self.graph, self.nodes, n, sent_ms, self._out)

    def _missed(self, n: int, sent_ms: int, now_ms: int, *, unsent: bool) -> None:
        node = self.nodes[n]
        if sent_ms < self.eyes.sees_from:
            return
        node.unsent = unsent
        if node.since is None:
            return
        usual_loss = node.usual_loss
        if sent_ms >= node.lossless_until and not unsent:  # what never left us is no loss
            node.note(missed=True)
            node.lost_at = sent_ms
        if node.last_good is not None and sent_ms <= node.last_good:
            asking.again(node, n, self.pace, now_ms, self._out)
            return
        if node.good_since is not None and sent_ms > node.good_since:
            node.good_since = None
        node.last_bad = max(node.last_bad or 0, sent_ms)
        if node.state == State.DOWN or self._still_behind(n, now_ms):
            return
        if node.misses == 0:
            node.first_bad = sent_ms
            node.confirming_from = now_ms
            node.need = 1 + misses_needed(usual_loss)
            asking.confirm(self.graph, self.nodes, self.pace, n, now_ms, self._out)
        node.first_bad = min(node.first_bad or sent_ms, sent_ms)
        node.misses += 1
        self._suspects.add(n)

    def _still_behind(self, n: int, now_ms: int) -> bool:
        """An unreachable node proves nothing of itself until a way to it is open again."""
        node = self.nodes[n]
        if node.state != State.UNREACHABLE:
            return False
        found = verge(self.graph, self.nodes, n)
        if found.root is not None and found.root != node.root:
            self._verdict(n, State.UNREACHABLE, now_ms, "no_answer", root=found.root)
        return found.root is not None

    def _link(self, said: LinkSaid) -> None:
        """A link that turned: what is behind it is asked at once, or judged again."""
        if not self._links.hear(said):
            return
        if said.up:
            asking.below(self.graph, self.nodes, said.link, said.asked_ms, self._out)
        else:
            down = [c for c in self.graph.below[said.link] if self.nodes[c].state == State.DOWN]
            self._late.update(down)

    # -- deciding ------------------------------------------------------------------------------

    def _look(self, now_ms: int) -> None:
        """Do we see at all? Blind freezes every state; sight opens once all were asked again."""
        if self.eyes.blind:
            self.eyes.wakes(now_ms, self.pace, self._out)
        elif self.eyes.closed(self.nodes, self._suspects):
            seen_to = self.eyes.last_answer
            self.eyes.lose(seen_to, now_ms, "the anchors and all else silent", self._out)
            self._start_again(seen_to)
        self.eyes.open_when_due(now_ms, self._out)

    def _start_again(self, seen_to: int) -> None:
        """Nothing that was half believed counts any more, nor what was missed in blindness."""
        for node in self.nodes:
            if node.last_bad is not None and node.last_bad > seen_to:
                asked = seen_to - self.pace.interval_ms  # each is asked once in a round
                node.last_bad = max(node.first_bad or 0, asked)
            node.good_since = None
            node.unsent = False
            node.misses = node.need = 0
            node.forget_losses()
        self._suspects.clear()

    def _settle(self, now_ms: int) -> None:
        """Judge the suspects from the monitor outwards."""
        for n in sorted(self._suspects, key=self.graph.order.__getitem__):
            node = self.nodes[n]
            if not node.confirmed or self._vouched(n) or self.eyes.in_doubt(self.nodes, n):
                continue
            found = verge(self.graph, self.nodes, n)
            if not found.waits:
                self._fail(n, found.root)
        for n in sorted(self._late, key=self.graph.order.__getitem__):
            root = verge(self.graph, self.nodes, n).root
            if self.nodes[n].state == State.DOWN and root is not None:
                self._move_behind(n, root, now_ms)
        self._late.clear()
        if self._out.verdicts:
            self._links.follow(now_ms)

    def _fail(self, n: int, root: int | None) -> None:
        """Confirmed: its own fault, or that of the root."""
        node = self.nodes[n]
        self._suspects.discard(n)
        node.misses = node.need = 0
        since = node.first_bad or 0
        state = State.DOWN if root is None else State.UNREACHABLE
        if (state, root) == (node.state, node.root):
            return  # its root failed again before it was judged by itself
        self._verdict(n, state, max(since, node.since or 0), "no_answer", root=root)

    def _move_behind(self, n: int, root: int, now_ms: int) -> None:
        """The link spoke after the verdict: the fault is the link's, from now on."""
        self._verdict(n, State.UNREACHABLE, now_ms, "no_answer", root=root)
        for c, child in enumerate(self.nodes):
            if child.state == State.UNREACHABLE and child.root == n:
                self._verdict(c, State.UNREACHABLE, now_ms, "no_answer", root=root)

    def _vouched(self, n: int) -> bool:
        """An answer from behind a silent node proves that it carries: `no ICMP`, not down."""
        node = self.nodes[n]
        middle = node.confirming_from + (node.need - 1) * self.pace.quick_ms // 2
        heard = [
            self.nodes[c].last_good or 0
            for c in self.graph.below[n]
            if all(upper == n for _, upper in self.graph.ways[c])
        ]
        proof = max(heard, default=0)
        if proof < middle:
            return False
        node.last_good = proof
        node.stop_confirming()
        self._suspects.discard(n)
        self._marks.put(n, Mark.NO_ICMP, on=True)
        return True

    def _degrade(self, n: int, sent_ms: int) -> None:
        node = self.nodes[n]
        bad = node.last_bad = sent_ms if node.lost_at is None else min(node.lost_at, sent_ms)
        upper = next((u for _, u in self.graph.ways[n]), None)
        root = None
        if upper is not None and self.nodes[upper].state == State.DEGRADED:
            root = self.nodes[upper].root if self.nodes[upper].root is not None else upper
        self._verdict(n, State.DEGRADED, sent_ms, "loss", root=root, first_bad=bad)
        for c in self.graph.below[n]:  # the loss of what stands behind it is its loss
            if self.nodes[c].state == State.DEGRADED and self.nodes[c].root is None:
                self._verdict(c, State.DEGRADED, sent_ms, "loss", root=n if root is None else root)

    def _verdict(
        self,
        n: int,
        state: State,
        since: int,
        reason: str,
        *,
        root: int | None = None,
        first_good: int | None = None,
        first_bad: int | None = None,
    ) -> None:
        """Change our belief of one node; everything that follows from it is looked at again."""
        node = self.nodes[n]
        if (node.state in FAULTY) != (state in FAULTY) and node.since is not None:
            self._marks.turned(n, since)
        bad = first_bad if first_bad is not None else node.first_bad
        good = node.last_good
        if good is not None and bad is not None and good >= bad:
            good = None
        faulty = state not in (State.UP, State.UNKNOWN)
        node.state, node.since, node.root = state, since, root
        self._out.verdicts.append(
            Verdict(
                thing_id=self.graph.thing_ids[n],
                state=state,
                since_ms=since,
                reason=reason,
                root_thing_id=None if root is None else self.graph.thing_ids[root],
                last_good_ms=good if faulty else None,
                first_bad_ms=bad if faulty else None,
                last_bad_ms=node.last_bad,
                first_good_ms=first_good,
            )
        )
        if self.graph.kinds[n] == Kind.DEVICE and n in self.graph.site_of:
            self._touched.add(self.graph.site_of[n])

    # -- sites ---------------------------------------------------------------------------------

    def _roll_up(self, now_ms: int) -> None:
        for site, verdict in judge_sites(self.graph, self.nodes, sorted(self._touched), now_ms):
            node = self.nodes[site]
            node.last_good, node.last_bad = verdict.last_good, verdict.last_bad
            node.first_bad = verdict.first_bad
            if Mark.NEVER_SEEN in node.marks:
                self._marks.put(site, Mark.NEVER_SEEN, on=False)
            self._verdict(
                site,
                verdict.state,
                verdict.since,
                verdict.reason,
                root=verdict.root,
                first_good=verdict.first_good,
            )
        self._touched.clear()

    def heartbeat(self, now_ms: int) -> Seeing | None:
        """How far we have seen; None while blind or before the first round."""
        if self.eyes.blind or not self.eyes.opened:
            return None
        return Seeing(sight=Sight.SEEN, at_ms=min(now_ms, self.eyes.last_answer))

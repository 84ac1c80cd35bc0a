"""Decides what we believe: states, answers, topology and time in; changes and questions out.

No clock, no socket, no database: the same inputs give the same judgement. A fault is confirmed by
quick questions, the failed ancestor nearest to the monitor is the root, what lies behind it is
unreachable, and blindness is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from inventory.opening import Opening
from probes import asking
from probes.court import Court
from probes.graph import Graph
from probes.judgement import Judgement, LinkSaid, Pace
from probes.links import Links
from probes.marks import Marks
from probes.node import FAULTY, WELL, Node, Vitals, misses_needed
from probes.off_hours import OffHours
from probes.pings import Pings
from probes.portals import Portals, Served
from probes.quality import Quality
from probes.results import UNSENT
from probes.sight import Eyes
from probes.sites import Sites
from probes.telling import Teller
from store.changes import Seeing, Sight
from store.states import Mark, State

SILENT_POLLS = 2  # unanswered SNMP polls in a row that make a device `management silent`
LONGEST = 16  # quick questions of the longest confirmation
ALL_MISSED = 0b111111  # the last six pings
UNSEEN = frozenset({Mark.NEVER_SEEN})


class Judge:
    """The beliefs about all nodes of one graph, stepped forward by `step`."""

    def __init__(
        self,
        graph: Graph,
        pace: Pace,
        started_ms: int,
        openings: Mapping[int, Opening] | None = None,
    ) -> None:
        self.graph = graph
        self.pace = pace
        self.vitals = Vitals(len(graph.keys))
        self.nodes = [Node(self.vitals, n) for n in range(len(graph.keys))]
        for n, node in enumerate(self.nodes):
            if n != graph.beyond:
                node.marks = UNSEEN
        self._marks = Marks(graph, self.nodes)
        self._teller = Teller(graph, self.nodes, self._marks)
        self._links = Links(graph, self.nodes, self._marks, self._teller, pace)
        self._quality = Quality(graph, self.nodes, self._teller)
        self._hours = OffHours(graph, self.nodes, self._marks, self._teller, openings or {})
        self.eyes = Eyes(graph.anchors, started_ms + pace.interval_ms + pace.timeout_ms)
        self._court = Court(
            graph,
            self.nodes,
            pace,
            self._teller,
            self._marks,
            self._links,
            self._hours,
            self.eyes,
        )
        self._sites = Sites(graph, self.nodes, self._marks, self._teller, self._hours)
        self._portals = Portals(graph, self.nodes, self._marks, self._teller, self.eyes)
        self._started_ms = started_ms
        self._teller.out.anew = True

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
        loss_pct: float | None = None,
    ) -> None:
        """What the record believed when the monitor last stopped, and until when it saw.

        Something answered at `seen_to`, not everything: this node did at the latest one round and
        one confirmation before. A record from the future is one of a clock that was set back.
        """
        node = self.nodes[n]
        self._teller.well += n < self.graph.devices and state in WELL
        node.state, node.since, node.root, node.last_bad = state, since, root, last_bad
        round_ms = self.pace.every_ms(n) + self.pace.timeout_ms + LONGEST * self.pace.quick_ms
        answered = min(max(since, seen_to - round_ms), self._started_ms - 1)
        node.last_good = answered if state not in FAULTY else None
        node.first_bad = since if state in FAULTY else None
        node.last_bad = last_bad and min(last_bad, self._started_ms - 1)
        if loss_pct is not None:
            node.expect_loss(loss_pct)
        self._marks.restore(n, marks, self._started_ms)
        self._teller.touched |= {n} & self.graph.gateways.keys()
        if root is not None and root == self.graph.beyond and n < self.graph.devices:
            self._court.mass.restore(n)
        if n in self.graph.homes:
            self._portals.restore(n)
        elif Mark.OFF_HOURS in marks:
            self._hours.restore(n)

    def take_over(self, old: Judge, numbers: Mapping[int, int]) -> None:
        """Go on believing what `old` did, in our own numbering; between two of its steps.

        `numbers`: its numbers → ours, of those that go on. What is new was never seen; every site
        is looked at again.
        """
        self.vitals.take_over(old.vitals, numbers)
        for n, mine in numbers.items():
            node = self.nodes[mine] = old.nodes[n]
            node.of, node.n = self.vitals, mine
            node.root = None if node.root is None else numbers.get(node.root)
        self._teller.take_over(old._teller, numbers)
        self._marks.take_over(old._marks, numbers)
        self._links.take_over(old._links, numbers)
        self._hours.take_over(old._hours, numbers)
        self.eyes.take_over(old.eyes)
        self._court.take_over(old._court, numbers)
        self._portals.take_over(old._portals, numbers)
        self._started_ms = old._started_ms

    def rewired(self, some: Iterable[int], now_ms: int) -> None:
        """These hang on something else than before, or what they hung on is no more."""
        self._court.rewired(some, now_ms)

    def unmanaged(self, devices: Iterable[int]) -> None:
        """They are not asked by SNMP (any more): nothing of theirs is silent."""
        for n in devices:
            self.nodes[n].silent_polls = 0
            self._marks.put(n, Mark.MANAGEMENT_SILENT, on=False)

    def step(self, now_ms: int, pings: Pings, links: Sequence[LinkSaid] = ()) -> Judgement:
        """Take in answers (times here in UTC ms) and decide; cheap when nothing happened."""
        devices = self.graph.devices
        for n, sent_ms, rtt in self._unusual(pings):
            if n >= devices:
                self._probed(n, sent_ms, now_ms, rtt)
            elif rtt >= 0:
                self._heard(n, sent_ms, rtt // 1000)
            else:
                self._missed(n, sent_ms, now_ms, unsent=rtt == UNSENT)
        for said in links:
            self._link(said)
        self._look(now_ms)
        if not self.eyes.blind:
            self._court.settle(now_ms)
        self._sites.roll_up(now_ms)
        self._portals.settle(now_ms)
        return self._teller.take(now_ms)

    def alive(self, n: int, asked_ms: int, answered_ms: int | None = None) -> None:
        """Another valid answer (SNMP) proves a device alive, however silent its ping is.

        A poll has several questions and is asked again: it was well at the latest when the first
        was sent, and it is back at the earliest when the last was answered.
        """
        node = self.nodes[n]
        node.silent_polls = 0
        if Mark.MANAGEMENT_SILENT in node.marks:
            self._marks.put(n, Mark.MANAGEMENT_SILENT, on=False)
        self.eyes.saw(asked_ms)
        if node.state in FAULTY:
            self._recover(n, asked_ms if answered_ms is None else answered_ms, sure=True)
        else:
            self._proven(n, asked_ms, sure=True)
        if node.asked >= 6 and node.bits & ALL_MISSED == ALL_MISSED:
            self._marks.put(n, Mark.NO_ICMP, on=True)

    def silent(self, n: int) -> None:
        """An SNMP poll without an answer: a mark beside the state, never a fault of the device."""
        if self.eyes.blind:  # nobody would have been heard
            return
        node = self.nodes[n]
        node.silent_polls += 1
        up = node.state in WELL and not node.need
        if up and node.silent_polls >= SILENT_POLLS:
            self._marks.put(n, Mark.MANAGEMENT_SILENT, on=True)
            self._links.lose(n)

    def unanswered(self, n: int, asked_ms: int, now_ms: int) -> None:
        """A poll of a device that is asked by SNMP alone: two in a row confirm its fault."""
        self._missed(n, asked_ms, now_ms, unsent=False)
        node = self.nodes[n]
        node.need = min(node.need, SILENT_POLLS)
        if node.confirmed:
            self._court.ripe.add(n)

    def served(self, checks: Iterable[Served], now_ms: int) -> None:
        """What checks of services found, before the step that judges them."""
        self._portals.hear(checks, now_ms)

    def gone(self, n: int, at_ms: int, now_ms: int, why: str) -> None:
        """Who knows it says so: its OLT, or calls that stay out. No second word is needed."""
        node = self.nodes[n]
        node.why = why
        self._missed(n, at_ms, now_ms, unsent=False)
        if node.misses:
            node.need = 1
            self._court.ripe.add(n)

    def ails(self, n: int, reasons: frozenset[str], at_ms: int) -> None:
        """What the device's own limits say of it, or of a link that ends there."""
        if not self.eyes.blind:
            self.nodes[n].ails = reasons
            self._quality.ail(n, at_ms)

    def mark(self, n: int, mark: Mark, *, on: bool) -> None:
        self._marks.put(n, mark, on=on)

    @property
    def in_question(self) -> bool:
        """Something is being confirmed, or we do not see."""
        return bool(self._court.suspects) or self.eyes.blind

    def hangs(self, n: int) -> bool:
        """It waits for the verdict on what stands above it: asking it now tells nothing."""
        return self.nodes[n].hangs

    def unasked(self, n: int, now_ms: int, why: str = "unresolved") -> None:
        """No address, or no way to hear of it: from its last answer on nothing is known."""
        node = self.nodes[n]
        if node.since is not None and node.state != State.UNKNOWN:
            since = max(node.since, node.last_good or now_ms)
            self._teller.tell(n, State.UNKNOWN, since, why)

    def shift(self, by_ms: int) -> None:
        """The wall clock was set: all that we remember moves with it, only the record does not."""
        for node in self.nodes:
            node.shift(by_ms)
        self.eyes.shift(by_ms)
        self._court.mass.shift(by_ms)
        self._links.shift(by_ms)

    def gap(self, from_ms: int, now_ms: int, why: str) -> None:
        """We were stalled or asleep since then: that time is unknown, and all is asked anew."""
        self.eyes.lose(from_ms, now_ms, why, self._teller.out)
        self._start_again(from_ms)

    # -- answers and misses --------------------------------------------------------------------

    def _unusual(self, pings: Pings) -> Pings:
        """Take up those that answer as ever all at once; gives the rest, to be judged singly."""
        if self.eyes.blind:
            return pings
        usual = self.vitals.usual(pings, self.graph.devices)
        if usual.any():
            self.eyes.saw(int(pings.sent[usual].max()))
        return pings.where(~usual)

    def _heard(self, n: int, sent_ms: int, rtt_us: int) -> None:
        node = self.nodes[n]
        if Mark.NO_ICMP in node.marks:  # what it left unanswered on purpose was not lost
            self._marks.put(n, Mark.NO_ICMP, on=False)
            node.forget_losses(until=sent_ms)
        node.note(missed=False)
        node.unsent = False
        node.time(rtt_us, settled=node.state == State.UP)
        self._proven(n, sent_ms)
        if node.state in WELL:
            self._quality.look(n, sent_ms)
        node.usual = node.state == State.UP and not node.need

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
        if node.need and (node.first_bad is None or sent_ms > node.first_bad):
            self._court.acquit(n, sent_ms)
        if node.state not in WELL:
            self._marks.put(n, Mark.NEVER_SEEN, on=False)
            self._hours.wake(n)
            self._teller.tell(n, State.UP, sent_ms, "answers")

    def _recover(self, n: int, sent_ms: int, *, sure: bool) -> None:
        """Up after two answers (an SNMP poll is several); the outage ends at the first."""
        node, out = self.nodes[n], self._teller.out
        if node.last_bad is not None and sent_ms <= node.last_bad:
            return
        if node.good_since is None:
            node.good_since = sent_ms
            out.asks.append((n, sent_ms + self.pace.quick_ms))
            asking.links(self.graph, n, out)
            if not sure:
                return
        elif sent_ms == node.good_since:
            return
        first_good, node.good_since = node.good_since, None
        node.last_good, node.back_at = sent_ms, first_good
        node.forget_losses(until=sent_ms)
        self._court.dismiss(n)
        self._court.mass.lift(n, first_good, lambda member: out.asks.append((member, sent_ms)))
        self._teller.tell(n, State.UP, first_good, "answers", first_good=first_good)
        asking.below(self.graph, self.nodes, n, sent_ms, out)

    def _missed(self, n: int, sent_ms: int, now_ms: int, *, unsent: bool) -> None:
        node = self.nodes[n]
        if sent_ms < self.eyes.sees_from:
            return
        node.unsent, node.usual = unsent, 0
        if node.since is None:
            return
        usual_loss = 0.0 if node.misses else node.usual_loss
        if sent_ms >= node.lossless_until and not unsent:  # what never left us is no loss
            node.note(missed=True)
            node.lost_at = sent_ms
        if node.last_good is not None and sent_ms <= node.last_good:
            asking.again(node, n, self.pace, now_ms, self._teller.out)
            return
        if node.good_since is not None and sent_ms > node.good_since:
            node.good_since = None
        node.last_bad = max(node.last_bad or 0, sent_ms)
        if node.state == State.DOWN or self._hours.sleeps(n) or self._still_behind(n, now_ms):
            return
        self._count(n, sent_ms, now_ms, usual_loss)

    def _count(self, n: int, sent_ms: int, now_ms: int, usual_loss: float) -> None:
        """A miss of what should answer: the first begins its confirmation."""
        node = self.nodes[n]
        first = node.misses == 0
        if first:
            node.first_bad = sent_ms
            node.confirming_from = now_ms
            node.need = 1 + misses_needed(usual_loss, unsettled=node.unsettled)
        if first or node.hangs:
            self._court.ask_itself(n, now_ms)
        if first:
            self._court.hold_below(n)
        node.first_bad = min(node.first_bad or sent_ms, sent_ms)
        node.misses += 1
        self._court.suspects.add(n)
        if node.hangs or node.confirmed:
            self._court.ripe.add(n)

    def _still_behind(self, n: int, now_ms: int) -> bool:
        """An unreachable node proves nothing of itself until a way to it is open again."""
        node = self.nodes[n]
        if node.state != State.UNREACHABLE:
            return False
        found = self._court.verge(n)
        if found.root is not None and found.root != node.root:
            self._court.tell_behind(n, now_ms, found)
        return found.root is not None

    def _link(self, said: LinkSaid) -> None:
        if self._links.hear(said):
            self._court.turned(said.link, said.asked_ms, up=said.up)

    def _probed(self, n: int, sent_ms: int, now_ms: int, rtt: int) -> None:
        """An answer, or none, from the own address of a link."""
        if rtt >= 0:
            self.eyes.saw(sent_ms)
            if self._links.answered(n, sent_ms, rtt // 1000):
                self._court.turned(n, sent_ms, up=True)
        elif rtt != UNSENT and sent_ms >= self.eyes.sees_from:
            self._links.missed(n, sent_ms, now_ms)

    # -- deciding ------------------------------------------------------------------------------

    def _look(self, now_ms: int) -> None:
        """Do we see at all? Blind freezes every state; sight opens once all were asked again."""
        if self.eyes.blind:
            self.eyes.wakes(now_ms, self.pace, self._teller.out)
        elif self.eyes.closed(self.nodes, self._court.suspects, self._teller.well):
            seen_to = self.eyes.last_answer
            self.eyes.lose(seen_to, now_ms, "the anchors and all else silent", self._teller.out)
            self._start_again(seen_to)
        self.eyes.open_when_due(now_ms, self._teller.out)

    def _start_again(self, seen_to: int) -> None:
        """Nothing that was half believed counts any more, nor what was missed in blindness."""
        for n, node in enumerate(self.nodes):
            node.begin_anew(seen_to, asked_ms=seen_to - self.pace.every_ms(n))
        self._court.clear()
        self._links.forget()
        self._portals.forget()

    def heartbeat(self, now_ms: int) -> Seeing | None:
        """How far we have seen; None while blind or before the first round."""
        if self.eyes.blind or not self.eyes.opened:
            return None
        return Seeing(sight=Sight.SEEN, at_ms=min(now_ms, self.eyes.last_answer))

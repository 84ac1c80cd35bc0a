"""Decides what we believe: states, answers, topology and time in; changes and questions out.

No clock, no socket, no database: the same inputs give the same judgement. A fault is confirmed by
quick questions, the failed ancestor nearest to the monitor is the root, what lies behind it is
unreachable, and blindness is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from inventory.opening import Opening
from probes import asking
from probes.graph import Graph
from probes.judgement import Judgement, LinkSaid, Pace
from probes.links import Links
from probes.marks import Marks
from probes.mass import Mass
from probes.node import FAULTY, WELL, Node, misses_needed
from probes.off_hours import OffHours
from probes.quality import Quality
from probes.results import UNSENT, Ping
from probes.roots import Verge, verge
from probes.sight import Eyes
from probes.sites import judge_sites
from probes.telling import Teller
from store.changes import Reading, Seeing, Sight
from store.states import Mark, State

SILENT_POLLS = 2  # unanswered SNMP polls in a row that make a device `management silent`
LONGEST = 16  # quick questions of the longest confirmation
ALL_MISSED = 0b111111  # the last six pings


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
        self.nodes = [Node() for _ in graph.keys]
        for n, node in enumerate(self.nodes):
            if n != graph.beyond:
                node.marks.add(Mark.NEVER_SEEN)
        self._marks = Marks(graph, self.nodes)
        self._teller = Teller(graph, self.nodes, self._marks)
        self._links = Links(graph, self.nodes, self._marks, self._teller, pace)
        self._mass = Mass(graph, self.nodes, self._teller)
        self._quality = Quality(graph, self.nodes, self._teller)
        self._hours = OffHours(graph, self.nodes, self._marks, self._teller, openings or {})
        self.eyes = Eyes(graph.anchors, started_ms + pace.interval_ms + pace.timeout_ms)
        self._suspects: set[int] = set()  # nodes that miss answers, or wait for an ancestor
        self._ripe: set[int] = set()  # of these, those that can be judged
        self._started_ms = started_ms
        self._late: set[int] = set()  # down by their own fault until a link spoke

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
        self._teller.well += n < self.graph.devices and state in WELL
        node.state, node.since, node.root, node.last_bad = state, since, root, last_bad
        round_ms = self.pace.interval_ms + self.pace.timeout_ms + LONGEST * self.pace.quick_ms
        answered = min(max(since, seen_to - round_ms), self._started_ms - 1)
        node.last_good = answered if state not in FAULTY else None
        node.first_bad = since if state in FAULTY else None
        node.last_bad = last_bad and min(last_bad, self._started_ms - 1)
        self._marks.restore(n, marks, self._started_ms)
        self._teller.touched |= {n} & self.graph.gateways.keys()
        if root is not None and root == self.graph.beyond and n < self.graph.devices:
            self._mass.restore(n)
        if Mark.OFF_HOURS in marks:
            self._hours.restore(n)

    def step(self, now_ms: int, pings: Iterable[Ping], links: Sequence[LinkSaid] = ()) -> Judgement:
        """Take in answers (times here in UTC ms) and decide; cheap when nothing happened."""
        devices = self.graph.devices
        for n, sent_ms, rtt in pings:
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
            self._settle(now_ms)
        self._roll_up(now_ms)
        return self._teller.take(now_ms)

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
            self._ripe.add(n)

    def unasked(self, n: int, now_ms: int) -> None:
        """We have no address for it: from its last answer on nothing is known."""
        node = self.nodes[n]
        if node.since is not None and node.state != State.UNKNOWN:
            since = max(node.since, node.last_good or now_ms)
            self._teller.tell(n, State.UNKNOWN, since, "unresolved")

    def shift(self, by_ms: int) -> None:
        """The wall clock was set: all that we remember moves with it, only the record does not."""
        for node in self.nodes:
            node.shift(by_ms)
        self.eyes.shift(by_ms)
        self._mass.shift(by_ms)

    def gap(self, from_ms: int, now_ms: int, why: str) -> None:
        """We were stalled or asleep since then: that time is unknown, and all is asked anew."""
        self.eyes.lose(from_ms, now_ms, why, self._teller.out)
        self._start_again(from_ms)

    def readings(self, first: int = 0, step: int = 1) -> list[Reading]:
        """RTT and loss of what was ever asked: of every `step`th node from `first` on."""
        return [
            Reading(
                thing_id=self.graph.thing_ids[n],
                rtt_us=node.rtt_us if node.state not in FAULTY else None,
                loss_pct=round(node.loss * 100, 1) if node.asked else None,
            )
            for n in range(first, len(self.nodes), step)
            if (node := self.nodes[n]).asked
        ]

    # -- answers and misses --------------------------------------------------------------------

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
            self._acquit(n, sent_ms)
        if node.state not in WELL:
            self._marks.put(n, Mark.NEVER_SEEN, on=False)
            self._hours.wake(n)
            self._teller.tell(n, State.UP, sent_ms, "answers")

    def _acquit(self, n: int, at_ms: int) -> None:
        """It answered: what waited for its verdict is now asked for itself."""
        self.nodes[n].stop_confirming()
        self._suspects.discard(n)
        self._ripe.discard(n)
        for c in self.graph.below[n]:
            if self.nodes[c].hangs:
                self._ask_itself(c, at_ms)

    def _ask_itself(self, n: int, now_ms: int) -> None:
        node = self.nodes[n]
        node.hangs = asking.in_question(self.graph, self.nodes, n)
        if node.hangs:
            return
        node.confirming_from = now_ms
        asking.confirm(self.graph, self.nodes, self.pace, n, now_ms, self._teller.out)

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
        node.last_good = sent_ms
        node.stop_confirming()
        node.forget_losses(until=sent_ms)
        self._suspects.discard(n)
        self._ripe.discard(n)
        self._mass.lift(n, first_good, lambda member: out.asks.append((member, sent_ms)))
        self._teller.tell(n, State.UP, first_good, "answers", first_good=first_good)
        asking.below(self.graph, self.nodes, n, sent_ms, out)

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
            node.need = 1 + misses_needed(usual_loss)
        if first or node.hangs:
            self._ask_itself(n, now_ms)
        node.first_bad = min(node.first_bad or sent_ms, sent_ms)
        node.misses += 1
        self._suspects.add(n)
        if node.hangs or node.confirmed:
            self._ripe.add(n)

    def _still_behind(self, n: int, now_ms: int) -> bool:
        """An unreachable node proves nothing of itself until a way to it is open again."""
        node = self.nodes[n]
        if node.state != State.UNREACHABLE:
            return False
        found = self._verge(n)
        if found.root is not None and found.root != node.root:
            self._tell_behind(n, now_ms, found)
        return found.root is not None

    def _verge(self, n: int) -> Verge:
        return verge(self.graph, self.nodes, n, self._suspects, self._mass.members)

    def _tell_behind(self, n: int, since: int, found: Verge) -> None:
        state = State.UNREACHABLE
        self._teller.tell(n, state, since, "no_answer", root=found.root, also=found.also)

    def _link(self, said: LinkSaid) -> None:
        if self._links.hear(said):
            self._turned(said.link, said.asked_ms, up=said.up)

    def _probed(self, n: int, sent_ms: int, now_ms: int, rtt: int) -> None:
        """An answer, or none, from the own address of a link."""
        if rtt >= 0:
            self.eyes.saw(sent_ms)
            if self._links.answered(n, sent_ms, rtt // 1000):
                self._turned(n, sent_ms, up=True)
        elif rtt != UNSENT and sent_ms >= self.eyes.sees_from:
            self._links.missed(n, sent_ms, now_ms)

    def _turned(self, link: int, at_ms: int, *, up: bool) -> None:
        """A link that turned: what is behind it is asked at once, or judged again."""
        if up:
            asking.below(self.graph, self.nodes, link, at_ms, self._teller.out)
            return
        below = self.graph.below[link]
        self._late.update(c for c in below if self.nodes[c].state == State.DOWN)
        self._ripe.update(c for c in below if c in self._suspects)

    # -- deciding ------------------------------------------------------------------------------

    def _look(self, now_ms: int) -> None:
        """Do we see at all? Blind freezes every state; sight opens once all were asked again."""
        if self.eyes.blind:
            self.eyes.wakes(now_ms, self.pace, self._teller.out)
        elif self.eyes.closed(self.nodes, self._suspects, self._teller.well):
            seen_to = self.eyes.last_answer
            self.eyes.lose(seen_to, now_ms, "the anchors and all else silent", self._teller.out)
            self._start_again(seen_to)
        self.eyes.open_when_due(now_ms, self._teller.out)

    def _start_again(self, seen_to: int) -> None:
        """Nothing that was half believed counts any more, nor what was missed in blindness."""
        for node in self.nodes:
            if node.last_bad is not None and node.last_bad > seen_to:
                asked = seen_to - self.pace.interval_ms  # each is asked once in a round
                node.last_bad = max(node.first_bad or 0, asked)
            node.good_since = None
            node.unsent = False
            node.misses = node.need = 0
            node.hangs = False
            node.forget_losses()
        self._suspects.clear()
        self._ripe.clear()

    def _settle(self, now_ms: int) -> None:
        """Judge the suspects from the monitor outwards."""
        out = self._teller.out
        before = len(out.verdicts)
        if not self._mass.holds(self._suspects, self.pace, now_ms):
            lone = self._strike() if self._ripe else None
            waiting = {
                n
                for n in self._in_order(self._ripe)
                if self._judge(n, "mass" if n == lone else "no_answer")
            }
            self._ripe |= waiting
        if self._late:
            self._move_behind(now_ms)
        for link in self._links.settle():
            self._turned(link, now_ms, up=False)
        self._hours.look(now_ms, self._verge)
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
        if not self._mass.suspected(self._suspects):
            return None
        tops = [
            n for n in sorted(self._suspects) if self._falls(n) and self._verge(n) == Verge(None)
        ]
        struck = self._mass.strike(tops, len(self._suspects))
        return tops[0] if len(tops) == 1 and not struck else None

    def _falls(self, n: int) -> bool:
        node = self.nodes[n]
        return node.confirmed and not self._vouched(n) and not self._in_doubt(n)

    def _in_doubt(self, n: int) -> bool:
        node = self.nodes[n]
        return self.eyes.in_doubt(node, self._teller.well - (node.state in WELL))

    def _judge(self, n: int, reason: str) -> bool:
        """Its own fault, or that of a root above it; True: it waits to be judged again."""
        node = self.nodes[n]
        if n not in self._suspects or not (node.confirmed or node.hangs):
            return False
        if node.confirmed and self._vouched(n):
            return False
        found = self._verge(n)
        if found.waits or self._in_doubt(n) or (found.root is None and not node.confirmed):
            return node.confirmed or found.root is not None
        self._fail(n, found, reason)
        return False

    def _fail(self, n: int, found: Verge, reason: str) -> None:
        """Confirmed: its own fault, or that of the root."""
        node = self.nodes[n]
        self._suspects.discard(n)
        node.misses = node.need = 0
        node.hangs = False
        self._ripe.update(c for c in self.graph.below[n] if c in self._suspects)
        since = max(node.first_bad or 0, node.since or 0)
        if self._hours.closed(n, node.first_bad or since):
            self._hours.sleep(n, since)
            return
        state = State.DOWN if found.root is None else State.UNREACHABLE
        if (state, found.root) == (node.state, node.root):
            return  # its root failed again before it was judged by itself
        if found.root is None:
            self._teller.tell(n, state, since, reason)
        else:
            self._tell_behind(n, since, found)

    def _move_behind(self, now_ms: int) -> None:
        """The link spoke after the verdict: the fault is the link's, from now on."""
        moved: dict[int, Verge] = {}
        for n in sorted(self._late, key=self.graph.order.__getitem__):
            found = self._verge(n)
            if self.nodes[n].state == State.DOWN and found.root is not None:
                self._tell_behind(n, now_ms, found)
                moved[n] = found
        self._late.clear()
        for c, child in enumerate(self.nodes) if moved else ():
            if child.state == State.UNREACHABLE and child.root in moved and c < self.graph.devices:
                self._tell_behind(c, now_ms, moved[child.root])

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
        self._acquit(n, proof)
        self._marks.put(n, Mark.NO_ICMP, on=True)
        return True

    # -- sites ---------------------------------------------------------------------------------

    def _roll_up(self, now_ms: int) -> None:
        touched = sorted(self._teller.touched)
        self._teller.touched.clear()
        for site, found in judge_sites(self.graph, self.nodes, touched, now_ms):
            node = self.nodes[site]
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

    def heartbeat(self, now_ms: int) -> Seeing | None:
        """How far we have seen; None while blind or before the first round."""
        if self.eyes.blind or not self.eyes.opened:
            return None
        return Seeing(sight=Sight.SEEN, at_ms=min(now_ms, self.eyes.last_answer))

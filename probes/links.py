"""What we believe of links: from the ports at their ends, and from their own probe addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probes import asking
from probes.graph import Graph
from probes.judgement import LinkSaid, Pace
from probes.marks import Marks
from probes.node import FAULTY, WELL, Node, misses_needed
from probes.telling import Teller
from store.states import Mark, State

OLD_WORD_MS = 20_000  # agents keep what they saw of their ports: net-snmp for 15 s
NO_WORD = "not_asked"  # nobody is left who tells of it
NOT_MEASURED = "not_measured"  # a standby whose port is up, and nothing that proves that it carries


class Links:
    """One statement of a device about its own port is a proof; silence of a probe is confirmed.

    A link with a probe is up when its probe answers. A standby link without one is never up.
    """

    def __init__(
        self, graph: Graph, nodes: Sequence[Node], marks: Marks, teller: Teller, pace: Pace
    ) -> None:
        self._graph = graph
        self._nodes = nodes
        self._marks = marks
        self._teller = teller
        self._pace = pace
        self._words: dict[int, dict[int, bool]] = {}  # link → end → did it last say up
        self._said_at: dict[tuple[int, int], int] = {}  # (link, end) → when that was asked
        self._off: dict[int, set[int]] = {}  # link → ends whose port a person switched off
        self._mute: set[tuple[int, int]] = set()  # (link, end): its last poll told nothing of it
        self._silent: set[int] = set()  # links whose probe is being confirmed
        self._at: dict[int, list[int]] = {}
        for link, ends in graph.ends.items():
            for end, _ in ends:
                self._at.setdefault(end, []).append(link)

    def take_over(self, old: Links, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering. The word of an end counts as long as it is about the same
        interface; a probe that is gone confirms nothing."""
        for link, words in old._words.items():
            if link not in numbers:
                continue
            mine = numbers[link]
            ends = dict(old._graph.ends.get(link, ()))
            kept = {
                numbers[end]: end
                for end in words
                if end in numbers
                and (numbers[end], ends.get(end)) in self._graph.ends.get(mine, ())
            }
            self._words[mine] = {new: words[end] for new, end in kept.items()}
            for new, end in kept.items():
                self._said_at[mine, new] = old._said_at[link, end]
        for link, off in old._off.items():
            if link in numbers:
                there = {end for end, _ in self._ends(numbers[link])}
                self._off[numbers[link]] = there & {numbers[end] for end in off if end in numbers}
        for link in (numbers[link] for link in old._silent if link in numbers):
            if link in self._graph.probes:
                self._silent.add(link)
            else:
                self._acquit(link)

    # -- ports ---------------------------------------------------------------------------------

    def hear(self, said: LinkSaid) -> bool:
        """Take a statement; True when the link's belief turned, so that others look again."""
        node = self._nodes[said.link]
        words = self._words.setdefault(said.link, {})
        if said.mute:
            self._hear_nothing(said, words)
            return False
        self._mute.discard((said.link, said.end))
        if said.admin_down:
            words.pop(said.end, None)
            self._shut(said, node)
            return False
        if not said.up and self._old_word(said, words):
            return False
        words[said.end] = said.up
        self._said_at[said.link, said.end] = said.asked_ms
        if said.link in self._off:
            self._off[said.link].discard(said.end)
        if Mark.ADMIN_DOWN in node.marks and self._is_off(said):
            return False
        if said.up and self._port_down(said.link):
            return False  # the other end says down: a link that carries one way is down
        self._marks.put(said.link, Mark.ADMIN_DOWN, on=False)
        self._marks.put(said.link, Mark.NEVER_SEEN, on=False)
        return self._up(said, node) if said.up else self._down(said, node)

    def lose(self, device: int) -> None:
        """It tells nothing any more: links without another end that does end their last state."""
        for link in self._at.get(device, ()):
            node = self._nodes[link]
            ends = [self._nodes[end] for end, _ in self._graph.ends[link]]
            if not self._told_of(link) and any(end.state not in FAULTY for end in ends):
                self._leave(link, max(node.last_good or 0, node.since or 0))

    def follow(self, now_ms: int) -> None:
        """A link is unreachable while every askable end of it is silent."""
        for link, ends in self._graph.ends.items():
            node = self._nodes[link]
            if node.since is None or node.state not in (*WELL, State.UNKNOWN):
                continue
            gone = [end for end, _ in ends if self._nodes[end].state in FAULTY]
            if Mark.ADMIN_DOWN in node.marks or not gone:
                continue
            if len(gone) < len(ends):
                if node.state in WELL and not self._told_of(link):
                    self._leave(link, max(node.last_good or 0, node.since))
                continue
            end = self._nodes[gone[0]]
            node.first_bad = max(end.first_bad or now_ms, (node.last_good or 0) + 1)
            node.last_bad = node.first_bad
            root = end.root if end.root is not None else gone[0]
            self._teller.tell(link, State.UNREACHABLE, node.first_bad, "end_silent", root=root)

    def _hear_nothing(self, said: LinkSaid, words: dict[int, bool]) -> None:
        """The device answers, and says nothing of this port: twice, for tables come with gaps."""
        here = said.link, said.end
        if here not in self._mute:
            self._mute.add(here)
            return
        words.pop(said.end, None)
        off = self._off.get(said.link, set())
        off.discard(said.end)
        if not off and not self._told_of(said.link):
            self._leave(said.link, said.answered_ms)

    def _leave(self, link: int, since_ms: int) -> None:
        """Nobody is left who tells of it; its own address would."""
        node = self._nodes[link]
        if link in self._graph.probes or node.since is None or node.state == State.UNKNOWN:
            return
        self._teller.tell(link, State.UNKNOWN, since_ms, NO_WORD)

    def _is_off(self, said: LinkSaid) -> bool:
        """At another end it is switched off: that port says when it is not. After a start nobody
        knows at which end that was, and those that have not spoken yet may be it.

        Of an end that tells nothing any more the other's port says as much: up is on.
        """
        off, words = self._off.get(said.link), self._words[said.link]
        others = (end for end, _ in self._ends(said.link) if end != said.end)
        may_be = [end for end in others if (end not in words if off is None else end in off)]
        return any(self._heeded(end) or not said.up for end in may_be)

    def _told_of(self, link: int) -> bool:
        """Is there an end that may speak, and did not leave it out last time?"""
        ends = (end for end, _ in self._ends(link) if (link, end) not in self._mute)
        return any(map(self._heeded, ends))

    def _ends(self, link: int) -> Sequence[tuple[int, str]]:
        return self._graph.ends.get(link, ())

    def _port_down(self, link: int) -> bool:
        """Does an end that can still be heeded say down?"""
        words = self._words.get(link, {})
        return any(not up for end, up in words.items() if self._heeded(end))

    def _old_word(self, said: LinkSaid, words: dict[int, bool]) -> bool:
        """An end that came back a moment ago: its agent may tell of its port as it was before.

        Only against fresh words: the other end must have said up about when this one came back.
        """
        back_at = self._nodes[said.end].back_at
        if back_at is None or said.answered_ms - back_at >= OLD_WORD_MS:
            return False
        return any(
            up and other != said.end and self._said_at[said.link, other] > back_at - OLD_WORD_MS
            for other, up in words.items()
            if self._heeded(other)
        )

    def _shut(self, said: LinkSaid, node: Node) -> None:
        """A person switched the port off: out of service, and no outage."""
        self._off.setdefault(said.link, set()).add(said.end)
        if Mark.ADMIN_DOWN not in node.marks:
            self._marks.put(said.link, Mark.ADMIN_DOWN, on=True)
            at = said.answered_ms
            self._teller.tell(said.link, State.UNKNOWN, at, "admin_down", first_good=at)

    def _up(self, said: LinkSaid, node: Node) -> bool:
        link = said.link
        if link in self._graph.probes:
            if node.state not in WELL:  # its own address must prove it
                self._teller.out.asks.append((link, said.answered_ms))
            return False
        node.last_good = said.asked_ms
        if link in self._graph.backups:
            return self._stand_by(said, node)
        if node.state in WELL:
            return False
        good = said.answered_ms if node.state in FAULTY else None
        self._teller.tell(link, State.UP, said.answered_ms, "port_up", first_good=good)
        return True

    def _stand_by(self, said: LinkSaid, node: Node) -> bool:
        """Its port is up; whether it would carry, nobody knows."""
        if node.state == State.UNKNOWN and node.since is not None:
            return False
        good = said.answered_ms if node.state in FAULTY else None
        at = said.answered_ms
        self._teller.tell(said.link, State.UNKNOWN, at, NOT_MEASURED, first_good=good)
        return good is not None

    def _down(self, said: LinkSaid, node: Node) -> bool:
        if node.state == State.DOWN:
            node.last_bad = max(node.last_bad or 0, said.asked_ms)
            return False
        self._acquit(said.link)
        node.first_bad = node.last_bad = said.answered_ms
        self._teller.tell(said.link, State.DOWN, said.answered_ms, "port_down")
        return True

    def _heeded(self, end: int) -> bool:
        """The last word of an end counts as long as it answers."""
        node = self._nodes[end]
        return node.state not in FAULTY and Mark.MANAGEMENT_SILENT not in node.marks

    # -- probes --------------------------------------------------------------------------------

    def answered(self, link: int, sent_ms: int, rtt_us: int) -> bool:
        """Its own address answered: it carries, unless an end says otherwise."""
        node = self._nodes[link]
        node.note(missed=False)
        node.time(rtt_us, settled=True)
        if sent_ms <= max(node.last_good or 0, node.last_bad or 0):
            return False
        if self._port_down(link) or Mark.ADMIN_DOWN in node.marks:
            return False
        node.last_good = sent_ms
        self._acquit(link)
        self._marks.put(link, Mark.NEVER_SEEN, on=False)
        if node.state in WELL:
            return False
        good = sent_ms if node.state in FAULTY else None
        self._teller.tell(link, State.UP, sent_ms, "answers", first_good=good)
        return True

    def missed(self, link: int, sent_ms: int, now_ms: int) -> None:
        node = self._nodes[link]
        usual_loss = node.usual_loss
        node.note(missed=True)
        if node.since is None or sent_ms <= (node.last_good or 0):
            return
        node.last_bad = max(node.last_bad or 0, sent_ms)
        if node.state in FAULTY or Mark.ADMIN_DOWN in node.marks:
            return
        if node.misses == 0:
            node.first_bad = sent_ms
            node.need = 1 + misses_needed(usual_loss, unsettled=node.unsettled)
            self._silent.add(link)
            asking.confirm_probe(node, link, self._pace, now_ms, self._teller.out)
            self._teller.out.asks += [(far, now_ms) for far in self._graph.far.get(link, ())]
        node.misses += 1

    def settle(self) -> list[int]:
        """Judge the confirmed silences; gives the links that are down by themselves."""
        return [link for link in sorted(self._silent) if self._judge(link)]

    def _judge(self, link: int) -> bool:
        """The far end silent too is its own fault as far as anybody knows: the line is behind it.

        What answers over another way proves that the line alone is broken.
        """
        node = self._nodes[link]
        ends = [self._nodes[end] for end in self._graph.far.get(link, ())]
        if not node.confirmed or (ends and all(end.need for end in ends)):
            return False
        first_bad = node.first_bad or 0
        gone = [end for end in ends if end.state in FAULTY]
        self._acquit(link)
        node.first_bad = first_bad
        if ends and len(gone) == len(ends):
            n = self._graph.far[link][0]
            root = self._nodes[n].root if self._nodes[n].root is not None else n
            if root != link:
                self._teller.tell(link, State.UNREACHABLE, first_bad, "end_silent", root=root)
                return False
        self._teller.tell(link, State.DOWN, first_bad, "probe_silent")
        return True

    def _acquit(self, link: int) -> None:
        self._silent.discard(link)
        self._nodes[link].stop_confirming()

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._said_at = {said: at + by_ms for said, at in self._said_at.items()}

    def forget(self) -> None:
        """After blindness all is asked anew."""
        self._silent.clear()

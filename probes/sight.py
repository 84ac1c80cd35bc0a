"""Does the monitor itself see? Blindness closes coverage and is never a fault of the network."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from probes.judgement import Judgement, Pace
from probes.node import FAULTY, WELL, Node
from store.changes import Happened, Seeing, Sight

NEVER = 1 << 62


class Eyes:
    """`opened`: coverage runs. After a start or a blind spell it opens once all were asked."""

    def __init__(self, anchors: tuple[int, ...], open_at: int) -> None:
        self.anchors = anchors
        self.blind = False
        self.opened = False
        self.last_answer = 0  # when the latest answered question was sent
        self.sees_from = 0  # misses of questions sent before do not count
        self._open_at = open_at
        self._woken_at: int | None = None
        self._lost_at = 0

    def saw(self, sent_ms: int) -> None:
        self.last_answer = max(self.last_answer, sent_ms)
        if self.blind and self._woken_at is None and sent_ms > self._lost_at:
            self._woken_at = sent_ms

    def take_over(self, old: Eyes) -> None:
        """See on as before; the anchors may be others."""
        self.blind, self.opened = old.blind, old.opened
        self.last_answer, self.sees_from = old.last_answer, old.sees_from
        self._open_at, self._woken_at, self._lost_at = old._open_at, old._woken_at, old._lost_at

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self.last_answer += by_ms
        self._open_at += by_ms
        self._lost_at += by_ms
        self.sees_from += by_ms if self.sees_from != NEVER else 0
        self._woken_at = None if self._woken_at is None else self._woken_at + by_ms

    def in_doubt(self, node: Node, others: int) -> bool:
        """Nobody at all has answered a question since we noticed, though `others` should.

        What went out just before we lost our sight is lost with it: an answer from before that
        moment proves nothing of the time after it.
        """
        if node.first_bad is None:
            return False
        return self.last_answer < max(node.first_bad, node.confirming_from) and others > 0

    def closed(self, nodes: Sequence[Node], suspects: Collection[int], well: int) -> bool:
        """The anchors are silent, or not even asked, together with everything else.

        `well`: how many devices are still believed to answer.
        """
        if not suspects:
            return False
        anchors = [a for a in self.anchors if nodes[a].since is not None]  # one that never answers
        if anchors and not all(_silent(nodes[a]) for a in anchors):  # is none
            return False
        missing = [n for n in suspects if nodes[n].misses]
        if not missing:
            return False
        if not anchors and len(missing) < 2:
            return False
        return any(
            nodes[n].confirmed and self.in_doubt(nodes[n], well - (nodes[n].state in WELL))
            for n in missing
        )

    def lose(self, at_ms: int, now_ms: int, why: str, out: Judgement) -> None:
        """From `at_ms` on we saw nothing, and knew it `now_ms`: older answers do not wake us."""
        out.seeing.append(Seeing(sight=Sight.BLIND, at_ms=at_ms))
        out.events.append(Happened(kind="blind", body={"from": at_ms, "why": why}))
        self.blind, self.opened = True, False
        self.sees_from, self._woken_at, self._lost_at = NEVER, None, now_ms

    def wakes(self, now_ms: int, pace: Pace, out: Judgement) -> bool:
        """The first answer after a blind spell; coverage opens again after one round."""
        if self._woken_at is None:
            return False
        self.blind = False
        self.sees_from = self._woken_at
        self._open_at = now_ms + pace.interval_ms + pace.timeout_ms
        out.anew = True
        out.events.append(Happened(kind="sight", body={"from": self._woken_at}))
        return True

    def open_when_due(self, now_ms: int, out: Judgement) -> None:
        if not self.blind and not self.opened and self.last_answer and now_ms >= self._open_at:
            self.opened = True
            out.seeing.append(Seeing(sight=Sight.OPENED, at_ms=now_ms))


def _silent(anchor: Node) -> bool:
    return anchor.state in FAULTY or anchor.misses > 0 or anchor.unsent

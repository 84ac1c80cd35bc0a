"""Which figures a list would show differently than it was told."""

from __future__ import annotations

from collections.abc import Iterable

from probes.judge import Judge
from probes.node import FAULTY, WELL, Node
from store.changes import Reading

MOVED_US = 1000  # a list rounds: smaller moves of the round-trip time are no news,
MOVED_SHARE = 4  # nor are those by less than a quarter


class Readings:
    """Remembers by thing id what was told; `take` gives what is new since then."""

    def __init__(self) -> None:
        self._told: dict[int, Reading] = {}
        self._news: dict[int, Reading] = {}

    def look(self, judge: Judge, asked: Iterable[int]) -> None:
        """At these nodes, after their answers. Most lose nothing and answer as quickly as ever."""
        told, nodes, ids = self._told, judge.nodes, judge.graph.thing_ids
        for n in asked:
            node, thing_id = nodes[n], ids[n]
            old = told.get(thing_id)
            if old is not None and _as_ever(old, node):
                continue
            if node.asked or n in judge.graph.homes:
                new = shown(thing_id, node)
                if _differs(old, new):
                    self._news[thing_id] = told[thing_id] = new

    def take(self) -> tuple[Reading, ...]:
        news, self._news = self._news, {}
        return tuple(news.values())


def shown(thing_id: int, node: Node) -> Reading:
    """Its figures, as a list shows them."""
    return Reading(
        thing_id=thing_id,
        rtt_us=None if node.state in FAULTY else node.rtt_us,
        loss_pct=round(node.loss * 100, 1) if node.asked else None,
        jitter_us=None if node.state in FAULTY or node.rtts < 2 else int(node.jitter_us),
    )


def _as_ever(old: Reading, node: Node) -> bool:
    """The cheap way to know of most that they do not differ."""
    if node.bits or old.loss_pct or not node.asked or node.state not in WELL:
        return False
    if old.rtt_us is None or node.rtt_us is None:
        return False
    return not (
        _moved(old.rtt_us, node.rtt_us)
        or old.jitter_us is None
        or _moved(old.jitter_us, int(node.jitter_us))
    )


def _differs(old: Reading | None, new: Reading) -> bool:
    if old is None or old.loss_pct != new.loss_pct:
        return True
    return _other(old.rtt_us, new.rtt_us) or _other(old.jitter_us, new.jitter_us)


def _other(old_us: int | None, new_us: int | None) -> bool:
    if old_us is None or new_us is None:
        return old_us != new_us
    return _moved(old_us, new_us)


def _moved(old_us: int, new_us: int) -> bool:
    moved = abs(new_us - old_us)
    return moved > MOVED_US and moved > old_us // MOVED_SHARE

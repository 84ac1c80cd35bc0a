"""Which figures a list would show differently than it was told."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np

from probes.judge import Judge
from probes.node import FAULTY, Node
from probes.pings import Column, Mask
from store.changes import Reading

MOVED_US = 1000  # a list rounds: smaller moves of the round-trip time are no news,
MOVED_SHARE = 4  # nor are those by less than a quarter
_UNTOLD = -1


class Readings:
    """Remembers by thing id what was told; `take` gives what is new since then."""

    def __init__(self) -> None:
        self._told: dict[int, Reading] = {}
        self._news: dict[int, Reading] = {}

    def take_up(self, judge: Judge) -> None:
        """Look at the nodes of this judge from now on."""
        self._judge = judge
        # Round-trip time and jitter as told, of each that loses nothing; _UNTOLD of the others.
        self._shown = np.full((len(judge.nodes), 2), _UNTOLD)
        for n, thing_id in enumerate(judge.graph.thing_ids):
            if thing_id in self._told:
                self._remember(n, self._told[thing_id])

    def look(self, pinged: Column, others: Iterable[int] = ()) -> None:
        """At these nodes, after their answers. Most lose nothing and answer as quickly as ever."""
        judge = self._judge
        changed = pinged[~self._as_ever(pinged)].tolist() if len(pinged) else ()
        for n in chain(changed, others):
            node, thing_id = judge.nodes[n], judge.graph.thing_ids[n]
            if node.asked or n in judge.graph.homes:
                new = shown(thing_id, node)
                if _differs(self._told.get(thing_id), new):
                    self._news[thing_id] = self._told[thing_id] = new
                    self._remember(n, new)

    def _remember(self, n: int, told: Reading) -> None:
        known = not told.loss_pct and told.rtt_us is not None and told.jitter_us is not None
        self._shown[n] = (told.rtt_us, told.jitter_us) if known else _UNTOLD

    def _as_ever(self, nodes: Column) -> Mask:
        """The cheap way to know of most that they do not differ."""
        of, (told, jitter) = self._judge.vitals.of(nodes), self._shown.take(nodes, axis=0).T
        plain: Mask = (of["usual"] != 0) & (of["bits"] == 0) & (told != _UNTOLD)
        plain &= (of["asked"] > 0) & (of["rtts"] > 1) & (of["rtt_us"] >= 0)
        plain &= ~_moved(told, of["rtt_us"]) & ~_moved(jitter, of["jitter_us"].astype(np.int64))
        return plain

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


def _differs(old: Reading | None, new: Reading) -> bool:
    if old is None or old.loss_pct != new.loss_pct:
        return True
    return _other(old.rtt_us, new.rtt_us) or _other(old.jitter_us, new.jitter_us)


def _other(old_us: int | None, new_us: int | None) -> bool:
    if old_us is None or new_us is None:
        return old_us != new_us
    return bool(_moved(old_us, new_us))


def _moved(old_us: Any, new_us: Any) -> Any:
    """Of one, or of many in columns."""
    by_us = abs(new_us - old_us)
    return (by_us > MOVED_US) & (by_us > old_us // MOVED_SHARE)

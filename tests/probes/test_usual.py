"""Answers that change nothing are taken up all at once, to just what judging each would give."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import Any

from probes.judge import Judge
from probes.judgement import Judgement, Pace
from probes.node import Node
from probes.pings import Pings
from probes.results import MISSED, UNSENT, Ping
from store.states import State
from tests.probes.play import T0, Play, province

GRAPH = Play(province()).graph
EVERY = 10_000


class Singly(Judge):
    """Judges each answer by itself."""

    def _unusual(self, pings: Pings) -> Pings:
        return pings


def figures(node: Node) -> dict[str, Any]:
    """All that is remembered of it; not by which way an answer went, nor how quickly it is asked
    anew: that is twice the pace until twenty were asked, and these may come in another order."""
    names = {each.name for each in fields(Node)} - {"of", "n", "asked_until"}
    names |= set(node.of.cells) - {"usual"}
    return {name: getattr(node, name) for name in names}


def rounds(chance: random.Random, count: int) -> list[tuple[int, list[Ping]]]:
    """Most answer, some lose much, some are slow for a while or silent; answers come late, in any
    order, and twice."""
    lossy = {n for n in range(GRAPH.devices) if chance.random() < 0.2}
    found = []
    for k in range(count):
        now, pings = T0 + k * EVERY, list[Ping]()
        cut = chance.randrange(GRAPH.devices) if chance.random() < 0.2 else None
        slow = chance.random() < 0.3
        for n in range(len(GRAPH.keys)):
            if n >= GRAPH.devices and n not in GRAPH.probes:
                continue
            rtt = int(chance.lognormvariate(1, 1) * (60 if slow and n % 3 == 0 else 1) * 1e6)
            missed = n == cut or (n in lossy and chance.random() < 0.3)
            sent = now - chance.randrange(2_000)
            pings.append((n, sent, chance.choice((MISSED, UNSENT)) if missed else rtt))
            if chance.random() < 0.02:
                pings.append((n, sent - chance.randrange(3_000), rtt))
        chance.shuffle(pings)
        halves = pings[: len(pings) // 2], pings[len(pings) // 2 :]
        for late_ms, half in zip((0, 1_000), halves, strict=True):  # misses are told last
            found.append((now + late_ms, sorted(half, key=lambda ping: ping[2] < 0)))
    return found


def told(judged: Judgement) -> tuple[Any, ...]:
    asked = {n for n, _ in judged.asks}, {n for n, _ in judged.proofs}, judged.snmp
    return judged.verdicts, judged.marks, judged.seeing, judged.events, asked


def test_taken_up_at_once_or_singly_is_the_same() -> None:
    counts = [compare(seed) for seed in range(8)]
    usual, ill = (sum(column) for column in zip(*counts, strict=True))
    assert usual > 20_000, "most were taken up at once"
    assert ill > 1_000, "and not all were well"


def compare(seed: int) -> tuple[int, int]:
    """→ how many were usual and how many ill, in all rounds."""
    pace = Pace(EVERY, 2_000)
    at_once, singly = Judge(GRAPH, pace, T0), Singly(GRAPH, pace, T0)
    usual = ill = 0
    for now, pings in rounds(random.Random(seed), 150):
        judged = at_once.step(now, Pings.of(pings))
        assert told(judged) == told(singly.step(now, Pings.of(pings)))
        for n in range(len(GRAPH.keys)):
            assert figures(at_once.nodes[n]) == figures(singly.nodes[n]), (seed, GRAPH.keys[n])
        usual += sum(node.usual for node in at_once.nodes)
        ill += sum(node.state in (State.DEGRADED, State.DOWN) for node in at_once.nodes)
    return usual, ill

"""Corners of the ring of raw results: late answers, ports, a clock that is set."""

from __future__ import annotations

from probes.evidence import PIECE_MS, Ring
from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.results import MISSED
from tests.probes.play import T0, Play, province

GRAPH: Graph = Play(province()).graph
NODE = GRAPH.keys.index("c11-s")
THING = GRAPH.thing_ids[NODE]


def pinged(minutes: int) -> Ring:
    """Asked every ten seconds; the last one was missed."""
    ring = Ring(GRAPH)
    for at in range(0, minutes * 60_000, 10_000):
        ring.pings([(NODE, T0 + at, 3_000_000)])
    ring.pings([(NODE, T0 + minutes * 60_000, MISSED)])
    return ring


def test_a_late_answer_to_an_early_question_is_not_forgotten() -> None:
    ring = pinged(minutes=10)
    now = T0 + 10 * 60_000 + 2_000
    ring.changed([THING], now)
    ring.take(now)
    ring.pings([(NODE, now - 1_500, MISSED)])  # asked before, known after
    [piece] = [p for p in ring.take(now + PIECE_MS) if p.thing_id == THING]
    assert [raw.sent_ms for raw in piece.results] == [now - 1_500]


def test_a_link_keeps_what_its_ports_said() -> None:
    ring = Ring(GRAPH)
    link = GRAPH.keys.index("L-d1")
    ring.port(LinkSaid(link, 0, T0 + 5, T0 + 9, up=False))
    ring.changed([GRAPH.thing_ids[link]], T0 + 10)
    [piece] = [p for p in ring.take(T0 + 10) if p.thing_id == GRAPH.thing_ids[link]]
    assert piece.results == ((T0 + 5, "port", 4_000, "down"),)


def test_a_clock_that_is_set_moves_what_is_remembered() -> None:
    ring = pinged(minutes=10)
    ring.shift(-3_600_000)
    now = T0 + 10 * 60_000 - 3_600_000 + 2_000
    ring.changed([THING], now)
    [piece] = [p for p in ring.take(now) if p.thing_id == THING]
    assert piece.to_ms == T0 + 10 * 60_000 - 3_600_000


def test_a_clock_that_is_set_before_the_first_result_does_no_harm() -> None:
    """As at a boot, when the time service sets the clock a moment after the monitor's start."""
    ring = Ring(GRAPH)
    ring.shift(3_600_000)
    ring.pings([(NODE, T0, 3_000_000)])
    ring.changed([THING], T0 + 1_000)
    [piece] = [p for p in ring.take(T0 + 1_000) if p.thing_id == THING]
    assert piece.results == ((T0, "icmp", 3_000, "ok"),)

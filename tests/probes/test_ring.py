"""Corners of the ring of raw results: late answers, ports, a clock that is set."""

from __future__ import annotations

from probes.evidence import PIECE_MS, Ring
from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.pings import Pings
from probes.results import MISSED
from probes.tcp_ping import UNTOLD
from tests.probes.play import T0, Play, province

GRAPH: Graph = Play(province()).graph
NODE = GRAPH.keys.index("c11-s")
THING = GRAPH.thing_ids[NODE]


def pinged(minutes: int) -> Ring:
    """Asked every ten seconds; the last one was missed."""
    ring = Ring(GRAPH)
    for at in range(0, minutes * 60_000, 10_000):
        ring.pings(Pings.of([(NODE, T0 + at, 3_000_000)]))
    ring.pings(Pings.of([(NODE, T0 + minutes * 60_000, MISSED)]))
    return ring


def test_a_late_answer_to_an_early_question_is_not_forgotten() -> None:
    ring = pinged(minutes=10)
    now = T0 + 10 * 60_000 + 2_000
    ring.changed([THING], now)
    ring.take(now)
    ring.pings(Pings.of([(NODE, now - 1_500, MISSED)]))  # asked before, known after
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
    ring.pings(Pings.of([(NODE, T0, 3_000_000)]))
    ring.changed([THING], T0 + 1_000)
    [piece] = [p for p in ring.take(T0 + 1_000) if p.thing_id == THING]
    assert piece.results == ((T0, "icmp", 3_000, "ok"),)


def test_who_said_unreachable_stands_beside_what_was_missed_once_a_minute() -> None:
    ring = pinged(minutes=10)
    now = T0 + 10 * 60_000 + 2_000
    said = "host unreachable, says 10.0.0.1"
    for at in (now - 2_000, now - 1_000, now):
        ring.refused(NODE, at, "icmp", said)
    ring.refused(NODE, now - 500, "icmp", "prohibited, says 10.0.0.2")
    ring.changed([THING], now)
    [piece] = [p for p in ring.take(now) if p.thing_id == THING]
    assert piece.results[-3:] == (
        (now - 2_000, "icmp", None, "missed"),
        (now - 2_000, "icmp", None, said),
        (now - 500, "icmp", None, "prohibited, says 10.0.0.2"),
    )
    ring.pings(Pings.of([(NODE, now + 1_000, MISSED)]))
    [piece] = [p for p in ring.take(now + PIECE_MS) if p.thing_id == THING]
    assert [raw.said for raw in piece.results] == ["missed"]


def test_a_storm_of_invented_words_is_bounded() -> None:
    ring = pinged(minutes=1)
    for number in range(100_000):
        ring.refused(NODE, T0 + 60_000 + number, "icmp", f"no route, says {number}")
    ring.changed([THING], T0 + 170_000)
    [piece] = [p for p in ring.take(T0 + 170_000) if p.thing_id == THING]
    assert len(piece.results) < 40


def test_who_was_asked_by_tcp_is_told_apart() -> None:
    ring = Ring(GRAPH)
    ring.pings(
        Pings.of([(NODE, T0, 3_000_000), (NODE, T0 + 1, MISSED), (NODE, T0 + 2, UNTOLD)]), {NODE}
    )
    ring.changed([THING], T0 + 10)
    [piece] = [p for p in ring.take(T0 + 10) if p.thing_id == THING]
    assert [(raw.how, raw.said) for raw in piece.results] == [
        ("tcp", "ok"),
        ("tcp", "missed"),
        ("tcp", "silent"),
    ]


def test_results_of_what_is_no_more_never_become_anothers() -> None:
    """Through two changes of the files; the last number is where they would end up."""
    first = Ring(GRAPH)
    last = len(GRAPH.keys) - 1
    first.pings(Pings.of([(NODE, T0, 3_000_000), (last, T0 + 1, 4_000_000)]))
    without = {n: n for n in range(len(GRAPH.keys)) if n != NODE}
    second, third = Ring(GRAPH), Ring(GRAPH)
    second.take_over(first, without, T0 + 2)
    third.take_over(second, {n: n for n in range(len(GRAPH.keys))}, T0 + 3)
    third.changed([GRAPH.thing_ids[last], THING], T0 + 4)
    pieces = {p.thing_id: p.results for p in third.take(T0 + 4)}
    assert pieces[GRAPH.thing_ids[last]] == ((T0 + 1, "icmp", 4_000, "ok"),)
    assert THING not in pieces

"""A list is told what it would show differently, and nothing else, however cheaply it is found."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from probes.judge import Judge
from probes.judgement import Pace
from probes.readings import Readings, shown
from store.changes import Reading
from store.states import State
from tests.probes.play import T0, Play, province

GRAPH = Play(province()).graph
NODE = GRAPH.keys.index("c11-s")
RTTS = st.one_of(st.none(), st.integers(0, 3_000), st.integers(0, 500_000))
STEPS = st.tuples(
    RTTS,
    st.sampled_from((0.0, 900.0, 1500.5, 80_000.0)),
    st.integers(0, 70),
    st.sampled_from((0, 0, 0, 1, 0b1011, 1 << 63)),
    st.sampled_from(State),
)


def shows_the_same(old: Reading | None, new: Reading) -> bool:
    if old is None or old.loss_pct != new.loss_pct:
        return False
    return near(old.rtt_us, new.rtt_us) and near(old.jitter_us, new.jitter_us)


def near(old: int | None, new: int | None) -> bool:
    if old is None or new is None:
        return old == new
    return abs(new - old) <= max(1000, old // 4)


@given(st.lists(STEPS, max_size=12))
def test_the_cheap_way_finds_what_comparing_all_of_it_finds(
    steps: list[tuple[int | None, float, int, int, State]],
) -> None:
    judge, readings = Judge(GRAPH, Pace(10_000, 2_000), T0), Readings()
    readings.take_up(judge)
    told: Reading | None = None
    for rtt_us, jitter_us, asked, bits, state in steps:
        node = judge.nodes[NODE]
        node.rtt_us, node.asked, node.state = rtt_us, asked, state
        node.jitter_us, node.rtts = jitter_us, 0 if rtt_us is None else asked
        node.bits = bits & ((1 << asked) - 1)
        node.usual = state == State.UP
        readings.look(np.array([NODE]))
        now = [shown(GRAPH.thing_ids[NODE], node)] if asked else []
        expected = [new for new in now if not shows_the_same(told, new)]
        assert list(readings.take()) == expected
        told = expected[0] if expected else told

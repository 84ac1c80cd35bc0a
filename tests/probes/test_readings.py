"""A list is told what it would show differently, and nothing else, however cheaply it is found."""

from __future__ import annotations

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
    RTTS, st.integers(0, 70), st.sampled_from((0, 0, 0, 1, 0b1011, 1 << 63)), st.sampled_from(State)
)


def shows_the_same(old: Reading | None, new: Reading) -> bool:
    if old is None or old.loss_pct != new.loss_pct or None in (old.rtt_us, new.rtt_us):
        return old is not None and (old.rtt_us, old.loss_pct) == (new.rtt_us, new.loss_pct)
    assert old.rtt_us is not None
    assert new.rtt_us is not None
    return abs(new.rtt_us - old.rtt_us) <= max(1000, old.rtt_us // 4)


@given(st.lists(STEPS, max_size=12))
def test_the_cheap_way_finds_what_comparing_all_of_it_finds(
    steps: list[tuple[int | None, int, int, State]],
) -> None:
    judge, readings = Judge(GRAPH, Pace(10_000, 2_000), T0), Readings()
    told: Reading | None = None
    for rtt_us, asked, bits, state in steps:
        node = judge.nodes[NODE]
        node.rtt_us, node.asked, node.state = rtt_us, asked, state
        node.bits = bits & ((1 << asked) - 1)
        readings.look(judge, [NODE])
        now = [shown(GRAPH.thing_ids[NODE], node)] if asked else []
        expected = [new for new in now if not shows_the_same(told, new)]
        assert list(readings.take()) == expected
        told = expected[0] if expected else told

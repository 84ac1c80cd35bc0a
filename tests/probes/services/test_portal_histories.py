"""Whatever checks find, in any order: verdicts that follow from them, and brackets in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Device, Network, Service, Site, Unit
from probes.graph import number
from probes.judge import Judge
from probes.judgement import Pace
from probes.pings import Pings
from probes.portals import CONFIRMS, Served
from probes.services.results import LIMPS, NOT_ASKED, SILENT, SURE, Fault
from store.changes import Verdict
from store.states import State
from tests.probes.play import T0

NETWORK = Network(
    name="T",
    timezone="Asia/Ho_Chi_Minh",
    anchor=("r",),
    units={"51": Unit(id="51", code="51", name="Tỉnh", level="province")},
    sites={"p": Site(id="p", name="p", unit="51")},
    devices={"r": Device(id="r", site="p", role="router", address="127.0.0.1")},
    services={"s": Service(id="s", name="s", site="p", url="tcp://127.0.0.1:1")},
)
IDS = {("device", "r"): 1, ("site", "p"): 2, ("service", "s"): 3, ("beyond", "r"): 4}
GOOD = frozenset({Fault.NONE, *LIMPS})

checks = st.tuples(st.sampled_from(sorted(Fault)), st.integers(10, 9_000))  # and how long it took
# Most services are well or ill for a while: single draws would seldom confirm anything.
histories = st.lists(
    st.tuples(checks, st.integers(1, 5)).map(lambda pair: [pair[0]] * pair[1]), max_size=12
).map(lambda runs: [check for run in runs for check in run])


def judged(history: list[tuple[Fault, int]]) -> list[tuple[int, Verdict]]:
    """The verdicts about the service, each with how many checks had come in; its site answers."""
    judge = Judge(number(NETWORK, IDS), Pace(10_000, 2_000), T0)
    service, now, told = judge.graph.keys.index("s"), T0, []
    for count, (fault, took_ms) in enumerate(history, 1):
        asked, now = now, now + took_ms
        judge.served([Served(service, asked, now, fault, 1000)], now)
        for _ in range(3):
            found = judge.step(now, Pings.of([(0, now - 10, 1_000_000)])).verdicts
            told += [(count, verdict) for verdict in found if verdict.thing_id == 3]
            now += 1_000
    return told


@given(histories)
@settings(max_examples=300, deadline=None)
def test_each_verdict_follows_from_the_checks_before_it(history: list[tuple[Fault, int]]) -> None:
    words = [fault for fault, _ in history]
    for count, verdict in judged(history):
        seen = [word for word in words[:count] if word not in NOT_ASKED]
        match verdict.state:
            case State.DOWN:
                run = seen[-1:] if seen[-1] in SURE else seen[-CONFIRMS:]
                assert not GOOD & set(run)
                assert verdict.reason == seen[-1]
                assert len(run) == CONFIRMS or run[-1] in SURE
                assert verdict.root_thing_id is None
            case State.DEGRADED:
                assert seen[-1] in LIMPS
            case State.UP:
                assert seen[-1] is Fault.NONE
            case State.UNKNOWN:
                assert words[count - 1] in NOT_ASKED
            case _:
                raise AssertionError(verdict)


@given(histories)
@settings(max_examples=300, deadline=None)
def test_brackets_are_in_order_and_spans_follow_each_other(
    history: list[tuple[Fault, int]],
) -> None:
    since, opened = 0, None
    for _, verdict in judged(history):
        assert verdict.since_ms >= since
        since = verdict.since_ms
        if verdict.state in (State.DOWN, State.DEGRADED) and opened is None:
            opened = verdict.first_bad_ms
            assert opened is not None
            assert verdict.last_bad_ms is not None
            assert verdict.last_good_ms is None or verdict.last_good_ms < opened
            assert opened <= verdict.last_bad_ms
        if verdict.state == State.UP and opened is not None:
            good = verdict.first_good_ms or verdict.since_ms
            assert opened < good
            assert verdict.last_bad_ms is None or verdict.last_bad_ms < good
            opened = None


@given(histories)
@settings(max_examples=100, deadline=None)
def test_what_never_said_a_word_is_not_in_service(history: list[tuple[Fault, int]]) -> None:
    mute = [(word if word in SILENT | NOT_ASKED else Fault.NO_NAME, took) for word, took in history]
    assert judged(mute) == []

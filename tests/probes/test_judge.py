"""The judge's promises, played in a world where time is a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probes.schedule import never
from store.changes import Sight
from store.states import Mark, State
from tests.probes.play import T0, Play, province

CUT, MENDED = 60_000, 150_000
BEHIND_D1 = [f"c1{c}-{d}" for c in (1, 2, 3) for d in "rs"] + ["d1-s"]


def between(at: int) -> bool:
    return CUT <= at < MENDED


def fibre_cut(**about: object) -> Play:
    play = Play(province(), **about)  # type: ignore[arg-type]
    play.cut = lambda link, at: link == "L-d1" and between(at)
    return play


def test_a_cut_link_is_the_one_root_and_all_behind_it_is_unreachable() -> None:
    play = fibre_cut()
    play.run(MENDED)
    assert play.state("L-d1", "link") == State.DOWN
    for key in ["d1-r", *BEHIND_D1]:
        [(made, verdict)] = play.told(key)[1:]
        assert verdict.state == State.UNREACHABLE, key
        assert play.root(verdict) == "L-d1", key
        assert made - CUT <= 20_000, key
    own = [v for at, v in play.verdicts if at > CUT and v.root_thing_id is None]
    assert [play.names[v.thing_id] for v in own] == ["L-d1"]


def test_the_other_branch_is_untouched_by_a_cut() -> None:
    play = fibre_cut()
    play.run(MENDED + 60_000)
    for key in ["p-r", "d2-r", *[k.replace("c1", "c2") for k in BEHIND_D1[:-1]]]:
        assert [v.state for _, v in play.told(key)] == [State.UP]


def test_recovery_is_believed_within_twelve_seconds_and_starts_at_the_first_answer() -> None:
    play = fibre_cut()
    play.run(MENDED + 30_000)
    for key in ["d1-r", *BEHIND_D1]:
        made, verdict = play.told(key)[-1]
        assert verdict.state == State.UP
        assert made - MENDED <= 12_000, key
        assert verdict.last_bad_ms is not None
        assert verdict.first_good_ms is not None
        assert verdict.last_bad_ms < T0 + MENDED <= verdict.first_good_ms == verdict.since_ms


def test_each_bracket_contains_the_true_time() -> None:
    play = fibre_cut()
    play.run(MENDED)
    for key in ["d1-r", *BEHIND_D1]:
        verdict = play.told(key)[-1][1]
        assert verdict.last_good_ms is not None
        assert verdict.first_bad_ms is not None
        assert verdict.last_good_ms < T0 + CUT <= verdict.first_bad_ms


def test_without_word_of_the_link_the_far_device_is_the_root() -> None:
    play = fibre_cut(snmp=False)
    play.run(MENDED)
    assert play.state("d1-r") == State.DOWN
    assert {play.root(play.told(key)[-1][1]) for key in BEHIND_D1} == {"d1-r"}


def test_power_lost_at_a_commune_leaves_its_gateway_as_root() -> None:
    play = Play(province())
    play.alive = lambda key, at: not (key.startswith("c11") and between(at))
    play.run(MENDED)
    assert play.state("c11-r") == State.DOWN
    assert play.state("L-c11", "link") == State.UP
    assert play.root(play.told("c11-s")[-1][1]) == "c11-r"
    assert play.state("c11", "site") == State.DOWN
    assert play.root(play.told("c11", "site")[-1][1]) == "c11-r"


def test_a_site_whose_switch_alone_is_silent_is_degraded() -> None:
    play = Play(province())
    play.alive = lambda key, at: not (key == "c11-s" and between(at))
    play.run(MENDED)
    assert play.state("c11", "site") == State.DEGRADED
    play.run(MENDED + 20_000)
    assert play.state("c11", "site") == State.UP
    assert play.told("c11", "site")[-1][1].first_good_ms is not None


def test_a_redundant_uplink_keeps_a_site_reachable_until_the_last_path_fails() -> None:
    play = Play(province(backup=True))
    play.cut = lambda link, at: (
        (link == "L-c11" and at >= CUT) or (link == "B-c11" and at >= 120_000)
    )
    play.run(110_000)
    assert play.state("c11-r") == State.UP
    assert play.state("L-c11", "link") == State.DOWN
    play.run(170_000)
    verdict = play.told("c11-r")[-1][1]
    assert verdict.state == State.UNREACHABLE
    assert play.root(verdict) == "B-c11"
    assert verdict.since_ms >= T0 + 120_000


def test_what_stays_silent_when_its_root_returns_is_down_by_itself() -> None:
    play = fibre_cut()
    play.alive = lambda key, at: not (key == "c11-r" and at >= CUT)
    play.run(MENDED + 60_000)
    verdict = play.told("c11-r")[-1][1]
    assert (verdict.state, verdict.root_thing_id) == (State.DOWN, None)
    assert verdict.since_ms >= T0 + MENDED
    assert play.root(play.told("c11-s")[-1][1]) == "c11-r"


@pytest.mark.parametrize("crowded", [False, True])
def test_a_silent_router_that_still_carries_is_no_icmp_not_down(crowded: bool) -> None:
    play = Play(province(), snmp=False)
    if crowded:
        crowd(play, "d1-r")
    down = play.reaches

    def reaches(n: int, at: int, depth: int = 0) -> bool:
        asked_itself = depth == 0 and play.graph.keys[n] == "d1-r"
        return not (asked_itself and between(at)) and down(n, at, depth)

    play.reaches = reaches  # type: ignore[method-assign]
    play.run(MENDED)
    assert play.state("d1-r") == State.UP
    assert Mark.NO_ICMP in play.marks("d1-r")
    assert play.state("c11-r") == State.UP
    play.run(MENDED + 60_000)
    assert Mark.NO_ICMP not in play.marks("d1-r")
    assert play.state("d1-r") == State.UP, "what it left unanswered on purpose is no loss"


def crowd(play: Play, key: str) -> None:
    """While it is in question all that is as near as it is asked in each tick, and little else."""
    due, router = play.schedule.due, play.graph.keys.index(key)
    near = [n for n in play.devices if play.graph.rank(n) <= play.graph.rank(router)]

    def few(now: int, at_most: int, spare: Callable[[int], bool] = never) -> list[int]:
        if not play.judge.nodes[router].need:
            return due(now, at_most, spare)
        play.schedule.ask((n, now) for n in near if n != router)
        return due(now, len(near) - 1, spare)

    play.schedule.due = few  # type: ignore[method-assign,assignment]


def test_what_never_answered_is_never_seen_and_alarms_nobody() -> None:
    play = Play(province())
    play.alive = lambda key, at: key != "c11-s" or at > 100_000
    play.run(90_000)
    assert play.told("c11-s") == []
    assert Mark.NEVER_SEEN in play.marks("c11-s")
    assert play.state("c11", "site") == State.UP
    play.run(120_000)
    assert play.state("c11-s") == State.UP
    assert play.marks("c11-s") == set()


@pytest.mark.parametrize("how", ["silence", "no route"])
def test_a_blind_monitor_freezes_every_state(how: str) -> None:
    play = Play(province())
    if how == "silence":
        play.sees = lambda at: not between(at)
    else:
        play.can_send = lambda at: not between(at)
    play.run(MENDED)
    first = {v.thing_id for at, v in play.verdicts if at < CUT}
    assert [v for at, v in play.verdicts if at >= CUT] == []
    assert len(first) == len(play.graph.keys) - 1, "all but what lies beyond the anchor"
    [lost] = [s for _, s in play.seeing if s.sight == Sight.BLIND]
    assert T0 + CUT - 10_000 <= lost.at_ms < T0 + CUT
    play.run(MENDED + 60_000)
    assert [v for at, v in play.verdicts if at >= CUT] == []
    opened = [s for _, s in play.seeing if s.sight == Sight.OPENED]
    assert T0 + MENDED <= opened[-1].at_ms <= T0 + MENDED + 15_000


@pytest.mark.parametrize("anchor", [(), ("p-r",), ("c11-s",), ("c11-s", "c12-s")])
def test_where_we_cannot_send_to_some_the_others_are_watched(anchor: tuple[str, ...]) -> None:
    """One interface of the monitor is down, a tunnel is gone: two devices lie behind it."""
    play = Play(replace(province(), anchor=anchor))
    play.no_way = lambda key, at: key in ("c11-s", "c12-s") and between(at)
    play.alive = lambda key, at: key != "c21-s" or at < CUT + 30_000
    play.run(MENDED)
    assert [s for _, s in play.seeing if s.sight == Sight.BLIND] == []
    assert play.state("c11-s") == play.state("c12-s") == State.UNKNOWN
    assert play.state("c21-s") == State.DOWN
    play.run(MENDED + 60_000)
    for key in ("c11-s", "c12-s"):
        states = [(v.state, v.reason) for _, v in play.told(key)]
        assert states[1:] == [(State.UNKNOWN, "unsent"), (State.UP, "answers")]
        assert play.told(key)[-1][1].first_good_ms is None, "no outage ended"


def test_who_is_silent_once_we_can_send_again_is_down() -> None:
    play = Play(province())
    play.no_way = lambda key, at: key == "c11-s" and between(at)
    play.alive = lambda key, at: key != "c11-s" or at < CUT
    play.run(MENDED + 60_000)
    reasons = [v.reason for _, v in play.told("c11-s")]
    assert reasons[1:] == ["unsent", "no_answer"]


def test_what_fell_during_blindness_is_found_after_it() -> None:
    play = Play(province())
    play.sees = lambda at: not between(at)
    play.alive = lambda key, at: key != "c11-r" or at < CUT + 30_000
    play.run(MENDED + 40_000)
    verdict = play.told("c11-r")[-1][1]
    assert verdict.state == State.DOWN
    assert verdict.first_bad_ms is not None
    assert verdict.first_bad_ms >= T0 + MENDED
    assert verdict.last_good_ms is not None
    assert verdict.last_good_ms < T0 + CUT


def test_an_anchor_that_answers_makes_a_lost_half_an_outage_not_blindness() -> None:
    play = Play(province())
    play.cut = lambda link, at: link in ("L-d1", "L-d2") and at >= CUT
    play.run(CUT + 30_000)
    assert [s for _, s in play.seeing if s.sight == Sight.BLIND] == []
    assert play.state("d1-r") == play.state("d2-r") == State.UNREACHABLE


@pytest.mark.parametrize(("one_way", "limit"), [(0.05, 20_000), (0.2254, 30_000)])
def test_a_cut_is_found_in_time_on_a_lossy_line(one_way: float, limit: int) -> None:
    """Round-trip loss of 10 and 40 percent."""
    for seed in range(5):
        play = Play(province(1, 2), loss=1 - (1 - one_way) ** 2, seed=seed, snmp=False)
        play.cut = lambda link, at: link == "L-c11" and at >= 600_000
        play.run(600_000 + limit)
        assert play.state("c11-r") == State.DOWN, seed


@pytest.mark.parametrize("loss", [0.20, 0.36])
def test_loss_alone_is_degraded_and_never_down(loss: float) -> None:
    play = Play(province(1, 2), loss=loss, seed=7, snmp=False)
    play.run(1_800_000)
    states = {v.state for _, v in play.verdicts}
    assert State.DOWN not in states
    assert State.UNREACHABLE not in states
    assert State.DEGRADED in states


def test_a_short_cut_that_ends_before_its_verdict_is_no_lossy_line() -> None:
    play = Play(province(), snmp=False)
    play.cut = lambda link, at: link == "L-c11" and 400_000 <= at < 411_000
    play.run(600_000)
    assert [v.state for _, v in play.told("c11-r")] == [State.UP]


def test_a_cut_soon_after_the_start_is_found_in_time() -> None:
    for seconds in range(12, 24):
        play = Play(province(), snmp=False)
        play.cut = lambda link, at, begin=seconds * 1000: link == "L-d1" and at >= begin  # type: ignore[misc]
        play.run(seconds * 1000 + 20_000)
        silent = {play.state(key) for key in ("d1-r", *BEHIND_D1)}
        assert silent <= {State.DOWN, State.UNREACHABLE, State.UNKNOWN}, seconds


def test_a_flapping_port_is_marked_and_each_outage_kept() -> None:
    play = Play(province(backup=True))
    play.cut = lambda link, at: link == "B-c11" and at >= CUT and (at // 60_000) % 2 == 1
    play.run(600_000)
    downs = [v for _, v in play.told("B-c11", "link") if v.state == State.DOWN]
    assert len(downs) >= 4
    assert Mark.FLAPPING in play.marks("B-c11")
    assert play.state("c11-r") == State.UP
    play.cut = lambda link, at: False
    play.run(600_000 + 2_400_000)
    assert Mark.FLAPPING not in play.marks("B-c11")


def test_a_stalled_monitor_calls_its_own_gap_unknown() -> None:
    play = Play(province())
    play.run(CUT)
    play.judge.gap(T0 + CUT, T0 + CUT + 60_000, "the monitor was stalled")
    play.now += 60_000
    play.run(CUT + 120_000)
    assert [s.sight for _, s in play.seeing] == [Sight.OPENED, Sight.BLIND, Sight.OPENED]
    assert [v for at, v in play.verdicts if at > CUT] == []


def test_beliefs_of_a_former_run_are_taken_up() -> None:
    play = Play(province())
    for n in range(len(play.graph.keys)):
        play.judge.restore(n, State.UP, T0 - 500_000, seen_to=T0 - 60_000)
    down = play.graph.keys.index("c11-r")
    play.judge.restore(down, State.DOWN, T0 - 90_000, seen_to=T0 - 60_000, last_bad=T0 - 61_000)
    play.run(CUT)
    [(_, verdict)] = play.told("c11-r")
    assert verdict.state == State.UP
    assert verdict.last_bad_ms == T0 - 61_000
    others = {v.thing_id for _, v in play.verdicts} - {verdict.thing_id}
    assert others <= {play.ids["site", "c11"]}


FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["L-d1", "L-d2", "L-c11", "L-c22", "d1-r", "c12-r", "c21-s", "c13"]),
        st.integers(20, 200),
        st.integers(25, 120),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(faults=FAULTS, snmp=st.booleans(), seed=st.integers(0, 99))
@example(faults=[("L-d2", 71, 120), ("L-c22", 195, 25)], snmp=False, seed=0)  # a root that is back
def test_any_faults_leave_one_truth(
    faults: list[tuple[str, int, int]], snmp: bool, seed: int
) -> None:
    """Whatever fails and returns: in the end all is up, no state is told twice in a row, what is
    unreachable names a root that is not up, and every outage that began has ended in order."""
    play = Play(province(), snmp=snmp, seed=seed)

    def broken(key: str, at: int) -> bool:
        return any(key.startswith(k) and f * 1000 <= at < (f + t) * 1000 for k, f, t in faults)

    play.alive = lambda key, at: not broken(key, at)
    play.cut = lambda link, at: broken(link, at)
    end = max(f + t for _, f, t in faults) * 1000
    play.run(end + 90_000)
    for n, node in enumerate(play.judge.nodes):
        assert node.state in (State.UP, State.UNKNOWN), play.graph.keys[n]
    last: dict[int, tuple[State, int | None]] = {}
    for _, v in play.verdicts:
        assert last.get(v.thing_id) != (v.state, v.root_thing_id)
        if v.state == State.UNREACHABLE:
            assert v.root_thing_id is not None
            assert last[v.root_thing_id][0] in (State.DOWN, State.UNREACHABLE)
        if v.last_good_ms is not None and v.first_bad_ms is not None:
            assert v.last_good_ms < v.first_bad_ms
        if v.first_good_ms is not None and v.last_bad_ms is not None and v.state == State.UP:
            assert v.last_bad_ms < v.first_good_ms
        last[v.thing_id] = (v.state, v.root_thing_id)

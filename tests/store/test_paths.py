"""Sites by k of n of their paths: hand-made cases, unseen paths, and paths that came later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.intervals import merge, subtract
from store.paths import Way, k_of_n
from store.period import Interval
from store.states import State

_ALL = json.loads(
    (Path(__file__).parents[1] / "data" / "availability_cases.json").read_text("utf-8")
)
CASES = [case for case in _ALL if "paths" in case.get("input", {})]
END = 60
ROOT = 7


def way(*down: Interval, state: State = State.DOWN, end: int = 1000) -> Way:
    bad = merge(down)
    root = ROOT if state is State.UNREACHABLE else None
    well = [(State.UP, b, e, None) for b, e in subtract([(0, end)], bad)]
    return Way(spans=(*well, *((state, b, e, root) for b, e in bad)), valid=(0, end))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_site_is_down_while_fewer_paths_are_up_than_it_needs(case: dict[str, Any]) -> None:
    told = case["input"]
    ways = [way(*[(b, e) for b, e in path]) for path in told["paths"]]
    spans = k_of_n(ways, told["need"])
    down = [[b, e] for state, b, e, _ in spans if state is State.DOWN]
    assert down == case["down"]
    assert (spans[0][1], spans[-1][2]) == (told["A"], told["B"])


def test_a_path_less_than_all_makes_the_site_degraded() -> None:
    assert k_of_n([way((10, 20)), way()], 1) == (
        (State.UP, 0, 10, None),
        (State.DEGRADED, 10, 20, None),
        (State.UP, 20, 1000, None),
    )


def test_a_site_is_unknown_only_while_the_unseen_path_would_decide() -> None:
    unseen = Way(spans=((State.UP, 0, None, None),), watched=((50, 100),), valid=(0, 100))
    spans = k_of_n([unseen, way((10, 60))], 1)
    assert [(s, b, e) for s, b, e, _ in spans if s is State.UNKNOWN] == [(State.UNKNOWN, 10, 50)]


def test_a_site_behind_one_root_on_every_path_is_unreachable_behind_it() -> None:
    ways = [way((10, 30), state=State.UNREACHABLE), way((20, 30), state=State.UNREACHABLE)]
    assert (State.UNREACHABLE, 20, 30, ROOT) in k_of_n(ways, 1)


def test_a_path_counts_only_while_it_led_to_the_site() -> None:
    later = Way(spans=way((0, 500)).spans, valid=(300, 1000))
    down = [(b, e) for s, b, e, _ in k_of_n([way((100, 400)), later], 1) if s is State.DOWN]
    assert down == [(100, 400)]


moments = st.integers(min_value=0, max_value=END)
intervals = st.tuples(moments, moments)
states = st.sampled_from((State.UP, State.DEGRADED, State.DOWN, State.UNREACHABLE, State.UNKNOWN))
ways_of_any_kind = st.builds(
    Way,
    spans=st.lists(st.tuples(states, moments, st.none() | moments, st.just(ROOT)), max_size=5).map(
        tuple
    ),
    watched=st.lists(intervals, max_size=3).map(tuple),
    valid=intervals,
)


def at(one: Way, t: int) -> str | None:
    if not one.valid[0] <= t < one.valid[1]:
        return None
    now = {s.value for s, b, e, _ in one.spans if b <= t and (e is None or t < e)}
    if not now or not any(b <= t < e for b, e in one.watched):
        return "unknown"
    order = ("unknown", "down", "unreachable", "degraded", "up")
    return next(state for state in order if state in now)


def expected(ways: list[Way], need: int, t: int) -> str | None:
    said = [state for one in ways if (state := at(one, t))]
    if not said:
        return None
    need = min(need, len(said))
    served = sum(state in ("up", "degraded") for state in said)
    if served >= need:
        return "up" if set(said) == {"up"} else "degraded"
    if served + said.count("unknown") >= need:
        return "unknown"
    return "down" if "down" in said else "unreachable"


@given(st.lists(ways_of_any_kind, min_size=1, max_size=4), st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_each_moment_agrees_with_counting_the_paths(ways: list[Way], need: int) -> None:
    spans = k_of_n(ways, need)
    for t in range(END):
        now = [s.value for s, b, e, _ in spans if b <= t and (e is None or t < e)]
        assert now == ([] if (wanted := expected(ways, need, t)) is None else [wanted])

"""The schedule spreads questions and never bursts."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from probes.schedule import Schedule


def keys(count: int) -> list[tuple[int, str]]:
    return [(n, f"device-{n}") for n in range(count)]


def test_each_thing_is_asked_once_an_interval_and_evenly_spread() -> None:
    schedule = Schedule(keys(1000), 10_000, 0)
    asked: Counter[int] = Counter()
    most = 0
    for now in (*range(0, 30_000, 100), 29_999):
        due = schedule.due(now, 10_000)
        asked.update(due)
        most = max(most, len(due))
    assert set(asked.values()) == {3}
    assert most <= 11, "ten a tick, and no burst at the start of a round"


def test_the_spread_is_the_same_in_every_run() -> None:
    first, second = (Schedule(keys(50), 10_000, 0) for _ in range(2))
    assert [first.due(now, 99) for now in range(0, 10_000, 100)] == [
        second.due(now, 99) for now in range(0, 10_000, 100)
    ]


def test_a_late_tick_skips_what_it_missed() -> None:
    schedule = Schedule(keys(100), 10_000, 0)
    assert len(schedule.due(95_000, 1000)) == 100
    assert schedule.due(95_000, 1000) == []
    again = Counter(n for now in range(95_100, 105_001, 100) for n in schedule.due(now, 1000))
    assert set(again.values()) == {1}


def test_quick_questions_come_first_and_each_thing_once_a_tick() -> None:
    schedule = Schedule(keys(3), 10_000, 0)
    schedule.ask([(7, 50), (7, 60), (8, 200)])
    assert schedule.due(100, 1) == [7]
    then = schedule.due(100, 10)
    assert then[0] == 7
    assert len(then) == 2, "and the one whose round begins at 0"


def test_where_more_is_due_than_fits_what_is_nearer_to_the_monitor_is_asked_first() -> None:
    schedule = Schedule(keys(0), 10_000, 0, rank=lambda n: n % 3)
    schedule.ask([(n, 10 * n) for n in range(9)])
    assert schedule.due(85, 4) == [0, 3, 6, 1]
    schedule.shift(1000)
    schedule.ask([(9, 2000)])
    assert schedule.due(1085, 2) == [4, 7], "what is not due yet holds nobody up"
    assert schedule.due(2000, 9) == [9, 2, 5, 8]


def test_what_does_not_fit_stays_due_and_the_lag_tells() -> None:
    schedule = Schedule(keys(100), 10_000, 0)
    first = schedule.due(9_900, 40)
    assert len(first) == 40
    assert schedule.lag_ms(9_900) > 0
    rest = schedule.due(9_900, 100)
    assert len(rest) == 60
    assert set(first).isdisjoint(rest)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5000)), max_size=30),
    st.integers(100, 5000),
    st.integers(1, 20),
)
def test_no_question_is_lost(asks: list[tuple[int, int]], interval: int, at_most: int) -> None:
    schedule = Schedule(keys(10), interval, 0)
    schedule.ask(asks)
    seen: set[int] = set()
    for now in range(0, 12_000, 50):
        seen |= set(schedule.due(now, at_most))
    assert seen == set(range(10))

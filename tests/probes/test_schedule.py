"""The schedule spreads questions and never bursts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

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


def turns(schedule: Schedule, until: int, since: int = 0, tick: int = 100) -> dict[int, list[int]]:
    """Thing → when it was asked."""
    found: dict[int, list[int]] = {}
    for now in range(since, until, tick):
        for n in schedule.due(now, 10_000):
            found.setdefault(n, []).append(now)
    return found


def test_each_thing_keeps_its_own_interval_and_each_interval_is_evenly_spread() -> None:
    own = dict.fromkeys(range(0, 300, 3), 60_000)
    schedule = Schedule(keys(300), 10_000, 5_000, own=own)
    asked = turns(schedule, 125_100, 5_000)
    for n, times in asked.items():
        assert len(times) in ((2, 3) if n in own else (12, 13)), n
        assert max(b - a for a, b in pairwise(times)) <= own.get(n, 10_000) + 100
    slow = Counter(times[0] // 10_000 for n, times in asked.items() if n in own)
    assert max(slow.values()) - min(slow[at] for at in range(1, 6)) <= 2


def test_the_place_in_the_round_is_the_same_after_every_start() -> None:
    first = turns(Schedule(keys(200), 10_000, 0), 10_000, tick=50)
    again = turns(Schedule(keys(200), 10_000, 77_700), 87_700, 77_700, tick=50)
    assert {n: at[0] % 10_000 for n, at in first.items()} == {
        n: at[0] % 10_000 for n, at in again.items()
    }


def test_one_thing_more_moves_the_others_only_a_little() -> None:
    few, more = (turns(Schedule(keys(count), 10_000, 0), 10_000, tick=1) for count in (999, 1000))
    assert max(abs(few[n][0] - more[n][0]) for n in few) <= 20


def test_neighbours_by_address_are_far_apart_in_the_round() -> None:
    """Thirty devices of one subnet among two thousand: none near another."""
    places = {n: f"10.{n // 30}.{7 * n % 250}.{1 + n % 30}" for n in range(2000)}
    places |= {n: f"10.7.7.{1 + n}" for n in range(30)}
    asked = turns(Schedule(keys(2000), 10_000, 0, places=places), 10_000, tick=1)
    times = sorted(asked[n][0] for n in range(30))
    gaps = [(b - a) % 10_000 for a, b in zip(times, [*times[1:], times[0]], strict=True)]
    assert min(gaps) >= 100
    assert max(gaps) <= 1000


def test_a_stalled_loop_asks_nobody_twice_and_then_goes_on_in_the_old_places() -> None:
    schedule, calm = (Schedule(keys(500), 10_000, 0) for _ in range(2))
    before = turns(schedule, 20_000)
    late = Counter(n for _ in range(9) for n in schedule.due(47_000, 100))
    assert set(late) == set(before)
    assert set(late.values()) == {1}, "asked once for all that was missed"
    turns(schedule, 60_000, 47_000)
    turns(calm, 60_000)
    after = turns(schedule, 70_000, 60_000)
    assert after == turns(calm, 70_000, 60_000)


def test_after_blindness_what_is_asked_seldom_is_asked_within_one_round_too() -> None:
    own = dict.fromkeys(range(50), 60_000)
    schedule = Schedule(keys(100), 10_000, 0, own=own)
    schedule.anew(0, 10_000)
    asked = turns(schedule, 60_000)
    assert all(times[0] <= 10_000 for times in asked.values())
    assert all(len(asked[n]) <= 2 for n in own)
    busiest = Counter(at for times in asked.values() for at in times if at < 10_000)
    assert max(busiest.values()) <= 3, "and without a burst"


def test_lag_is_the_worst_and_the_99th_of_a_hundred() -> None:
    schedule = Schedule(keys(0), 10_000, 0)
    schedule.ask((n, 0 if n == 7 else 990) for n in range(200))
    schedule.due(1_000, 1000)
    worst, p99 = schedule.late.take()
    assert worst == 1_000
    assert p99 == 10
    assert schedule.late.take() == (0, 0)


@given(st.integers(3_000, 30_000), st.integers(1, 40), st.integers(0, 39), st.booleans())
def test_taken_over_no_turn_is_left_out_and_none_comes_twice(
    at: int, count: int, gone: int, shifted: bool
) -> None:
    """With one thing gone, another new, and the numbers turned round."""
    old = Schedule(keys(count), 10_000, 3_000)
    last = {n: times[-1] for n, times in turns(old, at, 3_000).items()}
    if shifted:
        old.shift(4_321)
        at, last = at + 4_321, {n: time + 4_321 for n, time in last.items()}
    kept = [n for n in range(count) if n != gone]
    numbers = {n: count - n for n in kept}
    fresh = [(numbers[n], f"device-{n}") for n in kept] + [(1000, "new")]
    new = Schedule(fresh, 10_000, at, origin_ms=old.origin_ms)
    new.take_over(old, numbers)
    moved = 2 * 10_000 // count + 100  # its place, and the tick
    asked = turns(new, at + 10_200 + moved, at)
    assert asked.keys() == {m for m, _ in fresh}
    for n in last.keys() & kept:
        assert asked[numbers[n]][0] - last[n] <= 10_000 + moved
        assert asked[numbers[n]][0] - last[n] >= 10_000 - moved

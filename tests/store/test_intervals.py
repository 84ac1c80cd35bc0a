"""Interval arithmetic against sets of single milliseconds."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from store.intervals import clip, intersect, merge, subtract, total
from store.period import Interval

moments = st.integers(min_value=-20, max_value=60)
any_intervals = st.lists(st.tuples(moments, moments), max_size=8)


def moments_in(intervals: list[Interval]) -> set[int]:
    return {moment for begin, end in intervals for moment in range(begin, end)}


@given(any_intervals)
def test_merging_keeps_every_moment_once_in_order(intervals: list[Interval]) -> None:
    merged = merge(intervals)
    assert moments_in(merged) == moments_in(intervals)
    assert total(merged) == len(moments_in(intervals))
    assert all(left[1] < right[0] for left, right in itertools.pairwise(merged))


@given(any_intervals, any_intervals)
def test_what_both_have_and_what_one_lacks_make_up_the_whole(
    left: list[Interval], right: list[Interval]
) -> None:
    one, other = merge(left), merge(right)
    assert moments_in(intersect(one, other)) == moments_in(left) & moments_in(right)
    assert moments_in(subtract(one, other)) == moments_in(left) - moments_in(right)


@given(any_intervals, st.tuples(moments, moments))
def test_clipping_is_meeting_one_window(intervals: list[Interval], window: Interval) -> None:
    assert clip(merge(intervals), window) == intersect(merge(intervals), merge([window]))

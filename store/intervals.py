"""Arithmetic on times: sorted, disjoint, half-open (from, to) intervals in UTC milliseconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.period import Interval

END = 1 << 62  # of what goes on


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Any intervals as sorted, disjoint ones; neighbours that touch become one."""
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if end <= begin:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def clip(intervals: Sequence[Interval], window: Interval) -> list[Interval]:
    """The part of sorted, disjoint intervals that lies in the window."""
    begin, end = window
    inside: list[Interval] = []
    if begin >= end:
        return inside
    for index in range(bisect_right(intervals, begin, key=itemgetter(1)), len(intervals)):
        since, until = intervals[index]
        if since >= end:
            break
        inside.append((max(since, begin), min(until, end)))
    return inside


def intersect(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """The time that stands in both."""
    both: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            both.append((begin, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return both


def subtract(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """The time of `left` that does not stand in `right`."""
    rest: list[Interval] = []
    for window in left:
        at = window[0]
        for begin, end in clip(right, window):
            if at < begin:
                rest.append((at, begin))
            at = end
        if at < window[1]:
            rest.append((at, window[1]))
    return rest


def total(intervals: Iterable[Interval]) -> int:
    """How long they last together, in milliseconds."""
    milliseconds = 0
    for begin, end in intervals:  # a plain loop: most lists hold one, and a generator costs more
        milliseconds += end - begin
    return milliseconds

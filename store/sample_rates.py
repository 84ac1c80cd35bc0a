"""From counters to what happened a second, and from an hour of anything to what is kept for years.

A counter says nothing between two polls that are more than an hour apart, across a restart of its
device, or where it went back: there is no rate then, for one would be invented. Only where the
device is known to have run on, a 32-bit counter that went back by more than half of its reach has
passed zero. Such are errors and discards always (IF-MIB), octets where the device has no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from store.chunks import Numbers, Times
from store.samples import HOUR_MS

Floats = npt.NDArray[np.float64]

GAP_MS = HOUR_MS
UPTIME_WRAP_S = 2**32 / 100  # sysUpTime counts hundredths in 32 bits: 497 days
_SLACK_S = 20.0  # agents that refresh what they say only now and then
_REACH = np.uint64(2**32)
_HALF = np.uint64(2**31)
STATS = 6  # asked, answered, min, mean, max, p95


@dataclass(frozen=True, slots=True)
class Track:
    """Counters of one device, a series a row, an instant a column; times rise."""

    at_ms: Times
    cells: Numbers
    uptimes: Numbers  # s + 1; 0: not said
    narrow: npt.NDArray[np.bool_]  # as `cells`: a 32-bit counter?


def per_second(track: Track) -> tuple[Floats, Floats]:
    """(rates since the value before, NaN where there is none; seconds between the two)."""
    found = np.full(track.cells.shape, np.nan)
    took_s = np.diff(track.at_ms, prepend=track.at_ms[:1]) / 1000
    took = np.broadcast_to(took_s, found.shape)
    whole = (track.cells != 0).all(axis=1)
    found[whole, 1:] = _steady(track, whole)
    gappy = np.flatnonzero(~whole & (track.cells != 0).any(axis=1))
    if len(gappy):
        took = took.copy()
    for row in gappy:
        there = np.flatnonzero(track.cells[row])
        alone = Track(
            track.at_ms[there],
            track.cells[row : row + 1, there],
            track.uptimes[there],
            track.narrow[row : row + 1, there],
        )
        found[row, there[1:]] = _steady(alone, np.ones(1, np.bool_))
        took[row, there[1:]] = np.diff(alone.at_ms) / 1000
    return found, took


def _steady(track: Track, rows: npt.NDArray[np.bool_]) -> Floats:
    """Of rows in which nothing is missing: a rate for each step from value to value."""
    cells = track.cells[rows]
    took_s = np.diff(track.at_ms) / 1000
    ran_on, restarted = _uptimes(track.uptimes, took_s)
    good = (took_s > 0) & (took_s * 1000 <= GAP_MS) & ~restarted
    found = np.broadcast_to(np.where(good, 0.0, np.nan), (len(cells), len(took_s))).copy()
    moved = np.flatnonzero((cells[:, 1:] != cells[:, :-1]).any(axis=1))
    now, before = cells[moved, 1:], cells[moved, :-1]
    narrow = track.narrow[rows][moved]
    step = now - before
    wrong = now < before
    if wrong.any():
        short = step % _REACH
        passed_zero = wrong & narrow[:, 1:] & ran_on & (short < _HALF)
        step = np.where(passed_zero, short, step)
        wrong &= ~passed_zero
    wrong |= narrow[:, 1:] != narrow[:, :-1]
    found[moved] = np.where(wrong, np.nan, step / np.where(good, took_s, np.nan))
    return found


def _uptimes(
    uptimes: Numbers, took_s: Floats
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(known to have run on, restarted) for each step."""
    known = (uptimes[1:] != 0) & (uptimes[:-1] != 0)
    went_s = np.diff(uptimes.astype(np.float64))
    wrapped = np.abs(went_s + UPTIME_WRAP_S - took_s) <= _SLACK_S + np.abs(took_s) / 2
    restarted = known & (went_s < 0) & ~wrapped
    return known & ~restarted, restarted


def hours(
    at_ms: Times, values: Floats, asked: npt.NDArray[np.bool_], took: Floats | None
) -> tuple[Times, npt.NDArray[np.float32]]:
    """(hours, their figures: STATS × series × hours) of values, NaN where there is none.

    `asked`: was there a question at all? `took`: for how long each value stands, where the mean is
    to be weighted. p95 is the smallest value that at least 95 % of the hour's do not exceed.
    """
    found, starts = np.unique(at_ms - at_ms % HOUR_MS, return_index=True)
    figures = np.full((STATS, len(values), len(found)), np.nan, np.float32)
    cuts = np.append(starts, len(at_ms))
    for k, (start, end) in enumerate(pairwise(cuts)):
        weights = None if took is None else took[:, start:end]
        figures[0, :, k] = asked[:, start:end].sum(axis=1)
        _summary(values[:, start:end], weights, figures[1:, :, k])
    return found, figures


def _summary(values: Floats, weights: Floats | None, figures: npt.NDArray[np.float32]) -> None:
    """Fill in how many, min, mean, max and p95 of one hour."""
    there = ~np.isnan(values)
    figures[0] = there.sum(axis=1)
    some = np.flatnonzero(figures[0])
    if not len(some):
        return
    values, there = values[some], there[some]
    count = there.sum(axis=1)
    rising = np.sort(values.astype(np.float32), axis=1)  # NaN last
    rows = np.arange(len(some))
    low, high = rising[:, 0], rising[rows, count - 1]
    weights = there if weights is None else np.where(there, weights[some], 0.0)
    mean = (np.where(there, values, 0.0) * weights).sum(axis=1) / weights.sum(axis=1)
    figures[1, some], figures[3, some] = low, high
    figures[2, some] = np.clip(mean.astype(np.float32), low, high)
    figures[4, some] = rising[rows, (count * 95 + 99) // 100 - 1]

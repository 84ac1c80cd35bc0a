"""The times of messages: quiet hours, moments of digests, when something lasted long enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.hours import DAYS
from inventory.opening import Opening
from store.intervals import intersect, subtract
from store.period import Interval

Spells = tuple[tuple[str, str], ...]
LOOK_BACK_MS = 15 * 86_400_000  # no delay is longer than a week


def quiet_until(spells: Spells, at_ms: int, zone: ZoneInfo) -> int | None:
    """When the quiet time ends that holds this moment; None: it is not quiet."""
    ends = [end for begin, end in _quiet(spells, at_ms, zone) if begin <= at_ms < end]
    return max(ends, default=None)


def released(spells: Spells, at_ms: int, zone: ZoneInfo) -> int:
    """From when on one may be told of this moment: itself, or the end of its quiet time."""
    return quiet_until(spells, at_ms, zone) or at_ms


def _quiet(spells: Spells, at_ms: int, zone: ZoneInfo) -> list[Interval]:
    """Those of the day before and of this day."""
    today = datetime.fromtimestamp(at_ms / 1000, zone).date()
    found = []
    for day in (today - timedelta(days=1), today):
        for begin, end in spells:
            later = day if end > begin else day + timedelta(days=1)
            found.append((wall_ms(day, begin, zone), wall_ms(later, end, zone)))
    return found


def wall_ms(day: date, time: str, zone: ZoneInfo) -> int:
    """A wall time of a day as UTC ms; `24:00` is the next midnight."""
    hour, minute = int(time[:2]), int(time[3:])
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    when = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    return int(when.timestamp()) * 1000


def last_digest(told: str, at_ms: int, zone: ZoneInfo) -> Interval:
    """`07:30`, `mon 07:30`: the last such moment that has come, with the one before it."""
    weekday, _, time = told.rpartition(" ")
    day = datetime.fromtimestamp(at_ms / 1000, zone).date()
    if wall_ms(day, time, zone) > at_ms:
        day -= timedelta(days=1)
    if weekday:
        day -= timedelta(days=(day.weekday() - DAYS.index(weekday)) % 7)
    before = day - timedelta(days=7 if weekday else 1)
    return wall_ms(before, time, zone), wall_ms(day, time, zone)


def loud(
    began_ms: int, until_ms: int, works: Sequence[Interval], opening: Opening | None
) -> list[Interval]:
    """The time of an outage that concerns somebody: no planned work, within service hours."""
    window = (max(began_ms, until_ms - LOOK_BACK_MS), until_ms)
    if window[0] >= window[1]:
        return []
    rest = subtract([window], works)
    return rest if opening is None else intersect(rest, opening.open_spells(*window))


def reached(spells: Sequence[Interval], needed_ms: int) -> int | None:
    """When these had lasted so long together; None: not yet."""
    left = needed_ms
    for begin, end in spells:
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return None

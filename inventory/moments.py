"""Moments and durations as people write them; times that the clocks make doubtful are told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2000, 2100  # that a person may mean
EARLIEST_MS, LATEST_MS = (
    int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 for year in (FIRST_YEAR, LAST_YEAR + 1)
)
_EPOCH = datetime.fromtimestamp(0, UTC)
_MS = timedelta(milliseconds=1)
_DURATION = re.compile(r"(\d{1,6})\s*(min|m|h|d|w)")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_UNIT_MS = {"min": 60_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_FIRST_MS, _LAST_MS = -62_135_424_000_000, 253_402_128_000_000  # two days within the calendar
SHAPE = "write it as 2026-10-01T14:05 or 2026-10-01T14:05+07:00"


def plausible(at_ms: int) -> bool:
    """May a person mean it? What lies outside of 2000 to 2100 is a slip."""
    return EARLIEST_MS <= at_ms < LATEST_MS


def local(at_ms: int, zone: ZoneInfo) -> datetime:
    """There, to the millisecond; what the calendar does not hold is told as its nearest day."""
    seconds, rest = divmod(min(max(at_ms, _FIRST_MS), _LAST_MS), 1000)
    return datetime.fromtimestamp(seconds, zone).replace(microsecond=rest * 1000)


def moment(text: str, zone: ZoneInfo) -> int:
    """ISO 8601 as UTC milliseconds; without an offset it is local to the zone.

    ValueError names what is wrong and, after a semicolon, what to write instead.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no date or time; {SHAPE}') from None
    try:
        return _ms(when) if when.tzinfo else _local_ms(when, zone)
    except OverflowError:
        raise ValueError(f'"{text}" is out of range; {SHAPE}') from None


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day there, in UTC milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1000


def whole_days(from_ms: int, to_ms: int, zone: ZoneInfo, before: int = 0) -> list[int]:
    """Where the whole local days in [from, to) begin, and so many days `before` them; then the end
    of the last."""
    first = _whole_day(from_ms, zone)
    starts = [midnight(first - timedelta(days=n), zone) for n in range(before, -1, -1)]
    at = first + timedelta(days=1)
    while (end := midnight(at, zone)) <= to_ms:
        starts.append(end)
        at += timedelta(days=1)
    return starts


def _whole_day(at_ms: int, zone: ZoneInfo) -> date:
    """The first local day that begins at that moment or later."""
    when = local(at_ms, zone).date()
    return when if midnight(when, zone) >= at_ms else when + timedelta(days=1)


def moment_or_duration(text: str, zone: ZoneInfo, now_ms: int) -> int:
    """A moment, or how long from now: 30m, 2h, 1d, 1w."""
    if found := _DURATION.fullmatch(text.strip()):
        return now_ms + int(found[1]) * _UNIT_MS[found[2]]
    try:
        return moment(text, zone)
    except ValueError as problem:
        raise ValueError(f"{problem}, or a duration: 30m, 2h, 1d") from None


def _local_ms(when: datetime, zone: ZoneInfo) -> int:
    first, second = (when.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return _ms(first)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != when:
        raise ValueError(
            f"{when.isoformat()} does not exist in {zone}: the clocks went forward;"
            " write it with its offset"
        )
    raise ValueError(
        f"{when.isoformat()} happened twice in {zone}: the clocks went back;"
        f" write {first.isoformat()} or {second.isoformat()}"
    )


def _ms(when: datetime) -> int:
    return (when.astimezone(UTC) - _EPOCH) // _MS


def next_moment(text: str, zone: ZoneInfo, from_ms: int) -> int:
    """Also `15:30`, which is the next one after `from_ms`. ValueError."""
    if clock := _CLOCK.fullmatch(text.strip()):
        start = local(from_ms, zone)
        meant = start.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        meant += timedelta(days=meant <= start)
        return int(meant.timestamp() * 1000)
    return moment_or_duration(text, zone, from_ms)

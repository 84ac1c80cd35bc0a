"""Months and moments in the network's own zone; the clock of a report for one reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inventory import moments
from inventory.moments import FIRST_YEAR, LAST_YEAR, midnight

if TYPE_CHECKING:
    from store.period import Interval

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_YEAR = re.compile(r"[0-9]{4}")
_SECONDS = tuple(f":{number:02}" for number in range(60))
_MINUTES = tuple(f"{number // 60:02}:{number % 60:02}" for number in range(1440))  # of a day
_QUARTER_S = 900  # of an hour: where clocks of today change, if they do
local = moments.local


def month(text: str, zone: ZoneInfo) -> Interval:
    """`2026-10`, from local midnight to local midnight; ValueError says what is wrong."""
    found = _MONTH.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= 12:
        raise ValueError(f"{text!r} is no month; write it as 2026-10")
    first = date(_bounded(int(found[1])), int(found[2]), 1)
    after = (first + timedelta(days=31)).replace(day=1)
    return midnight(first, zone), midnight(after, zone)


def quarter(text: str, zone: ZoneInfo) -> Interval:
    """`2026-Q3`: July to September, from local midnight to local midnight."""
    found = _QUARTER.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no quarter; write it as 2026-Q3")
    last = int(found[2]) * 3
    return month(f"{found[1]}-{last - 2:02}", zone)[0], month(f"{found[1]}-{last:02}", zone)[1]


def year(text: str, zone: ZoneInfo) -> Interval:
    """`2026`, from local midnight to local midnight."""
    if not _YEAR.fullmatch(text):
        raise ValueError(f"{text!r} is no year; write it as 2026")
    return month(f"{text}-01", zone)[0], month(f"{text}-12", zone)[1]


def month_of(moment_ms: int, zone: ZoneInfo) -> str:
    """The month in which a moment lies there: `2026-10`."""
    return f"{local(moment_ms, zone):%Y-%m}"


def moment(text: str, zone: ZoneInfo) -> int:
    """An ISO 8601 date or time; without an offset it is meant in the zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as problem:
        hint = "write it as 2026-10-01 or 2026-10-01T14:05+07:00"
        raise ValueError(f"{text!r} is no date or time; {hint}") from problem
    _bounded(when.year)
    return _ms(when if when.tzinfo else when.replace(tzinfo=zone))


def _bounded(year: int) -> int:
    """ValueError for what is a slip of the keyboard, and would be computed day by day."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the year {year} is not from {FIRST_YEAR} to {LAST_YEAR}")
    return year


def iso(moment_ms: int | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with offset; milliseconds only where there are any."""
    if moment_ms is None:
        return None
    return local(moment_ms, zone).isoformat(timespec="milliseconds" if moment_ms % 1000 else "auto")


def midnights(window: Interval, zone: ZoneInfo) -> list[int]:
    """The window's ends, and every local midnight between them: a day may have 23 or 25 hours."""
    edges, day = [window[0]], local(window[0], zone).date() + timedelta(days=1)
    while (edge := midnight(day, zone)) < window[1]:
        edges.append(edge)
        day += timedelta(days=1)
    return [*edges, window[1]]


def day_text(day: date, language: str) -> str:
    if language == "vi":
        return f"{day.day:02}/{day.month:02}/{day.year}"
    return f"{day.year}-{day.month:02}-{day.day:02}"


@lru_cache(8192)
def _quarter(number: int, zone: ZoneInfo, language: str) -> tuple[str, int, datetime] | None:
    """Of the quarters of an hour since 1970: its day, the local second of that day, its begin.

    None: in it the clocks change, or the day.
    """
    first, last = (local((number * _QUARTER_S + s) * 1000, zone) for s in (0, 899))
    if first.utcoffset() != last.utcoffset() or first.day != last.day:
        return None
    second = first.hour * 3600 + first.minute * 60 + first.second
    return day_text(first, language), second, first


def _time(second: int) -> str:
    """Of a day."""
    return _MINUTES[second // 60] + _SECONDS[second % 60]


def whole_month(period: Interval, zone: ZoneInfo) -> str | None:
    """The month that a period is, exactly; None for any other stretch of time."""
    name = month_of(period[0], zone)
    return name if month(name, zone) == period else None


def before(period: Interval, zone: ZoneInfo) -> Interval:
    """The period before of the same kind: a month, a quarter, a year, else as many days or as
    much time."""
    first, after = (local(edge, zone).date() for edge in period)
    if period != (midnight(first, zone), midnight(after, zone)):
        return 2 * period[0] - period[1], period[0]
    for months in (1, 3, 12):
        whole = first.day == 1 and (first.month - 1) % months == 0
        if whole and _months_on(first, months) == after:
            return midnight(_months_on(first, -months), zone), period[0]
    return midnight(first - (after - first), zone), period[0]


def _months_on(first: date, months: int) -> date:
    years, month0 = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month0 + 1, 1)


def _ms(when: datetime) -> int:
    return (when.astimezone(UTC) - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """Moments as text: 24 hours, `05/10/2026` in Vietnamese, `2026-10-05` in English."""

    zone: ZoneInfo
    language: str
    with_offset: bool = False  # where the clocks change within the period

    def day(self, moment_ms: int) -> str:
        return self._told(moment_ms)[0]

    def minute(self, moment_ms: int) -> str:
        when = local(moment_ms, self.zone)
        return f"{day_text(when, self.language)} {when:%H:%M}{self._offset(when)}"

    def second(self, moment_ms: int) -> str:
        day, time, when = self._told(moment_ms)
        return f"{day} {time}{self._offset(when)}"

    def between(self, earlier_ms: int, later_ms: int) -> str:
        """A bracket; the date stands once where it is the same, a moment alone."""
        if earlier_ms == later_ms:
            return self.second(later_ms)
        day, begin, was = self._told(earlier_ms)
        later, end, when = self._told(later_ms)
        if day != later:
            return f"{day} {begin}{self._offset(was)} – {later} {end}{self._offset(when)}"
        return f"{day} {begin} – {end}{self._offset(when)}"

    def _told(self, moment_ms: int) -> tuple[str, str, datetime]:
        """Day, time, and a moment with that offset: of a quarter of an hour looked up once."""
        quarter, second = divmod(moment_ms // 1000, _QUARTER_S)
        known = _quarter(quarter, self.zone, self.language)
        if known is not None:
            return known[0], _time(known[1] + second), known[2]
        when = local(moment_ms, self.zone)
        second = when.hour * 3600 + when.minute * 60 + when.second
        return day_text(when, self.language), _time(second), when

    def _offset(self, when: datetime) -> str:
        if not self.with_offset:
            return ""
        text = when.strftime("%z")
        return f" {text[:3]}:{text[3:5]}"

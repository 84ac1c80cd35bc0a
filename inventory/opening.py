"""When a calendar is open, as moments: local wall hours, holidays, changes of the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.hours import DAYS, Hours
from inventory.model import Calendar

Spell = tuple[int, int]  # from, to in UTC ms, half-open

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time, counted as if it were UTC
_LOOK_BACK_DAYS = (2, 16, 400)  # how far an open spell is followed; beyond that it has no begin


class Opening:
    """The open spells of one calendar in one zone.

    Open is every moment whose local wall clock stands inside the hours of its local day: an hour
    that the clocks skip is never open, one that they show twice is open twice. The hours of a day
    are those of `days`; else none on a public holiday; else those of the week.
    """

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar = calendar
        self._zone = zone
        self._holidays = _public(calendar.holidays) if calendar.holidays else {}

    def open_spells(self, from_ms: int, to_ms: int) -> tuple[Spell, ...]:
        """The open time inside [from, to): sorted, disjoint, neighbours that touch are one."""
        found: list[Spell] = []
        for begin, end, offset_ms in self._steady(from_ms, to_ms):
            for opens, closes in self._wall_spells(begin + offset_ms, end + offset_ms):
                opens, closes = max(opens - offset_ms, begin), min(closes - offset_ms, end)
                if opens >= closes:
                    continue
                if found and found[-1][1] == opens:
                    opens = found.pop()[0]
                found.append((opens, closes))
        return tuple(found)

    def is_open(self, at_ms: int) -> bool:
        wall_ms = at_ms + self._offset_ms(at_ms)
        return any(opens <= wall_ms < closes for opens, closes in self._day(wall_ms // _DAY_MS))

    def opened_at(self, at_ms: int) -> int | None:
        """When the open spell that holds the moment began; None while it is closed."""
        if not self.is_open(at_ms):
            return None
        begin = at_ms
        for days in _LOOK_BACK_DAYS:
            since = at_ms - days * _DAY_MS
            begin = self.open_spells(since, at_ms + 1)[-1][0]
            if begin > since:
                break
        return begin

    def hours_of(self, day: date) -> Hours:
        """What is open on a local day."""
        said = self._calendar.days.get(day)
        if said is not None:
            return said
        return () if day in self._holidays else self._calendar.week[DAYS[day.weekday()]]

    def _day(self, number: int) -> Iterator[Spell]:
        """The open wall time of a day, counted in days since 1970, in wall milliseconds."""
        for opens, closes in self.hours_of((_EPOCH + timedelta(days=number)).date()):
            midnight = number * _DAY_MS
            yield midnight + _wall_ms(opens), midnight + _wall_ms(closes)

    def _wall_spells(self, from_ms: int, to_ms: int) -> Iterator[Spell]:
        for number in range(from_ms // _DAY_MS, (to_ms - 1) // _DAY_MS + 1):
            yield from self._day(number)

    def _steady(self, from_ms: int, to_ms: int) -> Iterator[tuple[int, int, int]]:
        """The time cut where the clocks change: (from, to, offset from UTC)."""
        begin, at, offset = from_ms, from_ms, self._offset_ms(from_ms)
        while at < to_ms:
            ahead = min(at + _DAY_MS, to_ms)
            if self._offset_ms(ahead) != offset:
                ahead = self._change(at, ahead, offset)
                yield begin, ahead, offset
                begin, offset = ahead, self._offset_ms(ahead)
            at = ahead
        if begin < to_ms:
            yield begin, to_ms, offset

    def _change(self, before: int, after: int, offset: int) -> int:
        """The first moment with another offset; it lies in (before, after]."""
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset_ms(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset_ms(self, at_ms: int) -> int:
        offset = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(self._zone).utcoffset()
        assert offset is not None  # the zone is a real one
        return offset // timedelta(milliseconds=1)


def _wall_ms(text: str) -> int:
    """`07:30` after midnight, in milliseconds; `24:00` is the end of the day."""
    return (int(text[:2]) * 60 + int(text[3:])) * _MINUTE_MS


def _public(country: str) -> Mapping[date, str]:
    """Imported here: most calendars keep no holidays, and the package is large."""
    from holidays import country_holidays

    return country_holidays(country)

"""Calendars as moments: every minute agrees with the wall clock, in zones whose clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.hours import DAYS, Hours
from inventory.model import Calendar
from inventory.opening import Opening

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTE = 60_000
WORK: Hours = (("07:00", "11:30"), ("13:30", "17:00"))


def office(holidays: str | None = None, days: dict[date, Hours] | None = None) -> Calendar:
    week = dict.fromkeys(DAYS[:5], WORK) | dict.fromkeys(DAYS[5:], ())
    return Calendar(id="office", week=week, days=days or {}, holidays=holidays)


def ms(text: str, zone: ZoneInfo = VIETNAM) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1000


def day_of(opening: Opening, text: str) -> tuple[tuple[int, int], ...]:
    begin = ms(f"{text}T00:00")
    return tuple(
        ((b - begin) // MINUTE, (e - begin) // MINUTE)
        for b, e in opening.open_spells(begin, begin + 1440 * MINUTE)
    )


def test_a_working_day_has_its_two_spells_and_sunday_none() -> None:
    opening = Opening(office(), VIETNAM)
    assert day_of(opening, "2026-10-05") == ((420, 690), (810, 1020))
    assert day_of(opening, "2026-10-04") == ()


def test_tet_by_the_moon_is_closed_and_a_make_up_day_stands_in_days() -> None:
    opening = Opening(office("VN", {date(2027, 2, 13): WORK, date(2027, 2, 9): WORK}), VIETNAM)
    closed = [day for day in range(1, 20) if not day_of(opening, f"2027-02-{day:02}")]
    assert closed == [4, 5, 6, 7, 8, 10, 14]  # the 13th is a Saturday, the 9th a holiday
    assert day_of(Opening(office(), VIETNAM), "2027-02-08") != ()


def test_opened_at_is_the_begin_of_the_spell_even_over_days() -> None:
    opening = Opening(office(), VIETNAM)
    assert opening.opened_at(ms("2026-10-05T09:00")) == ms("2026-10-05T07:00")
    assert opening.opened_at(ms("2026-10-05T07:00")) == ms("2026-10-05T07:00")
    assert opening.opened_at(ms("2026-10-05T12:00")) is None
    assert opening.opened_at(ms("2026-10-05T17:00")) is None
    whole: Hours = (("00:00", "24:00"),)
    nights = Calendar(id="n", week=dict.fromkeys(DAYS[:5], whole) | dict.fromkeys(DAYS[5:], ()))
    assert Opening(nights, VIETNAM).opened_at(ms("2026-10-08T09:00")) == ms("2026-10-05T00:00")


def test_an_hour_that_is_shown_twice_is_open_twice_and_a_skipped_one_never() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Calendar(id="n", week=dict.fromkeys(DAYS, (("02:15", "02:45"),)))
    opening = Opening(night, berlin)
    autumn, spring = ms("2026-10-25T00:00", berlin), ms("2026-03-29T00:00", berlin)
    assert [
        ((b - autumn) // MINUTE, (e - autumn) // MINUTE)
        for b, e in opening.open_spells(autumn, ms("2026-10-26T00:00", berlin))
    ] == [(135, 165), (195, 225)]
    assert opening.open_spells(spring, ms("2026-03-30T00:00", berlin)) == ()


def by_the_wall_clock(calendar: Calendar, zone: ZoneInfo, at_ms: int) -> bool:
    wall = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)
    hours = calendar.days.get(wall.date(), calendar.week[DAYS[wall.weekday()]])
    return any(begin <= f"{wall:%H:%M}" < end for begin, end in hours)


clock = st.integers(min_value=0, max_value=1440).map(lambda m: f"{m // 60:02}:{m % 60:02}")
some_hours = st.lists(clock, max_size=6, unique=True).map(
    lambda edges: tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
STARTS = (
    ("Europe/Berlin", "2026-03-28T09:13"),
    ("Europe/Berlin", "2026-10-24T22:01"),
    ("America/Havana", "2026-10-31T12:00"),
    ("Asia/Beirut", "2026-03-28T12:00"),
    ("Australia/Lord_Howe", "2026-04-04T12:00"),
    ("Asia/Ho_Chi_Minh", "2026-12-31T05:00"),
)


@given(
    st.sampled_from(STARTS),
    st.lists(some_hours, min_size=7, max_size=7),
    some_hours,
    st.integers(min_value=1, max_value=3 * 1440),
)
@settings(max_examples=60, deadline=None)
def test_each_minute_agrees_with_the_clock_on_the_wall(
    start: tuple[str, str], week: list[Hours], other: Hours, minutes: int
) -> None:
    zone, begin = ZoneInfo(start[0]), datetime.fromisoformat(start[1])
    different = (begin + timedelta(days=1)).date()
    calendar = Calendar(id="c", week=dict(zip(DAYS, week, strict=True)), days={different: other})
    opening = Opening(calendar, zone)
    first = ms(start[1], zone)
    spells = opening.open_spells(first, first + minutes * MINUTE)
    assert all(left[1] < right[0] for left, right in pairwise(spells))
    for at in range(first, first + minutes * MINUTE, MINUTE):
        wanted = by_the_wall_clock(calendar, zone, at)
        assert any(b <= at < e for b, e in spells) == wanted
        assert opening.is_open(at) == wanted


@pytest.mark.parametrize("year", range(2024, 2031))
def test_every_new_year_of_vietnam_is_closed(year: int) -> None:
    assert Opening(office("VN"), VIETNAM).hours_of(date(year, 1, 1)) == ()

"""The days of a row add up to it: of things, of tiers and of the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from reports.daily import Daily
from reports.document import Document
from reports.figures import figures
from reports.periods import midnights
from reports.pictures import Day
from store import ledger
from store.period import Place
from store.states import Kind
from store.tally import measure
from tests.reports.province import BEGIN, END, MID_MONTH, MONITOR_OFF, october
from tests.reports.world import DAY, FOREVER, HOUR, Fault, at, history, period

BERLIN = "Europe/Berlin"
DOCUMENT = figures(october())


def summed(days: tuple[Day, ...]) -> ledger.Split:
    return ledger.add(day.split for day in days)


def site(document: Document, key: str) -> tuple[Day, ...]:
    daily = Daily(document)
    return next(daily.days(row) for row in document.things if row.id == key)


def test_the_days_of_each_thing_add_up_to_its_period_and_are_the_ledgers_own() -> None:
    daily = Daily(DOCUMENT)
    told = [row for row in DOCUMENT.things if row.history is not None]
    assert len(told) > 10
    for row in told:
        days = daily.days(row)
        assert summed(days) == row.sums.split
        assert row.history is not None
        for day in days:
            assert day.split == measure(row.history, (day.from_ms, day.to_ms)).split


def test_the_days_of_tiers_and_of_the_whole_add_up_to_them() -> None:
    daily = Daily(DOCUMENT)
    assert summed(daily.whole()) == DOCUMENT.whole.sums.split
    of_tier = daily.tiers()
    for tier in DOCUMENT.tiers:
        assert summed(of_tier[tier.level]) == tier.whole.sums.split


def test_a_site_that_changes_its_tier_counts_in_each_on_its_days() -> None:
    moved = at("2026-10-11T09:00")
    one = history(
        Kind.SITE, "s", "Điểm", unit_id=1, faults=[Fault(begin=moved - HOUR, end=moved + 2 * HOUR)]
    )
    other = history(Kind.SITE, "o", "Điểm khác", unit_id=1)
    made = period(BEGIN, END, [one, other])
    stays = (Place(BEGIN, moved, 1, "district"), Place(moved, END, 1, "commune"))
    found = tuple(replace(h, stays=stays) if h.key == "s" else h for h in made.histories)
    document = figures(replace(made, histories=found))
    of_tier = Daily(document).tiers()
    assert [tier.level for tier in document.tiers] == ["district", "commune"]
    for tier in document.tiers:
        assert summed(of_tier[tier.level]) == tier.whole.sums.split
    day = next(day for day in of_tier["district"] if day.day == "2026-10-11")
    assert (day.split.down_ms, day.split.total_ms) == (HOUR, 9 * HOUR)
    assert all(not day.split.total_ms for day in of_tier["district"] if day.day > "2026-10-11")


def test_a_site_added_in_the_month_is_not_in_service_before() -> None:
    days = site(DOCUMENT, "c-1103")
    before = [day for day in days if day.to_ms <= MID_MONTH]
    assert len(before) == 15
    assert all(day.split.not_in_service_ms == DAY for day in before)
    [first] = [day for day in days if day.day == "2026-10-16"]
    assert (first.split.not_in_service_ms, first.split.up_ms) == (12 * HOUR, 12 * HOUR)


def test_a_day_of_the_monitor_being_off_is_unknown() -> None:
    off = [day for day in Daily(DOCUMENT).whole() if (day.from_ms, day.to_ms) == MONITOR_OFF]
    assert len(off) == 1
    assert ledger.figures(off[0].split) == ledger.Figures(None, None, 0.0)


@pytest.mark.parametrize(
    ("first", "after", "changed", "hours"),
    [
        ("2026-10-01T00:00", "2026-11-01T00:00", "2026-10-25", 25),
        ("2026-03-01T00:00", "2026-04-01T00:00", "2026-03-29", 23),
    ],
)
def test_days_follow_the_clock_of_the_place(
    first: str, after: str, changed: str, hours: int
) -> None:
    begin, end = at(first, BERLIN), at(after, BERLIN)
    fault = Fault(begin=at(f"{changed}T00:00", BERLIN), end=at(f"{changed}T23:00", BERLIN))
    made = period(begin, end, [history(Kind.SITE, "s", "S", faults=[fault])], zone=BERLIN)
    days = site(figures(made), "s")
    assert len(days) == 31
    assert {day.day: day.split.total_ms // HOUR for day in days if day.split.lost_ms} == {
        changed: hours
    }
    [moved] = [day for day in days if day.day == changed]
    assert (moved.split.up_ms, moved.split.down_ms) == (HOUR, (hours - 1) * HOUR)


def test_february_of_a_leap_year_has_its_29th() -> None:
    begin, end = at("2028-02-01T00:00"), at("2028-03-01T00:00")
    days = site(figures(period(begin, end, [history(Kind.SITE, "s", "S")])), "s")
    assert [date.fromisoformat(day.day).day for day in days] == list(range(1, 30))


def test_a_period_may_begin_and_end_within_days() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    window = (at("2026-10-01T15:00"), at("2026-10-03T02:30"))
    edges = midnights(window, zone)
    assert [b - a for a, b in pairwise(edges)] == [9 * HOUR, DAY, 2.5 * HOUR]
    one = history(Kind.SITE, "s", "S", service=((window[0] + HOUR, FOREVER[1]),))
    found = ledger.spread(one, edges)
    assert ledger.add(found) == measure(one, window).split
    assert found[0].not_in_service_ms == HOUR

"""Recurring work keeps its wall time when the clocks change, and ends where its rule says."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from store.windows import local_rule, occurrences
from tests.reports.world import DAY, HOUR, at

BERLIN = ZoneInfo("Europe/Berlin")


def work(begin: int, rrule: str | None, **said: Any) -> SimpleNamespace:
    plain = {"entered": 0, "approved_by": None, "approved": None, "cancelled": None}
    row = {"started": begin, "ended": begin + 3 * HOUR, "rrule": rrule}
    return SimpleNamespace(**plain | row | said)


def berlin(text: str) -> int:
    return at(text, "Europe/Berlin")


def starts(row: SimpleNamespace, begin: int, end: int) -> list[str]:
    found = occurrences(row, begin, end, BERLIN)
    return [
        f"{datetime.fromtimestamp(since / 1000, UTC).astimezone(BERLIN):%m-%d %H:%M %z}"
        for since, _ in found
    ]


def test_sunday_at_two_stays_at_two_in_summer_and_winter() -> None:
    row = work(berlin("2026-10-04T01:30"), "FREQ=WEEKLY;BYDAY=SU")
    assert starts(row, berlin("2026-10-18T00:00"), berlin("2026-11-02T00:00")) == [
        "10-18 01:30 +0200",
        "10-25 01:30 +0200",
        "11-01 01:30 +0100",
    ]
    [(begin, end)] = occurrences(
        row, berlin("2026-10-25T00:00"), berlin("2026-10-26T00:00"), BERLIN
    )
    assert end - begin == 3 * HOUR  # it lasts as long as it was said to, on a day of 25 hours too


def test_a_start_that_the_clocks_skip_comes_an_hour_later() -> None:
    row = work(berlin("2026-03-22T02:30"), "FREQ=WEEKLY")
    assert starts(row, berlin("2026-03-29T00:00"), berlin("2026-03-30T00:00")) == [
        "03-29 03:30 +0200"
    ]


def test_a_window_that_began_before_the_period_is_given_whole() -> None:
    begin = berlin("2026-06-01T23:00")
    row = work(begin, "FREQ=DAILY;COUNT=2")
    found = occurrences(row, begin + DAY + HOUR, begin + 9 * DAY, BERLIN)
    assert found == [(begin + DAY, begin + DAY + 3 * HOUR)]


@pytest.mark.parametrize("until", ["20260603", "20260603T230000", "20260603T210000Z"])
def test_the_last_day_of_a_rule_is_local_or_says_that_it_is_utc(until: str) -> None:
    row = work(berlin("2026-06-01T23:00"), f"FREQ=DAILY;UNTIL={until}")
    assert (
        len(occurrences(row, berlin("2026-05-01T00:00"), berlin("2026-07-01T00:00"), BERLIN)) == 3
    )


def test_work_entered_late_counts_from_then_and_later_occurrences_whole() -> None:
    begin = berlin("2026-06-01T23:00")
    row = work(begin, "FREQ=DAILY;COUNT=2", entered=begin + HOUR)
    assert occurrences(row, begin, begin + 9 * DAY, BERLIN) == [
        (begin + HOUR, begin + 3 * HOUR),
        (begin + DAY, begin + DAY + 3 * HOUR),
    ]
    assert occurrences(row, begin, begin + 9 * DAY, BERLIN, as_of_ms=begin) == []


@pytest.mark.parametrize("rule", ["FREQ=MINUTELY", "often", "RRULE:FREQ=DAILY\nRDATE:20260101"])
def test_what_is_no_rule_for_work_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        local_rule(rule, berlin("2026-06-01T23:00"), BERLIN)

"""Months in the zone of the network, and moments as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports.periods import Clock, iso, moment, month, quarter, whole_month, year
from tests.reports.world import HOUR, VIETNAM, at

_ALL = json.loads(
    (Path(__file__).parents[1] / "data" / "availability_cases.json").read_text("utf-8")
)
MONTHS = [case for case in _ALL if case["name"].startswith("month-")]
HERE, BERLIN = ZoneInfo(VIETNAM), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("case", MONTHS, ids=[case["name"] for case in MONTHS])
def test_a_month_begins_at_local_midnight(case: dict[str, Any]) -> None:
    begin, end = month(case["name"].removeprefix("month-"), ZoneInfo(case["note"]))
    assert (begin, end) == (case["expect"]["start"] * 1000, case["expect"]["end"] * 1000)
    assert iso(begin, ZoneInfo("UTC")) == case["expect"]["start_utc"]


def test_a_month_with_a_change_of_clocks_has_an_hour_more_or_less() -> None:
    hours = [(end - begin) / HOUR for begin, end in (month(m, BERLIN) for m in TURNS)]
    assert hours == [31 * 24 - 1, 31 * 24 + 1]


TURNS = ("2026-03", "2026-10")


def test_quarters_and_years_are_their_months_end_to_end_where_clocks_change_too() -> None:
    for zone in (HERE, BERLIN, ZoneInfo("America/Santiago")):
        months = [month(f"2026-{number:02}", zone) for number in range(1, 13)]
        quarters = [quarter(f"2026-Q{number}", zone) for number in range(1, 5)]
        assert quarters == [(months[n][0], months[n + 2][1]) for n in range(0, 12, 3)]
        assert year("2026", zone) == (months[0][0], months[11][1])
    assert quarter("2026-Q1", BERLIN)[1] - quarter("2026-Q1", BERLIN)[0] == 90 * 24 * HOUR - HOUR


@pytest.mark.parametrize("text", ["2026-Q0", "2026-Q5", "2026Q3", "26-Q1", "2026-q1"])
def test_what_is_no_quarter_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 2026-Q3"):
        quarter(text, HERE)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-10", "2026-1", "October", ""])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 2026-10"):
        month(text, HERE)


@pytest.mark.parametrize("number", ["0000", "0001", "1026", "1999", "2101", "9999"])
def test_a_year_that_is_a_slip_is_refused(number: str) -> None:
    told = "no date or time|is not from 2000 to 2100"
    tries = (
        (month, "-10"),
        (quarter, "-Q4"),
        (year, ""),
        (moment, "-10-01"),
        (moment, "-10-01T00:00Z"),
    )
    for read, rest in tries:
        with pytest.raises(ValueError, match=told):
            read(number + rest, HERE)


def test_a_moment_without_offset_is_local_to_the_network() -> None:
    assert moment("2026-10-05T14:05", HERE) == at("2026-10-05T14:05")
    assert moment("2026-10-05", HERE) == at("2026-10-05T00:00")
    assert moment("2026-10-05T14:05+00:00", HERE) == at("2026-10-05T21:05")
    with pytest.raises(ValueError, match="no date or time"):
        moment("yesterday", HERE)


def test_iso_tells_the_two_passes_of_a_repeated_hour_apart() -> None:
    first = moment("2026-10-25T02:30:00.250+02:00", BERLIN)
    assert iso(first, BERLIN) == "2026-10-25T02:30:00.250+02:00"
    assert iso(first + HOUR, BERLIN) == "2026-10-25T02:30:00.250+01:00"
    assert iso(None, BERLIN) is None


def test_only_an_exact_calendar_month_has_the_name_of_a_month() -> None:
    period = month("2028-02", HERE)
    assert whole_month(period, HERE) == "2028-02"
    assert whole_month((period[0], period[1] - 1), HERE) is None


def test_a_bracket_names_its_day_once() -> None:
    vi, en = Clock(HERE, "vi"), Clock(HERE, "en")
    begin, end = at("2026-10-05T14:05:10"), at("2026-10-05T14:05:20")
    assert vi.between(begin, end) == "05/10/2026 14:05:10 – 14:05:20"
    assert en.between(begin, end + 10 * HOUR) == "2026-10-05 14:05:10 – 2026-10-06 00:05:20"


def test_a_clock_over_a_change_writes_the_offset() -> None:
    clock = Clock(BERLIN, "en", with_offset=True)
    assert clock.minute(moment("2026-10-25T02:30+02:00", BERLIN)) == "2026-10-25 02:30 +02:00"

"""A moment of the past is typed as people say it, in the network's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tui.replay import STEPS_MS, last_change, next_change, typed

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+07:00").timestamp() * 1000)


NOW = at("2026-11-27T09:30:00")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("02:10", "2026-11-27T02:10:00"),
        (" 9:30 ", "2026-11-27T09:30:00"),
        ("23:59:58", "2026-11-26T23:59:58"),  # that of today is yet to come
        ("26/11 02:10", "2026-11-26T02:10:00"),
        ("1/12 02:10", "2025-12-01T02:10:00"),
        ("26/11/2024 02:10", "2024-11-26T02:10:00"),
        ("2026-11-26T02:10", "2026-11-26T02:10:00"),
        ("2026-11-25T19:10:00+00:00", "2026-11-26T02:10:00"),
    ],
)
def test_what_has_no_day_or_no_year_is_the_last_that_was(text: str, meant: str) -> None:
    assert typed(text, HERE, NOW) == at(meant)


@pytest.mark.parametrize("text", ["", "25:00", "12:60", "31/02 10:00", "hôm qua", "10"])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no date or time; write it as"):
        typed(text, HERE, NOW)


def test_a_time_that_the_clocks_skipped_or_had_twice_is_told() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(ValueError, match="does not exist"):
        typed("29/3 02:30", berlin, NOW)
    with pytest.raises(ValueError, match="happened twice"):
        typed("25/10 02:30", berlin, NOW)


def test_a_jump_leads_to_the_change_before_or_after_the_moment_and_never_stays() -> None:
    changes = (10, 20, 30)
    assert [next_change(changes, at_ms) for at_ms in (5, 10, 29, 30)] == [10, 20, 30, None]
    assert [last_change(changes, at_ms) for at_ms in (10, 11, 30, 99)] == [None, 10, 20, 30]


def test_steps_go_from_ten_seconds_to_an_hour() -> None:
    assert [step // 1000 for step in STEPS_MS] == [10, 60, 600, 3600]

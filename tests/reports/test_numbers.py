"""Percentages, durations and names as a reader writes and orders them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.collate import vietnamese
from reports.numbers import duration, number, percent, points, target


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (100 * 172 / 173, "99,42 %", "99.42 %"),
        (100.0, "100,00 %", "100.00 %"),
        (0.0, "0,00 %", "0.00 %"),
        (99.996, "99,996 %", "99.996 %"),
        (100 * (1 - 1 / 2678400), "99,99996 %", "99.99996 %"),
        (0.001, "0,001 %", "0.001 %"),
        (90.06, "90,06 %", "90.06 %"),
        (None, "–", "–"),
    ],
)
def test_a_percentage_is_written_as_its_reader_does(value: float | None, vi: str, en: str) -> None:
    assert (percent(value, "vi"), percent(value, "en")) == (vi, en)


def test_a_figure_just_below_its_target_does_not_look_like_the_target() -> None:
    assert percent(99.9, "vi", (99.9,)) == "99,90 %"
    assert percent(99.8999, "vi", (99.9,)) == "99,8999 %"
    assert percent(99.8951, "vi", (99.9,)) == "99,895 %"
    assert percent(99.94999, "en", (99.95,)) == "99.94999 %"
    assert percent(89.9999, "en", (90.0,)) == "89.9999 %"


@given(
    st.floats(min_value=0, max_value=100),
    st.sampled_from([99.0, 99.5, 99.9, 99.95, 99.99]),
)
def test_no_percentage_is_ever_rounded_up_to_a_limit(value: float, limit: float) -> None:
    shown = Decimal(percent(value, "en", (limit,)).removesuffix(" %"))
    for reached in (Decimal(str(limit)), Decimal(100)):
        # a figure nearer than a million millionth of a percent is beyond what a month can tell
        assert Decimal(repr(value)) >= reached - Decimal("1e-11") or shown < reached
    assert abs(shown - Decimal(repr(value))) <= Decimal("0.005")


def test_a_target_keeps_the_digits_that_a_person_wrote() -> None:
    assert [target(pct, "vi") for pct in (99.9, 99.95, 99.0, 100.0, None)] == [
        "99,9 %",
        "99,95 %",
        "99,0 %",
        "100,0 %",
        "–",
    ]


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (0, "0 giây", "0 s"),
        (0.4, "dưới 1 giây", "below 1 s"),
        (59.999, "59 giây", "59 s"),
        (3599.9, "59 phút 59 giây", "59 min 59 s"),
        (7500, "2 giờ 05 phút", "2 h 05 min"),
        (86399, "23 giờ 59 phút", "23 h 59 min"),
        (266820, "3 ngày 02 giờ 07 phút", "3 d 02 h 07 min"),
        (123456789, "1.428 ngày 21 giờ 33 phút", "1,428 d 21 h 33 min"),
        (None, "–", "–"),
    ],
)
def test_a_duration_is_cut_and_never_rounded_up(seconds: float | None, vi: str, en: str) -> None:
    assert (duration(seconds, "vi"), duration(seconds, "en")) == (vi, en)


def test_thousands_and_decimals_stand_as_in_the_language() -> None:
    assert number(Decimal("1234.56"), "vi") == "1.234,56"
    assert number(1234, "en") == "1,234"


def test_names_stand_in_the_order_of_a_vietnamese_dictionary() -> None:
    expected = [
        "An Phú",
        "Ăng Tây",
        "Ấp Bắc",
        "Ba Tô",
        "Ba Tơ",
        "Cà Đam",
        "Da Lạt",
        "Đa Lạt",
        "Đăk Hà",
        "Êa Súp",
        "Phường 2",
        "Phường 10",
        "Sơn Ha",
        "Sơn Hà",
        "Sơn Hả",
        "Sơn Hã",
        "Sơn Há",
        "Sơn Hạ",
        "Sơn Hà Tây",
        "Tư Nghĩa",
        "ỷ lại",
    ]
    assert sorted(set(expected), key=vietnamese) == expected


@given(st.text(max_size=12))
def test_any_name_has_a_place(name: str) -> None:
    assert vietnamese(name) <= vietnamese(name + "x")


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (99.0, 99.0, ("99,00 %", "99,00 %", "0,00")),
        (99.41, 99.51, ("99,41 %", "99,51 %", "+0,10")),
        (99.894, 99.896, ("99,894 %", "99,896 %", "+0,002")),  # 99,89 and 99,90 tell too much
        (99.1371, 98.8831, ("99,137 %", "98,883 %", "-0,254")),  # 99,14 - 98,88 is 0,26
        (100.0, 99.99999, ("100,00000 %", "99,99999 %", "-0,00001")),
        (None, 99.0, ("–", "99,00 %", "–")),
    ],
)
def test_two_percentages_and_their_difference_can_be_checked_with_a_pencil(
    then: float | None, now: float, told: tuple[str, str, str]
) -> None:
    shown = percent(then, "vi", unlike=now), percent(now, "vi", unlike=then)
    assert (*shown, points(then, now, "vi")) == told

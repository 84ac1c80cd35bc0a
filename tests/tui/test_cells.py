"""Cutting, padding, cleaning and comparing lines of terminal cells."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from inventory.folding import fold, matches
from tui.cells import PLAIN, Line, changed, clean, fit, line, wrap

RED = Style(color="red")


@given(st.text(), st.integers(0, 40), st.booleans())
def test_fit_gives_exactly_the_cells_that_were_asked(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(clean(text), width, right=right)) == width


@given(st.lists(st.tuples(st.text(), st.sampled_from([PLAIN, RED]))), st.integers(0, 60))
def test_a_line_is_exactly_as_wide_as_asked(spans: list[tuple[str, Style]], width: int) -> None:
    drawn = line(width, [(clean(text), style) for text, style in spans])
    assert sum(cell_len(segment.text) for segment in drawn) == width


@given(st.text())
def test_cleaned_text_holds_no_control_and_is_composed(text: str) -> None:
    shown = clean(text)
    assert unicodedata.normalize("NFC", shown) == shown
    assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Mn") for sign in shown)


SPANS = st.lists(st.tuples(st.text(alphabet="ab漢", max_size=8), st.sampled_from([PLAIN, RED])))


@given(SPANS, SPANS)
def test_repainting_what_changed_gives_the_new_line(
    old: list[tuple[str, Style]], new: list[tuple[str, Style]]
) -> None:
    was, now = line(40, old), line(40, new)
    cells, wanted = cells_of(was), cells_of(now)
    if run := changed(was, now):
        cells[slice(*run)] = wanted[slice(*run)]
    assert cells == wanted


def cells_of(drawn: Line) -> list[tuple[str, Style | None]]:
    return [
        (sign, style) for text, style, _ in drawn for sign in text for _ in range(cell_len(sign))
    ]


def test_what_is_alike_before_and_behind_a_change_is_left() -> None:
    was = line(30, [("a" * 30, PLAIN)])
    assert changed(was, line(30, [("aab" + "a" * 20 + "b" + "a" * 6, PLAIN)])) == (2, 24)
    assert changed(was, was) is None
    assert changed(was, line(30, [("a" * 30, PLAIN)])) is None


def test_blanks_take_the_style_before_them_where_they_look_alike() -> None:
    loud, turned = Style(color="red", bold=True), Style(reverse=True)
    drawn = line(12, [("a", loud), ("  ", PLAIN), ("b", PLAIN), (" ", turned), (" ", PLAIN)])
    assert [segment.text for segment in drawn] == ["a  ", "b", " ", " " * 7]


def test_a_change_of_style_alone_is_a_change() -> None:
    was, now = (line(5, [("abc", style), ("de", PLAIN)]) for style in (PLAIN, RED))
    assert changed(was, now) == (0, 3)


def test_wrapping_keeps_every_word_and_cuts_only_what_is_longer_than_a_line() -> None:
    assert wrap("một hai ba", 7) == ["một hai", "ba"]
    assert wrap("x" * 12, 5) == ["xxxxx", "xxxxx", "xx"]
    assert wrap("", 5) == [""]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("duc pho", "Thị xã Đức Phổ"),
        ("ĐỨC PHỔ", "Thị xã Đức Phổ"),
        ("quang ngai", unicodedata.normalize("NFD", "Quảng Ngãi")),
        ("vinh ba", "UBND xã Ba Vinh"),
    ],
)
def test_names_are_found_without_tones_in_any_form_and_order(typed: str, name: str) -> None:
    assert matches(typed, name)


def test_folding_leaves_what_has_no_tones() -> None:
    assert fold("c-o-21490") == "c-o-21490"

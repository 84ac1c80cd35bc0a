"""What the record believes of units and placements, after any sequence of what the files said."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store.atlas import FOREVER, Row, timeline

DAY = 86_400_000


def row(begin: int | None, end: int | None, name: str) -> Row:
    return Row(begin, end, {"name": name})


def told(rows: list[Row]) -> list[tuple[int | None, int | None, str]]:
    return [(one.begin, one.end, one.values["name"]) for one in rows]


def test_what_has_no_day_holds_for_ever_back_and_a_change_from_now() -> None:
    first = timeline([], [row(None, None, "a")], 100)
    assert told(first) == [(FOREVER, None, "a")]
    assert timeline(first, [row(None, None, "a")], 200) == first
    second = timeline(first, [row(None, None, "b")], 300)
    assert told(second) == [(FOREVER, 300, "a"), (300, None, "b")]


def test_days_of_the_files_count_back_and_ahead() -> None:
    held = [row(FOREVER, None, "a")]
    said = [row(None, 500, "a"), row(500, None, "b")]
    assert told(timeline(held, said, 900)) == [(FOREVER, 500, "a"), (500, None, "b")]
    assert told(timeline(held, said, 100)) == [(FOREVER, 500, "a"), (500, None, "b")]


def test_an_act_ahead_that_is_withdrawn_holds_nothing_up() -> None:
    ahead = [row(FOREVER, 900, "a"), row(900, None, "b")]
    assert told(timeline(ahead, [row(None, None, "a")], 500)) == [(FOREVER, None, "a")]
    moved = timeline(ahead, [row(None, None, "c")], 500)
    assert told(moved) == [(FOREVER, 500, "a"), (500, None, "c")]


def test_a_site_that_moves_by_hand_into_a_unit_of_the_past_keeps_its_history() -> None:
    held = [row(FOREVER, None, "a")]
    said = [row(None, 300, "b"), row(300, None, "c")]  # b passed into c before the edit
    assert told(timeline(held, said, 600, told=False)) == [(FOREVER, 600, "a"), (600, None, "c")]


def test_a_spelling_that_is_mended_together_with_an_act_keeps_what_was_before() -> None:
    held = [row(FOREVER, 200, "X"), row(200, None, "Y")]
    said = [row(None, 400, "Y1"), row(400, None, "Z")]
    assert told(timeline(held, said, 600)) == [
        (FOREVER, 200, "X"),
        (200, 400, "Y1"),
        (400, None, "Z"),
    ]


names = st.sampled_from("abc")
cuts = st.lists(st.integers(1, 40), max_size=3, unique=True).map(sorted)


@st.composite
def statements(draw: Any) -> list[Row]:
    """What the files may say: from ever back, or from a day; to an end, or for ever on."""
    days: list[int | None] = [day * DAY for day in draw(cuts)]
    begin: list[int | None] = [None] if draw(st.booleans()) or not days else []
    ends = [*begin, *days]
    if draw(st.booleans()) or len(ends) == 1:
        ends.append(None)
    return [row(one, two, draw(names)) for one, two in pairwise(ends)]


@given(st.lists(st.tuples(statements(), st.booleans()), min_size=1, max_size=6))
def test_rows_never_overlap_and_follow_the_files_from_now_on(
    said: list[tuple[list[Row], bool]],
) -> None:
    held: list[Row] = []
    for number, (rows, own) in enumerate(said, 1):
        now = number * 7 * DAY
        held = [one for one in timeline(held, rows, now, told=own) if one.end != one.begin]
        for one, two in pairwise(held):
            assert one.end is not None
            assert two.begin is not None
            assert one.end <= two.begin
        assert sum(one.end is None for one in held) <= 1
        for at in range(now, now + 50 * DAY, DAY):
            assert _at(held, at) == _at(rows, at), (at, told(held), told(rows))


def _at(rows: list[Row], at: int) -> str | None:
    found = [
        one.values["name"]
        for one in rows
        if (one.begin or 0) <= at and (one.end is None or at < one.end)
    ]
    return found[0] if found else None

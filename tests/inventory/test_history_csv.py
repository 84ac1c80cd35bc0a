"""The CSV of another system's outages: every line becomes a row or a problem with its place."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.history_csv import STATES, HistoryFile, read_history

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HEAD = "thing,state,started,ended,cause,provider,note\n"


def at(text: str, zone: ZoneInfo = ZONE) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


NOW = at("2026-11-01T00:00")


def read(text: str | bytes, zone: ZoneInfo = ZONE) -> HistoryFile:
    data = text if isinstance(text, bytes) else text.encode()
    return read_history("old.csv", data, zone, NOW)


def told(text: str | bytes, zone: ZoneInfo = ZONE) -> list[str]:
    return [str(problem) for problem in read(text, zone).problems]


def test_a_line_becomes_a_row_in_the_zone_of_the_network() -> None:
    file = read(HEAD + "L1,down,2026-10-01T08:00,2026-10-01T09:30:00.5+07:00,fibre,vnpt,đứt cáp\n")
    assert file.problems == ()
    [row] = file.rows
    assert (row.thing, row.state, row.cause, row.provider, row.note) == (
        "L1", "down", "fibre", "vnpt", "đứt cáp",
    )  # fmt: skip
    assert (row.started_ms, row.ended_ms) == (at("2026-10-01T08:00"), at("2026-10-01T09:30") + 500)
    assert (file.first_ms, file.last_ms) == (row.started_ms, row.ended_ms)


def test_excel_writes_a_mark_semicolons_and_letters_in_parts() -> None:
    text = "\ufeffThing;State;Started;Ended;Note\r\nL1;DOWN;2026-10-01;2026-10-02;Đứt ca\u0301p\r\n"
    [row] = read(text).rows
    assert (row.state, row.note) == ("down", "Đứt cáp")
    assert row.ended_ms - row.started_ms == 86_400_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_excel_writes_unicode_text_with_tabs(encoding: str) -> None:
    text = HEAD + "L1,down,2026-10-01,2026-10-02,fibre,vnpt,đứt cáp\n"
    [row] = read(text.replace(",", "\t").encode(encoding)).rows
    assert (row.thing, row.note) == ("L1", "đứt cáp")


def test_without_an_end_a_row_lasts_to_the_last_instant_of_the_file() -> None:
    text = HEAD + "a,down,2026-10-01,,,,\nb,watched,2026-10-01,2026-10-05,,,\n"
    first, _ = read(text).rows
    assert first.still_on
    assert first.ended_ms == at("2026-10-05T00:00")


def test_an_open_end_that_nothing_follows_is_a_problem() -> None:
    [problem] = told(HEAD + "a,down,2026-10-01,,,,\n")
    assert problem.startswith("old.csv:2: ended: is empty and the file knows nothing later; ")


def test_all_problems_of_a_file_are_told_at_once_with_line_and_column() -> None:
    text = HEAD + (
        ",down,2026-10-01,2026-10-02,,,\n"
        "a,donw,2026-10-01,2026-10-02,,,\n"
        "a,down,yesterday,2026-10-02,,,\n"
        "a,down,2026-10-02,2026-10-01,,,\n"
        "a,down,2026-10-01,2026-10-02,fiber,,\n"
        "a,down,2026-10-01,2027-10-02,,,\n"
        "a,down,2026-10-01,2026-10-02\n"
    )
    file = read(text)
    assert file.rows == ()
    assert [(p.line, p.thing) for p in file.errors] == [
        (2, "thing"), (3, "state"), (4, "started"), (5, "ended"), (6, "cause"), (7, "ended"),
        (8, "line"),
    ]  # fmt: skip
    words = [str(problem) for problem in file.errors]
    assert 'did you mean "down"?' in words[1]
    assert 'did you mean "fibre"?' in words[4]
    assert "future" in words[5]


def test_a_note_over_several_lines_leaves_the_numbers_of_the_lines_right() -> None:
    text = HEAD + 'a,down,2026-10-01,2026-10-02,,,"one\ntwo"\na,up,2026-10-01,2026-10-02,,,\n'
    file = read(text)
    assert [row.note for row in file.rows] == ["one\ntwo"]
    assert [problem.line for problem in file.errors] == [4]


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        (b"\xff\xfa", "file", "UTF-8"),
        ("", "file", "empty"),
        ("thing,state,started\n", "header", "ended"),
        (HEAD.strip() + ",colour\n", "header", "colour"),
        (HEAD.strip() + ",note\n", "header", "twice"),
        (HEAD + 'a,down,"2026\n', "line", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str | bytes, column: str, words: str) -> None:
    [problem] = read(text).errors
    assert problem.thing == column
    assert words in str(problem)


def test_words_that_no_row_of_that_state_keeps_are_told() -> None:
    file = read(HEAD + "a,watched,2026-10-01,2026-10-02,fibre,vnpt,why\n")
    assert len(file.rows) == 1
    assert {(p.thing, p.level) for p in file.problems} == {
        ("cause", "warning"), ("provider", "warning"), ("note", "warning"),
    }  # fmt: skip


def test_local_times_that_clocks_skip_or_repeat_are_problems_with_both_readings() -> None:
    paris = ZoneInfo("Europe/Paris")
    skipped = told(HEAD + "a,down,2026-03-29T02:30,2026-03-29T04:00,,,\n", paris)
    assert "does not exist" in skipped[0]
    twice = told(HEAD + "a,down,2026-10-25T02:30,2026-10-25T04:00,,,\n", paris)
    assert "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00" in twice[0]
    assert told(HEAD + "a,down,2026-10-25T02:30+01:00,2026-10-25T04:00,,,\n", paris) == []


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    read(data)


_CELL = st.text(max_size=12)
_LINE = st.lists(_CELL, min_size=7, max_size=7).map(
    lambda cells: ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
)


@given(st.lists(_LINE, max_size=6))
def test_every_filled_line_is_a_row_or_has_an_error(lines: list[str]) -> None:
    file = read((HEAD + "\n".join(lines)).encode("utf-8", "replace"))
    assert all(row.state in STATES for row in file.rows)
    assert len(file.rows) + len({p.line for p in file.errors}) >= len(
        [line for line in lines if line.replace('"', "").replace(",", "").strip()]
    )

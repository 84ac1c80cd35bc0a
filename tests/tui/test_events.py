"""What happened last: on the board and as a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.province import NOW_MS, Province, fibre_cut
from tests.tui.said import people
from tests.tui.screen import assert_aligned, lines, press, text, until, watching
from tests.tui.test_lists import written
from tests.tui.test_replaying import clock
from tests.tui.test_words import Record, fill
from tui.app import Board
from tui.events import EventList
from tui.lists import EventsScreen
from tui.screens import SheetScreen


def busy() -> Province:
    """A root that goes on, one that is over, and what was said."""
    province = Province()
    fibre_cut(province)
    province.end(province.fail("d-527-cpe1", ago_s=4000))
    province.said = people(province)
    return province


def shown(board: Board) -> EventList:
    return board.screen.query_one(EventList)


def line_of(board: Board, words: str) -> str:
    return next(line for line in lines(board) if words in line)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [(20, 10), (80, 24), (120, 30), (160, 45)])
async def test_the_list_fits_every_terminal(
    size: tuple[int, int], language: str, ascii_only: bool
) -> None:
    async with watching(busy(), size, language=language, ascii_only=ascii_only) as (board, pilot):
        await until(pilot, lambda: len(board.scene.known.recent) == 9)
        if size[0] >= 70:
            assert_aligned(board)
        await press(pilot, "7")
        assert isinstance(board.screen, EventsScreen)
        if size[0] >= 70:
            assert_aligned(board)
        assert "\x1b" not in text(board)
        if ascii_only:
            assert not set("–·…✖→") & set(text(board))


async def test_the_newest_is_first_with_what_became_of_it() -> None:
    async with watching(busy()) as (board, pilot):
        await press(pilot, "7")
        await until(pilot, lambda: len(shown(board).keys) == 9)
        told = [line[1:6] for line in lines(board)[3:12]]
        assert told == sorted(told, reverse=True)
        assert "hết sau 1 g 05" in line_of(board, "12:39 ·")
        assert "mất kết nối" in line_of(board, "12:18 ✖ UBND huyện Bình Sơn L-d-524")
        assert "Nguyễn An nhận: đã gọi VNPT" in line_of(board, "12:25 #")
        assert "Lê Văn Bình đặt lịch bảo trì" in line_of(board, "12:28 # UBND huyện Sơn Hà")
        assert "không quan sát được" in line_of(board, "12:29 ? bộ giám sát")
        assert "đã quan sát lại được" in line_of(board, "12:30 · bộ giám sát")
        await press(pilot, "j", "enter")
        assert not isinstance(board.screen, SheetScreen)  # the monitor has no sheet
        await press(pilot, "k", "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))


async def test_a_new_event_is_seen_at_once_unless_somebody_walks_there() -> None:
    province = busy()
    async with watching(province, (160, 45)) as (board, pilot):
        await until(pilot, lambda: len(shown(board).keys) == 9)
        await press(pilot, "tab", "tab", "tab")
        assert shown(board).has_focus
        await press(pilot, "j")
        at = shown(board).cursor
        await press(pilot, "tab")
        province.fail("d-525-cpe1", ago_s=5)
        await until(pilot, lambda: len(shown(board).keys) == 10)
        assert "d-525-cpe1" in line_of(board, "12:39 ✖")
        assert shown(board).cursor != at


async def test_a_file_of_them_has_whole_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching(busy(), now_ms=lambda: NOW_MS) as (board, pilot):
        await press(pilot, "7")
        await until(pilot, lambda: len(shown(board).keys) == 9)
        await press(pilot, "e")
    rows = written(tmp_path)
    assert len(rows) == 9
    assert rows[0]["at"] == "2026-11-23T12:39:00+07:00"
    assert (rows[0]["kind"], rows[0]["key"], rows[0]["state"]) == ("ended", "d-527-cpe1", "up")


async def test_nothing_is_said_in_words() -> None:
    async with watching(Province(), language="en") as (board, pilot):
        await press(pilot, "7")
        await until(pilot, lambda: "Nothing happened in the last 24 hours." in text(board))


async def test_a_replay_knows_nothing_of_what_came_after(tmp_path: Path) -> None:
    record = Record(tmp_path)
    bad = record.root("d-r").first_bad_ms
    async with record.board() as (board, pilot):
        await press(pilot, "7")
        await until(pilot, lambda: len(shown(board).keys) == 2)
        await press(pilot, "r")
        await fill(pilot, board, moment=clock(bad - 1_000))
        await until(pilot, lambda: not shown(board).keys)
        await press(pilot, "full_stop")
        await until(pilot, lambda: len(shown(board).keys) == 2)

"""The board as it was, over a real record."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from store.questions import Sheet
from store.reader import RecordReader
from store.replay import ReplayReader
from tests.tui.screen import lines, press, text, until
from tests.tui.test_words import Record, fill
from tui.forms import Form
from tui.roots import RootList
from tui.screens import BoardScreen


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path)


def clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo("Asia/Ho_Chi_Minh")).isoformat()


async def test_a_past_moment_is_shown_and_left_again(record: Record) -> None:
    bad = record.root("d-r").first_bad_ms
    async with record.board() as (board, pilot):
        roots = board.screen.query_one(RootList)
        assert len(roots.keys) == 2
        await press(pilot, "r")
        await fill(pilot, board, moment=clock(bad - 30_000))
        await until(pilot, lambda: isinstance(board.screen, BoardScreen) and not roots.keys)
        assert "XEM LẠI" in lines(board)[0]
        await press(pilot, "greater_than_sign")
        await until(pilot, lambda: len(roots.keys) == 2)
        assert board.scene.replaying_ms == bad
        await press(pilot, "comma")
        await until(pilot, lambda: not roots.keys)
        board.action_step(1)
        assert not board.scene.feed_silent
        await until(pilot, lambda: len(roots.keys) == 2)
        await press(pilot, "full_stop", "less_than_sign")
        await until(pilot, lambda: board.scene.replaying_ms == bad)
        await press(pilot, "a")
        assert "Đang xem lại" in lines(board)[-1]
        await press(pilot, "r")
        await until(pilot, lambda: "XEM LẠI" not in lines(board)[0] and len(roots.keys) == 2)
        await press(pilot, "a")
        assert isinstance(board.screen, Form)


async def test_what_is_no_moment_and_what_is_to_come_is_told(record: Record) -> None:
    async with record.board() as (board, pilot):
        await press(pilot, "r")
        await fill(pilot, board, moment="hôm qua")
        assert "“hôm qua” không phải một lúc" in text(board)
        await fill(pilot, board, moment="2099-01-01T00:00")
        assert "chưa đến" in text(board)
        await press(pilot, "escape")
        assert board.scene.replaying_ms is None


async def test_without_another_change_it_stays_and_says_so(record: Record) -> None:
    bad = record.root("d-r").first_bad_ms
    async with record.board() as (board, pilot):
        await press(pilot, "r")
        await fill(pilot, board, moment=clock(bad + 60_000))
        await until(pilot, lambda: "XEM LẠI" in lines(board)[0])
        await press(pilot, "greater_than_sign")
        await until(pilot, lambda: "không có sự cố gốc nào nữa" in lines(board)[-1])


async def test_steps_do_nothing_while_the_board_shows_what_is(record: Record) -> None:
    async with record.board() as (board, pilot):
        await press(pilot, "comma", "full_stop", "less_than_sign", "greater_than_sign")
        assert board.scene.replaying_ms is None


async def test_what_the_record_did_not_answer_before_is_asked_of_the_past(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    sheet = RecordReader.sheet

    def hangs(reader: RecordReader, thing_id: int) -> Sheet:
        if not isinstance(reader, ReplayReader):
            answers.wait(10.0)
        return sheet(reader, thing_id)

    monkeypatch.setattr(RecordReader, "sheet", hangs)
    async with record.board() as (board, pilot):
        board.open_thing(record.id("device", "d-r"))
        await press(pilot, "r")
        await fill(pilot, board, moment=clock(record.now - 60_000))
        try:
            await until(pilot, lambda: "127.51.1.1" in text(board))
        finally:
            answers.set()

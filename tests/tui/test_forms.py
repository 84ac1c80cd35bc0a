"""A form at the foot of the screen, and the board that goes on above it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from store.actions import Actions, open_actions
from tests.tui.province import Province
from tests.tui.screen import lines, press, text, until, watching
from tests.tui.test_words import Record, said
from tui.forms import Form
from tui.screens import BoardScreen
from tui.speaker import Speaker
from tui.why import WhyPanel


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path)


@pytest.mark.parametrize(("key", "over"), [("a", Form), ("i", WhyPanel)])
async def test_the_board_beneath_a_form_follows_the_record(key: str, over: type) -> None:
    province = Province()
    province.fail("d-525-cpe1", ago_s=100)
    async with watching(province, (100, 40)) as (board, pilot):
        await press(pilot, key)
        await until(pilot, lambda: isinstance(board.screen, over))
        province.fail("d-527-cpe1", ago_s=5)
        await until(pilot, lambda: "d-527-cpe1" in text(board))
        assert "✖ 2" in lines(board)[0]
        assert isinstance(board.screen, over)


async def test_what_is_being_said_is_said_once_and_its_form_waits(record: Record) -> None:
    async with record.board() as (board, pilot):
        door = threading.Event()

        def opens_late() -> Actions:
            door.wait(10.0)
            return open_actions(record.url)

        board.speaker = Speaker(opens_late, "an")
        await press(pilot, "c", *"đã gọi")
        await press(pilot, "enter", "enter", "escape", "enter")
        assert isinstance(board.screen, Form)
        assert "đang ghi vào hồ sơ" in text(board)
        door.set()
        await said(pilot, board)
    assert record.audited() == [("an", "note")]


async def test_a_form_that_was_refused_can_be_said_again_or_left(record: Record) -> None:
    async with record.board() as (board, pilot):
        board.speaker = Speaker(lambda: open_actions("sqlite:////proc/none/record.db"), "an")
        await press(pilot, "c", *"đã gọi", "enter")
        await until(pilot, lambda: bool(getattr(board.screen, "wrong", "")))
        board.speaker = Speaker(lambda: open_actions(record.url), "an")
        await press(pilot, "enter")
        await said(pilot, board)
        await press(pilot, "c", "escape")
        assert isinstance(board.screen, BoardScreen)
    assert record.audited() == [("an", "note")]

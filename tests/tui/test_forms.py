"""A form at the foot of the screen, and the board that goes on above it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from store.actions import Actions, open_actions
from tests.tui.province import Province, fibre_cut
from tests.tui.screen import lines, press, text, until, watching
from tests.tui.test_words import Record, said
from tui import typist
from tui.app import Board
from tui.forms import Form
from tui.screens import BoardScreen, HelpScreen
from tui.speaker import Speaker
from tui.typist import Typist
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


@pytest.mark.parametrize(
    ("keys", "fields"),
    [
        (["m", "tab", *"nối"], {"scope": "link:L-d-524", "reason": "nối"}),
        (["m", "tab", "tab", *"22:00"], {"reason": "", "from": "22:00"}),
        (["a", *"quay"], {"note": "quay"}),  # on the board its first letter would end it
        (["m", "escape", "a", *"đội", "tab", *"An"], {"note": "đội", "owner": "An"}),
    ],
)
async def test_what_is_typed_ahead_goes_where_it_was_meant_for(
    keys: list[str], fields: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it comes at once, as from a line that was silent for a while."""
    monkeypatch.setattr(typist, "PATIENCE_S", 60.0)  # a busy machine may take long for a key
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, pilot):
        for key in keys:
            board.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: isinstance(board.screen, Form) and says(board, fields))


def says(board: Board, fields: dict[str, str]) -> bool:
    form = board.screen
    assert isinstance(form, Form)
    return bool(form.query(Input)) and fields.items() <= form.values.items()


async def test_a_key_that_is_never_done_holds_no_other_up_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(Province()) as (board, pilot):
        monkeypatch.setattr(Typist, "_wait", lambda *_: None)
        monkeypatch.setattr(typist, "PATIENCE_S", 3.0)  # on a busy machine a pause takes long
        for key in ("j", "question_mark"):
            board.post_message(events.Key(key, None))
        await pilot.pause()
        assert isinstance(board.screen, BoardScreen)
        await until(pilot, lambda: isinstance(board.screen, HelpScreen))

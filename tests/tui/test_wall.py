"""The board on a wall: it goes round, shows what is new, and any key ends it."""

from __future__ import annotations

import pytest

from tests.tui.province import Province
from tests.tui.screen import lines, press, until, watching
from tui import app
from tui.lists import LinksScreen, OutagesScreen, ServicesScreen
from tui.screens import BoardScreen


async def test_the_screens_go_round_and_any_key_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "WALL_S", 0.3)
    async with watching(Province()) as (board, pilot):
        await press(pilot, "w")
        assert "bấm phím bất kỳ" in lines(board)[-1]
        for screen in (OutagesScreen, LinksScreen, ServicesScreen, BoardScreen):
            await until(pilot, lambda: isinstance(board.screen, screen))  # noqa: B023
        await press(pilot, "q")
        assert board.is_running
        assert not board.scene.wall
        assert "q thoát" in lines(board)[-1]


async def test_a_new_root_is_shown_at_once() -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        await press(pilot, "w")
        province.fail("d-525-cpe1", ago_s=10)
        await until(pilot, lambda: isinstance(board.screen, OutagesScreen))

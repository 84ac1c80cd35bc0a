"""A form at the foot of the screen, and the board that goes on above it."""

from __future__ import annotations

import pytest

from tests.tui.province import Province
from tests.tui.screen import lines, press, text, until, watching
from tui.forms import Form
from tui.why import WhyPanel


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

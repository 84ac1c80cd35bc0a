"""Reading a board in a test: its lines as text, its cells as styles, its keys as presses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from rich.cells import cell_len
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from store.actions import Actions
from tests.tui.province import NOW_MS, Province
from tui.app import Board
from tui.painted import Painted
from tui.preview import MakePreviews
from tui.reporter import none_made
from tui.speaker import Speaker

PATIENCE_S = 10.0  # for a busy machine; a board that works needs a fraction of a second


@asynccontextmanager
async def watching(
    province: Province,
    size: tuple[int, int] = (80, 24),
    *,
    language: str | None = "vi",
    ascii_only: bool = False,
    now_ms: Callable[[], int] = lambda: NOW_MS,
    make_previews: MakePreviews = none_made,
) -> AsyncIterator[tuple[Board, Pilot[None]]]:
    """A board that has drawn its first reading."""
    board = Board(
        province.reader,
        language=language,
        ascii_only=ascii_only,
        now_ms=now_ms,
        make_previews=make_previews,
        speaker=Speaker(_no_record, "an"),
    )
    async with board.run_test(size=size) as pilot:
        await until(pilot, lambda: board.scene.heard_s is not None)
        await pilot.pause()
        yield board, pilot


def _no_record() -> Actions:
    raise OSError("this record takes no words")


async def until(pilot: Pilot[Any], true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await pilot.pause(0.05)
    await pilot.pause()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


def strips(board: Board) -> list[Strip]:
    """The lines of the terminal as they would be written."""
    return board.screen._compositor.render_strips()


def lines(board: Board) -> list[str]:
    return ["".join(segment.text for segment in strip) for strip in strips(board)]


def text(board: Board) -> str:
    return "\n".join(lines(board))


def assert_aligned(board: Board) -> None:
    """Every line of every widget is exactly as wide as its widget."""
    width, height = board.size
    shown = lines(board)
    assert len(shown) == height
    assert {cell_len(line) for line in shown} == {width}
    for widget in board.screen.query(Painted):
        for y in range(widget.size.height):
            drawn = "".join(segment.text for segment in widget.draw(y))
            assert cell_len(drawn) == widget.size.width, f"{widget.id} line {y}: {drawn!r}"


def style_at(board: Board, x: int, y: int) -> Style:
    at = 0
    for segment in strips(board)[y]:
        at += cell_len(segment.text)
        if at > x:
            return segment.style or Style()
    raise IndexError(x)


def colours_of(board: Board, sign: str) -> set[str]:
    """The colours in which a sign is drawn anywhere on the screen."""
    return {
        segment.style.color.name
        for strip in strips(board)
        for segment in strip
        if sign in segment.text and segment.style and segment.style.color
    }

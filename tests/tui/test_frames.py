"""Whole screens as text, compared with the frames kept beside this file.

CANH_FRAMES=write keeps the frames of this run; look at the difference before committing it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cli.preview import told
from reports.figures import figures
from store.states import State
from tests.reports.province import october
from tests.tui.optics import lit
from tests.tui.province import NOW_MS, SEES, Province, fibre_cut, unseen
from tests.tui.said import people
from tests.tui.screen import lines, press, until, watching
from tui import themes
from tui.app import Board
from tui.light import LightDetail
from tui.near_links import NearLinks
from tui.painted import Painted
from tui.preview import Previews

FRAMES = Path(__file__).parent / "frames"
SIZES = ((80, 24), (160, 45), (200, 60))


def calm() -> Province:
    province = Province()
    unseen(province)
    province.links = lit().links
    return province


def cut() -> Province:
    """A fibre cut with twelve sites behind, a taken fault, an old loss, two that just ended."""
    province = calm()
    fibre_cut(province)
    province.fail("c-o-21073-cpe1", ago_s=240, acknowledged=True)
    province.fail("p-tu-cpe1", State.DEGRADED, ago_s=100_000, reason="loss")
    province.end(province.fail("d-525-cpe1", ago_s=4_000))
    province.end(province.fail("d-527-cpe1", State.DEGRADED, ago_s=9_000))
    return province


def blind() -> Province:
    province = cut()
    province.watching = replace(SEES, blind=True, seen_to_ms=NOW_MS - 45_000)
    return province


def stopped() -> Province:
    province = cut()
    province.watching = replace(SEES, running=False, late_s=750.0, seen_to_ms=NOW_MS - 750_000)
    return province


def said() -> Province:
    """What people did of it, too."""
    province = cut()
    province.said = people(province)
    return province


SCREENS = {
    "calm": (calm, ()),
    "cut": (cut, ()),
    "blind": (blind, ()),
    "stopped": (stopped, ()),
    "root": (cut, ("enter",)),
    "sites": (cut, ("3",)),
    "find": (cut, ("slash", *"ba vinh")),
    "outages": (cut, ("2",)),
    "links": (lit, ("4",)),
    "form": (cut, ("a",)),
    "why": (cut, ("i",)),
    "ticket": (cut, ("y",)),
    "events": (said, ("7",)),
    "report": (calm, ("6", "left_square_bracket")),
    "help": (calm, ("question_mark",)),
}

ASKED = {"root": "1800 1166", "why": "L-d-524)", "ticket": "DEMO-VNP-0041", "report": "97"}


def october_told(month: str, now_ms: int) -> Previews:
    return told(figures(october()), month)


@asynccontextmanager
async def shown(
    name: str, size: tuple[int, int], *, language: str = "vi", theme: str = themes.DARK
) -> AsyncIterator[Board]:
    """The screen once everything on it has come."""
    make, keys = SCREENS[name]
    province = make()
    board_of = watching(province, size, language=language, make_previews=october_told)
    async with board_of as (board, pilot):
        board.show_theme(theme)
        known = board.scene.known
        await until(pilot, lambda: len(known.recent) >= 2 * len(province.closed))
        near = board.screen.query_one(NearLinks)
        await until(pilot, lambda: not near.display or bool(near.keys))
        await press(pilot, *keys)
        if name == "links":
            await until(pilot, lambda: board.screen.query_one(LightDetail)._told is not None)
        if name in ASKED:  # what the record is asked for comes a moment later
            await until(pilot, lambda: any(ASKED[name] in line for line in lines(board)))
        yield board


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_looks_as_it_was_last_looked_at(
    name: str, size: tuple[int, int], language: str
) -> None:
    async with shown(name, size, language=language) as board:
        frame = "\n".join(line.rstrip() for line in lines(board)) + "\n"
        painted = [widget for widget in board.screen.query(Painted) if widget.display]
        whole = board.screen.region
        assert all(whole.contains_region(widget.region) for widget in painted), "its keys too"
    kept = FRAMES / f"{name}-{size[0]}x{size[1]}-{language}.txt"
    if os.environ.get("CANH_FRAMES") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(frame, "utf-8")
    assert frame == kept.read_text("utf-8")

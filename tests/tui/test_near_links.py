"""The links closest to trouble, on the board where there is room for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.states import State
from tests.tui.optics import light, link, lit
from tests.tui.province import NOW_MS, Province, fibre_cut
from tests.tui.screen import assert_aligned, press, text, until, watching
from tests.tui.test_sheet import scene_of
from tui.app import Board
from tui.links import LinkList, reason
from tui.near_links import NearLinks
from tui.roots import RootList
from tui.screens import BoardScreen, SheetScreen


def asked(province: Province) -> int:
    return sum(word.endswith(" links") for word in province.asked)


def near(board: Board) -> NearLinks:
    return board.screen.query_one(NearLinks)


def standing(province: Province) -> int:
    """How many links work, well or badly."""
    states = (province.rows[link.thing_id].state for link in province.links)
    return sum(state in (State.UP, State.DEGRADED) for state in states)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [(120, 30), (120, 40), (160, 45), (240, 70)])
async def test_what_is_not_broken_stands_below_the_roots_in_the_order_of_the_list(
    size: tuple[int, int], language: str, ascii_only: bool
) -> None:
    province = lit()
    fibre_cut(province)
    async with watching(province, size, language=language, ascii_only=ascii_only) as (board, pilot):
        await until(pilot, lambda: len(near(board).keys) == standing(province))
        assert_aligned(board)
        order = list(near(board).keys)
        assert 0 < len(order) < len(province.links)
        assert province.by_key["L-d-524"] not in order  # its cut is the root
        if ascii_only:
            assert not set("–·…✖→") & set(text(board))
        await press(pilot, "4")
        every = board.screen.query_one(LinkList)
        await until(pilot, lambda: [key for key in every.keys if key in order] == order)


@pytest.mark.parametrize("size", [(80, 24), (119, 45), (120, 24)])
async def test_where_there_is_no_room_they_are_not_asked_for(size: tuple[int, int]) -> None:
    province = lit()
    async with watching(province, size) as (board, pilot):
        await pilot.pause(1.5)
        assert not near(board).display
        assert asked(province) == 0
        await pilot.resize_terminal(160, 45)
        await until(pilot, lambda: len(near(board).keys) == standing(province))


async def test_without_links_the_roots_keep_their_room() -> None:
    province = Province()
    for key in [row.key for row in province.rows.values() if row.key.startswith("L-")]:
        province.remove(key)
    async with watching(province, (160, 45)) as (board, _):
        assert not near(board).display


async def test_they_are_asked_after_the_first_paint_and_then_rarely() -> None:
    province = lit()
    async with watching(province, (160, 45)) as (board, pilot):
        await until(pilot, lambda: asked(province) == 1)
        order = [word.partition(" ")[2] for word in province.asked]
        assert order.index("snapshot") < order.index("happenings") < order.index("links")
        for key in ("d-525-cpe1", "d-527-cpe1", "d-528-cpe1"):
            province.fail(key)
            await until(pilot, lambda: board.scene.known.revision == province.revision)
        assert asked(province) == 1
        screen = board.screen
        assert isinstance(screen, BoardScreen)
        screen._asked_at -= screen.EVERY_S
        province.fail("d-530-cpe1")
        await until(pilot, lambda: asked(province) == 2)


async def test_one_that_worsens_comes_to_the_top_and_leaves_when_it_fails() -> None:
    province = lit()
    async with watching(province, (160, 45)) as (board, pilot):
        await until(pilot, lambda: bool(near(board).keys))
        last = near(board).keys[-1]
        province.put(province.rows[last].key, State.DEGRADED)
        await until(pilot, lambda: last in near(board).keys[:2])
        province.put(province.rows[last].key, State.DOWN)
        await until(pilot, lambda: last not in near(board).keys)
        assert asked(province) == 1


async def test_tab_leads_to_them_and_enter_opens_one() -> None:
    province = lit()
    async with watching(province, (160, 45)) as (board, pilot):
        await until(pilot, lambda: bool(near(board).keys))
        await press(pilot, "tab")
        assert near(board).has_focus
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        assert isinstance(board.screen, SheetScreen)
        assert board.screen.thing_id == province.by_key["L-d-529"]
        await press(pilot, "escape", "s")
        assert "quang yếu nhất trước" in text(board)
        await press(pilot, "shift+tab")
        assert board.screen.query_one(RootList).has_focus


async def test_a_replay_leaves_them_out_for_what_they_measured_then_is_not_kept() -> None:
    province = lit()
    async with watching(province, (160, 45)) as (board, pilot):
        await until(pilot, lambda: bool(near(board).keys))
        board.scene.replaying_ms = NOW_MS - 60_000
        board.follow()
        assert not near(board).display


def test_the_reason_is_what_is_nearest_to_trouble() -> None:
    province = Province()
    scene = scene_of(province, "en")
    fine = replace(link(province, "L-d-524", light(1, -20.0)), in_pct=31.0, out_pct=2.0)
    for told, words in (
        (fine, "8.0 dB above its alarm"),
        (replace(fine, in_pct=85.4), "load 85 %"),
        (replace(fine, out_pct=99.9), "load 100 %"),
        (link(province, "L-d-524", light(1, -26.0)), "below its warning, 2.0 dB left"),
        (link(province, "L-d-524", light(1, -28.1)), "at its alarm, -28.1 dBm"),
        (link(province, "L-d-524", light(1, None)), "no light"),
        (link(province, "L-d-524", light(1, None, at_ms=None)), "light not read yet"),
        (link(province, "L-d-524", light(1, -9.0, low_warn=None, low_alarm=None)), "receives -9.0"),
        (link(province, "L-d-524"), "light not measured"),
        (replace(link(province, "L-d-524"), in_pct=60.0), "load 60 %"),
    ):
        assert reason(scene, told).startswith(words), told

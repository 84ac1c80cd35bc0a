"""A board that was told to keep its lists still."""

from __future__ import annotations

from pathlib import Path

from store.states import Kind, State
from tests.store.keeping import commit, up, writing
from tests.tui.optics import lit
from tests.tui.province import Province
from tests.tui.screen import lines, press, text, until, watching
from tests.tui.test_replaying import clock
from tests.tui.test_words import Record, fill
from tui.links import LinkList
from tui.lists import OutagesScreen
from tui.roots import RootList


async def test_a_paused_board_stands_still_and_says_so(tmp_path: Path) -> None:
    record = Record(tmp_path)
    async with record.board() as (board, pilot):
        await press(pilot, "p")
        bad = record.root("d-r").first_bad_ms
        with writing(record.url, record.now) as writer:
            commit(writer, bad + 1_000, up(record.id("device", "d-r"), bad + 1_000))
        await until(pilot, lambda: len(board.scene.known.roots) == 1)
        assert "d-r" in text(board)
        assert "TẠM DỪNG" in lines(board)[0]
        await press(pilot, "p")
        assert len(board.screen.query_one(RootList).keys) == 1


async def test_answers_and_a_return_from_another_screen_move_nothing_while_it_is_paused() -> None:
    province = Province()
    service = province.add(Kind.SERVICE, "portal", "Cổng thông tin", level="province")
    province.checks = {service: {"check_status": "cert_self_signed"}}
    async with watching(province) as (board, pilot):
        await press(pilot, "5")
        await until(pilot, lambda: "chứng thư tự ký" in text(board))
        await press(pilot, "p")
        province.checks = {service: {"check_status": "cert_expired"}}
        province.put("portal", State.DOWN)
        await until(pilot, lambda: board.scene.known.rows[service].state is State.DOWN)
        await pilot.pause(0.5)
        assert "chứng thư đã hết hạn" not in text(board)
        await press(pilot, "question_mark", "escape")
        await pilot.pause(0.5)
        assert "chứng thư đã hết hạn" not in text(board)
        assert "mất kết nối" not in text(board)
        await press(pilot, "p")
        await until(pilot, lambda: "chứng thư đã hết hạn" in text(board))


async def test_a_list_that_is_opened_while_it_is_paused_is_filled_once() -> None:
    province = lit()
    province.fail("d-525-cpe1", ago_s=300)
    async with watching(province) as (board, pilot):
        await press(pilot, "p", "4")
        links = board.screen.query_one(LinkList)
        await until(pilot, lambda: len(links.keys) == len(province.links))
        await press(pilot, "2")
        assert isinstance(board.screen, OutagesScreen)
        assert "d-525-cpe1" in text(board)
        province.fail("d-527-cpe1", ago_s=200)
        await until(pilot, lambda: len(board.scene.known.roots) == 2)
        assert "d-527-cpe1" not in text(board)
        await press(pilot, "l")
        assert "Open root causes" in text(board)
        assert "d-527-cpe1" not in text(board)


async def test_a_replay_is_never_paused(tmp_path: Path) -> None:
    record = Record(tmp_path)
    bad = record.root("d-r").first_bad_ms
    async with record.board() as (board, pilot):
        roots = board.screen.query_one(RootList)
        await press(pilot, "p", "r")
        await fill(pilot, board, moment=clock(bad - 30_000))
        await until(pilot, lambda: not roots.keys)
        await press(pilot, "p")
        assert "quá khứ vốn đứng yên" in lines(board)[-1]
        await press(pilot, "full_stop")
        await until(pilot, lambda: len(roots.keys) == 2)
        await press(pilot, "r")
        await until(pilot, lambda: "XEM LẠI" not in lines(board)[0])
        assert not board.scene.paused

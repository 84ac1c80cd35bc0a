"""The board as it was, over a real record."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from textual.pilot import Pilot

from store.lines import LightHistory
from store.questions import Snapshot
from store.reader import RecordReader
from store.replay import ReplayReader
from store.thing_sheet import Sheet
from tests.tui.optics import lit
from tests.tui.province import NOW_MS, Province, ProvinceReader
from tests.tui.screen import lines, press, text, until
from tests.tui.test_charts import DEVICE, Sampled
from tests.tui.test_words import Record, fill
from tui.app import Board
from tui.forms import Form
from tui.light import LightDetail
from tui.links import LinkList
from tui.roots import RootList
from tui.screens import BoardScreen
from tui.sheet_charts import HOUR_MS


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
        assert "“hôm qua” không phải thời điểm hợp lệ" in text(board)
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


class Then(ProvinceReader):
    """The province at any moment: as it is."""

    def __init__(self, province: Province, moment: Callable[[], int]) -> None:
        super().__init__(province)
        self._moment = moment

    def revision(self) -> tuple[str, int]:
        return f"then@{self._moment()}", 1

    def snapshot(self, since: int = 0) -> Snapshot:
        return replace(super().snapshot(), record_id=f"then@{self._moment()}", revision=1)

    def changes(self, from_ms: int, to_ms: int) -> tuple[int, ...]:
        return ()


@asynccontextmanager
async def replayed(province: Province, at_ms: int) -> AsyncIterator[tuple[Board, Pilot[None]]]:
    board = Board(
        province.reader,
        language="en",
        ascii_only=False,
        now_ms=lambda: NOW_MS,
        open_past=lambda moment: Then(province, moment),
    )
    async with board.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: board.scene.heard_s is not None)
        await press(pilot, "r")
        await fill(pilot, board, moment=clock(at_ms))
        await until(pilot, lambda: "REPLAY" in lines(board)[0] and bool(board.scene.heard_s))
        yield board, pilot


async def test_charts_of_a_sheet_are_those_of_the_replayed_moment_after_each_step() -> None:
    province = Sampled()
    async with replayed(province, NOW_MS - HOUR_MS) as (board, pilot):
        board.open_thing(province.by_key[DEVICE])
        await until(pilot, lambda: len(province.wanted) == 1)
        await press(pilot, "comma")
        await until(pilot, lambda: len(province.wanted) == 2)
        assert [to_ms for _, _, to_ms, _ in province.wanted] == [
            NOW_MS - HOUR_MS,
            NOW_MS - HOUR_MS - 60_000,
        ]


async def test_light_of_links_is_that_of_the_replayed_moment_or_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    province = lit()
    asked: list[int] = []
    history = ProvinceReader.light_history

    def noted(reader: ProvinceReader, sensor_id: int, until_ms: int) -> LightHistory:
        asked.append(until_ms)
        return history(reader, sensor_id, until_ms)

    monkeypatch.setattr(ProvinceReader, "light_history", noted)
    async with replayed(province, NOW_MS - HOUR_MS) as (board, pilot):
        await press(pilot, "4")
        links = board.screen.query_one(LinkList)
        await until(pilot, lambda: bool(links.keys))
        weak = next(link for link in province.links if link.weaker and link.weaker.dbm == -27.9)
        links.action_move(list(links.keys).index(weak.thing_id) - links._row)
        detail = board.screen.query_one(LightDetail)
        await until(pilot, lambda: detail.sensor is not None and detail.wanted is None)
        assert "-27.9" not in text(board)
        assert "30 days: -26.0" in text(board)
        await press(pilot, "comma")
        await until(pilot, lambda: asked[-2:] == [NOW_MS - HOUR_MS, NOW_MS - HOUR_MS - 60_000])

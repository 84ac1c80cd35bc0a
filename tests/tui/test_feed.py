"""The board follows its record: fast, sparingly, and through failures."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest
from textual.geometry import Region

from store.questions import Reader
from store.states import State
from store.thing_sheet import Sheet
from tests.tui.province import NOW_MS, Province, ProvinceReader, fibre_cut
from tests.tui.screen import lines, press, text, until, watching
from tui.app import Board
from tui.feed import BUSY_ROWS, BUSY_S, POLL_S, Feed
from tui.messages import Failing, FromRecord, Reading
from tui.painted import Painted
from tui.roots import RootList


class Repaints:
    """Notes each repaint that a widget of the board asks for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.regions: list[tuple[str, Region | None]] = []
        original = Painted.refresh

        def refresh(widget: Painted, *regions: Region, **how: Any) -> Painted:
            for region in regions or (None,):
                self.regions.append((widget.id or "", region))
            return original(widget, *regions, **how)

        monkeypatch.setattr(Painted, "refresh", refresh)


async def test_an_idle_board_repaints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province, (160, 45)) as (_, pilot):
        await pilot.pause(0.5)
        repaints = Repaints(monkeypatch)
        asked = len(province.asked)
        await until(pilot, lambda: len(province.asked) > asked + 15)
        assert repaints.regions == []


async def test_a_tick_of_the_clock_repaints_only_the_cells_that_move(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = [NOW_MS]
    async with watching(Province(), now_ms=lambda: moment[0]) as (board, pilot):
        await pilot.pause(0.3)
        repaints = Repaints(monkeypatch)
        moment[0] += 10_000
        board.tick()
        await pilot.pause()
        assert repaints.regions == [("header", Region(77, 0, 1, 1))]
        assert lines(board)[0].rstrip().endswith("12:40:10")


async def test_a_change_of_one_site_repaints_only_its_cells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        await pilot.pause(0.3)
        repaints = Repaints(monkeypatch)
        province.put("c-o-21490", State.UNREACHABLE)
        await until(pilot, lambda: "○" in text(board).split("Ba Tơ")[1].split("\n")[0])
        of_grid = [region for name, region in repaints.regions if name == "grid"]
        assert [(region.width, region.height) for region in of_grid if region] == [(1, 1)]
        of_tiers = [region for name, region in repaints.regions if name == "tiers"]
        assert sum(region.width for region in of_tiers if region) < 20
        assert {name for name, _ in repaints.regions} == {"grid", "tiers"}


async def test_a_commit_is_on_screen_within_a_second() -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        waits = []
        for key in ("d-525-cpe1", "d-527-cpe1", "d-529-cpe1"):
            started = time.monotonic()
            province.fail(key)
            await until(pilot, lambda key=key: key in text(board))  # type: ignore[misc]
            waits.append(time.monotonic() - started)
        assert min(waits) < 1.0


async def test_the_reader_is_used_by_the_feed_thread_alone() -> None:
    province = Province()
    province.fail("d-525-cpe1")
    async with watching(province) as (board, pilot):
        await press(pilot, "enter")
        await until(pilot, lambda: "1800 1166" in text(board))
    assert {asked.split()[0] for asked in province.asked if "close" not in asked} == {"board-feed"}
    assert any(asked.endswith("sheet") for asked in province.asked)


async def test_a_record_that_fails_is_named_and_followed_again_when_it_returns() -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        province.broken = "unable to open database file"
        await until(pilot, lambda: "KHÔNG ĐỌC ĐƯỢC DỮ LIỆU" in lines(board)[1])
        assert "unable to open database file" in text(board)
        province.broken = None
        province.fail("d-525-cpe1")
        await until(pilot, lambda: "d-525-cpe1" in text(board))
        assert "1 sự cố cần xử lý" in lines(board)[1]


async def test_a_record_that_is_missing_at_the_start_is_waited_for() -> None:
    province = Province()
    province.broken = "no record at canh-data/record.db"
    board = Board(province.reader, language="en", ascii_only=False, now_ms=lambda: NOW_MS)
    async with board.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "CANNOT READ THE RECORD" in lines(board)[1])
        province.broken = None
        await until(pilot, lambda: "All is well" in lines(board)[1])


async def test_another_record_replaces_everything_that_was_known() -> None:
    province = Province()
    province.fail("d-525-cpe1")
    async with watching(province) as (board, pilot):
        with province.lock:
            province.record_id, province.revision = "two", 1
            province.open.clear()
            province.rows = {
                thing: row for thing, row in province.rows.items() if row.level == "province"
            }
        await until(pilot, lambda: "Bình Sơn" not in text(board))
        assert board.scene.known.counts["commune"].total() == 0


async def test_a_thing_that_leaves_the_lists_leaves_the_counts() -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        assert board.scene.known.counts["commune"].total() == 173
        province.remove("c-o-21490")
        await until(pilot, lambda: board.scene.known.counts["commune"].total() == 172)
        board.open_thing(10_000)
        await until(pilot, lambda: "không còn trong danh mục" in text(board))


async def test_the_cursor_stays_with_its_root_when_a_new_one_comes_above() -> None:
    province = Province()
    province.fail("d-525-cpe1", ago_s=900)
    number = province.fail("d-527-cpe1", ago_s=800)
    async with watching(province) as (board, pilot):
        roots = board.screen.query_one(RootList)
        assert roots.cursor == number
        province.fail("d-529-cpe1", ago_s=10)
        await until(pilot, lambda: len(roots.keys) == 3)
        assert roots.cursor == number
        assert roots._row == 1
        province.end(number)
        await until(pilot, lambda: len(roots.keys) == 2)
        assert roots.cursor in roots.keys


async def test_an_open_sheet_follows_its_thing() -> None:
    province = Province()
    number = province.fail("d-525-cpe1")
    async with watching(province, (80, 60)) as (board, pilot):
        await press(pilot, "enter")
        await until(pilot, lambda: "đang diễn ra" in text(board))
        province.end(number)
        await until(pilot, lambda: "đang diễn ra" not in text(board))


async def test_a_feed_that_falls_silent_freezes_the_board() -> None:
    later_s = 0.0
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, pilot):
        board.scene.steady_s = lambda: time.monotonic() + later_s
        province.lock.acquire()  # the reader hangs inside its next question
        try:
            await pilot.pause(2.5)
            later_s = 60.0
            board.tick()
            await pilot.pause()
            assert "DỮ LIỆU GIÁM SÁT CHƯA ĐỌC ĐƯỢC" in lines(board)[1]
            assert board.scene.frozen
        finally:
            province.lock.release()


async def test_a_question_on_which_the_record_failed_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    province = Province()
    failed: list[int] = []
    sheet = ProvinceReader.sheet

    def fails_once(reader: ProvinceReader, thing_id: int) -> Sheet:
        failed.append(thing_id)
        if len(failed) == 1:
            raise OSError("disk I/O error")
        return sheet(reader, thing_id)

    monkeypatch.setattr(ProvinceReader, "sheet", fails_once)
    async with watching(province) as (board, pilot):
        board.open_thing(province.by_key["d-525"])
        await until(pilot, lambda: "disk I/O error" in text(board))
        await until(pilot, lambda: "1800 1166" in text(board))
        assert len(failed) == 2


async def test_what_the_record_says_while_the_board_closes_is_nobodys_business() -> None:
    async with watching(Province()) as (board, _):
        pass
    board.on_from_record(FromRecord(Failing("late"), board.feed))
    board.tick()
    assert board.scene.failing is None


async def test_an_ended_outage_that_is_corrected_is_shown_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.feed.ROOTS_S", 0.5)  # ten seconds are enough for people
    monkeypatch.setattr("tui.feed.RECENT_S", 0.5)
    province = Province()
    province.end(province.fail("d-525-cpe1", ago_s=1800))
    async with watching(province, (160, 45)) as (board, pilot):
        await until(pilot, lambda: "29 phút" in text(board))
        province.correct(first_good_ms=NOW_MS - 1000 * 1200)
        await until(pilot, lambda: "10 phút" in text(board))


async def test_the_collector_works_again_once_something_is_shown() -> None:
    gc.disable()  # as the command does
    try:
        async with watching(Province()) as (_, pilot):
            await until(pilot, gc.isenabled)
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_storm_is_read_less_often_than_a_calm_record() -> None:
    province = Province()
    heard: list[object] = []
    feed, reader = Feed(province.reader, heard.append, lambda: NOW_MS), province.reader()
    pauses = []
    for changing in (0, 3, BUSY_ROWS + 1, 0):
        for row in list(province.rows.values())[:changing]:
            province.put(row.key, State.DEGRADED)
        feed._read(reader, reader.revision())
        pauses.append(feed._pause_s)
    assert pauses == [POLL_S, POLL_S, BUSY_S, POLL_S]
    assert len(heard) == 5  # the first reading brings what happened behind its rows


def test_what_happened_is_of_the_moment_that_is_shown() -> None:
    """A step of a replay is another record: what came after its moment is not left standing."""
    province = Province()
    heard: list[Reading] = []
    feed = Feed(province.reader, heard.append, lambda: NOW_MS, lives=False)  # type: ignore[arg-type]
    reader = province.reader()
    for record in ("a", "b", "c"):
        province.record_id = record
        feed._read(reader, reader.revision())
    assert [reading.full for reading in heard] == [True, False] * 3
    assert [reading.recent is None for reading in heard] == [True, False] * 3


def readings(feed: Feed, heard: list[Reading], several: int) -> list[Reading]:
    """What it told first."""
    feed.start()
    try:
        until_s = time.monotonic() + 10
        while len(heard) < several and time.monotonic() < until_s:
            time.sleep(0.01)
    finally:
        feed.stop()
    return heard[:several]


def test_what_was_read_meanwhile_is_shown_before_the_record_is_opened() -> None:
    province = Province()
    first = province.reader()
    heard: list[Reading] = []
    opened: list[int] = []

    def open_reader() -> Reader:
        opened.append(len(heard))
        return province.reader()

    given = first.snapshot(), first.roots()
    province.put("d-525-cpe1", State.DEGRADED)  # behind its back
    feed = Feed(open_reader, heard.append, lambda: NOW_MS, first=lambda: given)  # type: ignore[arg-type]
    told = readings(feed, heard, 2)
    assert opened == [1]
    assert [reading.full for reading in told] == [True, False]
    assert {row.key for row in told[1].snapshot.rows} == {"d-525-cpe1"}


def test_where_that_failed_the_record_is_opened_as_always() -> None:
    heard: list[Reading] = []
    feed = Feed(Province().reader, heard.append, lambda: NOW_MS, first=lambda: None)  # type: ignore[arg-type]
    [told] = readings(feed, heard, 1)
    assert told.full
    assert told.snapshot.rows

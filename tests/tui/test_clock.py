"""The wall clock jumps: the board stays up, no age is below nothing, and silence is told truly."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from store.states import State
from tests.tui.province import NOW_MS, SEES, Province, fibre_cut
from tests.tui.screen import assert_aligned, lines, press, text, until, watching
from tests.tui.test_frames import SCREENS
from tui import feed
from tui.app import Board

HOUR_MS = 3_600_000
MIDNIGHT_MS = NOW_MS - (12 * 60 + 40) * 60_000 + 24 * HOUR_MS  # of the coming night, in Việt Nam
JUMPS = {
    "an hour on": HOUR_MS,
    "an hour back": -HOUR_MS,
    "a day on": 24 * HOUR_MS,
    "a day back": -24 * HOUR_MS,
    "to the year 2000": 946_684_800_000 - NOW_MS,
    "over midnight": MIDNIGHT_MS + 5_000 - NOW_MS,
}
SILENT = ("DỮ LIỆU GIÁM SÁT CHƯA ĐỌC ĐƯỢC", "BỘ GIÁM SÁT", "số liệu cũ")


@pytest.fixture(autouse=True)
def heard_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is about how seldom a calm record is asked."""
    monkeypatch.setattr(feed, "WATCH_S", 0.1)
    monkeypatch.setattr(feed, "POLL_S", 0.1)


class Clock:
    """A wall clock that somebody sets."""

    def __init__(self, at_ms: int = NOW_MS) -> None:
        self.at_ms = at_ms

    def __call__(self) -> int:
        return self.at_ms


@asynccontextmanager
async def jumping(
    province: Province, by_ms: int, *keys: str
) -> AsyncIterator[tuple[Board, Pilot[None], Clock]]:
    """A board on one of its screens whose clock was just set; it has not ticked since."""
    clock = Clock()
    async with watching(province, (120, 40), now_ms=clock) as (board, pilot):
        await press(pilot, *keys)
        clock.at_ms += by_ms
        yield board, pilot, clock


async def heard_anew(board: Board, pilot: Pilot[None]) -> None:
    before = board.scene.heard_s or 0.0
    await until(pilot, lambda: (board.scene.heard_s or 0.0) > before)


@pytest.mark.parametrize("name", SCREENS)
async def test_every_screen_survives_every_jump_and_tells_no_age_below_nothing(name: str) -> None:
    make, keys = SCREENS[name]
    async with jumping(make(), 0, *keys) as (board, pilot, clock):
        for by_ms in JUMPS.values():
            clock.at_ms = NOW_MS + by_ms
            board.tick()
            await heard_anew(board, pilot)
            await pilot.pause()
            assert_aligned(board)
            assert not re.search(r"(?<!\d)-\d+ (giây|phút|g |ng )", text(board))


@pytest.mark.parametrize("by_ms", JUMPS.values(), ids=JUMPS)
async def test_a_jump_is_no_silence_of_the_record(by_ms: int) -> None:
    """Neither before the next reading nor before the next tick: the record answers all the time."""
    province = Province()
    fibre_cut(province)
    async with jumping(province, by_ms) as (board, pilot, _):
        for look in (board.tick, lambda: None, board.tick):
            look()
            await pilot.pause()
            assert not board.scene.frozen
            assert "số liệu mới" in lines(board)[0]
            assert not any(word in text(board) for word in SILENT)
            await heard_anew(board, pilot)


async def test_a_feed_that_falls_silent_is_told_even_while_the_clock_goes_back() -> None:
    later_s = 0.0
    async with jumping(Province(), -HOUR_MS) as (board, pilot, _):
        board.scene.steady_s = lambda: time.monotonic() + later_s
        later_s = 60.0
        board.tick()
        await pilot.pause()
        assert board.scene.feed_silent


@pytest.mark.parametrize("by_ms", [HOUR_MS, -HOUR_MS], ids=["on", "back"])
async def test_how_late_the_record_is_is_what_the_record_says(by_ms: int) -> None:
    province = Province()
    province.watching = replace(SEES, late_s=40.0)
    stands_s = time.monotonic()  # whatever this machine is busy with
    async with jumping(province, by_ms) as (board, pilot, _):
        board.scene.steady_s = lambda: stands_s
        await until(pilot, lambda: board.scene.heard_s == stands_s)
        board.tick()
        await pilot.pause()
        assert "40 giây" in lines(board)[0]
        assert "40 giây" in lines(board)[1]


async def test_over_midnight_the_day_is_new_and_what_began_before_has_its_date() -> None:
    province = Province()
    province.fail("d-525-cpe1", ago_s=600)
    async with watching(province, (120, 40), now_ms=(clock := Clock())) as (board, pilot):
        assert "12:30" in text(board)
        clock.at_ms = MIDNIGHT_MS + 5_000
        board.tick()
        await pilot.pause()
        assert lines(board)[0].rstrip().endswith("00:00:05")
        row = next(line for line in lines(board) if "d-525-cpe1" in line)
        assert "23/11" in row
        assert "11 g" in row


async def test_what_begins_after_the_clock_went_back_is_nothing_old() -> None:
    """The record has times of before the jump: an hour ahead of the clock."""
    province = Province()
    number = province.fail("d-525-cpe1", ago_s=60)
    async with jumping(province, -HOUR_MS) as (board, pilot, _):
        board.tick()
        await pilot.pause()
        row = next(line for line in lines(board) if "d-525-cpe1" in line)
        assert "0 giây" in row
        province.say(number, state=State.DEGRADED)
        await until(pilot, lambda: "suy giảm" in text(board))
        await press(pilot, "enter")
        await until(pilot, lambda: "1800 1166" in text(board))
        assert "0 giây" in text(board)

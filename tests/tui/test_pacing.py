"""How much the board writes before the terminal has taken what came before."""

from __future__ import annotations

from dataclasses import replace

from tests.tui.province import Province
from tests.tui.screen import lines, press, until, watching
from tui.pacing import ASK, FIRST_PATIENCE_S, PATIENCE_S, QUIET_S, Pacing


class Line:
    def __init__(self) -> None:
        self.now = 100.0
        self.written: list[str] = []
        self.pacing = Pacing(self.written.append, lambda: self.now)


def test_a_paint_waits_for_the_answer_to_the_one_before() -> None:
    line = Line()
    assert line.pacing.ready()
    line.pacing.painted()
    assert line.written == [ASK]
    assert not line.pacing.ready()
    line.pacing.answered()
    assert line.pacing.ready()


def test_a_terminal_that_never_answers_is_painted_and_asked_no_more() -> None:
    line = Line()
    line.pacing.painted()
    line.now += FIRST_PATIENCE_S
    assert line.pacing.ready()
    line.pacing.painted()
    assert line.pacing.ready()
    assert line.written == [ASK]


def test_one_that_answers_is_given_time_and_a_lost_answer_stops_nothing() -> None:
    line = Line()
    line.pacing.painted()
    line.pacing.answered()
    line.pacing.painted()
    line.now += FIRST_PATIENCE_S
    assert not line.pacing.ready()
    line.now += PATIENCE_S
    assert line.pacing.ready()
    line.pacing.painted()
    assert not line.pacing.ready()


def test_after_a_key_its_echo_goes_first() -> None:
    line = Line()
    line.pacing.pressed()
    assert not line.pacing.ready()
    line.now += QUIET_S
    assert line.pacing.ready()


async def test_what_came_while_the_line_was_full_is_shown_when_it_is_free() -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        await press(pilot, "j")
        province.watching = replace(province.watching, blind=True)
        province.fail("d-525-cpe1", ago_s=100)
        await until(pilot, lambda: len(board.scene.known.roots) == 1)
        await until(pilot, lambda: "KHÔNG THẤY MẠNG" in lines(board)[1])

"""The month's report on the board: its figures are those of the report, and it keeps nobody up."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from cli.preview import previews, told
from reports import page
from reports.document import Document
from reports.figures import figures
from reports.periods import month, month_of
from store.period import Period
from store.reader import open_questions
from tests.reports.province import END, LONGEST_NAME, MID_MONTH, october
from tests.reports.world import period
from tests.tui.province import NOW_MS, Province
from tests.tui.screen import assert_aligned, lines, press, text, until, watching
from tests.tui.test_replaying import clock
from tests.tui.test_words import Record, fill
from tui.app import Board
from tui.preview import Previews
from tui.report import ReportPane, ReportScreen
from tui.screens import BoardScreen, SheetScreen

SIZES = ((80, 24), (160, 45))


class Office:
    """Makes October's report for whatever month is asked, and notes what was asked."""

    def __init__(self, shown: Callable[[], Period] = october) -> None:
        self.document = figures(shown())
        self.asked: list[tuple[str, int]] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, asked: str, now_ms: int) -> Previews:
        self.asked.append((asked, now_ms))
        assert self.open.wait(timeout=10)
        return told(self.document, asked)


def in_report(document: Document, language: str) -> str:
    return page.render(document, language).replace("\u00a0", " ")


def assert_of_the_report(made: Previews, document: Document) -> None:
    """Every cell stands in the report, as it is."""
    for language, shown in made.items():
        html = in_report(document, language)
        assert shown.title in html
        for table in shown.tables:
            cells = [cell for row in table.rows for cell in row.cells[1:]]
            for told_there in (*table.heads[1:], *cells):
                assert f">{told_there}<" in html, told_there
            for row in table.rows:
                assert row.cells[0].partition(" (")[0] in html


# -- figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [None, MID_MONTH])
def test_every_figure_stands_in_the_report_as_it_is(now: int | None) -> None:
    document = figures(october(now))
    assert_of_the_report(told(document, "2026-10"), document)


def test_of_a_real_record_too(tmp_path: Path) -> None:
    record = Record(tmp_path)
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    name = month_of(record.now, zone)
    made = previews(record.url, name, record.now)
    with closing(open_questions(record.url)) as reader:
        document = figures(reader.period(*month(name, zone), record.now))
    assert_of_the_report(made, document)
    assert [table.heads[0] for table in made["en"].tables] == ["Tier", "Provider"]
    assert "figures run only to" in made["en"].notes[0]


def test_outages_without_a_cause_are_counted_from_half_an_hour_on() -> None:
    document = figures(october())
    long = [line for line in document.outages if line.lost_ms > 30 * 60_000]
    without = [line for line in long if line.outage.cause is None]
    assert 0 < len(without) < len(long)
    wanted = f"{len(long)}, of these without a determined cause: {len(without)}."
    assert wanted in told(document, "2026-10")["en"].remarks[0]


def test_a_month_of_which_nothing_is_known_says_so() -> None:
    shown = told(figures(period(MID_MONTH, END, ())), "2026-10")["vi"]
    assert shown.notes == ("Chưa có dữ liệu trong kỳ này.",)
    assert not shown.tables


def test_a_month_in_which_no_site_was_cut_off_names_no_worst_ones() -> None:
    sound = october()
    quiet = period(
        sound.from_ms,
        sound.to_ms,
        tuple(one for one in sound.histories if not one.outages),
    )
    shown = told(figures(quiet), "2026-10")["en"]
    assert "Worst sites" not in {table.heads[0] for table in shown.tables}
    assert shown.remarks[0] == "No site was without the network in this period."


# -- the screen ------------------------------------------------------------------------------


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_every_terminal(
    size: tuple[int, int], language: str, ascii_only: bool
) -> None:
    office = Office()
    shown = watching(
        Province(), size, language=language, ascii_only=ascii_only, make_previews=office
    )
    async with shown as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "VNPT" in text(board))
        assert_aligned(board)
        longest = next(line for line in lines(board) if LONGEST_NAME[:15] in line)
        assert "99,9 %" in longest or "99.9 %" in longest
        if ascii_only:
            assert not set("–·…✖→\u00a0") & set(text(board))


@pytest.mark.parametrize("width", [1, 20, 40, 60])
async def test_a_narrow_terminal_breaks_nothing(width: int) -> None:
    async with watching(Province(), (width, 24), make_previews=Office()) as (board, pilot):
        await press(pilot, "6")
        pane = board.screen.query_one(ReportPane)
        await until(pilot, lambda: len(pane.keys) > 10)
        assert {cell_len(line) for line in lines(board)} == {width}


async def test_while_it_is_computed_the_screen_says_so_and_the_board_goes_on() -> None:
    office, province = Office(), Province()
    office.open.clear()
    async with watching(province, make_previews=office) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "Đang tính số liệu tháng 11/2026" in text(board))
        province.fail("d-525-cpe1")
        await until(pilot, lambda: "✖ 1" in lines(board)[0])
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)
        office.open.set()


async def test_the_keys_lead_to_other_months_but_not_to_one_to_come() -> None:
    office = Office()
    async with watching(Province(), make_previews=office) as (board, pilot):
        await press(pilot, "6", "right_square_bracket")
        await until(pilot, lambda: len(office.asked) == 1)
        for key, asked in (
            *[("left_square_bracket", name) for name in ("2026-10", "2026-09")],
            *[("right_square_bracket", name) for name in ("2026-10", "2026-11")],
        ):
            before = len(office.asked)
            await press(pilot, key)
            await until(pilot, lambda: len(office.asked) > before)  # noqa: B023
            assert office.asked[-1] == (asked, NOW_MS)
        await press(pilot, *["left_square_bracket"] * 11)
        await until(pilot, lambda: office.asked[-1][0] == "2025-12")
        assert "[ ] tháng" in lines(board)[-1]


async def test_of_many_months_walked_through_only_the_last_is_computed() -> None:
    office = Office()
    office.open.clear()
    async with watching(Province(), make_previews=office) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: len(office.asked) == 1)
        await press(pilot, *["left_square_bracket"] * 5)
        office.open.set()
        await until(pilot, lambda: "VNPT" in text(board))
        assert [name for name, _ in office.asked] == ["2026-11", "2026-06"]


async def test_a_site_and_a_provider_are_opened_and_another_language_asks_nothing() -> None:
    office = Office()
    async with watching(Province(), make_previews=office) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "UBND huyện Sơn Hà" in text(board))
        asked = len(office.asked)
        await press(pilot, "l")
        await until(pilot, lambda: "Worst sites" in text(board))
        assert len(office.asked) == asked
        row = next(n for n, line in enumerate(lines(board)) if "UBND huyện Sơn Hà" in line)
        await press(pilot, *["j"] * (row - 3), "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        assert isinstance(board.screen, SheetScreen)
        assert board.scene.known.rows[board.screen.thing_id].key == "d-529"


async def test_only_the_month_that_goes_on_is_computed_again_and_not_soon() -> None:
    office = Office()
    async with watching(Province(), make_previews=office) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "VNPT" in text(board))
        screen = board.screen
        assert isinstance(screen, ReportScreen)
        board.tick()
        await pilot.pause(0.2)
        assert len(office.asked) == 1
        screen._due = time.monotonic()
        board.tick()
        await until(pilot, lambda: len(office.asked) == 2)
        assert time.monotonic() < screen._due < math.inf
        await press(pilot, "left_square_bracket")
        await until(pilot, lambda: len(office.asked) == 3)
        assert screen._due == math.inf


async def test_a_record_that_cannot_be_read_is_told_and_tried_again() -> None:
    def fails(asked: str, now_ms: int) -> Previews:
        raise OSError("cannot read the record\nsqlite")

    async with watching(Province(), make_previews=fails) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "Không lập được báo cáo: cannot read the record " in text(board))
        assert board.is_running


async def test_a_replay_shows_the_figures_up_to_its_moment(tmp_path: Path) -> None:
    record, office = Record(tmp_path), Office()
    moment = record.now - 300_000
    async with record.board(make_previews=office) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: len(office.asked) == 1)
        await press(pilot, "r")
        await fill(pilot, board, moment=clock(moment))
        assert isinstance(board.screen, ReportScreen)
        await until(pilot, lambda: len(office.asked) == 2)
        assert office.asked[-1][1] == moment
        await press(pilot, "r")
        await until(pilot, lambda: len(office.asked) == 3)
        assert office.asked[-1][1] > moment


async def test_a_board_that_only_shows_has_it_and_one_without_reports_says_why(
    tmp_path: Path,
) -> None:
    record = Record(tmp_path)

    def made(asked: str, now_ms: int) -> Previews:
        return previews(record.url, asked, now_ms)

    async with record.board(speaks=False, make_previews=made) as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "Toàn mạng" in text(board))
    assert isinstance(board, Board)
    async with watching(Province(), language="en") as (board, pilot):
        await press(pilot, "6")
        await until(pilot, lambda: "cannot be made: this board was given no" in text(board))

"""The board screen: what it shows of a province in each of its conditions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from store.questions import Watching
from store.states import Kind, Mark, State
from tests.tui.province import NOW_MS, SEES, Province, fibre_cut, unseen
from tests.tui.screen import (
    assert_aligned,
    colours_of,
    lines,
    press,
    style_at,
    text,
    until,
    watching,
)
from tui.grid import Grid
from tui.roots import RootList

RED = "#e17a45"


async def test_a_quiet_network_says_so_and_shows_no_red_outside_the_legend() -> None:
    province = Province()
    unseen(province)
    async with watching(province) as (board, _):
        assert "Mọi thứ bình thường" in lines(board)[1]
        assert "Không có sự cố nào đang mở" in text(board)
        assert "✖" not in text(board).replace("✖ mất kết nối", "").split("\n", 3)[3]


async def test_a_network_that_mostly_never_answered_is_not_called_well() -> None:
    """The first minute, or a wrong address plan: nothing is open because nothing was ever seen."""
    province = Province()
    for row in list(province.rows.values()):
        if row.state is not State.NOT_MONITORED:
            province.put(row.key, State.UNKNOWN, Mark.NEVER_SEEN)
    async with watching(province) as (board, _):
        said = lines(board)[1]
        assert "Mọi thứ bình thường" not in said
        assert "thiết bị chưa từng trả lời" in said
        assert_aligned(board)


async def test_a_cut_fibre_is_one_row_and_its_sites_are_only_counted() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, _):
        rows = [line for line in lines(board) if "mất kết nối" in line and ":" in line]
        assert len(rows) == 1
        assert "UBND huyện Bình Sơn" in rows[0]
        assert "+12 điểm" in rows[0]
        assert "12:18" in rows[0]
        assert "12 điểm gặp trục trặc" in lines(board)[1]
        assert "đứt cáp quang" in text(board)


async def test_sites_behind_a_root_are_drawn_hollow_and_never_red() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, _):
        assert any("Bình Sơn" in line and "○" * 12 in line for line in lines(board))
        assert RED not in colours_of(board, "○")


async def test_things_never_seen_or_not_asked_are_grey() -> None:
    province = Province()
    unseen(province)
    async with watching(province) as (board, _):
        assert colours_of(board, "◊") == {"#8b949e"}
        assert board.scene.known.needing == ()


async def test_the_header_counts_only_what_nobody_has_taken() -> None:
    province = Province()
    province.fail("d-525-cpe1")
    province.fail("d-527-cpe1", acknowledged=True)
    planned = province.fail("d-529-cpe1")
    province.put("d-529-cpe1", State.DOWN, Mark.MAINTENANCE)
    async with watching(province) as (board, _):
        assert "✖ 1" in lines(board)[0]
        assert "1 sự cố cần xử lý" in lines(board)[1]
        assert "2 đã tiếp nhận" in lines(board)[1]
        first = board.screen.query_one(RootList)._keys[0]
        assert board.scene.known.roots[0].key == "d-525-cpe1"
        assert first != planned


async def test_an_unhandled_site_is_reversed_in_the_grid_until_somebody_takes_it() -> None:
    province = Province()
    number = province.fail("d-525-cpe1")
    async with watching(province) as (board, pilot):
        y = next(n for n, line in enumerate(lines(board)) if line.startswith(" Trà Bồng"))
        x = lines(board)[y].index("✖")
        assert style_at(board, x, y).reverse
        province.say(number, acknowledged=True)
        await until(pilot, lambda: not board.scene.known.unhandled_sites)
        assert not style_at(board, x, y).reverse


@pytest.mark.parametrize(
    ("seen", "banner"),
    [
        (replace(SEES, blind=True), "KHÔNG THẤY MẠNG"),
        (replace(SEES, running=False, late_s=750.0), "ĐÃ DỪNG"),
        (Watching(running=False, blind=False, late_s=None, seen_to_ms=None), "CHƯA GIÁM SÁT"),
    ],
)
async def test_a_board_that_cannot_see_says_why_and_loses_its_colours(
    seen: Watching, banner: str
) -> None:
    province = Province()
    fibre_cut(province)
    province.watching = seen
    async with watching(province) as (board, _):
        assert banner in lines(board)[1]
        assert RED not in colours_of(board, "✖")
        assert_aligned(board)


async def test_a_late_monitor_is_named_while_the_colours_stay() -> None:
    province = Province()
    fibre_cut(province)
    province.watching = replace(SEES, late_s=22.0)
    async with watching(province) as (board, _):
        assert "CHẬM" in lines(board)[1]
        assert RED in colours_of(board, "✖")


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (120, 30), (200, 60), (40, 10), (20, 5)])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_every_line_fills_the_terminal_exactly(
    size: tuple[int, int], language: str, ascii_only: bool
) -> None:
    province = Province()
    fibre_cut(province)
    province.fail("p-bqlkkt-cpe1", State.DEGRADED)
    province.end(province.fail("d-527-cpe1"))
    async with watching(province, size, language=language, ascii_only=ascii_only) as (board, pilot):
        for keys in ((), ("tab",), ("3",), ("question_mark",), ("escape", "escape", "enter")):
            await press(pilot, *keys)
            await pilot.pause(0.05)
            assert_aligned(board)


async def test_a_name_in_two_forms_and_with_control_characters_keeps_the_columns() -> None:
    province = Province()
    number = province.fail("d-525-cpe1")
    hostile = "Qua\u0309ng Nga\u0303i [red]x[/red]\x1b[2J\u202e漢字" * 3
    province.open[number] = replace(province.open[number], name=hostile, reason=hostile)
    async with watching(province) as (board, _):
        assert_aligned(board)
        assert "\x1b" not in text(board)
        assert "[red]" in text(board)


async def test_ascii_only_draws_no_sign_beyond_the_letters_of_names() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province, language="en", ascii_only=True) as (board, _):
        strange = {sign for sign in text(board) if ord(sign) > 127 and not sign.isalpha()}
        assert strange == set()
        assert "oooooooooooo" in text(board)


async def test_a_small_terminal_gives_all_its_room_to_the_roots() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province, (40, 10)) as (board, pilot):
        assert not board.screen.query_one(Grid).region
        assert board.screen.query_one(RootList).has_focus
        assert "mất kết nối" in text(board)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: bool(board.screen.query_one(Grid).region))
        assert_aligned(board)


async def test_a_wide_terminal_shows_recent_outages_and_the_sites_beside_the_roots() -> None:
    province = Province()
    province.end(province.fail("d-527-cpe1", ago_s=4000))
    async with watching(province, (160, 45), language="en") as (board, pilot):
        await until(pilot, lambda: bool(board.scene.known.recent))
        shown = next(line for line in lines(board) if " 12:39 · UBND" in line)
        assert "d-527-cpe1" in shown
        assert "over, 1 h 05" in shown
        assert "Sites · worst first" in text(board)


async def test_the_language_of_the_record_is_taken_where_none_is_given() -> None:
    async with watching(Province(), language=None) as (board, _):
        assert "Mọi thứ bình thường" in text(board)


async def test_times_are_those_of_the_network_not_of_the_terminal() -> None:
    async with watching(Province()) as (board, _):
        assert board.scene.clock(NOW_MS) == "12:40:00"
        assert lines(board)[0].rstrip().endswith("12:40:00")


async def test_in_a_storm_both_roots_stand_on_the_first_screen_and_open_in_three_keys() -> None:
    """150 sites go silent behind one link, and a router far from them fails by itself."""
    province = Province()
    communes = [row.key for row in province.rows.values() if row.kind is Kind.SITE]
    for key in communes[20:170]:
        for hidden in (key, f"{key}-cpe1", f"{key}-sw1"):
            province.put(hidden, State.UNREACHABLE, root="L-d-524", ago_s=60)
    province.fail("L-d-524", ago_s=60, members=450, members_by_kind={"site": 150, "device": 300})
    province.fail("d-536-cpe1", ago_s=90)
    async with watching(province) as (board, pilot):
        shown = lines(board)
        assert "✖ 2" in shown[0]
        assert sum("mất kết nối" in line for line in shown[15:22]) == 2
        assert any("L-d-524" in line and "+150 điểm" in line for line in shown)
        await press(pilot, "j", "enter")
        lone = province.by_key["d-536-cpe1"]
        await until(pilot, lambda: getattr(board.screen, "thing_id", 0) == lone)

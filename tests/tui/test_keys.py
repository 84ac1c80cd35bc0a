"""Every key, pressed."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding

from inventory.lookup import Entry, Text
from tests.tui.province import Province, fibre_cut
from tests.tui.screen import lines, press, text, until, watching
from tests.tui.test_words import Record
from tui import keys
from tui.app import Board
from tui.finding import FindBox, FindScreen, FoundList
from tui.grid import Grid
from tui.lists import OutagesScreen, ServicesScreen, SitesScreen
from tui.painted import Pane
from tui.report import ReportScreen
from tui.roots import RootList
from tui.screens import BoardScreen, HelpScreen, SheetScreen
from tui.sites import SiteList


def three_roots() -> Province:
    province = Province()
    for ago_s, key in enumerate(("d-525-cpe1", "d-527-cpe1", "d-529-cpe1"), 1):
        province.fail(key, ago_s=ago_s * 100)
    return province


async def test_j_and_k_and_the_arrows_walk_the_roots() -> None:
    async with watching(three_roots()) as (board, pilot):
        roots = board.screen.query_one(RootList)
        order = list(roots.keys)
        for key, at in (("j", 1), ("down", 2), ("j", 2), ("k", 1), ("up", 0), ("k", 0)):
            await press(pilot, key)
            assert roots.cursor == order[at], key


async def test_g_and_G_and_the_page_keys_reach_the_ends_of_a_long_list() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "3")
        sites = board.screen.query_one(SiteList)
        await press(pilot, "G")
        assert sites.cursor == sites.keys[-1]
        await press(pilot, "g")
        assert sites.cursor == sites.keys[0]
        await press(pilot, "pagedown")
        page = list(sites.keys).index(sites.cursor or 0)
        assert 10 < page < 24
        await press(pilot, "pageup")
        assert sites.cursor == sites.keys[0]
        await press(pilot, "end", "home")
        assert sites.cursor == sites.keys[0]


async def test_enter_opens_the_root_and_escape_comes_back_to_it() -> None:
    async with watching(three_roots()) as (board, pilot):
        await press(pilot, "j", "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        await until(pilot, lambda: "1800 1166" in text(board))
        assert "UBND huyện Sơn Tịnh" in text(board) or "d-527" in text(board)
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)
        assert board.screen.query_one(RootList)._row == 1


async def test_tab_goes_to_the_grid_where_the_arrows_walk_and_enter_opens_the_site() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "tab")
        grid = board.screen.query_one(Grid)
        assert grid.has_focus
        await press(pilot, "down", "right", "j", "k", "left", "right")
        row = board.scene.known.rows[grid.cursor or 0]
        assert row.key == "c-o-21010"
        assert "UBND phường Lê Hồng Phong: hoạt động" in text(board)
        await press(pilot, "G")
        assert board.scene.known.rows[grid.cursor or 0].unit_id is not None
        await press(pilot, "g", "pagedown", "pageup", "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        await press(pilot, "escape", "shift+tab")
        assert board.screen.query_one(RootList).has_focus


async def test_the_grid_wraps_from_the_end_of_a_line_to_the_next() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "tab", *["right"] * 24)
        grid = board.screen.query_one(Grid)
        assert board.scene.known.rows[grid.cursor or 0].key == "d-522"
        await press(pilot, "left")
        assert board.scene.known.rows[grid.cursor or 0].level == "province"


async def test_3_lists_the_sites_worst_first_and_escape_leaves() -> None:
    province = Province()
    province.fail("c-o-21490-cpe1")
    async with watching(province) as (board, pilot):
        await press(pilot, "3")
        assert isinstance(board.screen, SitesScreen)
        assert "UBND xã Ba Vinh" in lines(board)[3]
        await press(pilot, "3")
        assert isinstance(board.screen, SitesScreen)
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)


async def test_slash_finds_without_tones_and_enter_opens_the_hit() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "slash", *"duc pho")
        assert "Đức Phổ" in lines(board)[3]
        await press(pilot, "down", "up", "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        await press(pilot, "escape")
        assert board.screen.query_one(FindBox).value == "duc pho"
        await press(pilot, "escape")
        assert board.screen.query_one(FindBox).value == ""
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)


async def test_the_choice_stays_with_its_thing_while_the_network_moves() -> None:
    province = Province()
    async with watching(province) as (board, pilot):
        await press(pilot, "slash", "down", "down")
        found = board.screen.query_one(FoundList)
        assert found.here is not None
        chosen = found.here.of
        province.fail("c-o-21490-cpe1")
        await until(pilot, lambda: found.found[0].of == ("site", "c-o-21490"))
        assert found.here.of == chosen
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        assert getattr(board.screen, "thing_id", None) == province.by_key[chosen[1]]


async def test_better_hits_that_come_later_are_chosen_where_nobody_walked_yet() -> None:
    province = Province()
    province.named.append(Entry("provider", "vnpt", "Ba Vinh", "", (Text("name", "ba vinh"),)))
    async with watching(province) as (board, pilot):
        await press(pilot, "slash", *"ba vinh")
        found = board.screen.query_one(FoundList)
        await until(pilot, lambda: found.found[0].of == ("provider", "vnpt"))
        assert found.here == found.found[0]


async def test_enter_on_a_person_opens_the_site_that_calls_them() -> None:
    province = Province()
    told = (Text("name", "Nguyễn Văn Trực"), Text("phone", "0905 123 456"))
    province.named.append(Entry("contact", "truc", "Nguyễn Văn Trực", "Ba Vinh", told, "c-o-21490"))
    async with watching(province) as (board, pilot):
        await press(pilot, "slash", *"0905 123")
        found = board.screen.query_one(FoundList)
        await until(pilot, lambda: bool(found.found) and found.found[0].of == ("contact", "truc"))
        await press(pilot, "enter")
        site = province.by_key["c-o-21490"]
        await until(pilot, lambda: getattr(board.screen, "thing_id", None) == site)


async def test_letters_typed_while_finding_press_no_key_of_the_board() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "3", "slash", *"qlsjkgG?")
        assert isinstance(board.screen, FindScreen)
        assert board.screen.query_one(FindBox).value == "qlsjkgG?"
        assert board.scene.language == "vi"
        assert "Không tìm thấy gì" in text(board)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_a_screen_is_reached_by_its_words(key: str) -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, key)
        shown = board.screen.query_one(FoundList).found
        assert {one.action for one in shown} == set(keys.ACTIONS.values())
        await press(pilot, *"dich vu", "enter")
        assert isinstance(board.screen, ServicesScreen)
        await press(pilot, key, *"doi sang tieng anh", "enter")
        assert board.scene.language == "en"


async def test_things_are_found_by_what_no_list_shows(tmp_path: Path) -> None:
    """The index of a real record: a hotline leads to its provider, a circuit to its link."""
    record = Record(tmp_path)
    async with record.board() as (board, pilot):
        await press(pilot, "slash", *"1800 0000")
        found = board.screen.query_one(FoundList)
        await until(pilot, lambda: bool(found.found) and found.found[0].name == "VNPT")
        assert "1800" in lines(board)[3]
        await press(pilot, *["backspace"] * 9, *"127.51.1.1")
        await until(pilot, lambda: bool(found.found) and found.found[0].row is not None)
        assert found.found[0].row is not None
        assert found.found[0].row.key == "d-r"
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))


async def test_find_knows_keys_addresses_and_other_things_than_sites() -> None:
    async with watching(Province()) as (board, _):
        known = board.scene.known
        assert known.rows[known.found("21490-sw")[0]].key == "c-o-21490-sw1"
        address = known.rows[known.found("ba vinh")[0]]
        assert address.key == "c-o-21490"
        assert known.rows[known.found("L-d-524")[0]].key == "L-d-524"


async def test_l_switches_the_language_of_the_whole_screen_and_back() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, pilot):
        before = text(board)
        await press(pilot, "l")
        assert "Open root causes" in text(board)
        assert "sự cố" not in text(board)
        await press(pilot, "l")
        assert text(board) == before


async def test_question_mark_and_F1_open_the_help_which_names_every_key() -> None:
    async with watching(Province(), (80, 45)) as (board, pilot):
        await press(pilot, "question_mark")
        assert isinstance(board.screen, HelpScreen)
        shown = lines(board)
        for _ in range(4):
            await press(pilot, "pagedown")
            shown += lines(board)
        for key in keys.ALL:
            words = f" {key.label} "
            assert any(f"{line[1:20]} ".startswith(words) for line in shown), key.label
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)
        await press(pilot, "f1")
        assert isinstance(board.screen, HelpScreen)
        await press(pilot, "question_mark")
        assert isinstance(board.screen, BoardScreen)


async def test_q_quits() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "q")
        await until(pilot, lambda: not board.is_running)
    assert board.return_code == 0


async def test_enter_on_a_hidden_site_leads_to_its_root() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, pilot):
        board.open_thing(province.by_key["d-524"])
        await until(pilot, lambda: "do sự cố gốc" in text(board))
        y = next(n for n, line in enumerate(lines(board)) if "do sự cố gốc" in line)
        await press(pilot, *["j"] * (y - 3), "enter")
        root = province.by_key["L-d-524"]
        await until(pilot, lambda: getattr(board.screen, "thing_id", None) == root)


def test_every_binding_stands_in_the_table_of_keys_and_every_key_is_bound() -> None:
    bound: set[str] = set()
    screens = (BoardScreen, OutagesScreen, SitesScreen, ReportScreen, SheetScreen)
    for owner in (Board, *screens, HelpScreen, FindScreen, Pane, Grid, RootList):
        for binding in owner.BINDINGS:
            assert isinstance(binding, Binding)
            bound.update(binding.key.split(","))
            action = binding.action.partition("(")[0]
            name = f"action_{action.removeprefix('app.')}"
            assert hasattr(Board if action.startswith("app.") else owner, name), binding
    named = {name for key in keys.ALL for name in key.keys}
    assert {"slash" if name == "/" else name for name in bound} == named


async def test_the_footer_shows_what_is_needed_at_80_columns_and_more_on_a_wide_screen() -> None:
    needed = (keys.OPEN, keys.WHY, *keys.WORDS, keys.FIND, keys.HELP, keys.QUIT)
    for language in ("vi", "en"):
        for width, expected in ((80, needed), (240, keys.ON_BOARD)):
            async with watching(Province(), (width, 24), language=language) as (board, _):
                for key in expected:
                    assert f" {key.label}" in lines(board)[-1], (language, width, key.label)

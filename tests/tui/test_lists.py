"""The long lists: outages, sites, services; sorted, filtered, written to a file."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.folding import fold
from store.states import Kind, Mark, State
from tests.tui.optics import lit, sinking
from tests.tui.province import NOW_MS, Province
from tests.tui.screen import assert_aligned, lines, press, text, until, watching
from tui.light import LightDetail
from tui.links import LinkList
from tui.lists import EventsScreen, LinksScreen, OutagesScreen, ServicesScreen, SitesScreen
from tui.report import ReportScreen
from tui.roots import RootList
from tui.screens import BoardScreen
from tui.sites import ServiceList, SiteList


def several() -> tuple[Province, dict[str, int]]:
    """One that waits, one taken, one in maintenance."""
    province = Province()
    made = {
        "waits": province.fail("d-525-cpe1", ago_s=300),
        "taken": province.fail("d-527-cpe1", ago_s=100, acknowledged=True),
        "planned": province.fail("d-529-cpe1", State.DEGRADED, ago_s=200),
    }
    thing = province.by_key["d-529-cpe1"]
    row = province.rows[thing]
    province.rows[thing] = row._replace(marks=row.marks | {Mark.MAINTENANCE})
    return province, made


async def test_the_digits_lead_from_everywhere_to_everywhere_and_escape_to_the_board() -> None:
    async with watching(Province()) as (board, pilot):
        for key, screen in (
            ("2", OutagesScreen),
            ("3", SitesScreen),
            ("4", LinksScreen),
            ("5", ServicesScreen),
            ("6", ReportScreen),
            ("7", EventsScreen),
            ("1", BoardScreen),
            ("5", ServicesScreen),
        ):
            await press(pilot, key)
            assert isinstance(board.screen, screen), key
            assert len(board.screen_stack) <= 3
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)


async def test_outages_are_filtered() -> None:
    province, made = several()
    async with watching(province) as (board, pilot):
        await press(pilot, "2")
        roots = board.screen.query_one(RootList)
        assert set(roots.keys) == set(made.values())
        for name, words in (
            ("waits", "cần xử lý"),
            ("taken", "đã tiếp nhận"),
            ("planned", "bảo trì, ngoài giờ"),
        ):
            await press(pilot, "f")
            assert list(roots.keys) == [made[name]]
            assert words in lines(board)[2]
        await press(pilot, "f")
        assert len(roots.keys) == 3


async def test_outages_are_sorted_and_the_title_says_how() -> None:
    province, made = several()
    async with watching(province) as (board, pilot):
        await press(pilot, "2")
        roots = board.screen.query_one(RootList)
        by_age = sorted(made.values(), key=lambda one: province.open[one].first_bad_ms)
        await press(pilot, "s")
        assert list(roots.keys) == by_age[::-1]
        assert "mới nhất trước" in lines(board)[2]
        await press(pilot, "s")
        assert list(roots.keys) == by_age
        await press(pilot, "s", "s", "s")
        assert roots.order == 0
        assert roots.keys[0] == made["waits"]


async def test_sites_are_sorted_by_name_without_tones() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "3", "s", "s")
        sites = board.screen.query_one(SiteList)
        names = [board.scene.known.rows[key].name for key in sites.keys]
        assert names == sorted(names, key=fold)
        assert names != sorted(names)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
@pytest.mark.parametrize(
    ("language", "said"), [("vi", "chứng thư đã hết hạn"), ("en", "the certificate has expired")]
)
async def test_services_show_what_they_answered_last(
    language: str, said: str, size: tuple[int, int]
) -> None:
    province = Province()
    bad = province.add(Kind.SERVICE, "portal", "Cổng thông tin", level="province")
    province.add(Kind.SERVICE, "dns", "DNS nội bộ", level="province")
    province.rows[bad] = province.rows[bad]._replace(
        state=State.DOWN, since_ms=NOW_MS - 60_000, address="https://a.example"
    )
    province.checks = {bad: {"check_status": "cert_expired", "check_detail": "2026-11-01"}}
    async with watching(province, size, language=language) as (board, pilot):
        await press(pilot, "5")
        await until(pilot, lambda: said in text(board))
        assert board.screen.query_one(ServiceList).keys[0] == bad
        assert_aligned(board)


async def test_links_show_their_light_and_a_month_of_the_one_under_the_cursor() -> None:
    province = lit()
    async with watching(province) as (board, pilot):
        await press(pilot, "4")
        links = board.screen.query_one(LinkList)
        await until(pilot, lambda: len(links.keys) == len(province.links))
        assert "dBm" in text(board)
        detail = board.screen.query_one(LightDetail)
        for _ in range(len(links.keys)):
            if detail.sensor is not None:
                break
            await press(pilot, "j")
        assert links.here is not None
        assert links.here.key in lines(board)[-7]
        await until(pilot, lambda: detail._told is not None)
        asked = [word for word in province.asked if "light_history" in word]
        assert len(asked) == 1
        assert_aligned(board)


async def test_a_month_of_the_other_end_is_asked_for_when_it_becomes_the_weaker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LinksScreen, "EVERY_S", 0.1)
    province = lit()
    both = next(link for link in province.links if link.a.rx and link.b.rx)
    province.links = [both]
    async with watching(province) as (board, pilot):
        await press(pilot, "4")
        detail = board.screen.query_one(LightDetail)
        await until(pilot, lambda: detail.sensor is not None and detail.wanted is None)
        first = detail.sensor
        for end in (both.a.rx, both.b.rx):
            assert end is not None
            province.light.setdefault(end.sensor_id, sinking())
        other = next(end for end in (both.a, both.b) if end.rx and end.rx.sensor_id != first)
        dark = replace(other, rx=replace(other.rx, dbm=None))  # type: ignore[type-var]
        province.links = [replace(both, b=dark)]
        province.fail("d-525-cpe1")
        await until(pilot, lambda: detail.sensor not in (None, first))
        await until(pilot, lambda: "Đang đọc dữ liệu" not in text(board))
        assert detail.wanted is None


async def test_links_are_asked_for_no_more_often_than_every_five_seconds() -> None:
    province = lit()
    async with watching(province) as (board, pilot):
        await press(pilot, "4")
        await until(pilot, lambda: bool(board.screen.query_one(LinkList).keys))
        for ago_s in range(5):
            province.fail("d-525-cpe1" if ago_s % 2 else "d-527-cpe1", ago_s=ago_s)
            await pilot.pause(0.3)
        assert sum("links" in word for word in province.asked) == 1


async def test_no_services_and_no_hits_of_a_filter_are_said() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "5")
        assert "Chưa khai báo dịch vụ nào" in text(board)
        await press(pilot, "2", "f")
        assert "Không có gì thuộc loại này" in text(board)


def written(folder: Path) -> list[dict[str, str]]:
    [file] = folder.glob("canh-*.csv")
    with file.open(encoding="utf-8-sig", newline="") as held:
        return list(csv.DictReader(held))


@pytest.mark.parametrize("key", ["1", "2", "3", "5"])
async def test_what_is_seen_is_written_to_a_file_that_a_spreadsheet_opens(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    province, _ = several()
    province.add(Kind.SERVICE, "portal", "=cmd()", level="province")
    async with watching(province) as (board, pilot):
        await press(pilot, key, "e")
        assert "Đã ghi" in lines(board)[-1]
        shown = len(board.screen.focused.keys)  # type: ignore[union-attr]
    rows = written(tmp_path)
    assert len(rows) == shown
    assert all(row["key"] for row in rows)
    if key == "5":
        assert rows[0]["name"] == "'=cmd()"


async def test_a_folder_that_takes_no_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    async with watching(Province()) as (board, pilot):
        await press(pilot, "3", "e")
        assert "Không ghi được" in lines(board)[-1]


async def test_where_there_is_no_list_it_is_told_that_nothing_was_written() -> None:
    province, _ = several()
    async with watching(province) as (board, pilot):
        await press(pilot, "tab", "e")
        assert "không ghi gì" in lines(board)[-1]
        await press(pilot, "enter", "e")
        assert "không ghi gì" in lines(board)[-1]


async def test_a_notice_stands_some_seconds_whatever_the_clock_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "y")
        board.tick()
        board.follow()
        await pilot.pause()
        assert "không có sự cố gốc" in lines(board)[-1]
        monkeypatch.setattr("tui.app.NOTICE_S", 0.0)
        board.tick()
        await until(pilot, lambda: "không có sự cố gốc" not in lines(board)[-1])

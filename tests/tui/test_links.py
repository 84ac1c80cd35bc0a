"""The list of links and what is told of the one under the cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from store.lines import LightHistory
from store.states import Kind
from tests.tui.optics import light, lit, sinking
from tests.tui.province import NOW_MS, Province
from tests.tui.screen import until
from tui import faces
from tui.faces import Face
from tui.light import HEIGHT, MONTH_MS, LightDetail, strip
from tui.links import LinkList, bar
from tui.messages import Reading
from tui.scene import Scene

WIDTHS = (80, 120, 160, 200)
NOTHING = LightHistory(points=(), day_db=None, week_db=None, slope_db_week=None, alarm_ms=None)


class Links(App[None]):
    """The two widgets over one reading of the province."""

    CSS = f"LinkList {{ height: 1fr; }} LightDetail {{ height: {HEIGHT}; }}"

    def __init__(self, province: Province, language: str, ascii_only: bool) -> None:
        super().__init__()
        self.scene = Scene(language, ascii_only, lambda: NOW_MS)
        self.province = province
        self.links = LinkList(self.scene)
        self.detail = LightDetail(self.scene, self.links)
        self.follow()

    def compose(self) -> ComposeResult:
        yield self.links
        yield self.detail

    def follow(self) -> None:
        reader = self.province.reader()
        self.scene.known.fold_in(Reading(reader.snapshot(), True, reader.roots(), ()))
        self.links.links = reader.links()

    def on_mount(self) -> None:
        self.links.focus()
        self.links.take()

    def lines(self) -> list[str]:
        widgets = (self.links, self.detail)
        drawn = [widget.draw(y) for widget in widgets for y in range(widget.size.height)]
        return ["".join(segment.text for segment in one) for one in drawn]


@asynccontextmanager
async def shown(
    province: Province, width: int = 120, language: str = "en", ascii_only: bool = False
) -> AsyncIterator[tuple[Links, Pilot[None]]]:
    app = Links(province, language, ascii_only)
    async with app.run_test(size=(width, 24)) as pilot:
        await until(pilot, lambda: app.links.size.width == width)
        yield app, pilot


def row_of(app: Links, key: str) -> str:
    [found] = [text for text in app.lines()[2:-HEIGHT] if f" {key} " in text]
    return found


def keys(app: Links) -> list[str]:
    return [app.scene.known.rows[key].key for key in app.links.keys]


async def go_to(app: Links, pilot: Pilot[None], key: str) -> list[str]:
    """Walk there; what is told of it."""
    app.links.action_move(keys(app).index(key) - keys(app).index(app.links.here.key))  # type: ignore[union-attr]
    await pilot.pause()
    return [text.rstrip() for text in app.lines()[-HEIGHT:]]


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_every_line_is_as_wide_as_its_widget(
    width: int, language: str, ascii_only: bool
) -> None:
    province = lit()
    async with shown(province, width, language, ascii_only) as (app, pilot):
        for key in keys(app):
            told = (None, NOTHING, sinking(), sinking(3, None))
            for history in told:
                app.detail.take_history(app.detail.sensor or 0, history)
                assert {cell_len(text) for text in app.lines()} == {width}
            await go_to(app, pilot, key)
        text = "\n".join(app.lines())
        assert not ascii_only or not set("▮▯│▁▂▃▄▅▆▇█–…→·✖") & set(text)


@pytest.mark.parametrize("width", [1, 10, 24, 40, 60])
async def test_a_narrow_terminal_breaks_nothing(width: int) -> None:
    async with shown(lit(), width) as (app, _):
        app.detail.take_history(app.detail.sensor or 0, sinking())
        assert {cell_len(text) for text in app.lines()} == {width}


@pytest.mark.parametrize(
    ("width", "language", "seen"),
    [
        (80, "vi", ["Thu dBm", "-32", "Dư dB"]),
        (120, "vi", ["Thu dBm", "-32", "Dư dB", "km", "Vào/ra %"]),
        (160, "en", ["Rx dBm", "Margin", "km", "In/out %", "Provider"]),
        (200, "en", ["Rx dBm", "Margin", "km", "In/out %", "Provider", "Circuit"]),
    ],
)
async def test_the_wider_the_more_columns(width: int, language: str, seen: list[str]) -> None:
    async with shown(lit(), width, language) as (app, _):
        heads = app.lines()[1]
        assert [word for word in seen if word not in heads] == []
        assert ("Circuit" in heads) == (width == 200)


async def test_the_worst_state_is_first_then_who_has_the_least_room_left() -> None:
    """Light above its alarm, or load below full."""
    province = lit()
    order = (2, 6, 8, 1, 7, 0, 4, 3, 5)  # dark, degraded, full, weak, mild … nothing measured
    async with shown(province) as (app, _):
        assert keys(app) == [province.links[n].key for n in order]


async def test_of_those_with_as_much_room_left_the_key_decides() -> None:
    province = lit()
    province.links = [replace(link, in_pct=None, out_pct=None) for link in province.links]
    async with shown(province) as (app, _):
        found = keys(app)[6:]  # without limits, or never read
        assert len(found) == 3
        assert found == sorted(found)


async def test_other_orders_are_one_key_away() -> None:
    province = lit()
    async with shown(province) as (app, _):
        app.links.action_sort()
        assert keys(app)[0] == province.links[2].key  # no light
        assert keys(app)[1] == province.links[6].key  # below its alarm
        assert "least margin first" in app.lines()[0]
        app.links.action_sort()
        assert keys(app)[0] == province.links[8].key  # full
        app.links.action_sort()
        assert keys(app)[0] == province.links[8].key  # Ban Quản lý …


async def test_a_row_tells_the_weaker_end_with_bar_margin_and_load() -> None:
    province = lit()
    async with shown(province) as (app, _):
        row = row_of(app, province.links[1].key)
        assert row.startswith(" · up")
        assert "Trung tâm Dữ liệ… – thành phố Quảng Ngãi " in row
        assert row.split()[-5:] == ["18.4", "-27.9!", "▮│▯▯▯▯▯▯▯▯", "0.1", "31/2"]
        assert row_of(app, province.links[0].key).split()[-4:] == [
            "-14.1", "▮│▮▮▮▮▮▯▯▯", "13.9", "31/2",
        ]  # fmt: skip


async def test_vietnamese_writes_decimal_commas_and_the_word_for_no_light() -> None:
    province = lit()
    async with shown(province, 120, "vi") as (app, _):
        assert "18,4     -27,9!" in row_of(app, province.links[1].key)
        assert "0,1" in row_of(app, province.links[1].key)
        assert "mất quang✖ ▯│▯▯▯▯▯▯▯▯       –" in row_of(app, province.links[2].key)


async def test_plain_ascii_has_a_bar_and_signs_too() -> None:
    province = lit()
    async with shown(province, 120, "en", ascii_only=True) as (app, _):
        assert "no lightX .|........       -" in row_of(app, province.links[2].key)
        assert "-14.1  #|#####..." in row_of(app, province.links[0].key)


async def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    province = lit()
    unread, unlimited, bare = (province.links[n].key for n in (3, 4, 5))
    async with shown(province) as (app, _):
        assert row_of(app, unread).split()[-3:] == ["–", "–", "–/2"]
        assert row_of(app, unlimited).split()[-4:] == ["-40.0", "▯" * 10, "–", "31/2"]
        assert row_of(app, bare).split()[-4:] == ["–"] * 4


async def test_old_light_is_faint_and_weak_light_is_not() -> None:
    province = lit()
    async with shown(province) as (app, _):
        app.links.blur()
        styles = {}
        for n in (1, 7):
            place = keys(app).index(province.links[n].key)
            styles[n] = next(s.style for s in app.links.draw(place + 2) if "▯" in s.text)
        assert styles[1] == app.scene.style(Face.DEGRADED)
        assert styles[7] == faces.FAINT


async def test_long_names_leave_room_for_both_ends() -> None:
    province = lit()
    async with shown(province, 80, "vi") as (app, _):
        assert "Trun… – huyện Bình Sơn" in row_of(app, province.links[2].key)
        assert "Ban… – Ban Quản lý K…" in row_of(app, province.links[8].key)


async def test_a_link_that_left_the_board_is_not_listed() -> None:
    province = lit()
    key = province.links[0].key
    province.remove(key)
    async with shown(province) as (app, _):
        assert key not in keys(app)
        assert len(keys(app)) == 8


async def test_the_last_of_many_can_be_walked_to_and_opened() -> None:
    province = lit()
    named = [row.key for row in province.rows.values() if row.key.startswith("L-")]
    province.links = [replace(province.links[0], thing_id=province.by_key[key]) for key in named]
    async with shown(province) as (app, pilot):
        await pilot.press("end")
        last = app.lines()[-HEIGHT - 1]
        assert last.startswith(">")
        assert app.links.chosen() == [app.links.keys[-1]]
        await pilot.press("pageup", "home")
        assert app.lines()[2].startswith(">")


async def test_without_links_the_list_says_so() -> None:
    async with shown(Province()) as (app, _):
        assert "No links" not in "".join(app.lines()), "they are not read yet"
        app.scene.known.counts[Kind.LINK].clear()
        assert "No links are declared." in app.lines()[2]
        assert app.links.here is None
        assert app.detail.sensor is None
        assert set("".join(app.lines()[-HEIGHT:])) == {" "}


async def test_a_file_of_them_has_plain_numbers() -> None:
    province = lit()
    async with shown(province, 120, "vi") as (app, _):
        heads, rows = app.links.table()
        row = dict(zip(heads, rows[keys(app).index(province.links[1].key)], strict=True))
        assert (row["rx_dbm"], row["in_pct"], row["state"]) == ("-27.9", "31.4", "hoạt động")
        assert float(row["margin_db"]) == pytest.approx(0.1)
        assert rows[keys(app).index(province.links[5].key)][4:] == [""] * 7


async def test_the_detail_tells_the_circuit_and_both_ends() -> None:
    province = lit()
    async with shown(province, 160) as (app, pilot):
        title, what, a, b, *_ = await go_to(app, pilot, province.links[1].key)
        assert title.startswith(f" {province.links[1].key}  Trung tâm Dữ liệu tỉnh – UBND")
        assert what.strip() == (
            "circuit id DEMO-VNP-0041 · VNPT Quảng Ngãi · fibre · primary · 18.4 km · 100 Mb/s"
        )
        assert a.strip() == (
            "A  receives -20.0 dBm · warning -25.0 · alarm -28.0 · sends -2.5 dBm · port up ·"
            " p-ttdl-cpe1 xe-0/0/1"
        )
        assert b.strip().startswith("B  receives -27.9 dBm · ")
        told = await go_to(app, pilot, province.links[5].key)
        assert [text.strip() for text in told[1:]] == [
            "primary", "A  light not measured", "B  light not measured", "", "",
        ]  # fmt: skip


async def test_the_ends_tell_what_is_dark_old_unread_or_shut() -> None:
    province = lit()
    dark, unread, old = province.links[2], province.links[3], province.links[7]
    shut = replace(dark.b, admin_status="down", oper_status="down")
    province.links[2] = replace(dark, b=shut)
    async with shown(province, 160) as (app, pilot):
        assert (await go_to(app, pilot, dark.key))[2].startswith(" A  no light · warning -25.0")
        assert "admin down" in (await go_to(app, pilot, dark.key))[3]
        assert "light not read yet" in (await go_to(app, pilot, unread.key))[2]
        assert "read at 09:40:00" in (await go_to(app, pilot, old.key))[2]


async def test_the_month_is_told_for_the_sensor_under_the_cursor_alone() -> None:
    province = lit()
    weak, strong = province.links[1].key, province.links[0].key
    async with shown(province, 120) as (app, pilot):
        assert "Asking the record" in (await go_to(app, pilot, weak))[4]
        assert app.detail.sensor == 4
        app.detail.take_history(4, province.reader().light_history(4, NOW_MS))
        _, _, _, _, month, slope = await go_to(app, pilot, weak)
        assert "30 days: -26.0 → -26.8 dBm · 24 h -0.1 dB, 7 d -0.2 dB" in month
        assert "▆" in month
        assert (
            slope == " Reaches its alarm -28.0 dBm in about 48 days at this slope (-0.2 dB a week)."
        )
        assert "Asking the record" in (await go_to(app, pilot, strong))[4]


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (None, ("No light was recorded in the last 30 days.", "")),
        (NOTHING, ("No light was recorded in the last 30 days.", "")),
        (
            replace(sinking(), slope_db_week=0.02, alarm_ms=None),
            ("30 days", "The slope is +0.0 dB a week; it reaches no alarm within a year."),
        ),
        (
            replace(sinking(3, None), week_db=None, slope_db_week=None, alarm_ms=None),
            ("30 days: -26.0 → -26.0 dBm", "Too little is recorded to tell a slope."),
        ),
    ],
)
async def test_a_month_without_a_fall_says_so(
    history: LightHistory | None, said: tuple[str, str]
) -> None:
    province = lit()
    async with shown(province) as (app, pilot):
        await go_to(app, pilot, province.links[1].key)
        app.detail.take_history(4, history)
        month, slope = (text.strip() for text in app.lines()[-2:])
        assert said[0] in month
        assert slope == said[1]


async def test_below_its_alarm_or_dark_nothing_is_foretold() -> None:
    province = lit()
    async with shown(province) as (app, pilot):
        for n, slope in ((6, "At its alarm of -28.0 dBm, or below."), (2, "")):
            await go_to(app, pilot, province.links[n].key)
            app.detail.take_history(app.detail.sensor or 0, sinking())
            assert app.lines()[-1].strip() == slope


def test_a_bar_ends_where_its_scale_ends() -> None:
    scene = Scene("en", True, lambda: NOW_MS)
    assert bar(scene, light(1, 5.0, low_alarm=None), 8) == "########"
    assert bar(scene, light(1, -39.0, low_alarm=-35.0), 8) == "........"
    assert bar(scene, light(1, -8.0, low_alarm=-8.0), 8) == "########"
    assert bar(scene, light(1, -32.0, low_alarm=-32.0), 8) == "|......."
    assert bar(scene, None, 8) == bar(scene, light(1, None, at_ms=None), 8) == ""
    assert bar(scene, light(1, -9.0), 0) == ""


def test_a_strip_has_a_blank_where_nothing_was_read() -> None:
    day = MONTH_MS // 30
    points = [(NOW_MS - 30 * day, -20.0), (NOW_MS - 29 * day - 1, -22.0), (NOW_MS - 1, -24.0)]
    assert strip(points, NOW_MS, 3, ascii_only=False) == "█ ▁"
    assert strip(points, NOW_MS, 30, ascii_only=True) == "#" + " " * 28 + "_"
    assert strip([*points, (NOW_MS + day, 0.0), (0, 0.0)], NOW_MS, 3, ascii_only=False) == "█ ▁"
    assert strip([(NOW_MS - 1, -20.0)], NOW_MS, 2, ascii_only=False) == " ▅"
    assert strip([], NOW_MS, 2, ascii_only=False) == "  "

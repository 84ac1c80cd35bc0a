"""The charts on the sheet of a device: how a series is drawn, when they are asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from store.charts import Charts, LightChart, RttStep, TrafficChart
from tests.tui.province import NOW_MS, Province
from tests.tui.screen import assert_aligned, lines, press, text, until, watching
from tests.tui.test_sheet import scene_of, sheet_of
from tui.chart import ASCII_LEVELS, LEVELS, Values, drawn, held, plot, scale_of, steps
from tui.pages import SheetPane
from tui.scene import Scene
from tui.screens import SheetScreen
from tui.sheet import entries
from tui.sheet_charts import HOUR_MS, SPANS_H, chart_lines

DEVICE = "d-524-cpe1"
CALM = RttStep(1.5, 2.0, 40.0, 0.0)
LOST = RttStep(None, None, None, 100.0)


def charts(count: int, span_h: int = 6) -> Charts:
    """With a gap at 10, losses at 20, and polls each third step."""
    rtt = [None if 10 <= k < 14 else LOST if k in (20, 21) else CALM for k in range(count)]
    port = TrafficChart(
        if_name="Gi0/1",
        if_alias="[red]VNPT\x1b[31m",
        speed_bps=10**9,
        in_bps=tuple(None if k % 3 else 1e6 * (k % 50) for k in range(count)),
        out_bps=tuple(None if k % 3 else 95e6 for k in range(count)),
    )
    light = LightChart(kind="rx_power", name="Te1/1/1 " + "x" * 90, dbm=(-20.25,) * count)
    return Charts(
        from_ms=NOW_MS - span_h * HOUR_MS,
        to_ms=NOW_MS,
        rtt=tuple(rtt),
        traffic=(port,) * 4,
        light=(light,) * 9,
    )


def told(scene: Scene, shown: Charts | None, width: int = 80, height: int = 24) -> list[str]:
    found = chart_lines(scene, shown, width, height)
    return ["".join(part for part, _ in spans) for spans in found]


def row_of(shown: list[str], word: str) -> str:
    return next(one for one in shown if one.strip().startswith(word))


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [80, 120, 160])
def test_every_strip_is_as_wide_as_the_sheet_and_ends_at_its_right(
    width: int, language: str, ascii_only: bool
) -> None:
    scene = scene_of(Province(), language, ascii_only)
    for height in (20, 50):
        for count in (1, 7, steps(width), steps(width) + 30):
            shown = told(scene, charts(count), width, height)
            assert max(cell_len(one) for one in shown) == width
            strips = [one for one in shown if set(one[-1:]) & set(LEVELS + ASCII_LEVELS)]
            assert {cell_len(one) for one in strips} == {width}
            assert len(strips) >= 3 + 8 + 8
            everything = "".join(shown)
            assert "\x1b" not in everything
            assert not ascii_only or not set(LEVELS + "–·…✖→") & set(everything)


@pytest.mark.parametrize("width", [1, 10, 24, 40])
def test_a_narrow_terminal_breaks_nothing(width: int) -> None:
    assert told(scene_of(Province()), charts(steps(width)), width)


def test_a_series_goes_from_the_lowest_sign_to_the_highest_with_blanks_where_nothing_is() -> None:
    assert plot([0, 1, None, 6.99, 7], (0, 7), 1, ascii_only=False) == ["▁▂ ██"]
    assert plot([0, 1, None, 7], (0, 7), 1, ascii_only=True) == ["_. #"]
    assert plot([0, 5, 10], (0, 10), 3, ascii_only=False) == ["  █", " ▅█", "▁██"]


@pytest.mark.parametrize(
    ("values", "rows", "shown"),
    [
        ([2.0], 1, ["▄"]),
        ([2.0, 2.0], 1, ["▄▄"]),
        ([2.0], 3, [" ", "▄", "█"]),
        ([None, None], 2, ["  ", "  "]),
        ([], 1, [""]),
    ],
)
def test_one_point_and_what_never_moves_stand_half_way_up(
    values: Values, rows: int, shown: list[str]
) -> None:
    assert plot(values, scale_of(values), rows, ascii_only=False) == shown


def test_what_is_asked_rarely_stands_until_it_is_asked_again_but_a_gap_stays_one() -> None:
    assert held([1, None, 2, None, 3, None, None, None, 4, None]) == [
        *(1, 1, 2, 2, 3, None, None, None, 4, 4)
    ]
    assert held([None, 5, None]) == [None, 5, None]
    assert held([None, None]) == [None, None]


@pytest.mark.parametrize(("language", "scale"), [("vi", "1,5–40 ms"), ("en", "1.5–40 ms")])
def test_the_scale_stands_at_the_left_as_the_language_writes_it(language: str, scale: str) -> None:
    [shown] = drawn(scene_of(Province(), language), "RTT", [1.5, 40], "ms", 60)
    assert shown.startswith("RTT ")
    assert shown.split("ms")[0].strip().endswith(scale.removesuffix(" ms"))
    assert shown.endswith("▁█")
    three = drawn(scene_of(Province(), language), "RTT", [1.5, 40], "ms", 60, rows=3)
    assert "40 ms" in three[0]
    assert scale[:3] in three[-1]


def test_lost_steps_are_marked_and_a_little_loss_is_not_none() -> None:
    scene = scene_of(Province(), "en")
    few = charts(45)
    some = replace(few, rtt=(CALM, CALM._replace(loss_pct=1.0), LOST, None, CALM))
    shown = told(scene, some)
    assert row_of(shown, "RTT median").endswith("▄▄✖ ▄")
    assert row_of(shown, "loss").endswith("▁▂█ ▁")
    assert row_of(told(scene_of(Province(), "en", ascii_only=True), some), "RTT").endswith("~~X ~")


def test_the_load_is_told_with_the_speed_of_its_interface() -> None:
    shown = told(scene_of(Province(), "vi"), charts(45))
    assert row_of(shown, "Gi0/1").startswith("  Gi0/1 · [red]VNPT?[31m · 1 Gb/s · cao nhất 9,5 %")
    assert "0–95 Mb/s" in row_of(shown, "ra")
    assert row_of(shown, "Quang") == "  Quang (8 trong 9)"


def test_a_device_that_was_never_sampled_says_so() -> None:
    nothing = Charts(from_ms=NOW_MS - HOUR_MS, to_ms=NOW_MS)
    assert told(scene_of(Province(), "en"), nothing)[1:] == [
        " Charts, the last 1 h  [ ] change the range",
        "  nothing was measured in this time",
    ]


def test_the_charts_stand_behind_whom_to_call_and_only_on_devices() -> None:
    province = Province()
    scene = scene_of(province, "en")

    def lines_of(key: str) -> str:
        found = entries(scene, sheet_of(province, key), 80, charts(45))
        return "\n".join("".join(part for part, _ in one.spans) for one in found)

    sheet = lines_of(DEVICE)
    assert sheet.index("Whom to call") < sheet.index("Charts, the") < sheet.index("What and where")
    assert "Charts" not in lines_of("L-d-524")


# -- asking ----------------------------------------------------------------------------------


class Sampled(Province):
    """One that has charts of every device, and notes for what they are asked."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[tuple[str, int, int, int]] = []
        self.charts = self._charted

    def _charted(self, key: str, from_ms: int, to_ms: int, steps: int) -> Charts:
        self.wanted.append((key, from_ms, to_ms, steps))
        return charts(steps, (to_ms - from_ms) // HOUR_MS)

    @property
    def spans_h(self) -> list[int]:
        return [(to_ms - from_ms) // HOUR_MS for _, from_ms, to_ms, _ in self.wanted]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_charts_are_asked_for_behind_the_sheet_and_anew_when_the_range_changes(
    size: tuple[int, int],
) -> None:
    province = Sampled()
    async with watching(province, size) as (board, pilot):
        board.open_thing(province.by_key[DEVICE])
        await until(pilot, lambda: "6 giờ gần nhất" in text(board))
        assert province.wanted == [(DEVICE, NOW_MS - 6 * HOUR_MS, NOW_MS, steps(size[0]))]
        asked = [word.split()[1] for word in province.asked]
        assert asked.index("sheet") < asked.index("charts")
        assert_aligned(board)
        for key, span in (
            *(("right_square_bracket", words) for words in ("24 giờ", "7 ngày", "30 ngày")),
            *[("right_square_bracket", "1 năm")] * 2,
            *(("left_square_bracket", words) for words in ("30 ngày", "7 ngày", "24 giờ")),
            *(("left_square_bracket", words) for words in ("6 giờ", "1 giờ", "1 giờ")),
        ):
            await press(pilot, key)
            await until(pilot, lambda: f"{span} gần nhất" in text(board))  # noqa: B023
            assert_aligned(board)
        assert set(province.spans_h) == set(SPANS_H)
        if size[0] == 160:
            assert " [ ] khoảng" in lines(board)[-1]


async def test_changes_of_the_record_ask_for_charts_no_more_often_than_is_due() -> None:
    province = Sampled()
    async with watching(province) as (board, pilot):
        board.open_thing(province.by_key[DEVICE])
        await until(pilot, lambda: len(province.wanted) == 1)
        province.fail("d-525-cpe1")
        await until(pilot, lambda: sum("sheet" in word for word in province.asked) > 1)
        await pilot.pause(1.2)
        assert len(province.wanted) == 1
        screen = board.screen
        assert isinstance(screen, SheetScreen)
        screen._charts_due = 0.0
        await until(pilot, lambda: len(province.wanted) == 2)


async def test_another_width_of_the_terminal_asks_for_as_many_steps_as_it_has() -> None:
    province = Sampled()
    async with watching(province) as (board, pilot):
        board.open_thing(province.by_key[DEVICE])
        await until(pilot, lambda: len(province.wanted) == 1)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: len(province.wanted) == 2)
        assert [count for *_, count in province.wanted] == [steps(80), steps(120)]
        assert_aligned(board)


async def test_the_cursor_stays_with_its_line_when_charts_come_above_it() -> None:
    province = Sampled()
    async with watching(province, (80, 45)) as (board, pilot):
        board.open_thing(province.by_key[DEVICE])
        await until(pilot, lambda: "6 giờ gần nhất" in text(board))
        pane = board.screen.query_one(SheetPane)
        await press(pilot, "G")
        last = pane.cursor
        pane.take_charts(Charts(from_ms=NOW_MS - HOUR_MS, to_ms=NOW_MS))
        assert last is not None
        assert pane.cursor == pane.keys[-1] < last


async def test_things_without_charts_are_not_asked_for_any_and_one_that_goes_breaks_nothing() -> (
    None
):
    province = Sampled()
    async with watching(province) as (board, pilot):
        board.open_thing(province.by_key["d-524"])
        await until(pilot, lambda: "1800 1166" in text(board))
        await press(pilot, "right_square_bracket")
        board.open_thing(province.by_key[DEVICE])
        await until(pilot, lambda: len(province.wanted) == 1)
        province.remove(DEVICE)
        await press(pilot, "right_square_bracket")
        await pilot.pause(0.5)
        assert isinstance(board.screen, SheetScreen)
        assert {key for key, *_ in province.wanted} == {DEVICE}

"""The charts on the sheet of a device: its answers, what it carries, its light."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.style import Style

from tui import faces, keys
from tui.chart import Values, axis, drawn, held, scale_of
from tui.faces import Face
from tui.footer import label
from tui.scene import Scene

if TYPE_CHECKING:
    from store.charts import Charts, LightChart, RttStep, TrafficChart

HOUR_MS = 3_600_000
SPANS_H = (1, 6, 24, 168, 720, 8760)  # of which charts are drawn
_TALL, _ROWS = 36, 4  # on a pane so high round-trip times get so many rows
_LIGHTS = 8
_LEAST_DB = 2.0
_UNITS = (("Gb/s", 1e9), ("Mb/s", 1e6), ("kb/s", 1e3))
_INDENT = "    "

Spans = tuple[tuple[str, Style], ...]


def chart_lines(scene: Scene, charts: Charts | None, width: int, height: int) -> Iterator[Spans]:
    """None: not heard of yet. Each at most `width` cells; `height`: of the pane."""
    yield (("", faces.TEXT),)
    if charts is None:
        yield ((f" {scene.say('board.asking')}", faces.FAINT),)
        return
    yield _heading(scene, charts)
    if not (charts.rtt or charts.traffic or charts.light):
        yield ((f"  {scene.say('chart.none')}", faces.FAINT),)
        return
    yield ((axis(scene, charts.from_ms, charts.to_ms, width), faces.FAINT),)
    yield from _rtt(scene, charts.rtt, width, _ROWS if height >= _TALL else 1)
    for port in charts.traffic:
        yield from _traffic(scene, port, width)
    yield from _light(scene, charts.light, width)


def _heading(scene: Scene, charts: Charts) -> Spans:
    hours = (charts.to_ms - charts.from_ms) // HOUR_MS
    shorter, longer = (label(scene, key) for key in (keys.SHORTER, keys.LONGER))
    change = scene.say("chart.change", shorter=shorter, longer=longer)
    title = scene.say("chart.title", span=scene.say(f"chart.span.{hours}"))
    return ((f" {title}  ", faces.HEADING), (change, faces.FAINT))


def _rtt(scene: Scene, steps: tuple[RttStep | None, ...], width: int, rows: int) -> Iterator[Spans]:
    if not steps:
        return
    steps = tuple(held(steps))
    lost = {at for at, step in enumerate(steps) if step is not None and step.median_ms is None}
    middles = [None if step is None else step.median_ms for step in steps]
    highest = [None if step is None else step.max_ms for step in steps]
    loss = [None if step is None else step.loss_pct for step in steps]
    title = "  " + scene.say("chart.rtt")
    for text in drawn(scene, title, middles, "ms", width, rows=rows, lost=lost):
        yield ((text, faces.TEXT),)
    yield from _one(scene, "  " + scene.say("chart.rtt_max"), highest, "ms", width)
    style = scene.style(Face.DOWN) if any(loss) else faces.FAINT
    [text] = drawn(scene, "  " + scene.say("chart.loss"), loss, "%", width, scale=(0.0, 100.0))
    yield ((text, style),)


def _traffic(scene: Scene, port: TrafficChart, width: int) -> Iterator[Spans]:
    peak = max((value for value in (*port.in_bps, *port.out_bps) if value is not None), default=0.0)
    words = [port.if_name, port.if_alias or ""]
    if port.speed_bps:
        unit, size = _unit(port.speed_bps)
        pct = scene.number(100 * peak / port.speed_bps)
        words += [f"{scene.number(port.speed_bps / size)} {unit}", scene.say("chart.peak", pct=pct)]
    named = scene.joined(word for word in words if word)
    yield (("  " + scene.fit(named, max(0, width - 3)), faces.FAINT),)
    unit, size = _unit(peak)
    for way, points in (("in", port.in_bps), ("out", port.out_bps)):
        values = [None if value is None else value / size for value in held(points)]
        name = _INDENT + scene.say(f"chart.{way}")
        [text] = drawn(scene, name, values, unit, width, scale=(0.0, peak / size))
        yield ((text, faces.TEXT),)


def _unit(bps: float) -> tuple[str, float]:
    return next((known for known in _UNITS if bps >= known[1]), ("b/s", 1.0))


def _light(scene: Scene, lights: tuple[LightChart, ...], width: int) -> Iterator[Spans]:
    if not lights:
        return
    shown = min(_LIGHTS, len(lights))
    key = "chart.light" if shown == len(lights) else "chart.light_some"
    yield ((f"  {scene.say(key, n=shown, all=len(lights))}", faces.FAINT),)
    for light in lights[:_LIGHTS]:
        way = light.kind.removesuffix("_power").upper()
        yield from _one(
            scene, f"{_INDENT}{way} {light.name}", held(light.dbm), "dBm", width, _LEAST_DB
        )


def _one(
    scene: Scene, name: str, values: Values, unit: str, width: int, least: float = 0.0
) -> Iterator[Spans]:
    [text] = drawn(scene, name, values, unit, width, scale=scale_of(values, least=least))
    yield ((text, faces.TEXT),)

"""Charts of a device as SVG: answers, what it carried, its light. The style sheet colours them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup, escape

from reports.web.telling import Telling
from store.charts import Charts

HOUR_MS = 3_600_000
SPANS_H = (1, 6, 24, 168, 720, 8760)
STEPS = 240
_WIDTH, _HEIGHT, _LEFT, _FOOT = 640.0, 120.0, 62.0, 16.0
_LEAST_DB = 2.0
_UNITS = (("Gb/s", 1e9), ("Mb/s", 1e6), ("kb/s", 1e3))
_LIGHTS = 8
Values = Sequence[float | None]


class Chart(NamedTuple):
    title: str
    told: str  # lowest and highest, last: what the picture shows, for those who cannot see it
    svg: Markup


class Line(NamedTuple):
    name: str
    values: Values
    look: str = "one"


def charts(tell: Telling, found: Charts) -> list[Chart]:
    return list(_charts(tell, found))


def _charts(tell: Telling, found: Charts) -> Iterator[Chart]:
    if found.rtt:
        middles = [None if step is None else step.median_ms for step in found.rtt]
        highest = [None if step is None else step.max_ms for step in found.rtt]
        loss = [None if step is None else step.loss_pct for step in found.rtt]
        lines = [Line(tell.say("chart.rtt_max"), highest, "two"), Line("", middles)]
        yield _drawn(tell, found, tell.say("web.chart.rtt"), lines, "ms", (0.0, None))
        yield _drawn(tell, found, tell.say("web.chart.loss"), [Line("", loss)], "%", (0.0, 100.0))
    for port in found.traffic:
        peak = max((one for one in (*port.in_bps, *port.out_bps) if one is not None), default=0.0)
        unit, size = next((one for one in _UNITS if peak >= one[1]), ("b/s", 1.0))
        ways = (("in", port.in_bps, "one"), ("out", port.out_bps, "two"))
        lines = [Line(tell.say(f"chart.{way}"), _parts(points, size), look)
                 for way, points, look in ways]  # fmt: skip
        title = tell.joined(word for word in (port.if_name, port.if_alias or "") if word)
        yield _drawn(tell, found, title, lines, unit, (0.0, None))
    for light in found.light[:_LIGHTS]:
        way = light.kind.removesuffix("_power").upper()
        yield _drawn(tell, found, f"{way} {light.name}", [Line("", light.dbm)], "dBm", None)


def _parts(points: Values, size: float) -> list[float | None]:
    return [None if point is None else point / size for point in points]


def _drawn(
    tell: Telling,
    found: Charts,
    title: str,
    lines: Sequence[Line],
    unit: str,
    scale: tuple[float, float | None] | None,
) -> Chart:
    known = [one for line in lines for one in line.values if one is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    told = tell.say("web.chart.none")
    if known:
        now = tell.joined(
            f"{line.name} {tell.number(last)} {unit}".strip()
            for line in reversed(lines)
            for last in [value for value in line.values if value is not None][-1:]
        )
        ends = f"{tell.number(low)}–{tell.number(high)} {unit}"
        told = tell.say("web.chart.told", ends=ends, last=now)
    if scale is not None:
        low, high = scale[0], scale[1] if scale[1] is not None else max(high, low, scale[0])
    else:
        short = max(0.0, _LEAST_DB - (high - low)) / 2
        low, high = low - short, high + short
    if high <= low:
        high = low + 1.0
    paths = "".join(
        f'<path class="{line.look}" d="{_path(line.values, low, high)}"/>' for line in lines
    )
    svg = Markup(  # noqa: S704  its texts are escaped
        f'<svg class="chart" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT + _FOOT:.0f}" role="img"'
        f' aria-label="{escape(f"{title}: {told}")}">{_frame(tell, found, low, high, unit)}'
        f"{paths}</svg>"
    )
    return Chart(title, told, svg)


def _frame(tell: Telling, found: Charts, low: float, high: float, unit: str) -> str:
    """The lines of the scale with their numbers, and when it begins and ends."""
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = 4 + (_HEIGHT - 8) * (1 - share)
        value = tell.number(low + (high - low) * share)
        text = f"{value} {unit}" if share == 1.0 else value
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH}"/>')
        parts.append(f'<text class="y" x="{_LEFT - 5}" y="{y + 4:.1f}">{escape(text)}</text>')
    form = "%H:%M" if found.to_ms - found.from_ms <= 24 * HOUR_MS else "%d/%m/%Y"
    first, last = (tell.local(at).strftime(form) for at in (found.from_ms, found.to_ms))
    y = _HEIGHT + _FOOT - 3
    parts.append(f'<text x="{_LEFT}" y="{y}">{first}</text>')
    parts.append(f'<text class="end" x="{_WIDTH}" y="{y}">{last}</text>')
    return "".join(parts)


def _path(values: Values, low: float, high: float) -> str:
    """A gap where nothing was measured; what is asked more rarely than each step is joined."""
    step = (_WIDTH - _LEFT) / max(1, len(values) - 1)
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    gaps = sorted(b[0] - a[0] for a, b in pairwise(known))
    usual = gaps[len(gaps) // 2] if gaps else 1
    parts, before = [], None
    for at, value in known:
        share = (min(high, max(low, value)) - low) / (high - low)
        x, y = _LEFT + at * step, 4 + (_HEIGHT - 8) * (1 - share)
        joined = before is not None and at - before <= 2 * usual
        parts.append(f"{'L' if joined else 'M'}{x:.1f} {y:.1f}{'' if joined else 'h.1'}")
        before = at
    return "".join(parts)

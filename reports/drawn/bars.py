"""How much of its time each tier lost, from nothing on the left, and how much it may lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.document import Verdict
from reports.drawn.shapes import WIDTH, Box, Drawing, Path, breadth, fitted, hatch, n
from reports.numbers import target as target_text
from reports.tables import Percent, Ratio
from store.ledger import figures

if TYPE_CHECKING:
    from reports.pictures import Bar, TierBars
    from reports.wording import Wording

_NAMES, _FIGURES, _TALL = 168.0, 206.0, 16.0
_NICE = (1, 2, 5)


def draw(picture: TierBars, w: Wording) -> Drawing:
    drawing = Drawing()
    width = WIDTH - _NAMES - _FIGURES
    most = max((max(_lost(bar), *_allowed(bar), 0.0) for bar in picture.bars), default=0.0)
    end, step = _scale(most)
    y = 16.0
    rows = [(bar, fitted(w.text(bar.who), _NAMES - 10)) for bar in picture.bars]
    foot = y + sum(42.0 for _ in rows)
    _axis(drawing, w, Box(_NAMES, y, width, foot - y), end, step)
    for bar, names in rows:
        for number, name in enumerate(names):
            drawing.text("ink", 0, y + 16 + number * 13, name)
        if figures(bar.split).service_pct is not None:
            _bar(drawing, bar, Box(_NAMES, y + 6, width / end, _TALL))
        _figures(drawing, w, bar, y)
        y += 42
    drawing.height = foot + 20 + _key(drawing, w, foot + 20)
    return drawing


def _lost(bar: Bar) -> float:
    pct = figures(bar.split).service_pct
    return 0.0 if pct is None else 100 - pct


def _allowed(bar: Bar) -> list[float]:
    return [100 - target.value for target in bar.targets if target.value is not None] or [0.0]


def _scale(most: float) -> tuple[float, float]:
    """A round end of the axis at or beyond it, and its step."""
    if most <= 0:
        return 1.0, 0.2
    power = 1e-6
    while True:
        for nice in _NICE:
            step = nice * power
            if step * 5 >= most * 1.02:
                count = next(k for k in range(1, 6) if step * k >= most * 1.02)
                return min(step * count, 100.0), step
        power *= 10


def _axis(drawing: Drawing, w: Wording, place: Box, end: float, step: float) -> None:
    drawing.text("soft", 0, 11, w.say("pictures.lost_share"), size=9)
    at, marks = 0.0, []
    while at <= end * 1.0001:
        x = place.x + at * place.width / end
        marks.append(f"M{n(x)} {n(place.y)}V{n(place.y + place.height)}")
        text = target_text(round(at, 9), w.language)
        drawing.text("soft", x, 11, text, anchor="middle", size=9)
        at += step
    drawing.add("grid", Path("".join(marks)))
    drawing.add("axis", Path(f"M{n(place.x)} {n(place.y)}v{n(place.height)}"))


def _bar(drawing: Drawing, bar: Bar, at: Box) -> None:
    """`at.width` is that of one percent."""
    width = max(_lost(bar) * at.width, 1.0 if bar.split.lost_ms else 0.0)
    missed = bar.verdict is Verdict.MISSED
    drawing.add("most" if missed else "some", Box(at.x, at.y, width, at.height))
    drawing.add("axis", Box(at.x, at.y, width, at.height))
    if bar.verdict is Verdict.UNSURE:
        drawing.add("hatch", Path(hatch(at.x, at.y, width, at.height)))
    if not bar.targets:
        return
    for allowed in _allowed(bar):
        x = at.x + allowed * at.width
        drawing.add("goal", Path(f"M{n(x)} {n(at.y - 5)}v{n(at.height + 10)}"))


def _figures(drawing: Drawing, w: Wording, bar: Bar, y: float) -> None:
    limits = tuple(target.value for target in bar.targets if target.value is not None)
    left = WIDTH - _FIGURES + 12
    value = w.text(Percent(figures(bar.split).service_pct, limits))
    drawing.text("strong", left, y + 13, value, size=12)
    ratio = w.say("pictures.measured", ratio=w.text(Ratio(bar.measured, bar.total)))
    drawing.text("soft", left + breadth(value, 12) + 12, y + 13, ratio, size=9)
    goals = "; ".join(target_text(limit, w.language) for limit in limits[:4])
    said = w.say("pictures.no_target")
    if len(limits) == 1:
        said = w.say("pictures.target_whole", pct=goals, verdict=w.say(f"verdict.{bar.verdict}"))
    elif limits:
        said = w.say("pictures.targets", pct=goals + ("; …" if len(limits) > 4 else ""))
    for number, text in enumerate(fitted(said, _FIGURES - 12, 2, 10)):
        drawing.text("ink", left, y + 26 + number * 11, text, size=10)


def _key(drawing: Drawing, w: Wording, y: float) -> float:
    x = 0.0
    for look in ("met", "missed", "unsure", "goal"):
        text = w.say(f"pictures.bar.{look}")
        if look == "goal":
            drawing.add("goal", Path(f"M{n(x + 12)} {n(y)}v14"))
        else:
            at = Box(x + 0.5, y + 0.5, 24, 12)
            drawing.add("most" if look == "missed" else "some", at)
            drawing.add("axis", at)
            if look == "unsure":
                drawing.add("hatch", Path(hatch(*at[:4])))
        drawing.text("ink", x + 31, y + 10.5, text)
        x += 31 + breadth(text) + 16
    return 17.0

"""Tiers over the last months: a panel for each, all of one scale, every figure written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reports.drawn.shapes import (
    WIDTH,
    Box,
    Drawing,
    Path,
    Shape,
    box,
    breadth,
    circle,
    diamond,
    fitted,
    hatch,
    line,
    n,
)
from reports.numbers import target as target_text
from reports.tables import Percent
from store.ledger import MIN_SEEN_PCT, Split, figures

if TYPE_CHECKING:
    from reports.pictures import Course, Courses, Point
    from reports.wording import Wording

_NAMES, _TALL, _GAP = 132.0, 62.0, 26.0
_FLOORS = (99.9, 99.5, 99.0, 98.0, 95.0, 90.0, 80.0, 50.0, 0.0)


def draw(picture: Courses, w: Wording) -> Drawing:
    drawing = Drawing()
    step = (WIDTH - _NAMES) / len(picture.months)
    floor = _floor(picture)
    y = 18.0
    for number, month in enumerate(picture.months):
        text = f"{month[5:]}/{month[:4]}"
        middle = _NAMES + (number + 0.5) * step
        drawing.text("soft", middle, 11, text, anchor="middle", size=9)
    for course in picture.courses:
        _panel(drawing, w, course, Box(_NAMES, y, step, _TALL), floor)
        y += _TALL + _GAP
    drawing.height = y + _key(drawing, w, y)
    return drawing


def value(point: Point | None) -> float | None:
    return None if point is None else figures(point.split).service_pct


def _floor(picture: Courses) -> float:
    """One scale for all: a round figure below the lowest."""
    found = [goal.value for course in picture.courses for goal in course.targets]
    found += [value(point) for course in picture.courses for point in course.points]
    least = min((one for one in found if one is not None), default=99.0)
    return next(floor for floor in _FLOORS if floor < least or floor == 0)


def _panel(drawing: Drawing, w: Wording, course: Course, at: Box, floor: float) -> None:
    """`at.width` is that of a month."""
    across = at.width * len(course.points)

    def level(pct: float) -> float:
        return at.y + at.height * (100 - pct) / (100 - floor)

    for number, name in enumerate(fitted(w.text(course.who), _NAMES - 52, 3)):
        drawing.text("strong", 0, at.y + 12 + number * 13, name)
    drawing.add("grid", Path(box(at.x, at.y, across, at.height)))
    for pct in (100.0, floor):
        text = target_text(pct, w.language)
        drawing.text("soft", at.x - 4, level(pct) + 4, text, anchor="end", size=9)
    goals = _goals(course)
    for goal in goals[:4]:
        if goal >= floor:
            drawing.add("goal", Path(f"M{n(at.x)} {n(level(goal))}h{n(across)}"))
    if len(goals) == 1:
        said = w.say("pictures.target", pct=target_text(goals[0], w.language))
        drawing.text("ink", 0, at.y + _TALL - 4, said, size=9)
    _lines(drawing, course, at, level)
    for number, point in enumerate(course.points):
        _month(drawing, w, point, at._replace(x=at.x + number * at.width), (level, goals))


def _goals(course: Course) -> tuple[float, ...]:
    return tuple(goal.value for goal in course.targets if goal.value is not None)


def _lines(drawing: Drawing, course: Course, at: Box, level: Callable[[float], float]) -> None:
    """From month to month; where one has no figure there is no line."""
    run: list[tuple[float, float]] = []
    for number, point in enumerate((*course.points, None)):
        pct = value(point)
        if pct is not None:
            run.append((at.x + (number + 0.5) * at.width, level(pct)))
            continue
        if len(run) > 1:
            drawing.add("line", Path(line(run)))
        run = []


def _month(
    drawing: Drawing,
    w: Wording,
    point: Point | None,
    at: Box,
    scale: tuple[Callable[[float], float], tuple[float, ...]],
) -> None:
    """Its point and its figure below the panel."""
    level, goals = scale
    pct, middle, foot = value(point), at.x + at.width / 2, at.y + _TALL + 13
    if point is None or pct is None:
        drawing.add("hatch", Path(hatch(at.x, at.y, at.width, at.height, 8)))
        drawing.text("soft", middle, foot, w.text(None), anchor="middle", size=9)
        return
    _point(drawing, point, middle, level(pct))
    text = w.text(Percent(pct, goals))
    size = min(9.0, 9.0 * (at.width - 2) / breadth(text, 9))
    drawing.text("ink", middle, foot, text, anchor="middle", size=round(size, 1))


def _point(drawing: Drawing, point: Point, x: float, y: float) -> None:
    """Filled: signed. A diamond: too little was seen for a verdict."""
    look = "solid" if point.signed else "open"
    drawing.add(look, Path(mark(x, y, unsure=_unsure(point.split))))


def mark(x: float, y: float, *, unsure: bool) -> str:
    return diamond(x, y, 4.5) if unsure else circle(x, y, 3)


def _unsure(split: Split) -> bool:
    seen = figures(split).seen_pct
    return seen is not None and seen < MIN_SEEN_PCT


def _key(drawing: Drawing, w: Wording, y: float) -> float:
    x, top = 0.0, y
    for name in ("signed", "computed", "unsure", "gap", "goal"):
        text = w.say(f"pictures.trend.{name}")
        needs = 31 + breadth(text) + 14
        if x and x + needs > WIDTH:
            x, y = 0.0, y + 17
        at = Box(x + 0.5, y + 0.5, 24, 12)
        look, shape = _sample(name, at)
        drawing.add(look, shape)
        drawing.text("ink", x + 31, y + 10.5, text)
        x += needs
    return y + 17 - top


def _sample(name: str, at: Box) -> tuple[str, Shape]:
    x, y = at.x + 12, at.y + 6
    if name == "gap":
        return "hatch", Path(hatch(*at[:4], 8) + box(*at[:4]))
    if name == "goal":
        return "goal", Path(f"M{n(at.x)} {n(y)}h24")
    look = "solid" if name == "signed" else "open"
    return look, Path(mark(x, y, unsure=name == "unsure"))

"""A small line for each link: from nothing at its foot to all of the day at its top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.drawn import days
from reports.drawn.shapes import WIDTH, Box, Drawing, Path, fitted, hatch, n
from reports.tables import Percent

if TYPE_CHECKING:
    from reports.pictures import Day, Sparks, Strip
    from reports.wording import Wording

_NAMES, _FIGURES, _TALL, _STEP = 286.0, 176.0, 18.0, 13.0
_LEAST = 1.5  # a minute that was lost in a day must still be seen


def draw(picture: Sparks, w: Wording) -> Drawing:
    drawing = Drawing()
    left, width = _NAMES, WIDTH - _NAMES - _FIGURES
    own = picture.strips[0].days
    drawing.text("soft", left, 11, w.clock.day(own[0].from_ms), size=9)
    drawing.text("soft", left + width, 11, w.clock.day(own[-1].from_ms), anchor="end", size=9)
    drawing.text("soft", left + width + 76, 11, w.say("pictures.period"), anchor="end", size=9)
    drawing.text("soft", WIDTH, 11, w.say("pictures.worst"), anchor="end", size=9)
    y = 17.0
    for strip in picture.strips:
        names = fitted(w.text(strip.who), _NAMES - 12, 3)
        tall = max(_TALL, len(names) * _STEP)
        for number, name in enumerate(names):
            drawing.text("ink", 0, y + 10.5 + number * _STEP, name)
        _spark(drawing, strip, Box(left, y + (tall - _TALL) / 2, width, _TALL))
        middle = y + tall / 2 + 4
        whole = w.text(Percent(days.pct(strip.split, strip.kind)))
        drawing.text("strong", left + width + 76, middle, whole, anchor="end")
        drawing.text("ink", WIDTH, middle, _worst(w, strip), anchor="end")
        y += tall + 5
    drawing.height = y
    return drawing


def worst(strip: Strip) -> Day | None:
    """The day with the lowest figure below 100, the first of several."""
    found = [(value, day) for day in strip.days
             if (value := days.pct(day.split, strip.kind)) is not None and value < 100]  # fmt: skip
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _worst(w: Wording, strip: Strip) -> str:
    day = worst(strip)
    if day is None:
        return w.text(None)
    _, month, number = day.day.split("-")
    short = f"{number}/{month}" if w.language == "vi" else f"{month}-{number}"
    return f"{short}: {w.text(Percent(days.pct(day.split, strip.kind)))}"


def _spark(drawing: Drawing, strip: Strip, at: Box) -> None:
    """Level over each day; where there is no figure the line breaks."""
    drawing.add("grid", Path(f"M{n(at.x)} {n(at.y)}h{n(at.width)}m0 {n(at.height)}h{n(-at.width)}"))
    step, level = at.width / len(strip.days), None
    parts: list[str] = []
    blank: list[str] = []
    for number, day in enumerate(strip.days):
        found, x = days.judged(day.split, strip.kind), at.x + number * step
        if found.pct is None:
            level = None
            if found.level != days.OUT:
                blank.append(hatch(x, at.y, step, at.height))
            continue
        down = at.height * (100 - found.pct) / 100
        y = at.y + (max(down, _LEAST) if down else 0)
        if y == level:
            parts[-1] = n(x + step)
            continue
        parts += ["V" if level is not None else f"M{n(x)} ", n(y), "H", n(x + step)]
        level = y
    if blank:
        drawing.add("hatch", Path("".join(blank)))
    if parts:
        drawing.add("line", Path("".join(parts)))

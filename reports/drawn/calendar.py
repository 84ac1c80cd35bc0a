"""The calendar: rows of days, the days of the month across; a longer period has a row a month."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from reports.drawn import days
from reports.drawn.shapes import WIDTH, Box, Drawing, fitted
from reports.tables import Lasting, Percent
from store.ledger import Split

if TYPE_CHECKING:
    from reports.pictures import Calendar, Day, Strip
    from reports.wording import Wording

_NAMES, _MONTH, _FIGURE, _STEP = 196.0, 52.0, 66.0, 13.0


def draw(picture: Calendar, w: Wording) -> Drawing:
    drawing = Drawing()
    months = sorted({day.day[:7] for strip in picture.strips for day in strip.days})
    left = _NAMES + (_MONTH if len(months) > 1 else 0)
    side = (WIDTH - left - _FIGURE) / 31
    y = _head(drawing, w, left, side, months)
    cells = Drawing()
    told = Told(w)
    for strip in picture.strips:
        y = _strip(drawing, cells, told, strip, (left, y, side))
    drawing.lay(cells)
    drawing.height = y + 8 + days.key(drawing, w, y + 8, WIDTH)
    return drawing


def _head(drawing: Drawing, w: Wording, left: float, side: float, months: list[str]) -> float:
    """The days of the month and, of a single one, those of the week."""
    one = months[0] if len(months) == 1 else None
    for number in range(1, 32):
        middle = left + (number - 0.5) * side
        day = _date(one, number)
        if one and day is None:
            continue
        look = "strong" if day and day.weekday() == 6 else "soft"
        drawing.text(look, middle, 11, str(number), anchor="middle", size=9)
        if day:
            text = w.say(f"pictures.weekday.{day.weekday()}")
            drawing.text(look, middle, 22, text, anchor="middle", size=8)
    drawing.text("soft", WIDTH, 22 if one else 11, w.say("pictures.period"), anchor="end", size=9)
    return 27 if one else 16


def _strip(
    drawing: Drawing, cells: Drawing, told: Told, strip: Strip, at: tuple[float, float, float]
) -> float:
    """Gives where the next one begins."""
    w = told.w
    left, top, side = at
    names = fitted(w.text(strip.who), _NAMES - 8, 3)
    rows = [(month, list(own)) for month, own in groupby(strip.days, lambda day: day.day[:7])]
    look = "strong" if strip.kind == "tier" else "ink"
    first = top if len(names) * _STEP > side or len(rows) > 1 else top + (side - _STEP) / 2
    for number, name in enumerate(names):
        drawing.text(look, 0, first + 10.5 + number * _STEP, name)
    figure = w.text(Percent(days.pct(strip.split, strip.kind)))
    drawing.text("strong", WIDTH, first + 10.5, figure, anchor="end")
    y = top
    for month, own in rows:
        if len(rows) > 1:
            drawing.text("soft", left - 6, y + 10.5, f"{month[5:]}/{month[:4]}", anchor="end")
        for day in own:
            number = int(day.day[8:])
            box = Box(left + (number - 1) * side, y, side - 1.4, side - 1.4, told(strip, day))
            days.cell(cells, box, day.split, strip.kind)
        y += side
    return max(y, top + len(names) * _STEP) + 3


class Told:
    """A day in words; those that are alike are put into words once."""

    def __init__(self, w: Wording) -> None:
        self.w = w
        self._known: dict[tuple[Split, str], str] = {}

    def __call__(self, strip: Strip, day: Day) -> str:
        """`05/10/2026: 87,50 %, lost 3 h 00 min`, or what the day was."""
        key = day.split, strip.kind
        said = self._known.get(key)
        if said is None:
            said = self._known[key] = self._said(*key)
        return f"{self.w.clock.day(day.from_ms)}: {said}"

    def _said(self, split: Split, kind: str) -> str:
        w, found = self.w, days.judged(split, kind)
        if found.pct is None:
            return w.say(f"pictures.day.{found.level}")
        parts = [w.text(Percent(found.pct))]
        if split.lost_ms:
            parts.append(w.say("pictures.lost", time=w.text(Lasting(split.lost_ms))))
        if found.unsure:
            parts.append(w.say("pictures.seen", pct=w.text(Percent(found.seen_pct))))
        return ", ".join(parts)


def _date(month: str | None, number: int) -> date | None:
    try:
        return date.fromisoformat(f"{month}-{number:02}") if month else None
    except ValueError:
        return None

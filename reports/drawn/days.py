"""How a day looks: by the share of its time that was lost, or why there is no such share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from reports.drawn.shapes import Box, Drawing, Path, box, breadth, dots, hatch
from store.ledger import MIN_SEEN_PCT, Split, figures, judged_by_availability, shares
from store.states import Kind
from store.stretches import SHARES

if TYPE_CHECKING:
    from reports.wording import Wording

UNSEEN, PLANNED, OUT = "unknown", "planned", "not_in_service"
# from this percentage on, worst last
STEPS = (("whole", 100.0), ("some", 99.0), ("much", 90.0), ("most", 50.0), ("dark", 0.0))
KEY = (*(level for level, _ in STEPS), UNSEEN, PLANNED, OUT)
_BY_OWN = frozenset(str(kind) for kind in Kind if judged_by_availability(kind))
_PALE = ("whole", "some", "much")


class Judged(NamedTuple):
    """A day or a row: its step, what a thing of its kind is judged by, how much was seen, and
    whether that was under 90 %."""

    level: str
    pct: float | None
    seen_pct: float | None
    unsure: bool


@lru_cache(16384)  # most days are alike
def judged(split: Split, kind: str) -> Judged:
    found = figures(split)
    pct = found.availability_pct if kind in _BY_OWN else found.service_pct
    unsure = found.seen_pct is not None and found.seen_pct < MIN_SEEN_PCT
    return Judged(_level(split, pct), pct, found.seen_pct, unsure)


def pct(split: Split, kind: str) -> float | None:
    return judged(split, kind).pct


def level(split: Split, kind: str) -> str:
    return judged(split, kind).level


def _level(split: Split, pct: float | None) -> str:
    """Its step, or why it has none: what took most of a time in which nothing was judged."""
    if pct is not None:
        return next(name for name, least in STEPS if pct >= least)
    found = shares(split)
    resting = found["maintenance"] + found["off_hours"]
    if found["unknown"] or found["unreachable"] or found["down"]:
        return UNSEEN
    return PLANNED if resting else OUT


def cell(drawing: Drawing, at: Box, split: Split, kind: str) -> None:
    """A box of a day's look; `at` holds the title."""
    found = judged(split, kind)
    look = found.level
    x, y, width, height, title = at
    if look == UNSEEN:
        drawing.add("hatch", Path(hatch(x, y, width, height) + box(x, y, width, height), title))
    elif look == PLANNED:
        drawing.add("frame", at)
        drawing.add("dots", Path(dots(x, y, width, height)))
    elif look == OUT:
        drawing.add("empty", at)
    else:
        drawing.add(look, at)
        if look == "whole":  # the others stand out by themselves
            drawing.add("frame", Box(x, y, width, height))
        if found.unsure:
            drawing.add("hatch" if look in _PALE else "veil", Path(hatch(x, y, width, height)))


def sample(look: str) -> Split:
    """A day of that look, for the key."""
    if look in (UNSEEN, OUT):
        return _of(look)
    if look == PLANNED:
        return _of("maintenance")
    lost = {"whole": 0, "some": 5, "much": 50, "most": 300, "dark": 900}[look]
    return _of("up", "down", 1000 - lost, lost)


def _of(one: str, other: str = "down", ms: int = 1, rest: int = 0) -> Split:
    parts = [0] * len(SHARES)
    parts[SHARES.index(one)], parts[SHARES.index(other)] = ms, rest
    return Split._make(parts)


def key(drawing: Drawing, w: Wording, y: float, width: float) -> float:
    """What each look means, in rows below each other; gives the height."""
    x, top = 0.0, y
    for look in (*KEY, "unsure"):
        text = w.say(f"pictures.day.{look}")
        needs = 22 + breadth(text) + 14
        if x and x + needs > width:
            x, y = 0.0, y + 17
        split = sample(look) if look != "unsure" else _of("up", "unknown", 1, 1)
        cell(drawing, Box(x + 0.5, y + 0.5, 15, 12), split, Kind.SITE)
        drawing.text("ink", x + 21, y + 10.5, text)
        x += needs
    return y + 17 - top

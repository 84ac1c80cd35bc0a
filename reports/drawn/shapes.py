"""What a drawing is made of: boxes, paths and labels of a few looks, and text that fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from reports.shown import shown

WIDTH = 760.0  # of every picture, in its own units: as wide as an A4 page between its margins
SIZE = 11.0  # of letters
INK, SOFT, LINE, PAPER = "#16202a", "#44525f", "#b9c3cc", "#ffffff"

# Each step is told from the next by its lightness alone (L* 95, 81, 63, 42, 15).
LEVELS = {
    "whole": "#e9f3ec",
    "some": "#e8c66a",
    "much": "#d08a3e",
    "most": "#a34a28",
    "dark": "#4a0f12",
}
# name → the attributes of a layer
LOOKS: dict[str, dict[str, str]] = {
    **{level: {"fill": colour} for level, colour in LEVELS.items()},
    "frame": {"fill": "none", "stroke": LINE, "stroke-width": ".8"},
    "empty": {"fill": "none", "stroke": LINE, "stroke-width": ".8", "stroke-dasharray": "2 2"},
    "open_day": {"fill": PAPER},
    "hatch": {"fill": "none", "stroke": SOFT, "stroke-width": ".9"},
    "veil": {"fill": "none", "stroke": PAPER, "stroke-width": "1.4"},
    "dots": {
        "fill": "none",
        "stroke": SOFT,
        "stroke-width": "1.6",
        "stroke-linecap": "round",
    },
    "grid": {"fill": "none", "stroke": "#d5dbe0", "stroke-width": ".7"},
    "axis": {"fill": "none", "stroke": SOFT, "stroke-width": ".9"},
    "line": {"fill": "none", "stroke": INK, "stroke-width": "1.4"},
    "goal": {"fill": "none", "stroke": INK, "stroke-width": "1.6", "stroke-dasharray": "5 3"},
    "open": {"fill": PAPER, "stroke": INK, "stroke-width": "1.3"},
    "solid": {"fill": INK, "stroke": INK, "stroke-width": "1"},
    "ink": {"fill": INK},
    "strong": {"fill": INK, "font-weight": "700"},
    "soft": {"fill": SOFT},
    "white": {"fill": PAPER, "font-weight": "700"},
}


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    title: str = ""


class Path(NamedTuple):
    d: str
    title: str = ""


class Label(NamedTuple):
    """`anchor`: start, middle or end. `y` is the line on which the letters stand."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    size: float = SIZE


Shape = Box | Path | Label


@dataclass(slots=True)
class Drawing:
    """Layers of shapes of one look each, from the lowest to the highest."""

    height: float = 0.0
    layers: list[tuple[str, list[Shape]]] = field(default_factory=list)

    def add(self, look: str, *shapes: Shape) -> None:
        """Neighbours of one look share a layer."""
        if not self.layers or self.layers[-1][0] != look:
            self.layers.append((look, []))
        self.layers[-1][1].extend(shapes)

    def text(
        self, look: str, x: float, y: float, text: str, *, anchor: str = "start", size: float = SIZE
    ) -> None:
        self.add(look, Label(x, y, shown(text), anchor, size))

    def lay(self, cells: Drawing) -> None:
        """Shapes that do not lie on each other, a layer for each look: the grounds, then lines."""
        found: dict[str, list[Shape]] = {look: [] for look in LEVELS}
        for look, shapes in cells.layers:
            found.setdefault(look, []).extend(shapes)
        for look, shapes in found.items():
            if shapes:
                self.add(look, *shapes)


_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] /-"), frozenset("mwMWƯ%@–—…")


@cache
def _ems(letter: str) -> float:
    if letter in _NARROW:
        return 0.34
    if letter in _WIDE:
        return 0.92
    if letter.isupper():
        return 0.74
    return 0.59 if ord(letter) < 0x2E80 else 1.05


@lru_cache(16_384)
def breadth(text: str, size: float = SIZE) -> float:
    """About how wide it becomes in a plain sans-serif; rather too wide than too narrow."""
    return sum(map(_ems, text)) * size


def fitted(text: str, width: float, lines: int = 2, size: float = SIZE) -> list[str]:
    """Broken between words into so many lines; what is too long ends with an ellipsis."""
    found, words = [""], shown(text).split()
    if breadth(whole := " ".join(words), size) <= width:
        return [whole]
    while words:
        longer = f"{found[-1]} {words[0]}".strip()
        if breadth(longer, size) <= width or (not found[-1] and len(found) == lines):
            found[-1] = longer
            words.pop(0)
        elif not found[-1]:
            found[-1] = _cut(words[0], width, size)
            words[0] = words[0][len(found[-1]) :]
            words = [word for word in words if word]
        elif len(found) < lines:
            found.append("")
        else:
            found[-1] = f"{longer}…"
            break
    if breadth(found[-1], size) > width:
        found[-1] = f"{_cut(found[-1].rstrip('…'), width - size, size).rstrip()}…"
    return found


def _cut(text: str, width: float, size: float) -> str:
    """The first letters that fit, at least one."""
    end = 1
    while end < len(text) and breadth(text[: end + 1], size) <= width:
        end += 1
    return text[:end]


def hatch(x: float, y: float, width: float, height: float, step: float = 4.0) -> str:
    """Lines from lower left to upper right inside a box; the step runs over the whole page."""
    parts = []
    first = int((x + y) // step) + 1
    at = first * step
    while at < x + width + y + height:
        begin_x, end_x = max(x, at - y - height), min(x + width, at - y)
        if end_x > begin_x:
            parts.append(f"M{n(begin_x)} {n(at - begin_x)}L{n(end_x)} {n(at - end_x)}")
        at += step
    return "".join(parts)


def dots(x: float, y: float, width: float, height: float, step: float = 4.0) -> str:
    """Dots inside a box, as strokes without a length."""
    across = max(1, int(width // step))
    down = max(1, int(height // step))
    left, top = x + (width - (across - 1) * step) / 2, y + (height - (down - 1) * step) / 2
    return "".join(
        f"M{n(left + i * step)} {n(top + j * step)}h.01" for j in range(down) for i in range(across)
    )


def box(x: float, y: float, width: float, height: float) -> str:
    return f"M{n(x)} {n(y)}h{n(width)}v{n(height)}h{n(-width)}z"


def circle(x: float, y: float, r: float) -> str:
    return f"M{n(x - r)} {n(y)}a{n(r)} {n(r)} 0 1 0 {n(2 * r)} 0a{n(r)} {n(r)} 0 1 0 {n(-2 * r)} 0z"


def diamond(x: float, y: float, r: float) -> str:
    return f"M{n(x - r)} {n(y)}L{n(x)} {n(y - r)}L{n(x + r)} {n(y)}L{n(x)} {n(y + r)}z"


def line(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points)


@lru_cache(65_536)  # days and rows stand at the same places in every picture
def n(value: float) -> str:
    """A number as short as it can be."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text

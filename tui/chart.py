"""Draws one series as lines of signs, a cell a step, with its scale at the left."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import median_low
from typing import TypeVar

from tui.faces import Face
from tui.scene import Scene

LEVELS, ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-~=+*#"
_SCALE = 17  # cells
_FINE = len(LEVELS)

T = TypeVar("T")
Values = Sequence[float | None]
Scale = tuple[float, float]  # what the lowest and the highest sign stand for


def steps(width: int) -> int:
    """How many there is room for on a line of so many cells."""
    return max(1, width - _name_cells(width) - _SCALE)


def _name_cells(width: int) -> int:
    return max(12, min(28, width // 5))


def scale_of(values: Values, *, least: float = 0.0) -> Scale:
    """From the lowest to the highest; what moves less than `least` looks still."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    short = max(0.0, least - (high - low)) / 2
    return low - short, high + short


def drawn(
    scene: Scene,
    name: str,
    values: Values,
    unit: str,
    width: int,
    *,
    scale: Scale | None = None,
    rows: int = 1,
    lost: Collection[int] = (),
) -> list[str]:
    """`rows` lines of `width` cells, the newest step at the right; those of `lost` are marked."""
    cells = steps(width)
    low, high = scale or scale_of(values)
    lines = plot(values, (low, high), rows, ascii_only=scene.ascii_only)
    sign = scene.sign(Face.DOWN)
    lines[-1] = "".join(sign if at in lost else one for at, one in enumerate(lines[-1]))
    names = [name, *[""] * (rows - 1)]
    room = max(0, width - cells - _SCALE)
    return [
        scene.fit(
            scene.fit(told, room) + scene.fit(scaled, _SCALE - 1, right=True) + " "
            + one[-cells:].rjust(cells),
            width,
        )
        for told, scaled, one in zip(names, _scales(scene, values, (low, high), unit, rows), lines,
                                     strict=True)
    ]  # fmt: skip


def _scales(scene: Scene, values: Values, scale: Scale, unit: str, rows: int) -> list[str]:
    """`1,9–48 ms` beside one row; the ends of it beside the first and the last of several."""
    low, high = (scene.number(end) for end in scale)
    if all(value is None for value in values):
        return [""] * rows
    if low == high:
        return [*[""] * (rows - 1), f"{low} {unit}"]
    if rows > 1:
        return [f"{high} {unit}", *[""] * (rows - 2), f"{low} {unit}"]
    return [f"{low}{'-' if scene.ascii_only else '–'}{high} {unit}"]


def plot(values: Values, scale: Scale, rows: int, *, ascii_only: bool) -> list[str]:
    """The highest row first; blank where there is no value, half way up where nothing moves.

    Only the lowest value has the lowest sign: a little loss is not none.
    """
    low, high = scale
    signs = " " + (ASCII_LEVELS if ascii_only else LEVELS)
    top = rows * _FINE
    heights = [0 if value is None else _height(value, low, high, top) for value in values]
    floors = range(top - _FINE, -1, -_FINE)
    return ["".join(signs[max(0, min(_FINE, h - floor))] for h in heights) for floor in floors]


def _height(value: float, low: float, high: float, top: int) -> int:
    if high <= low:
        return top // 2
    share = (min(high, max(low, value)) - low) / (high - low)
    return 1 + math.ceil(share * (top - 1))


def held(values: Sequence[T | None]) -> list[T | None]:
    """What is asked more rarely than each step stands until it is asked again, as usual."""
    known = [at for at, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return list(values)
    usual = median_low(later - at for at, later in pairwise(known))
    found = list(values)
    for at, later in zip(known, [*known[1:], len(found)], strict=True):
        if later - at <= 1.5 * usual:
            found[at:later] = [values[at]] * (later - at)
    return found


def axis(scene: Scene, from_ms: int, to_ms: int, width: int) -> str:
    """When the first step begins and the last ends, under or over a chart."""
    cells = steps(width)
    form = "%H:%M" if to_ms - from_ms <= 86_400_000 else "%d/%m/%y"
    first, last = (scene.local(at_ms).strftime(form) for at_ms in (from_ms, to_ms))
    return scene.fit(first + last.rjust(cells - len(first)), cells).rjust(width)

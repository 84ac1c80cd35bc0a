"""The summary: a row a tier, a column a state, and the meaning of each sign."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from textual import events

from store.groups import TIERS
from tui import faces
from tui.cells import Line, line
from tui.faces import Face
from tui.painted import Painted
from tui.scene import Scene

WIDTH = 37
_ALWAYS = (
    Face.UP,
    Face.DEGRADED,
    Face.DOWN,
    Face.UNREACHABLE,
    Face.UNKNOWN,
    Face.NEVER_SEEN,
    Face.NOT_MONITORED,
)
_SOMETIMES = (Face.MAINTENANCE, Face.OFF_HOURS)
_LEGEND = (*_ALWAYS, *_SOMETIMES)


class Tiers(Painted):
    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._lines: list[Line] = []

    def repaint(self) -> None:
        self._lines = summary(self.scene, self.size.width)
        super().repaint()

    def on_resize(self, event: events.Resize) -> None:
        self._lines = summary(self.scene, self.size.width)
        super().on_resize(event)

    def draw(self, y: int) -> Line:
        return self._lines[y] if y < len(self._lines) else line(self.size.width, [])


def summary_rows(scene: Scene, width: int) -> int:
    """How many lines the summary has."""
    return 2 + len(_shown(scene)) + _legend_shape(scene, width)[0]


def _shown(scene: Scene) -> list[str]:
    return [tier for tier in TIERS if scene.known.counts[tier].total()]


def summary(scene: Scene, width: int) -> list[Line]:
    """Title with the signs, one line a tier that has things, a blank, the legend."""
    counts = scene.known.counts
    shown = _shown(scene)
    extra = [face for face in _SOMETIMES if any(counts[tier][face] for tier in shown)]
    columns = [*_ALWAYS, *extra]
    most = [max([1, *(len(str(counts[tier][face])) for tier in shown)]) for face in columns]
    names = max([1, *(cell_len(scene.say(f"board.tier.{tier}")) for tier in shown)]) + 1
    wide = [max(3, digits + 1) for digits in most]
    if width - sum(wide) - 1 < names:  # the names of the tiers come first
        wide = [digits + 1 for digits in most]
    label = max(8, width - sum(wide) - 1)
    head = [(scene.fit(f" {scene.say('board.tiers')}", label), faces.TITLE)]
    for face, cells in zip(columns, wide, strict=True):
        head.append((scene.sign(face).rjust(cells), faces.TITLE + scene.style(face)))
    lines = [line(width, head, faces.TITLE)]
    for tier in shown:
        spans = [(scene.fit(f" {scene.say(f'board.tier.{tier}')}", label), faces.TEXT)]
        for face, cells in zip(columns, wide, strict=True):
            n = counts[tier][face]
            spans.append((str(n).rjust(cells), _number(scene, face, n)))
        lines.append(line(width, spans))
    return [*lines, line(width, []), *legend(scene, width)]


def _number(scene: Scene, face: Face, n: int) -> Style:
    return scene.style(face) if n else faces.ZERO


def legend(scene: Scene, width: int) -> list[Line]:
    """Every sign with its word, in as many columns as fit."""
    down, across = _legend_shape(scene, width)
    lines = []
    for y in range(down):
        spans: list[tuple[str, Style]] = []
        for face in _LEGEND[y::down]:
            spans.append((f" {scene.sign(face)}", scene.style(face)))
            spans.append((scene.fit(f" {scene.word(face)}", width // across - 2), faces.FAINT))
        lines.append(line(width, spans))
    return lines


def _legend_shape(scene: Scene, width: int) -> tuple[int, int]:
    """Lines and columns."""
    cell = max(cell_len(scene.word(face)) for face in _LEGEND) + 4
    across = max(1, width // cell)
    return -(-len(_LEGEND) // across), across

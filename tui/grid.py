"""The heat grid: one cell a site, a row a unit, so that a place stands where it always stands."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import BindingType

from store.groups import Group
from store.teller import short
from tui import faces, keys
from tui.cells import Line, clean, line
from tui.faces import Face, face_of
from tui.messages import Chosen
from tui.painted import Painted
from tui.scene import Scene

LABEL_MAX = 18


class Layout(NamedTuple):
    label: int  # cells of the unit's name
    step: int  # cells from one site to the next
    lines: tuple[tuple[str, tuple[int, ...]], ...]  # name ("" on a continued line), sites


@lru_cache(8)
def lay_out(groups: tuple[Group, ...], width: int) -> Layout:
    """Sites in rows; apart where there is room, a long unit on several lines."""
    label, longest = _measure(groups)
    step = 2 if label + 2 * longest <= width else 1
    across = max(1, (width - label) // step)
    lines: list[tuple[str, tuple[int, ...]]] = []
    for group in groups:
        for start in range(0, len(group.sites), across):
            name = "" if start else short(clean(group.name))
            lines.append((name, group.sites[start : start + across]))
    return Layout(label, step, tuple(lines))


def _measure(groups: tuple[Group, ...]) -> tuple[int, int]:
    """Cells of the longest unit name, sites of the largest unit."""
    names = max((cell_len(short(clean(group.name))) for group in groups), default=0)
    return min(LABEL_MAX, names) + 2, max((len(group.sites) for group in groups), default=1)


@lru_cache(8)
def wanted_width(groups: tuple[Group, ...], most: int) -> int:
    """The width in which every unit has one line, and every site room around it where it may."""
    label, longest = _measure(groups)
    apart = label + 2 * longest + 1
    return apart if apart <= most else min(most, label + longest + 1)


class Grid(Painted, can_focus=True):
    """Arrows walk from site to site; the title names the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        keys.DOWN.bind("walk(0,1)"),
        keys.UP.bind("walk(0,-1)"),
        keys.RIGHT.bind("walk(1,0)"),
        keys.LEFT.bind("walk(-1,0)"),
        keys.PAGE_DOWN.bind("walk(0,10)"),
        keys.PAGE_UP.bind("walk(0,-10)"),
        keys.TOP.bind("walk(0,-1000000)"),
        keys.BOTTOM.bind("walk(0,1000000)"),
        keys.OPEN.bind("choose"),
    ]

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._plan = Layout(0, 1, ())
        self.cursor: int | None = None
        self._top = 0
        self._drawn_of: tuple[object, ...] = ()  # what is painted was drawn from this

    def repaint(self) -> None:
        of = self.scene.looks, self.scene.known.sites_at, self.size, self.has_focus, self.cursor
        if of == self._drawn_of:
            return
        self._drawn_of = of
        self._plan = lay_out(self.scene.known.groups, self.size.width)
        x, y = self._cursor_at()
        self.cursor = self._plan.lines[y][1][x] if self._plan.lines else None
        high = max(1, self.size.height - 1)
        self._top = max(0, min(self._top, y, len(self._plan.lines) - high))
        self._top = max(self._top, y - high + 1)
        super().repaint()

    def _cursor_at(self) -> tuple[int, int]:
        """Column and line of the cursor's site; the first site if it has none."""
        for y, (_, sites) in enumerate(self._plan.lines):
            if self.cursor in sites:
                return sites.index(self.cursor), y
        return 0, 0

    def draw(self, y: int) -> Line:
        if y == 0:
            return self._title_line()
        row = self._top + y - 1
        if row >= len(self._plan.lines):
            return line(self.size.width, [])
        name, sites = self._plan.lines[row]
        frozen = self.scene.frozen
        spans = [(self.scene.fit(f" {name}", self._plan.label), faces.TEXT)]
        for site in sites:
            spans.append(self._cell(site, frozen))
            if self._plan.step > 1:
                spans.append((" " * (self._plan.step - 1), faces.colour(Face.UP, frozen)))
        return line(self.size.width, spans)

    def _cell(self, site: int, frozen: bool) -> tuple[str, Style]:
        row = self.scene.known.rows.get(site)
        face = face_of(row) if row is not None else Face.UNKNOWN  # it left just now
        style = faces.colour(face, frozen)
        if site == self.cursor and self.has_focus:
            style = faces.CURSOR_CELL
        elif site in self.scene.known.unhandled_sites and not frozen:
            style += faces.UNHANDLED
        return self.scene.sign(face), style

    def _title_line(self) -> Line:
        style = faces.TITLE_FOCUSED if self.has_focus else faces.TITLE
        row = self.scene.known.rows.get(self.cursor or 0)
        if self.has_focus and row is not None:
            name = self.scene.short(row.name)
            text = f">{name}: {self.scene.word(face_of(row))} {self.scene.since(row.since_ms)}"
        else:
            text = f" {self.scene.say('board.grid')}"
        hidden = len(self._plan.lines) - (self.size.height - 1)
        more = f" +{hidden} " if hidden > 0 else " "
        text = self.scene.fit(text, self.size.width - len(more)) + more
        return line(self.size.width, [(text, style)], style)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.repaint()

    def action_walk(self, across: int, down: int) -> None:
        lines = self._plan.lines
        if not lines:
            return
        x, y = self._cursor_at()
        y = max(0, min(y + down, len(lines) - 1))
        x = min(x, len(lines[y][1]) - 1) + across
        if x < 0 and y > 0:
            y, x = y - 1, len(lines[y - 1][1]) - 1
        elif x >= len(lines[y][1]) and y < len(lines) - 1:
            y, x = y + 1, 0
        self.cursor = lines[y][1][max(0, min(x, len(lines[y][1]) - 1))]
        self.repaint()

    def chosen(self) -> list[int]:
        return [] if self.cursor is None else [self.cursor]

    def action_choose(self) -> None:
        if self.cursor is not None:
            self.post_message(Chosen(self.cursor))

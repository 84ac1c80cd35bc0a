"""Widgets drawn line by line, which repaint only the cells that changed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui import faces, keys
from tui.cells import PLAIN, Line, changed, line
from tui.messages import Chosen, Walked
from tui.scene import Scene
from tui.themes import themed

STEADY_S = 5.0
MOST_DRAWN = 500  # rows that are kept as they were drawn


class Painted(Widget):
    """`draw(y)` gives one line as it should be now; `repaint` compares it with the screen."""

    beside = False  # it tells of the row under the cursor of a list

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.scene = scene
        self._shown: dict[int, Line] = {}
        self._held_size: Size | None = None  # as of this repaint

    @property
    def size(self) -> Size:
        """Each line asks for it, and Textual computes it anew each time."""
        if self._held_size is None:
            self._held_size = super().size
        return self._held_size

    def render_lines(self, crop: Region) -> list[Strip]:
        self._held_size = None
        return super().render_lines(crop)

    def draw(self, y: int) -> Line:
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        drawn = self._shown.get(y)
        if drawn is None:
            drawn = self._shown[y] = self.draw(y)
        return _inked(drawn, self.size.width, self.scene.theme)

    def repaint(self) -> None:
        """Ask the terminal for the cells that differ, and for nothing else."""
        self._held_size = None
        dirty: list[Region] = []
        for y in range(self.size.height):
            old, new = self._shown.get(y), self.draw(y)
            if old is None:
                dirty.append(Region(0, y, self.size.width, 1))
            elif run := changed(old, new):  # two regions of one line would be sent twice
                dirty.append(Region(run[0], y, run[1] - run[0], 1))
            self._shown[y] = new
        if dirty:
            self.scene.painted = True
            self.refresh(*dirty)

    def on_resize(self, _: events.Resize) -> None:
        self._shown.clear()
        self.refresh()

    def chosen(self) -> list[int]:
        """The things that a key is meant for."""
        return []

    def on_focus(self) -> None:
        self.repaint()

    def on_blur(self) -> None:
        self.repaint()


@lru_cache(2048)  # a row that moved is the same strip
def _inked(drawn: Line, width: int, theme: str) -> Strip:
    inked = [segment._replace(style=themed(segment.style or PLAIN, theme)) for segment in drawn]
    return Strip(inked, width).apply_style(themed(faces.GROUND, theme))


class Pane(Painted, can_focus=True):
    """A list under a title line; its cursor follows a thing, not a row."""

    ORDERS: ClassVar[tuple[str, ...]] = ()

    BINDINGS: ClassVar[list[BindingType]] = [
        keys.DOWN.bind("move(1)"),
        keys.UP.bind("move(-1)"),
        keys.PAGE_DOWN.bind("page(1)"),
        keys.PAGE_UP.bind("page(-1)"),
        keys.TOP.bind("move(-1000000)"),
        keys.BOTTOM.bind("move(1000000)"),
        keys.OPEN.bind("choose"),
        keys.SORT.bind("sort"),
    ]

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._keys: Sequence[int] = ()
        self.cursor: int | None = None  # the key under it
        self.marked: set[int] = set()
        self.order = 0  # of ORDERS
        self.driven = False  # keys come from elsewhere: show the cursor without the focus
        self._row = 0  # where it stood, for when its thing leaves
        self._top = 0
        self._touched = -math.inf  # when somebody last walked here
        self._drawn: dict[int, tuple[object, Line]] = {}  # rows, and what they were drawn from

    def title(self) -> tuple[str, str]:
        """Left and right text of the title line."""
        raise NotImplementedError

    def take(self) -> None:
        """Show what is known now, in the chosen order."""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Heads and rows of what is seen, for a file."""
        return [], []

    def row(self, key: int, lead: str) -> Line:
        """`lead` is its first sign."""
        raise NotImplementedError

    def told(self, key: int) -> object:
        """What a row tells, where that is all it is drawn from; None: it is always drawn anew."""
        return None

    def nothing(self) -> str:
        """What an empty list says."""
        return ""

    def thing_of(self, key: int) -> int | None:
        """The thing that Enter opens."""
        return key

    def show(self, keys: Sequence[int]) -> None:
        """Take a new list, to be painted; the cursor stays with its thing, else near its row."""
        self._keys = self._steady(keys)
        self.marked.intersection_update(self._keys)
        place = {key: row for row, key in enumerate(self._keys)}
        self._stand(place.get(self.cursor, self._row) if self.cursor is not None else 0)

    def _steady(self, keys: Sequence[int]) -> Sequence[int]:
        """While somebody walks or has marked rows none moves: new ones come behind."""
        if not self.marked and time.monotonic() - self._touched > STEADY_S:
            return keys
        now = set(keys)
        before = set(self._keys)
        kept = [key for key in self._keys if key in now]
        return [*kept, *(key for key in keys if key not in before)]

    @property
    def keys(self) -> Sequence[int]:
        return self._keys

    def chosen(self) -> list[int]:
        """The marked ones, else that under the cursor."""
        keys = [key for key in self._keys if key in self.marked]
        if not keys and self.cursor is not None:
            keys = [self.cursor]
        return [thing for key in keys if (thing := self.thing_of(key)) is not None]

    def lead(self, key: int) -> str:
        """The first cell of a row: is the cursor there, is it marked?"""
        here = key == self.cursor and (self.has_focus or self.driven) and not self.scene.wall
        return {(True, True): "#", (True, False): ">", (False, True): "*"}.get(
            (here, key in self.marked), " "
        )

    @property
    def rows_high(self) -> int:
        return max(1, self.size.height - 1)

    def _put(self, row: int) -> None:
        self._stand(row)
        self.repaint()

    def _stand(self, row: int) -> None:
        """Set the cursor and scroll as little as shows it."""
        before = self.cursor
        self._row = max(0, min(row, len(self._keys) - 1))
        self.cursor = self._keys[self._row] if self._keys else None
        if self.cursor != before:
            self.post_message(Walked())
        last_top = max(0, len(self._keys) - self.rows_high)
        self._top = min(self._top, self._row, last_top)
        self._top = max(self._top, self._row - self.rows_high + 1)

    def draw(self, y: int) -> Line:
        if y == 0:
            return self._title_line()
        row = self._top + y - 1
        if row < len(self._keys):
            return self._row_line(self._keys[row])
        said = f"  {self.nothing()}" if not self._keys and y == 1 else ""
        return line(self.size.width, [(said, faces.CALM)])

    def _row_line(self, key: int) -> Line:
        lead, told = self.lead(key), self.told(key)
        if told is None:
            return self.row(key, lead)
        of = lead, self.size.width, self.scene.looks, told
        held = self._drawn.get(key)
        if held is None or held[0] != of:
            if len(self._drawn) > MOST_DRAWN:
                self._drawn.clear()
            held = self._drawn[key] = of, self.row(key, lead)
        return held[1]

    def _title_line(self) -> Line:
        style = faces.TITLE_FOCUSED if self.has_focus else faces.TITLE
        left, right = self.title()
        width = self.size.width
        mark = ">" if self.has_focus else " "
        room = width - len(mark) - (len(right) + 2 if right else 0)
        text = f"{mark}{self.scene.fit(left, max(0, room))}" + (f" {right} " if right else "")
        return line(width, [(text, style)], style)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._put(self._row)

    def action_move(self, step: int) -> None:
        self._touched = time.monotonic()
        self._put(self._row + step)

    def action_page(self, step: int) -> None:
        self._touched = time.monotonic()
        self._put(self._row + step * max(1, self.rows_high - 1))

    def action_sort(self) -> None:
        self.order = (self.order + 1) % max(1, len(self.ORDERS))
        self._touched = -math.inf
        self.take()
        self.repaint()

    def action_mark(self) -> None:
        if self.cursor is not None:
            self.marked.symmetric_difference_update({self.cursor})
            self.action_move(1)

    def action_mark_all(self) -> None:
        self.marked = set() if self.marked else set(self._keys)
        self.repaint()

    def action_choose(self) -> None:
        thing = self.thing_of(self.cursor) if self.cursor is not None else None
        if thing is not None:
            self.post_message(Chosen(thing))


def ground(lead: str) -> Style:
    """What lies under a row that begins so."""
    return {">": faces.SELECTED, "#": faces.SELECTED, "*": faces.MARKED}.get(lead, PLAIN)

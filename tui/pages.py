"""Panes of text lines: the sheet of one thing, the help."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from textual import events

from store.states import Kind
from tui import faces, keys
from tui.cells import Line, line, wrap
from tui.chart import steps
from tui.faces import Face
from tui.footer import label
from tui.painted import Pane, ground
from tui.scene import Scene
from tui.sheet import Entry, entries

if TYPE_CHECKING:
    from store.charts import Charts
    from store.thing_sheet import Sheet


class Page(Pane):
    """A pane whose keys are line numbers."""

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._entries: list[Entry] = []

    def compose_entries(self, width: int) -> list[Entry]:
        raise NotImplementedError

    def repaint(self) -> None:
        self._entries = self.compose_entries(self.size.width)
        self._keys = range(len(self._entries))
        super().repaint()

    def on_resize(self, event: events.Resize) -> None:
        self.repaint()
        super().on_resize(event)

    def thing_of(self, key: int) -> int | None:
        return self._entries[key].thing_id

    def row(self, key: int, lead: str) -> Line:
        spans = list(self._entries[key].spans)
        if spans and spans[0][0].startswith(" "):
            spans[0] = (lead + spans[0][0][1:], spans[0][1])
        return line(self.size.width, spans, ground(lead))


class SheetPane(Page):
    """Keeps showing the last sheet until a newer one comes."""

    def __init__(self, scene: Scene, thing_id: int, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._thing_id = thing_id
        self._sheet: Sheet | None = None
        self._charts: Charts | None = None
        self._gone = False

    def take_sheet(self, sheet: Sheet | None) -> None:
        self._gone = sheet is None
        self._sheet = sheet or self._sheet
        self.repaint()

    def take_charts(self, charts: Charts) -> None:
        """The cursor stays with its line: charts come above it."""
        below = self._entries[self._row :]
        self._charts = charts
        self.repaint()
        if below and self._entries[-len(below) :] == below:
            self._put(len(self._entries) - len(below))

    @property
    def steps(self) -> int:
        """How many a chart has here."""
        return steps(self.size.width)

    @property
    def charted(self) -> bool:
        """It shows a thing that has charts."""
        return self._sheet is not None and self._sheet.row.kind is Kind.DEVICE

    def title(self) -> tuple[str, str]:
        row = self._sheet.row if self._sheet else self.scene.known.rows.get(self._thing_id)
        if row is None:
            return self.scene.say("board.sheet"), ""
        return f"{self.scene.kind(row)}: {row.name}", self.scene.fit(row.key, 16).strip()

    def compose_entries(self, width: int) -> list[Entry]:
        said: list[Entry] = []
        if self._gone:
            said.append(Entry(((f" {self.scene.say('board.gone')}", faces.BANNER),)))
        if self._sheet is None:
            return said or [Entry(((f" {self.scene.say('board.asking')}", faces.FAINT),))]
        return said + entries(self.scene, self._sheet, width, self._charts, self.size.height)


class TextPane(Page):
    """Lines to read and copy, made anew when the language changes."""

    def __init__(self, scene: Scene, title: str, write: Callable[[], str]) -> None:
        super().__init__(scene)
        self._title = title
        self.write = write

    def title(self) -> tuple[str, str]:
        return self.scene.say(self._title), ""

    def compose_entries(self, width: int) -> list[Entry]:
        folded = (wrap(text, width - 3) for text in self.write().splitlines())
        return [_said(text) for lines in folded for text in lines]


class HelpPane(Page):
    def title(self) -> tuple[str, str]:
        return self.scene.say("board.help"), ""

    def compose_entries(self, width: int) -> list[Entry]:
        scene = self.scene
        lines = [_said(text) for text in wrap(scene.say("board.help.intro"), width - 3)]
        lines.append(_said(""))
        wide = max(cell_len(label(scene, key)) for key in keys.ALL) + 2
        for key in keys.ALL:
            named = scene.fit(f"  {label(scene, key)}", wide + 2)
            text = scene.say(key.explains)
            lines.append(Entry(((named, faces.STRONG), (text, faces.TEXT))))
        lines.append(_said(""))
        lines += [_sign(scene, face) for face in Face]
        lines.append(_said(""))
        lines += [_said(text) for text in wrap(scene.say("board.help.reverse"), width - 3)]
        return lines


def _said(text: str) -> Entry:
    return Entry(((f" {text}", faces.TEXT),))


def _sign(scene: Scene, face: Face) -> Entry:
    style: Style = scene.style(face)
    word = scene.fit(scene.word(face), 18)
    meaning = scene.say(f"board.means.{face}")
    return Entry(((f"  {scene.sign(face)} {word}", style), (meaning, faces.FAINT)))

"""Why a thing is shown as it is: what was asked, what came back, which rule decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from store.questions import LiveRow
from store.reasons import reasons
from tui import faces, keys
from tui.cells import Line, line
from tui.footer import Footer
from tui.painted import Painted
from tui.scene import Scene

if TYPE_CHECKING:
    from store.opened import Opened

LINES = 6


class WhyPanel(ModalScreen[None]):
    """At the foot of the screen, over the row that it is about stays to be seen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("dismiss"),
        keys.WHY.bind("dismiss"),
        keys.OPEN.bind("dismiss"),
    ]

    def __init__(self, scene: Scene, row: LiveRow, opened: Opened | None) -> None:
        super().__init__()
        self.scene = scene
        self.row = row
        self.opened = opened

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Reasons(self)
            yield Footer(self.scene, keys.ON_WHY)


class Reasons(Painted):
    def __init__(self, panel: WhyPanel) -> None:
        super().__init__(panel.scene)
        self._panel = panel
        self._said = list(reasons(panel.scene, panel.row, panel.opened))[:LINES]
        self.styles.height = 1 + len(self._said)

    def draw(self, y: int) -> Line:
        width, scene = self.size.width, self.scene
        if y == 0:
            row = self._panel.row
            title = scene.say("why.title", what=f"{scene.short(row.name)} ({row.key})")
            text = scene.fit(f" {title}", width)
            return line(width, [(text, faces.TITLE_FOCUSED)], faces.TITLE_FOCUSED)
        return line(width, [(scene.fit(f" {self._said[y - 1]}", width), faces.TEXT)])

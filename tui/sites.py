"""The list of sites, worst first, and of anything that a search finds."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType

from store.questions import LiveRow
from store.states import Kind
from tui import faces, keys
from tui.cells import Line, line
from tui.faces import Face, face_of
from tui.painted import Pane, ground
from tui.scene import Scene


class SiteList(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.MARK.bind("mark"),
        keys.MARK_ALL.bind("mark_all"),
    ]

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.wanted = ""

    def take(self) -> None:
        known = self.scene.known
        self.show(known.found(self.wanted) if self.wanted.strip() else known.sites_worst_first())

    def title(self) -> tuple[str, str]:
        place = f"{self._row + 1 if self.keys else 0}/{len(self.keys)}"
        title = "board.found" if self.wanted.strip() else "board.sites"
        return self.scene.say(title), place

    def nothing(self) -> str:
        return self.scene.say("board.nothing_found") if self.wanted.strip() else ""

    def row(self, key: int, lead: str) -> Line:
        row = self.scene.known.rows.get(key)
        if row is None:  # it left between two readings
            return line(self.size.width, [])
        return thing_line(self.scene, row, self.size.width, lead)


def state_cells(scene: Scene) -> int:
    """The widest state word of this language, with its sign and a cursor before it."""
    return 3 + max(cell_len(scene.word(face)) for face in Face)


def _flexible(width: int) -> tuple[int, int]:
    """Cells for the key and the unit: a narrow list shows names alone."""
    if width < 70:
        return 0, 0
    return (16, 28) if width >= 120 else (11, 14)


def thing_line(
    scene: Scene, row: LiveRow, width: int, lead: str, *, with_kind: bool = False
) -> Line:
    """State, since, name, unit, key; and what it is where kinds are mixed."""
    face = face_of(row)
    state = f"{lead}{scene.sign(face)} {scene.word(face)}"
    site = row.thing_id if row.kind is Kind.SITE else row.site_id
    unit = scene.short(scene.known.group_of.get(site or 0, ""))
    key_cells, unit_cells = _flexible(width)
    state_width = state_cells(scene)
    kind_cells = 10 if with_kind or row.kind is not Kind.SITE else 0
    name_cells = max(
        6, width - state_width - 7 - kind_cells - unit_cells - key_cells - 2 * bool(key_cells)
    )
    bold = faces.STRONG if lead in (">", "#") else faces.TEXT
    spans = [
        (scene.fit(state, state_width), scene.style(face)),
        (f" {scene.since(row.since_ms):5} ", faces.FAINT),
    ]
    if kind_cells:
        spans.append((scene.fit(scene.say(f"board.kind.{row.kind}"), kind_cells), faces.FAINT))
    spans += [
        (scene.fit(scene.short(row.name), name_cells), bold),
    ]
    if key_cells:
        spans.append((" " + scene.fit(unit, unit_cells), faces.FAINT))
        spans.append((" " + scene.fit(row.key, key_cells), faces.FAINT))
    return line(width, spans, ground(lead))

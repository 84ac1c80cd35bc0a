"""The links that are closest to trouble, on the board: which, how they are, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style

from store.questions import LiveRow
from store.states import Kind
from tui import faces
from tui.cells import Line, line
from tui.faces import Face, face_of
from tui.links import Links, both_ends, is_loaded, light_style, reason
from tui.painted import ground
from tui.scene import Scene
from tui.sites import state_cells

if TYPE_CHECKING:
    from store.lines import LinkRow

_KEY, _WHY = 11, 31


class NearLinks(Links):
    """In the order of the list of links, without its columns."""

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._sorted: tuple[int, Counter[Face]] | None = None  # the order and counts of that time

    def hear(self, links: Sequence[LinkRow]) -> None:
        self.links, self._sorted = links, None

    def take(self) -> None:
        """Each reading comes here, and few change anything of links."""
        now = self.order, self.scene.known.counts[Kind.LINK].copy()
        if now != self._sorted:
            self._sorted = now
            super().take()

    def wants(self, row: LiveRow) -> bool:
        """What is broken already stands among the roots, and what is behind it tells nothing."""
        return face_of(row) in (Face.UP, Face.DEGRADED)

    def title(self) -> tuple[str, str]:
        left, right = super().title()
        return left if self.order else self.scene.say("links.near"), right

    def row(self, key: int, lead: str) -> Line:
        scene, width, row = self.scene, self.size.width, self.scene.known.rows.get(key)
        if row is None:  # it left between two readings
            return line(width, [])
        link, face = self._by_id[key], face_of(row)
        state = min(15, state_cells(scene))
        ends = max(0, width - state - _KEY - _WHY - 3)
        colour = faces.STRONG if is_loaded(link) else light_style(scene, link.weaker)
        spans: list[tuple[str, Style]] = [
            (scene.fit(f"{lead}{scene.sign(face)} {scene.word(face)}", state), scene.style(face)),
            (" " + scene.fit(link.key, _KEY), faces.FAINT),
            (" " + both_ends(scene, link, ends), faces.TEXT),
            (" " + scene.fit(reason(scene, link), _WHY), colour),
        ]
        return line(width, spans, ground(lead))

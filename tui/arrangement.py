"""Who gets how much of the board's screen, for every size of terminal."""

from __future__ import annotations

from typing import NamedTuple

from tui.grid import lay_out, wanted_width
from tui.roots import WIDE
from tui.scene import Scene
from tui.tiers import WIDTH as TIERS_WIDTH
from tui.tiers import summary_rows

WITH_PANEL = 150  # from this width on the sites stand beside the roots
_BARS = 4  # header, verdict, title of the roots, keys


class Arrangement(NamedTuple):
    top_rows: int  # grid and summary; 0: the terminal is too small for them
    grid_cells: int
    why_rows: int


def arrange(scene: Scene, width: int, height: int) -> Arrangement:
    """The roots keep at least four rows; the grid gets what it wants of the rest."""
    panel = width >= WITH_PANEL
    why = 0 if height < 10 or (width >= WIDE and not panel) else 2 if height >= 30 else 1
    grid = width - TIERS_WIDTH - 1
    if width >= WIDE:
        grid = wanted_width(scene.known.groups, width // 2)
    if width < 70 or height < 16:
        return Arrangement(0, grid, why)
    lines = lay_out(scene.known.groups, grid).lines
    wanted = max(1 + len(lines), summary_rows(scene, TIERS_WIDTH))
    return Arrangement(max(3, min(wanted, height - _BARS - why - 4)), grid, why)

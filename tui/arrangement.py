"""Who gets how much of the board's screen, for every size of terminal."""

from __future__ import annotations

from typing import NamedTuple

from tui.grid import lay_out, wanted_width
from tui.roots import WIDE
from tui.scene import Scene
from tui.tiers import WIDTH as TIERS_WIDTH
from tui.tiers import summary_rows

WITH_PANEL = 150  # from this width on the sites stand beside the roots
_LINKS = (4, 8)  # rows of the links that are closest to trouble, title and all
_BARS = 4  # header, verdict, title of the roots, keys


class Arrangement(NamedTuple):
    top_rows: int  # grid and summary; 0: the terminal is too small for them
    grid_cells: int
    why_rows: int
    link_rows: int  # 0: no room for them


def arrange(scene: Scene, width: int, height: int) -> Arrangement:
    """The roots keep at least four rows; the grid gets what it wants of the rest, links a third of
    what is left then."""
    panel = width >= WITH_PANEL
    why = 0 if height < 10 or (width >= WIDE and not panel) else 2 if height >= 30 else 1
    grid = width - TIERS_WIDTH - 1
    if width >= WIDE:
        grid = wanted_width(scene.known.groups, width // 2)
    if width < 70 or height < 16:
        return Arrangement(0, grid, why, 0)
    lines = lay_out(scene.known.groups, grid).lines
    wanted = max(1 + len(lines), summary_rows(scene, TIERS_WIDTH))
    top = max(3, min(wanted, height - _BARS - why - 4))
    return Arrangement(top, grid, why, _links(scene, width, height - _BARS - why - top))


def _links(scene: Scene, width: int, left: int) -> int:
    """What they measure is not kept for a replay."""
    least, most = _LINKS
    rows = min(most, 1 + left // 3)
    shown = width >= WIDE and scene.replaying_ms is None and scene.known.counts["link"].total()
    return rows if shown and rows >= least else 0

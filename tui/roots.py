"""The open roots: one row for each thing that is really broken, never for what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.cells import cell_len
from rich.style import Style

from inventory.folding import fold
from store.questions import OutageRow
from store.told import behind, what, why
from tui import faces
from tui.cells import Line, clean, line, wrap
from tui.listing import MarkedList, heading, order_of
from tui.painted import Painted, ground
from tui.scene import Scene

WIDE = 120
_STATE, _SINCE, _AGE, _KIND, _ACK = 14, 5, 9, 9, 3


class RootList(MarkedList):
    """Keys are outage ids: a thing that fails again is a new row."""

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._by_id: dict[int, OutageRow] = {}
        self.filter = 0  # of FILTERS

    ORDERS = ("severity", "newest", "oldest", "place", "behind")
    FILTERS = ("all", "needs", "taken", "excused")

    def take(self) -> None:
        known = self.scene.known
        self._by_id = {root.id: root for root in known.roots}
        chosen: dict[str, Callable[[OutageRow], bool]] = {
            "all": lambda root: True,
            "needs": known.needs_somebody,
            "taken": lambda root: root.acknowledged,
            "excused": lambda root: not root.acknowledged and not known.needs_somebody(root),
        }
        shown = filter(chosen[self.FILTERS[self.filter]], known.roots)
        self.show([root.id for root in sorted(shown, key=self._sorting())])

    def _sorting(self) -> Callable[[OutageRow], Any]:
        """The record gives the worst first, and of these the newest."""
        sortings: dict[str, Callable[[OutageRow], Any]] = {
            "severity": lambda root: 0,
            "newest": lambda root: -root.first_bad_ms,
            "oldest": lambda root: root.first_bad_ms,
            "place": lambda root: fold(what(self.scene, root)),
            "behind": lambda root: -root.members,
        }
        return sortings[self.ORDERS[self.order]]

    def next_filter(self) -> None:
        self.filter = (self.filter + 1) % len(self.FILTERS)
        self.take()
        self.repaint()

    @property
    def here(self) -> OutageRow | None:
        return self._by_id.get(self.cursor) if self.cursor is not None else None

    def thing_of(self, key: int) -> int | None:
        return self._by_id[key].thing_id

    def title(self) -> tuple[str, str]:
        words = [self.scene.say(f"filter.{self.FILTERS[self.filter]}")] if self.filter else []
        words += [order_of(self)] if self.order else []
        return heading(self, "board.roots", *words), str(len(self.keys))

    def table(self) -> tuple[list[str], list[list[str]]]:
        scene = self.scene
        heads = ["id", "state", "since", "kind", "key", "name", "site", "behind", "taken", "why"]
        roots = (self._by_id[key] for key in self.keys)
        return heads, [
            [
                str(root.id),
                scene.word(scene.known.face(root)),
                scene.local(root.first_bad_ms).isoformat(timespec="seconds"),
                root.kind,
                root.key,
                root.name,
                scene.known.site_name(root.thing_id),
                behind(scene, root, 80),
                root.owner or root.acknowledged_by or "" if root.acknowledged else "",
                why(scene, root),
            ]
            for root in roots
        ]

    def nothing(self) -> str:
        if self.filter:
            return self.scene.say("board.nothing_here")
        return self.scene.say("board.no_roots") if self.scene.known.watching else ""

    def told(self, key: int) -> object:
        root = self._by_id[key]
        known = self.scene.known
        return root, known.face(root), known.needs_somebody(root)

    def row(self, key: int, lead: str) -> Line:
        return root_line(self.scene, self._by_id[key], self.size.width, lead)


def root_line(scene: Scene, root: OutageRow, width: int, lead: str) -> Line:
    """State, since, kind, what and where, how much is behind it, whether somebody has it."""
    face = scene.known.face(root)
    state = f"{lead}{scene.sign(face)} {scene.word(face)}"
    bold = faces.STRONG if scene.known.needs_somebody(root) else faces.TEXT
    spans: list[tuple[str, Style]] = [
        (scene.fit(state, _STATE + 1), scene.style(face)),
        (f" {scene.since(root.first_bad_ms)} ", faces.TEXT),
    ]
    if width >= WIDE:
        spans.append((scene.fit(scene.age(root.first_bad_ms), _AGE), faces.FAINT))
    kind_cells = _KIND if width >= 60 else 0
    spans.append((scene.fit(scene.say(f"board.kind.{root.kind}"), kind_cells), faces.FAINT))
    behind_cells, why_cells = _flexible(width)
    used = _STATE + 1 + _SINCE + 2 + kind_cells + behind_cells + _ACK + 2
    used += (_AGE + why_cells + 1) if width >= WIDE else 0
    room = max(8, width - used)
    spans.append((what_fits(scene, root, room), bold))
    spans.append((" " + scene.fit(behind(scene, root, behind_cells), behind_cells), faces.TEXT))
    if why_cells:
        spans.append((scene.fit(why(scene, root), why_cells) + " ", faces.FAINT))
    spans.append((scene.fit(_taken(scene, root), _ACK, right=True), faces.TEXT))
    return line(width, spans, ground(lead))


def _flexible(width: int) -> tuple[int, int]:
    """Cells for what is behind, and for the reason where it has a column."""
    if width >= WIDE:
        return 26, max(20, (width - 90) * 5 // 8)
    return (22 if width >= 90 else 11 if width >= 60 else 4, 0)


def _taken(scene: Scene, root: OutageRow) -> str:
    if not root.acknowledged:
        return ""
    return "ok" if scene.ascii_only else "✓"


def what_fits(scene: Scene, root: OutageRow, cells: int) -> str:
    """Where it is too long the place is cut, never the key: one site has several links."""
    place, key = what(scene, root), clean(root.key)
    room = cells - cell_len(key) - 1
    if cell_len(place) <= cells or not place.endswith(f" {key}") or room < 6:
        return scene.fit(place, cells)
    return scene.fit(f"{scene.fit(place.removesuffix(key), room).rstrip()} {key}", cells)


class Why(Painted):
    """Two lines about the root under the cursor, for lists too narrow to hold a reason."""

    beside = True

    def __init__(self, scene: Scene, roots: RootList, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._roots = roots

    def draw(self, y: int) -> Line:
        width, root = self.size.width, self._roots.here
        if root is None:
            return line(width, [])
        label = f" {self.scene.say('board.why')}: "
        lines = wrap(label.strip() + " " + why(self.scene, root), width - 2)
        if y >= len(lines):
            return line(width, [])
        text = lines[y] if y < self.size.height - 1 else " ".join(lines[y:])
        return line(width, [(" " + self.scene.fit(text, width - 2), faces.TEXT)])

"""The list of sites, worst first, and of anything that a search finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.cells import cell_len

from inventory.folding import fold
from store.questions import LiveRow
from store.states import Kind
from tui import faces
from tui.cells import Line, line
from tui.faces import URGENCY, Face, face_of
from tui.listing import MarkedList, heading, order_of
from tui.painted import Pane, ground
from tui.scene import Scene


class SiteList(MarkedList):
    ORDERS = ("state", "since", "place")

    def take(self) -> None:
        known = self.scene.known
        sites = [known.rows[site] for site in known.sites_worst_first()]
        self.show([row.thing_id for row in in_order(sites, self.ORDERS[self.order])])

    def title(self) -> tuple[str, str]:
        place = f"{self._row + 1 if self.keys else 0}/{len(self.keys)}"
        return heading(self, "board.sites", order_of(self)), place

    def table(self) -> tuple[list[str], list[list[str]]]:
        return things_table(self.scene, self.keys)

    def told(self, key: int) -> object:
        return self.scene.known.rows.get(key)

    def row(self, key: int, lead: str) -> Line:
        row = self.scene.known.rows.get(key)
        if row is None:  # it left between two readings
            return line(self.size.width, [])
        return thing_line(self.scene, row, self.size.width, lead)


class ServiceList(Pane):
    """What each service answered last, in a sentence."""

    ORDERS = ("state", "since", "place")

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.checks: Mapping[int, Mapping[str, Any]] = {}

    def take(self) -> None:
        rows = self.scene.known.of_kind(Kind.SERVICE)
        rows.sort(key=lambda row: (URGENCY[face_of(row)], row.key))
        self.show([row.thing_id for row in in_order(rows, self.ORDERS[self.order])])

    def title(self) -> tuple[str, str]:
        return heading(self, "board.services", order_of(self)), str(len(self.keys))

    def nothing(self) -> str:
        return self.scene.say("board.no_services")

    def table(self) -> tuple[list[str], list[list[str]]]:
        return things_table(self.scene, self.keys)

    def told(self, key: int) -> object:
        return self.scene.known.rows.get(key), self.checks.get(key)

    def row(self, key: int, lead: str) -> Line:
        scene, width = self.scene, self.size.width
        row = scene.known.rows.get(key)
        if row is None:
            return line(width, [])
        face = face_of(row)
        state = f"{lead}{scene.sign(face)} {scene.word(face)}"
        cells = state_cells(scene)
        name = max(12, (width - cells - 7) // 3)
        check = self.checks.get(key, {})
        said = [scene.say_if_known("reason", check["check_status"])] if check else []
        said += [str(check["check_detail"])] if check.get("check_detail") else []
        words = scene.joined([*said, row.address or ""] if row.address else said)
        spans = [
            (scene.fit(state, cells), scene.style(face)),
            (f" {scene.since(row.since_ms):5} ", faces.FAINT),
            (scene.fit(scene.short(row.name), name) + " ", faces.STRONG),
            (scene.fit(words, max(0, width - cells - 8 - name)), faces.FAINT),
        ]
        return line(width, spans, ground(lead))


def in_order(rows: Iterable[LiveRow], order: str) -> list[LiveRow]:
    """`rows` are the worst first."""
    sortings: dict[str, Callable[[LiveRow], Any]] = {
        "state": lambda row: 0,
        "since": lambda row: -(row.since_ms or 0),
        "place": lambda row: fold(row.name),
    }
    return sorted(rows, key=sortings[order])


def things_table(scene: Scene, keys: Iterable[int]) -> tuple[list[str], list[list[str]]]:
    rows = filter(None, map(scene.known.rows.get, keys))
    heads = ["state", "since", "kind", "key", "name", "place", "address"]
    return heads, [
        [
            scene.word(face_of(row)),
            "" if row.since_ms is None else scene.local(row.since_ms).isoformat(timespec="seconds"),
            row.kind,
            row.key,
            row.name,
            scene.known.place(row),
            row.address or "",
        ]
        for row in rows
    ]


def state_cells(scene: Scene) -> int:
    """The widest state word of this language, with its sign and a cursor before it."""
    return 3 + max(cell_len(scene.word(face)) for face in Face)


def _flexible(width: int) -> tuple[int, int]:
    """Cells for the key and the unit: a narrow list shows names alone."""
    if width < 70:
        return 0, 0
    return (16, 28) if width >= 120 else (11, 14)


def thing_line(
    scene: Scene, row: LiveRow, width: int, lead: str, *, with_kind: bool = False, about: str = ""
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
        (scene.fit(scene.joined(filter(None, (about, scene.short(row.name)))), name_cells), bold),
    ]
    if key_cells:
        spans.append((" " + scene.fit(unit, unit_cells), faces.FAINT))
        spans.append((" " + scene.fit(row.key, key_cells), faces.FAINT))
    return line(width, spans, ground(lead))

"""The screen of a month's report: how each tier and provider did, the worst sites, what is open."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType

from tui import faces, keys
from tui.cells import clean, wrap
from tui.faces import Face
from tui.lists import ListScreen
from tui.messages import ReportWished
from tui.pages import Page
from tui.preview import Preview, PreviewRow, Previews, PreviewTable
from tui.reporter import Asked
from tui.scene import Scene
from tui.sheet import Entry

AGAIN_S = 300.0  # the month that goes on is reported anew
TRY_S = 10.0  # what failed is tried anew
_LEAST_NAME, _MOST_NAME, _GAP = 20, 56, 2
_FACES = {"missed": Face.DOWN, "unsure": Face.UNKNOWN}


class ReportPane(Page):
    """Keeps what it showed of a month until a newer answer comes."""

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.month = ""
        self._made: Previews | str | None = None  # None: it is being made

    def tell(self, month: str, made: Previews | str | None) -> None:
        row = self._row if month == self.month else 0
        self.month, self._made = month, made
        self.repaint()
        self._put(row)

    @property
    def _preview(self) -> Preview | None:
        made = self._made
        return None if made is None or isinstance(made, str) else made[self.scene.language]

    def title(self) -> tuple[str, str]:
        preview = self._preview
        if preview is not None:
            return self.scene.plain(preview.title), ""
        return self.scene.say("preview.title", month=_named(self.month)), ""

    def compose_entries(self, width: int) -> list[Entry]:
        scene, preview = self.scene, self._preview
        if preview is not None:
            return list(_entries(scene, preview, width))
        if self._made is None:
            said = scene.say("preview.making", month=_named(self.month))
        else:
            said = scene.say("preview.failed", why=clean(str(self._made)))
        return list(_sentences(said, width, faces.FAINT if self._made is None else faces.STRONG))


class ReportScreen(ListScreen):
    """The month so far, or one before; in a replay, as far as the moment that is shown."""

    AUTO_FOCUS = "ReportPane"
    KEYS = keys.ON_REPORT
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.MONTH_BEFORE.bind("month(-1)"),
        keys.MONTH_AFTER.bind("month(1)"),
    ]

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._back = 0  # months before the one that goes on
        self._wanted: tuple[str, int | None] = ("", None)  # month, moment of a replay
        self._due = 0.0

    def body(self) -> ComposeResult:
        yield ReportPane(self.scene, id="report")

    def follow_all(self) -> None:
        self._ask()
        super().follow_all()

    def action_month(self, step: int) -> None:
        self._back = max(0, self._back - step)
        self.follow_all()

    def _ask(self) -> None:
        """For another month, for another moment of a replay, and for the one that goes on in
        turns."""
        wanted = self._month(), self.scene.replaying_ms
        now = time.monotonic()
        if wanted == self._wanted and now < self._due:
            return
        pane = self.query_one(ReportPane)
        if wanted != self._wanted:
            pane.tell(wanted[0], None)
        self._wanted, self._due = wanted, math.inf if self._back else now + AGAIN_S

        def hear(made: Previews | str) -> None:
            if self._wanted == wanted and self.built:
                if isinstance(made, str):
                    self._due = time.monotonic() + TRY_S
                pane.tell(wanted[0], made)

        self.post_message(ReportWished(Asked(wanted[0], self.scene.now_ms(), hear)))

    def _month(self) -> str:
        now = self.scene.local(self.scene.now_ms())
        year, month = divmod(now.year * 12 + now.month - 1 - self._back, 12)
        return f"{year:04}-{month + 1:02}"


def _named(month: str) -> str:
    """`11/2026`, as both languages read it."""
    year, _, number = month.partition("-")
    return f"{number}/{year}"


def _entries(scene: Scene, preview: Preview, width: int) -> Iterator[Entry]:
    for note in preview.notes:
        yield from _sentences(scene.plain(note), width, faces.TEXT)
    first = max((_cells(table)[1] for table in preview.tables), default=0)
    plans = [_plan(table, first, width) for table in preview.tables]
    rooms = [width - 2 - sum(plan.values()) for plan in plans]
    names = [_longest(scene, table) for table in preview.tables]
    name = min(_MOST_NAME, max(names, default=0), max(_LEAST_NAME, min(rooms, default=0)))
    for number, (table, plan) in enumerate(zip(preview.tables, plans, strict=True)):
        if number or preview.notes:
            yield Entry((("", faces.TEXT),))
        yield from _table(scene, table, {0: name, **plan})
    if preview.remarks:
        yield Entry((("", faces.TEXT),))
    for remark in preview.remarks:
        yield from _sentences(scene.plain(remark), width, faces.TEXT)


def _sentences(text: str, width: int, style: Style) -> Iterator[Entry]:
    for line in wrap(clean(text), max(10, width - 3)):
        yield Entry(((f" {line}", style),))


def _longest(scene: Scene, table: PreviewTable) -> int:
    names = [scene.short(row.cells[0]) for row in table.rows]
    return max(map(cell_len, (table.heads[0], *names)))


def _cells(table: PreviewTable) -> list[int]:
    """How wide each column is, with a gap before it."""
    columns = zip(table.heads, *(row.cells for row in table.rows), strict=True)
    return [_GAP + max(map(cell_len, column)) for column in columns]


def _plan(table: PreviewTable, first: int, width: int) -> dict[int, int]:
    """Column → its cells, without that of the names and those that leave no room for it. The
    `first` figures of all tables stand beneath each other."""
    plan = dict(enumerate(_cells(table)))
    del plan[0]
    plan[1] = first
    for spare in table.spare:
        if 2 + _LEAST_NAME + sum(plan.values()) > width:
            del plan[spare]
    return plan


def _table(scene: Scene, table: PreviewTable, plan: dict[int, int]) -> Iterator[Entry]:
    """`plan`: column → its cells, names first."""
    heads = (scene.fit(table.heads[at], cells, right=at > 0) for at, cells in plan.items())
    yield Entry(((f" {''.join(heads)}", faces.HEADING),))
    for row in table.rows:
        leads_on = None if row.thing is None else scene.known.by_key.get(row.thing)
        styles = {0: faces.TEXT if leads_on is None else faces.LEADS_ON}
        styles[table.judged] = _style(scene, row)
        spans: list[tuple[str, Style]] = [(" ", faces.TEXT)]
        for at, cells in plan.items():
            told = scene.plain(row.cells[at] if at else scene.short(row.cells[at]))
            spans.append((scene.fit(told, cells, right=at > 0), styles.get(at, faces.TEXT)))
        yield Entry(tuple(spans), None if leads_on is None else leads_on.thing_id)


def _style(scene: Scene, row: PreviewRow) -> Style:
    return scene.style(_FACES[row.verdict]) if row.verdict in _FACES else faces.TEXT

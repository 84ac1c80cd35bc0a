"""The board itself, the sheet of one thing, the ticket, the help."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from store.questions import Reader
from tui import keys
from tui.arrangement import WITH_PANEL, arrange
from tui.events import EventList
from tui.grid import Grid
from tui.messages import Wish, Wished
from tui.near_links import NearLinks
from tui.pages import HelpPane, SheetPane, TextPane
from tui.painted import Painted
from tui.roots import WIDE, RootList, Why
from tui.scene import Scene
from tui.sheet_charts import HOUR_MS, SPANS_H
from tui.sites import SiteList
from tui.tiers import Tiers
from tui.view import View

if TYPE_CHECKING:
    from store.charts import Charts
    from store.thing_sheet import Sheet

CHARTS_S = 10.0
Wanted = tuple[int, int, int | None]  # span, steps and replayed moment of charts
CALM_S = 1.0  # after a pane appears


class BoardScreen(View):
    AUTO_FOCUS = "RootList"
    KEYS = keys.ON_BOARD
    EVERY_S = 30.0
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.PANE.bind("next_pane(1)"),
        keys.PANE_BACK.bind("next_pane(-1)"),
    ]
    _near = False  # is there room for the links that are closest to trouble?

    def body(self) -> ComposeResult:
        roots = RootList(self.scene, id="roots")
        with Horizontal(id="top"):
            yield Grid(self.scene, id="grid")
            yield Tiers(self.scene, id="tiers")
            yield EventList(self.scene, id="events")
        with Horizontal(id="bottom"):
            with Vertical(id="left"):
                yield roots
                yield Why(self.scene, roots, id="why")
                yield NearLinks(self.scene, id="near")
            yield SiteList(self.scene, id="panel")

    def on_mount(self) -> None:
        self._asked_at = time.monotonic()  # the first paint needs nothing of it

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        return {"links": lambda reader: reader.links()} if self._near else {}

    def take(self, name: str, value: object) -> None:
        assert isinstance(value, tuple)
        self.query_one(NearLinks).hear(value)
        self.follow()

    def on_resize(self, _: events.Resize) -> None:
        if self.built:
            self._arrange()

    def follow_all(self) -> None:
        self._arrange()
        super().follow_all()

    def _arrange(self) -> None:
        """Give the roots what the grid does not need; on a small terminal, everything."""
        width, height = self.size
        plan = arrange(self.scene, width, height)
        top, grid, why = self.query_one("#top"), self.query_one(Grid), self.query_one(Why)
        top.display = plan.top_rows > 0
        self.query_one(EventList).display = width >= WIDE
        self.query_one(SiteList).display = width >= WITH_PANEL
        why.display = plan.why_rows > 0
        near = self.query_one(NearLinks)
        if self._near != (plan.link_rows > 0):
            self._near = not self._near
            self.set_timer(CALM_S, self._ask_at_once)
        near.display = self._near
        for widget, side, cells in (
            (top, "height", plan.top_rows),
            (grid, "width", plan.grid_cells),
            (why, "height", plan.why_rows),
            (near, "height", plan.link_rows),
        ):
            now = getattr(widget.styles, side)
            if now is None or now.value != cells:  # a layout costs a whole screen: only on change
                setattr(widget.styles, side, cells)
        if not any(pane.has_focus for pane in self._panes()):
            self.query_one(RootList).focus()

    def _ask_at_once(self) -> None:
        self._asked_at = -math.inf
        self.ask_again()

    def _panes(self) -> list[Painted]:
        panes: list[Painted] = [self.query_one(RootList)]
        panes += [self.query_one(NearLinks)] if self.query_one(NearLinks).display else []
        top = self.query_one("#top").display
        panes += [self.query_one(Grid)] if top else []
        panes += [self.query_one(EventList)] if top and self.query_one(EventList).display else []
        panes += [self.query_one(SiteList)] if self.query_one(SiteList).display else []
        return panes

    def action_next_pane(self, step: int) -> None:
        panes = self._panes()
        at = next((n for n, pane in enumerate(panes) if pane.has_focus), 0)
        panes[(at + step) % len(panes)].focus()


class SheetScreen(View):
    AUTO_FOCUS = "SheetPane"
    KEYS = keys.ON_SHEET
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("app.pop_screen"),
        keys.SHORTER.bind("span(-1)"),
        keys.LONGER.bind("span(1)"),
    ]

    def __init__(self, scene: Scene, thing_id: int) -> None:
        super().__init__(scene)
        self.thing_id = thing_id
        self._span = SPANS_H.index(6)
        self._charting: Wanted | None = None  # what is being asked for
        self._charted: Wanted | None = None  # … of the last answer
        self._charts_due = 0.0

    def body(self) -> ComposeResult:
        yield SheetPane(self.scene, self.thing_id, id="sheet")

    def meant(self) -> list[int]:
        return [self.thing_id]

    def pointed(self) -> list[int]:
        return [self.thing_id]

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        return {"sheet": lambda reader: reader.sheet(self.thing_id)}

    def take(self, name: str, value: object) -> None:
        self.query_one(SheetPane).take_sheet(cast("Sheet | None", value))
        self._ask_charts()

    def ask_anew(self) -> None:
        super().ask_anew()
        self._charting = self._charted = None

    def on_mount(self) -> None:
        self.set_interval(1.0, self._ask_charts)

    def action_span(self, step: int) -> None:
        self._span = max(0, min(self._span + step, len(SPANS_H) - 1))
        self._ask_charts()

    def _ask_charts(self) -> None:
        """Behind the sheet, one at a time; what nobody answered is asked again when it is due."""
        if not self.is_current or not self.built or self.still:
            return
        pane, now = self.query_one(SheetPane), time.monotonic()
        wanted = self._span, pane.steps, self.scene.replaying_ms
        moved = self._charting is None and wanted != self._charted
        if pane.charted and (moved or now >= self._charts_due):
            self._charting, self._charts_due = wanted, now + CHARTS_S
            to_ms = self.scene.now_ms()
            asked = self.thing_id, to_ms - SPANS_H[self._span] * HOUR_MS, to_ms, pane.steps
            self.post_message(Wished(Wish(lambda reader: reader.charts(*asked), self._hear_charts)))

    def _hear_charts(self, charts: object) -> None:
        self._charted, self._charting = self._charting, None
        if not self.built:
            return
        pane = self.query_one(SheetPane)
        if charts is not None:
            told = cast("Charts", charts)
            pane.take_charts(told)
            tenth_s = (told.to_ms - told.from_ms) / pane.steps / 10_000
            self._charts_due += max(0.0, tenth_s - CHARTS_S)  # sooner hardly a step would move
        self._ask_charts()


class TicketScreen(View):
    AUTO_FOCUS = "TextPane"
    KEYS = keys.ON_TEXT
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("app.pop_screen"),
        keys.COPY.bind("copy"),
    ]

    def __init__(self, scene: Scene, write: Callable[[], str], copy: Callable[[str], None]) -> None:
        """`write`: the tickets, in the language of the screen; `copy` tells that it did."""
        super().__init__(scene)
        self._write, self._copy = write, copy

    def body(self) -> ComposeResult:
        yield TextPane(self.scene, "board.ticket", self._write)

    def on_mount(self) -> None:
        self.action_copy()

    def action_copy(self) -> None:
        self._copy(self._write())


class HelpScreen(View):
    AUTO_FOCUS = "HelpPane"
    KEYS = keys.ON_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("app.pop_screen"),
        keys.HELP.bind("app.pop_screen"),
    ]

    def body(self) -> ComposeResult:
        yield HelpPane(self.scene, id="help")

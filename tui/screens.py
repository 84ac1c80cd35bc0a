"""The four screens: board, sites, one thing, help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from store.questions import Reader, Sheet
from tui import keys
from tui.arrangement import WITH_PANEL, arrange
from tui.footer import Footer, label
from tui.grid import Grid
from tui.messages import Chosen, Wish, Wished
from tui.pages import HelpPane, SheetPane, TextPane
from tui.painted import Painted
from tui.roots import WIDE, Recent, RootList, Why
from tui.scene import Scene
from tui.sites import SiteList
from tui.tiers import Tiers
from tui.verdict import Header, Verdict


class View(Screen[None]):
    """Header and verdict above, keys below; between them what the screen is about."""

    KEYS: ClassVar[Sequence[keys.Key]] = ()

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._asked: set[str] = set()  # of which the answer is not there yet
        self._stale = True  # the record has changed since it was asked

    def compose(self) -> ComposeResult:
        yield Header(self.scene, id="header")
        yield Verdict(self.scene, id="verdict")
        yield from self.body()
        yield Footer(self.scene, self.KEYS, id="footer")

    def body(self) -> ComposeResult:
        raise NotImplementedError

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        """What it asks of the record, anew after each change while it is the one that is seen."""
        return {}

    def take(self, name: str, value: object) -> None:
        """The answer to one of its questions."""

    def ask_again(self) -> None:
        """One of each at a time: what changes while the record is asked is asked behind it."""
        if not self.is_current:
            self._stale = True
            return
        self._stale = False
        for name, ask in self.questions().items():
            if name in self._asked:
                self._stale = True
            else:
                self._asked.add(name)
                self.post_message(Wished(Wish(ask, partial(self._hear, name))))

    def _hear(self, name: str, value: object) -> None:
        self._asked.discard(name)
        if not self.built:
            return
        self.take(name, value)
        if self._stale:
            self.ask_again()

    def follow(self) -> None:
        """Show what is known now; each widget repaints only what differs."""
        for widget in self.query(Painted):
            widget.repaint()

    def follow_bars(self) -> None:
        """The lists stand still; that they do, and what the monitor sees, is told."""
        for bar in (Header, Verdict, Footer):
            self.query_one(bar).repaint()

    def meant(self) -> list[int]:
        """The things that a key is meant for: those marked, or that under the cursor."""
        pane = next((pane for pane in self.query(Painted) if pane.has_focus), None)
        return pane.chosen() if pane is not None else []

    @property
    def built(self) -> bool:
        """Its widgets are there: not before they are made, nor when the board is being closed."""
        return self.is_running and bool(self.query(Painted))

    def on_screen_resume(self) -> None:
        if self._stale:
            self.ask_again()
        if self.built:
            self.follow()


class BoardScreen(View):
    AUTO_FOCUS = "RootList"
    KEYS = keys.ON_BOARD
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.PANE.bind("next_pane(1)"),
        keys.PANE_BACK.bind("next_pane(-1)"),
    ]

    def body(self) -> ComposeResult:
        roots = RootList(self.scene, id="roots")
        with Horizontal(id="top"):
            yield Grid(self.scene, id="grid")
            yield Tiers(self.scene, id="tiers")
            yield Recent(self.scene, id="recent")
        with Horizontal(id="bottom"):
            with Vertical(id="left"):
                yield roots
                yield Why(self.scene, roots, id="why")
            yield SiteList(self.scene, id="panel")

    def on_resize(self, _: events.Resize) -> None:
        if self.built:
            self._arrange()

    def follow(self) -> None:
        self._arrange()
        self.query_one(RootList).take()
        sites = self.query_one(SiteList)
        if sites.display:
            sites.take()
        super().follow()

    def _arrange(self) -> None:
        """Give the roots what the grid does not need; on a small terminal, everything."""
        width, height = self.size
        plan = arrange(self.scene, width, height)
        top, grid, why = self.query_one("#top"), self.query_one(Grid), self.query_one(Why)
        top.display = plan.top_rows > 0
        self.query_one(Recent).display = width >= WIDE
        self.query_one(SiteList).display = width >= WITH_PANEL
        why.display = plan.why_rows > 0
        for widget, side, cells in (
            (top, "height", plan.top_rows),
            (grid, "width", plan.grid_cells),
            (why, "height", plan.why_rows),
        ):
            now = getattr(widget.styles, side)
            if now is None or now.value != cells:  # a layout costs a whole screen: only on change
                setattr(widget.styles, side, cells)
        if not any(pane.has_focus for pane in self._panes()):
            self.query_one(RootList).focus()

    def _panes(self) -> list[Painted]:
        panes: list[Painted] = [self.query_one(RootList)]
        if self.query_one("#top").display:
            panes.append(self.query_one(Grid))
        if self.query_one(SiteList).display:
            panes.append(self.query_one(SiteList))
        return panes

    def action_next_pane(self, step: int) -> None:
        panes = self._panes()
        at = next((n for n, pane in enumerate(panes) if pane.has_focus), 0)
        panes[(at + step) % len(panes)].focus()


class FindBox(Input):
    """Letters go into the box, so that Vietnamese typing never presses a key of the board."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "screen.walk(1)"),
        Binding("up", "screen.walk(-1)"),
        Binding("pagedown", "screen.page(1)"),
        Binding("pageup", "screen.page(-1)"),
    ]


class SitesScreen(View):
    AUTO_FOCUS = "SiteList"
    KEYS = keys.ON_SITES
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("back"),
        keys.FIND.bind("find"),
    ]

    def __init__(self, scene: Scene, *, finding: bool) -> None:
        super().__init__(scene)
        self._finding = finding

    def body(self) -> ComposeResult:
        box = FindBox(id="find", compact=True, select_on_focus=False)
        box.cursor_blink = False  # an idle board writes nothing
        box.display = self._finding
        yield SiteList(self.scene, id="sites")
        yield box

    def on_mount(self) -> None:
        if self._finding:
            self.action_find()

    def follow(self) -> None:
        self.query_one(SiteList).take()
        self.query_one(FindBox).placeholder = self.scene.say("board.find_hint")
        super().follow()

    def action_find(self) -> None:
        self._open_box(True)

    def _open_box(self, opened: bool) -> None:
        box, sites = self.query_one(FindBox), self.query_one(SiteList)
        box.display = sites.driven = opened
        self.query_one(Footer).keys = keys.IN_FIND if opened else self.KEYS
        (box if opened else sites).focus()
        self.follow()

    def action_back(self) -> None:
        """Out of the search first, then out of the list."""
        box, sites = self.query_one(FindBox), self.query_one(SiteList)
        if box.display or sites.wanted:
            box.value = sites.wanted = ""
            self._open_box(False)
        else:
            self.app.pop_screen()

    def action_walk(self, step: int) -> None:
        self.query_one(SiteList).action_move(step)

    def action_page(self, step: int) -> None:
        self.query_one(SiteList).action_page(step)

    def on_input_changed(self, event: Input.Changed) -> None:
        sites = self.query_one(SiteList)
        if event.value != sites.wanted:
            sites.wanted = event.value
            sites.cursor = None  # the best hit, not the last choice
            sites.take()

    def on_input_submitted(self, _: Input.Submitted) -> None:
        hit = self.query_one(SiteList).cursor
        if hit is not None:
            self.post_message(Chosen(hit))


class SheetScreen(View):
    AUTO_FOCUS = "SheetPane"
    KEYS = keys.ON_SHEET
    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK.bind("app.pop_screen")]

    def __init__(self, scene: Scene, thing_id: int) -> None:
        super().__init__(scene)
        self.thing_id = thing_id

    def body(self) -> ComposeResult:
        yield SheetPane(self.scene, self.thing_id, id="sheet")

    def meant(self) -> list[int]:
        return [self.thing_id]

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        return {"sheet": lambda reader: reader.sheet(self.thing_id)}

    def take(self, name: str, value: object) -> None:
        assert value is None or isinstance(value, Sheet)
        self.query_one(SheetPane).take(value)


class TicketScreen(View):
    AUTO_FOCUS = "TextPane"
    KEYS = keys.ON_TEXT
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("app.pop_screen"),
        keys.COPY.bind("copy"),
    ]

    def __init__(self, scene: Scene, write: Callable[[], str]) -> None:
        super().__init__(scene)
        self._write = write

    def body(self) -> ComposeResult:
        yield TextPane(self.scene, "ticket.title", self._write)

    def on_mount(self) -> None:
        self.action_copy()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._write())
        self.scene.notice = self.scene.say("ticket.copied", key=label(self.scene, keys.COPY))
        self.query_one(Footer).repaint()


class HelpScreen(View):
    AUTO_FOCUS = "HelpPane"
    KEYS = keys.ON_HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("app.pop_screen"),
        keys.HELP.bind("app.pop_screen"),
    ]

    def body(self) -> ComposeResult:
        yield HelpPane(self.scene, id="help")

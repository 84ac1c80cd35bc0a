"""The screens that are one long list: outages, sites, services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from store.questions import Reader
from tui import keys
from tui.footer import Footer
from tui.messages import Chosen
from tui.roots import RootList, Why
from tui.scene import Scene
from tui.sites import ServiceList, SiteList
from tui.view import View


class OutagesScreen(View):
    """Every open root on the whole screen: to filter, to sort, to mark many."""

    AUTO_FOCUS = "RootList"
    KEYS = keys.ON_OUTAGES
    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("app.board"),
        keys.FILTER.bind("filter"),
    ]

    def body(self) -> ComposeResult:
        roots = RootList(self.scene, id="roots")
        yield roots
        yield Why(self.scene, roots, id="why")

    def follow(self) -> None:
        self.query_one(RootList).take()
        super().follow()

    def action_filter(self) -> None:
        self.query_one(RootList).next_filter()


class ServicesScreen(View):
    AUTO_FOCUS = "ServiceList"
    KEYS = keys.ON_SERVICES
    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK.bind("app.board")]

    def body(self) -> ComposeResult:
        yield ServiceList(self.scene, id="services")

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        return {"checks": lambda reader: reader.checks()}

    def take(self, name: str, value: object) -> None:
        assert isinstance(value, Mapping)
        self.query_one(ServiceList).checks = value
        self.follow()

    def follow(self) -> None:
        self.query_one(ServiceList).take()
        super().follow()


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

    def __init__(self, scene: Scene, *, finding: bool = False) -> None:
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

    async def action_back(self) -> None:
        """Out of the search first, then out of the list."""
        box, sites = self.query_one(FindBox), self.query_one(SiteList)
        if box.display or sites.wanted:
            box.value = sites.wanted = ""
            self._open_box(False)
        else:
            await self.run_action("app.board")

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

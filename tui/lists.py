"""The screens that are one long list: outages, sites, services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType

from store.questions import Reader
from tui import keys
from tui.events import EventList
from tui.light import LightDetail, Wanted
from tui.links import LinkList
from tui.messages import Wish, Wished
from tui.roots import RootList, Why
from tui.sites import ServiceList, SiteList
from tui.view import View

if TYPE_CHECKING:
    from store.lines import LightHistory

REST_S = 0.3  # a cursor that runs down the list asks for nothing


class ListScreen(View):
    """One long list, a digit away from everywhere; Esc leads to the board."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK.bind("app.board")]


class OutagesScreen(ListScreen):
    """Every open root on the whole screen: to filter, to sort, to mark many."""

    AUTO_FOCUS = "RootList"
    KEYS = keys.ON_OUTAGES
    BINDINGS: ClassVar[list[BindingType]] = [keys.FILTER.bind("filter")]

    def body(self) -> ComposeResult:
        roots = RootList(self.scene, id="roots")
        yield roots
        yield Why(self.scene, roots, id="why")

    def action_filter(self) -> None:
        self.query_one(RootList).next_filter()


class LinksScreen(ListScreen):
    """What light they have and how full they are; beneath, a month of the one under the cursor."""

    AUTO_FOCUS = "LinkList"
    KEYS = keys.ON_LINKS
    EVERY_S = 5.0
    _asking: Wanted | None = None

    def body(self) -> ComposeResult:
        links = LinkList(self.scene, id="links")
        yield links
        yield LightDetail(self.scene, links, id="light")

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        return {"links": lambda reader: reader.links()}

    def take(self, name: str, value: object) -> None:
        assert isinstance(value, tuple)
        self.query_one(LinkList).links = value
        self.follow()

    def ask_anew(self) -> None:
        super().ask_anew()
        self._asking = None

    def follow_all(self) -> None:
        """The weaker end, or the replayed moment, may be another one."""
        super().follow_all()
        self._ask_history(self.query_one(LightDetail).wanted)

    def on_walked(self) -> None:
        super().on_walked()
        self.set_timer(REST_S, partial(self._ask_history, self.query_one(LightDetail).wanted))

    def _ask_history(self, wanted: Wanted | None) -> None:
        """Of the link on which the cursor came to rest."""
        here = self.query_one(LightDetail).wanted
        if wanted is None or wanted == self._asking or wanted != here:
            return
        self._asking = wanted
        sensor, until = wanted[0], self.scene.now_ms()
        ask: Callable[[Reader], object] = lambda reader: reader.light_history(sensor, until)  # noqa: E731
        self.post_message(Wished(Wish(ask, partial(self._take_history, wanted))))

    def _take_history(self, wanted: Wanted, history: object) -> None:
        if self._asking == wanted:
            self._asking = None
        if self.built and wanted == self.query_one(LightDetail).wanted:
            sensor, replayed_ms = wanted
            told = cast("LightHistory | None", history)
            self.query_one(LightDetail).take_history(sensor, told, replayed_ms)


class ServicesScreen(ListScreen):
    AUTO_FOCUS = "ServiceList"
    KEYS = keys.ON_SERVICES

    def body(self) -> ComposeResult:
        yield ServiceList(self.scene, id="services")

    def questions(self) -> Mapping[str, Callable[[Reader], object]]:
        return {"checks": lambda reader: reader.checks()}

    def take(self, name: str, value: object) -> None:
        assert isinstance(value, Mapping)
        self.query_one(ServiceList).checks = value
        self.follow()


class SitesScreen(ListScreen):
    AUTO_FOCUS = "SiteList"
    KEYS = keys.ON_SITES

    def body(self) -> ComposeResult:
        yield SiteList(self.scene, id="sites")


class EventsScreen(ListScreen):
    AUTO_FOCUS = "EventList"
    KEYS = keys.ON_EVENTS

    def body(self) -> ComposeResult:
        yield EventList(self.scene, id="events")

"""The screens that are one long list: outages, sites, services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from store.questions import Reader
from tui import keys
from tui.roots import RootList, Why
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


class SitesScreen(View):
    AUTO_FOCUS = "SiteList"
    KEYS = keys.ON_SITES
    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK.bind("app.board")]

    def body(self) -> ComposeResult:
        yield SiteList(self.scene, id="sites")

    def follow(self) -> None:
        self.query_one(SiteList).take()
        super().follow()

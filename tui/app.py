"""The board: an app that shows what the feed tells it and never asks the record itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from inventory.phrases import LANGUAGES
from store.questions import Reader
from tui.feed import Feed
from tui.messages import Answered, Chosen, Failing, FromRecord, Reading, Wished
from tui.scene import Scene
from tui.screens import BoardScreen, HelpScreen, SheetScreen, SitesScreen, View

TICK_S = 10.0  # the clock and the ages move in such steps; between them an idle board is silent


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Board(App[None]):
    """`language` None: that of the record. `now_ms` gives the moment that ages count to."""

    TITLE = "Canh"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "board.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit"),
        Binding("l", "language"),
        Binding("s", "sites"),
        Binding("slash", "find"),
        Binding("question_mark,f1", "help"),
    ]

    def __init__(
        self,
        reader_factory: Callable[[], Reader],
        *,
        language: str | None,
        ascii_only: bool,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        # With NO_COLOR only the terminal's own two colours may be sent, not shades of grey.
        super().__init__(ansi_color="NO_COLOR" in os.environ)
        self.animation_level = "none"
        self._language_given = language is not None
        self.scene = Scene(language or LANGUAGES[0], ascii_only, now_ms)
        self.feed = Feed(reader_factory, self._tell, now_ms)

    def _tell(self, said: Reading | Answered | Failing) -> None:
        """Called from the feed's thread."""
        try:
            self.post_message(FromRecord(said))
        except RuntimeError:  # the loop closed between two polls: nobody is left to be told
            self.feed.stop(wait_s=0)

    def on_mount(self) -> None:
        self.push_screen(BoardScreen(self.scene))
        self.set_interval(TICK_S, self.tick)
        self.feed.start()

    def on_unmount(self) -> None:
        self.feed.stop()

    def on_from_record(self, message: FromRecord) -> None:
        if not self.screen_stack:  # the board is closing
            return
        match message.said:
            case Reading() as reading:
                self._take_reading(reading)
            case Answered(wish=wish, value=value):
                for screen in self.screen_stack:
                    if screen is wish.screen and isinstance(screen, View):
                        screen.hear(wish, value)
            case Failing(why=why):
                self.scene.failing = why
                self.follow()

    def _take_reading(self, reading: Reading) -> None:
        scene = self.scene
        scene.failing, scene.heard_ms = None, scene.now_ms()
        scene.known.fold_in(reading)
        if not self._language_given and scene.known.language in LANGUAGES:
            scene.language, self._language_given = scene.known.language, True
        self.follow()
        if reading.full or reading.snapshot.rows or reading.roots is not None:
            for screen in self.screen_stack:
                if isinstance(screen, View):
                    screen.ask_again()

    def tick(self) -> None:
        self.scene.drawn_ms = self.scene.now_ms()
        self.follow()

    def follow(self) -> None:
        top = self.screen_stack[-1:]
        if top and isinstance(top[0], View) and top[0].built:
            top[0].follow()

    def on_wished(self, message: Wished) -> None:
        self.feed.ask(message.wish)

    def on_chosen(self, message: Chosen) -> None:
        self.open_thing(message.thing_id)

    def open_thing(self, thing_id: int) -> None:
        self.push_screen(SheetScreen(self.scene, thing_id))

    def action_language(self) -> None:
        following = (LANGUAGES.index(self.scene.language) + 1) % len(LANGUAGES)
        self.scene.language, self._language_given = LANGUAGES[following], True
        self.follow()

    def action_sites(self) -> None:
        if not isinstance(self.screen, SitesScreen):
            self.push_screen(SitesScreen(self.scene, finding=False))

    def action_find(self) -> None:
        if not isinstance(self.screen, SitesScreen):
            self.push_screen(SitesScreen(self.scene, finding=True))

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.scene))

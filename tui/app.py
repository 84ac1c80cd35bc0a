"""The board: an app that shows what the feed tells it and never asks the record itself."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.timer import Timer

from inventory.phrases import LANGUAGES
from inventory.written import write_whole
from store.questions import Reader
from tui import keys, themes
from tui.finding import FindScreen
from tui.footer import label
from tui.forms import Form
from tui.lists import EventsScreen, LinksScreen, OutagesScreen, ServicesScreen, SitesScreen
from tui.messages import (
    Answered,
    Chosen,
    Failing,
    FromRecord,
    LookedUp,
    Reading,
    ReportWished,
    Wished,
)
from tui.pacing import Pacing
from tui.painted import Pane
from tui.preview import MakePreviews, Previews
from tui.replaying import PastReader, ReplayApp
from tui.report import ReportScreen
from tui.reporter import Asked, Reporter, none_made
from tui.scene import Scene
from tui.screens import BoardScreen, HelpScreen, SheetScreen
from tui.searcher import Searcher
from tui.settings import USUAL, Settings
from tui.speaker import Speaker
from tui.typist import Typed, Typist
from tui.view import View

if TYPE_CHECKING:
    from inventory.lookup import Hit
    from tui.feed import First

RING_S = 60.0
WALL_S = 20.0
AGAIN_S = 0.25  # a full line is looked at again
NOTICE_S = 6.0  # so long what was done can be read, if no key is pressed
TICK_S = 10.0  # the clock and the ages move in such steps; between them an idle board is silent


LISTS: dict[str, type[View]] = {
    "outages": OutagesScreen,
    "sites": SitesScreen,
    "links": LinksScreen,
    "services": ServicesScreen,
    "report": ReportScreen,
    "events": EventsScreen,
}
WALL = ("board", "outages", "links", "services")


def _collect_again() -> None:
    """Who started us kept the collector off until something is shown: it would take a fifth of
    that time. What was built until now stays."""
    gc.freeze()
    gc.enable()


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Board(ReplayApp):
    """`first`: see Feed. `language` None: that of the record. `now_ms` gives the moment that ages
    count to. `speaker` None: a board that only shows."""

    TITLE = "Canh"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "board.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(key.bind(action) for key, action in keys.ACTIONS.items()),
        keys.FIND.bind("find(False)"),
        keys.GO.bind("find(True)"),
        keys.WHY.bind("why"),
        keys.COPY.bind("copy"),
        keys.TAKE.bind("take"),
        keys.GIVE_BACK.bind("give_back"),
        keys.NOTE.bind("note"),
        keys.WORK.bind("work"),
        keys.EARLIER.bind("step(-1)"),
        keys.LATER.bind("step(1)"),
        keys.CHANGE_BEFORE.bind("change(False)"),
        keys.CHANGE_AFTER.bind("change(True)"),
    ]

    def __init__(
        self,
        reader_factory: Callable[[], Reader],
        *,
        first: Callable[[], First | None] | None = None,
        language: str | None,
        ascii_only: bool,
        now_ms: Callable[[], int] = wall_clock_ms,
        speaker: Speaker | None = None,
        settings: Settings = USUAL,
        wall: bool = False,
        open_past: Callable[[Callable[[], int]], PastReader] | None = None,
        make_previews: MakePreviews = none_made,
    ) -> None:
        # With NO_COLOR only the terminal's own two colours may be sent, not shades of grey.
        super().__init__(ansi_color="NO_COLOR" in os.environ)
        self.animation_level = "none"
        for name in themes.NAMES:
            self.register_theme(themes.textual(name))
        self._language_given = language is not None
        self.scene = Scene(language or LANGUAGES[0], ascii_only, now_ms)
        self.open_reader, self.open_past, self.live_now_ms = reader_factory, open_past, now_ms
        self.feed = self.new_feed(reader_factory, now_ms, first=first)
        self.searcher = Searcher(reader_factory)
        self.reporter = Reporter(make_previews)
        self._settings = settings
        self.show_theme(settings.theme)  # later it would cost the style sheet once more
        self._starts_on_the_wall = wall
        self._wall: Timer | None = None
        self._needing: set[int] = set()  # roots that needed somebody when last heard
        self._rang = -RING_S
        self.speaker = speaker
        self.pacing = Pacing(self._write)
        self._typist = Typist(self, self._hand_on)
        self._behind = False  # the screen is older than what is known
        self.scene.speaks = speaker is not None

    def _take_settings(self, settings: Settings) -> None:
        self.scene.bound = dict(settings.bound)
        self.set_keymap(self.scene.bound)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.variables(themes.DARK)

    def on_mount(self) -> None:
        self._take_settings(self._settings)
        self.push_screen(BoardScreen(self.scene))
        if self._starts_on_the_wall:
            self.call_after_refresh(self.action_wall)
        self.set_interval(TICK_S, self.tick)
        self.feed.start()

    def on_unmount(self) -> None:
        self.feed.stop()
        self.searcher.stop()
        self.reporter.stop()

    def on_from_record(self, message: FromRecord) -> None:
        if not self.screen_stack or message.feed is not self.feed:  # it closes, or went elsewhere
            return
        match message.said:
            case Reading() as reading:
                self._take_reading(reading)
            case Answered(wish=wish, value=value):
                wish.hear(value)
            case Failing(why=why):
                self.scene.failing = why
                for view in self.views:
                    view.ask_anew()
                self.follow_soon()
        if not gc.isenabled():
            self.call_after_refresh(_collect_again)

    def _take_reading(self, reading: Reading) -> None:
        scene, failed = self.scene, self.scene.failing is not None
        scene.failing = None
        scene.heard()
        scene.known.fold_in(reading)
        self._ring(first=reading.full)
        if reading.full or scene.known.renamed:
            self.searcher.names_changed()
        if not self._language_given and scene.known.language in LANGUAGES:
            scene.language, self._language_given = scene.known.language, True
        self.follow_soon()
        if failed or reading.full or reading.snapshot.rows or reading.roots is not None:
            for view in self.views:
                view.ask_again()

    def _ring(self, *, first: bool) -> None:
        """For a new root that needs somebody, once a minute at most, where somebody wants it."""
        needing = {root.id for root in self.scene.known.needing}
        new, self._needing = needing - self._needing, needing
        now = time.monotonic()
        if new and not first and self.scene.wall and self._wall is not None:
            self._wall.reset()
            self.action_show("outages")
        if new and not first and self._settings.bell and now - self._rang >= RING_S:
            self._rang = now
            self.bell()

    def tick(self) -> None:
        self.scene.tick()
        if time.monotonic() - self.scene.noticed_s >= NOTICE_S:
            self.scene.notice = ""
        self.follow_soon()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._typist.take(event)
        else:
            await super().on_event(event)

    async def _hand_on(self, typed: Typed) -> None:
        if isinstance(typed, events.Key):
            self.pacing.pressed()
            if self.scene.wall:  # any key ends it, and does nothing else
                self._end_wall()
                return
        await super().on_event(typed)

    def on_key(self) -> None:
        """What was done was read by now."""
        if self.scene.notice:
            self.notify_line("")

    def follow_soon(self) -> None:
        """Show what is known as soon as the line has taken what was shown before."""
        if self.pacing.ready():
            self.follow()
        elif not self._behind:
            self._behind = True
            self.set_timer(AGAIN_S, self._again)

    def _again(self) -> None:
        if self._behind:
            self._behind = False
            self.follow_soon()

    def follow(self) -> None:
        """Show what is known, now: somebody pressed a key."""
        self._behind = self.scene.painted = False
        if (view := self.view) is not None and view.built:
            view.follow()
        top = self.screen_stack[-1:]  # none when the board is being closed
        if top and isinstance(top[0], Form):
            top[0].follow()
        if self.scene.painted and not self.is_headless:
            self.call_after_refresh(self.pacing.painted)

    def on_cursor_position(self) -> None:
        self.pacing.answered()
        self._again()

    def _write(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)

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
        if (view := self.view) is not None and view.still:
            view.redraw()

    def action_board(self) -> None:
        while len(self.screen_stack) > 2:  # Textual's own, and the board
            self.pop_screen()

    def action_show(self, name: str) -> None:
        """One of the screens that are one key away from everywhere."""
        make = LISTS[name]
        if not isinstance(self.screen, make):
            self.action_board()
            self.push_screen(make(self.scene))

    def action_find(self, going: bool) -> None:
        if not isinstance(self.screen, FindScreen):
            self.push_screen(FindScreen(self.scene, self._look_up, going=going))

    def _look_up(self, question: str, hear: Callable[[str, Sequence[Hit]], None]) -> None:
        if question:
            self.searcher.ask(question, partial(self._from_searcher, hear))

    def _from_searcher(
        self, hear: Callable[[str, Sequence[Hit]], None], question: str, hits: Sequence[Hit]
    ) -> None:
        """Called from the searcher's thread."""
        with suppress(RuntimeError):  # the board was closed meanwhile
            self.post_message(LookedUp(partial(hear, question, hits)))

    def on_report_wished(self, message: ReportWished) -> None:
        month, now_ms, hear = message.asked

        def made(previews: Previews | str) -> None:
            with suppress(RuntimeError):
                self.post_message(LookedUp(partial(hear, previews)))

        self.reporter.ask(Asked(month, now_ms, made))

    def on_looked_up(self, message: LookedUp) -> None:
        message.hear()

    def action_export(self) -> None:
        """What the list under the cursor shows, into a file where the board was started."""
        pane = self.screen.focused
        heads, rows = pane.table() if isinstance(pane, Pane) else ([], [])
        if not heads:
            self.notify_line(self.scene.say("notice.no_list"))
            return
        from inventory.grids import write_csv  # it brings all that a file may hold

        if self.is_web:  # it would be written where the server stands
            self.notify_line(self.scene.say("notice.read_only"))
            return
        stamp = self.scene.local(self.scene.now_ms()).strftime("%Y%m%d-%H%M%S")
        file = Path(f"canh-{type(self.screen).__name__.removesuffix('Screen').lower()}-{stamp}.csv")
        try:
            write_whole(file, "\ufeff" + write_csv(heads, rows))  # Excel knows it by the mark
        except OSError as error:
            self.notify_line(self.scene.say("notice.not_exported", file=file, why=error.strerror))
        else:
            self.notify_line(self.scene.say("notice.exported", n=len(rows), file=file))

    def action_wall(self) -> None:
        self.scene.wall, self.scene.paused = True, False
        self._wall = self.set_interval(WALL_S, self._turn)
        self.action_board()
        self.follow()

    def _turn(self) -> None:
        """The next of the screens that go round."""
        shown = next((n for n, make in LISTS.items() if isinstance(self.screen, make)), "board")
        following = WALL[(WALL.index(shown) + 1) % len(WALL)] if shown in WALL else "board"
        if following == "board":
            self.action_board()
        else:
            self.action_show(following)

    def _end_wall(self) -> None:
        self.scene.wall = False
        if self._wall is not None:
            self._wall.stop()
        self.follow()

    def action_theme(self) -> None:
        names = themes.NAMES
        self.show_theme(names[(names.index(self.scene.theme) + 1) % len(names)])

    def show_theme(self, name: str) -> None:
        self.scene.theme = name
        self.theme = f"canh-{name}"

    def action_pause(self) -> None:
        scene = self.scene
        if scene.replaying_ms is not None:
            self.notify_line(scene.say("notice.past_still"))
            return
        scene.paused = not scene.paused
        key = label(scene, keys.PAUSE)
        self.notify_line(scene.say("notice.paused", key=key) if scene.paused else "")
        self.follow()
        for view in self.views:
            view.ask_again()

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.scene))

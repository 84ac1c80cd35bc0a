"""What every screen of the board has: header, verdict, keys, questions to the record."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from store.questions import Reader
from tui import keys
from tui.footer import Footer
from tui.messages import Wish, Wished
from tui.painted import Painted, Pane
from tui.scene import Scene
from tui.verdict import Header, Verdict


class View(Screen[None]):
    """Header and verdict above, keys below; between them what the screen is about."""

    EVERY_S: ClassVar[float] = 0.0  # it asks no more often
    KEYS: ClassVar[Sequence[keys.Key]] = ()

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._asked: set[str] = set()  # of which the answer is not there yet
        self._stale = True  # the record has changed since it was asked
        self._asked_at = -math.inf
        self._unheard = set(self.questions())  # of which no answer was ever heard
        self._filled = False  # its lists show something

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
        now = time.monotonic()
        early = now - self._asked_at < self.EVERY_S
        if not self.is_current or self.still or early:
            if early and not self._stale:
                self.set_timer(self._asked_at + self.EVERY_S - now, self.ask_again)
            self._stale = True
            return
        self._stale, self._asked_at = False, now
        for name, ask in self.questions().items():
            if name in self._asked:
                self._stale = True
            else:
                self._asked.add(name)
                self.post_message(Wished(Wish(ask, partial(self._hear, name))))

    def ask_anew(self) -> None:
        """What was asked of a record that fails, or that is shown no more, has no answer."""
        self._asked.clear()
        self._stale, self._asked_at = True, -math.inf

    def _hear(self, name: str, value: object) -> None:
        self._asked.discard(name)
        if not self.built:
            return
        if self.still:  # asked before they were told to stand still
            self._stale = True
            return
        self._unheard.discard(name)
        self.take(name, value)
        if self._stale:
            self.ask_again()

    @property
    def still(self) -> bool:
        """Nothing moves here but the bars; a screen that was opened just now is filled first."""
        return self.scene.paused and self._filled

    def follow(self) -> None:
        """Show what is known now; where the lists are kept still, that they are."""
        if self.still:
            self.follow_bars()
        else:
            self._filled = not self._unheard
            self.follow_all()

    def follow_all(self) -> None:
        for pane in self.query(Pane):
            if pane.display:
                pane.take()
        self.redraw()

    def redraw(self) -> None:
        """Each widget repaints only what differs."""
        for widget in self.query(Painted):
            widget.repaint()

    def follow_bars(self) -> None:
        """What the monitor sees, and that the lists stand still."""
        for bar in (Header, Verdict, Footer):
            self.query_one(bar).repaint()

    def pane(self) -> Painted | None:
        """That which keys are meant for."""
        return next((pane for pane in self.query(Painted) if pane.has_focus), None)

    def meant(self) -> list[int]:
        """The things that a key is meant for: those marked, or that under the cursor."""
        pane = self.pane()
        return pane.chosen() if pane is not None else []

    def pointed(self) -> list[int]:
        """The thing under the cursor, whatever is marked."""
        pane = self.pane()
        if not isinstance(pane, Pane):
            return self.meant()
        thing = pane.thing_of(pane.cursor) if pane.cursor is not None else None
        return [] if thing is None else [thing]

    def unmark(self) -> None:
        """What was meant was said."""
        for pane in self.query(Pane):
            if pane.marked:
                pane.marked.clear()
                pane.repaint()

    @property
    def built(self) -> bool:
        """Its widgets are there: not before they are made, nor when the board is being closed."""
        return self.is_running and bool(self.query(Painted))

    def on_walked(self) -> None:
        for widget in self.query(Painted):
            if widget.beside:
                widget.repaint()

    def on_screen_resume(self) -> None:
        if self._stale:
            self.ask_again()
        if self.built:
            self.follow()

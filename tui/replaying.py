"""The board as it was at a past moment, step by step or to the next root that began or ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol, cast

from store.questions import Reader
from tui.feed import Feed, First
from tui.forms import Field, Form
from tui.messages import Answered, Failing, FromRecord, Reading, Wish
from tui.replay import last_change, next_change, typed
from tui.subjects import SubjectApp

STEP_MS = 60_000
SPAN_MS = 7 * 86_400_000  # so far the next change is looked for


class PastReader(Reader, Protocol):
    """Answers for a past moment."""

    def changes(self, from_ms: int, to_ms: int) -> tuple[int, ...]:
        """The moments in [from, to) at which a root began or ended."""


class ReplayApp(SubjectApp):
    """`open_past` None: this board shows only what is. It is given who knows the moment now."""

    open_past: Callable[[Callable[[], int]], PastReader] | None
    open_reader: Callable[[], Reader]
    live_now_ms: Callable[[], int]

    def new_feed(
        self,
        open_reader: Callable[[], Reader],
        now_ms: Callable[[], int],
        *,
        lives: bool = True,
        first: Callable[[], First | None] | None = None,
    ) -> Feed:
        """What an older feed still has to say is not heard any more."""

        def tell(said: Reading | Answered | Failing) -> None:
            try:
                self.post_message(FromRecord(said, feed))
            except RuntimeError:  # the loop closed between two polls: nobody is left to be told
                feed.stop(wait_s=0)

        feed = Feed(open_reader, tell, now_ms, lives=lives, first=first)
        return feed

    def action_replay(self) -> None:
        if self.open_past is None:
            return
        if self.scene.replaying_ms is not None:
            self._leave()
            return
        title = self.scene.say("form.replay")
        self.push_screen(Form(self.scene, title, (), (Field("moment"),), self._read_moment))

    def _read_moment(self, said: Mapping[str, str]) -> str | Callable[[], None]:
        now = self.live_now_ms()
        try:
            at_ms = typed(said["moment"], self.scene.zone, now)
        except ValueError:
            return self.scene.say("form.no_moment", text=said["moment"])
        if at_ms > now:
            return self.scene.say("form.future")
        return partial(self._enter, at_ms)

    def _enter(self, at_ms: int) -> None:
        assert self.open_past is not None
        self.scene.replaying_ms = at_ms
        moment = lambda: self.scene.replaying_ms or at_ms  # noqa: E731
        self._follow_anew(partial(self.open_past, moment), moment)

    def _leave(self) -> None:
        self.scene.replaying_ms = None
        self._follow_anew(self.open_reader, self.live_now_ms)

    def _follow_anew(self, open_reader: Callable[[], Reader], now_ms: Callable[[], int]) -> None:
        self.feed.stop(wait_s=0)
        for view in self.views:
            view.ask_anew()  # when the other feed has read
        self.scene.paused = False
        self.scene.now_ms = now_ms
        self.scene.drawn_ms, self.scene.heard_s = now_ms(), None
        self.feed = self.new_feed(open_reader, now_ms, lives=self.scene.replaying_ms is None)
        self.feed.start()

    def action_step(self, minutes: int) -> None:
        if self.scene.replaying_ms is not None:
            self._go(self.scene.replaying_ms + minutes * STEP_MS)

    def action_change(self, onward: bool) -> None:
        """To the next root that began or ended, or to the last one before."""
        at = self.scene.replaying_ms
        if at is None:
            return
        span = (at, at + SPAN_MS) if onward else (at - SPAN_MS, at + 1)
        nearest = next_change if onward else last_change

        def hear(found: object) -> None:
            assert isinstance(found, tuple)
            moment = nearest(found, at)
            if moment is None:
                self.notify_line(self.scene.say("notice.no_change"))
            else:
                self._go(moment)

        self.feed.ask(Wish(lambda reader: cast(PastReader, reader).changes(*span), hear))

    def _go(self, at_ms: int) -> None:
        at_ms, scene = min(at_ms, self.live_now_ms()), self.scene
        scene.replaying_ms = scene.drawn_ms = at_ms

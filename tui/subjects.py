"""What a key does with the thing that it is meant for: why, the ticket, and all that is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from textual.app import App

from store.questions import LiveRow, OutageRow, Reader
from store.states import Mark
from store.ticket import ticket
from tui import keys, words
from tui.feed import Feed
from tui.footer import Footer, label
from tui.forms import Form
from tui.messages import Heard, Sayable, Wish
from tui.scene import Scene
from tui.screens import TicketScreen
from tui.speaker import Saying, Speaker
from tui.view import View
from tui.why import WhyPanel


class SubjectApp(App[None]):
    """`speaker` None: a board that only shows."""

    scene: Scene
    feed: Feed
    speaker: Speaker | None

    @property
    def views(self) -> list[View]:
        """The topmost first; a form may lie over its foot."""
        return [screen for screen in reversed(self.screen_stack) if isinstance(screen, View)]

    @property
    def view(self) -> View | None:
        return next(iter(self.views), None)

    def notify_line(self, text: str) -> None:
        self.scene.notice, self.scene.noticed_s = text, time.monotonic()
        if (view := self.view) is not None and view.built:
            view.query_one(Footer).repaint()

    def _ask(self, ask: Callable[[Reader], object], hear: Callable[[Any], None]) -> None:
        """An answer for a screen that was left meanwhile is not shown over another."""
        view = self.screen
        self.feed.ask(Wish(ask, lambda value: hear(value) if self.screen is view else None))

    def action_why(self) -> None:
        """Of one thing only, though others are marked."""
        view = self.screen
        row = next(self._rows(view.pointed()), None) if isinstance(view, View) else None
        if row is not None:
            root = self.scene.known.root_of(row.thing_id)
            ask = (lambda reader: None) if root is None else lambda reader: reader.opened(root.id)
            self._ask(ask, partial(self._explain, row))

    def _explain(self, row: LiveRow, opened: Any) -> None:
        self.push_screen(WhyPanel(self.scene, row, opened))

    def action_copy(self) -> None:
        """The tickets of the roots that are meant."""
        if not isinstance(self.screen, View):
            return
        rows, roots = self.scene.known.rows, self._roots_of(self.screen.meant())
        failed = [(root, rows[root.thing_id]) for root in roots if root.thing_id in rows]

        def ask(reader: Reader) -> object:
            def site(row: LiveRow) -> object:
                return None if row.site_id is None else reader.sheet(row.site_id)

            return [(root, reader.sheet(row.thing_id), site(row)) for root, row in failed]

        if failed:
            self._ask(ask, self._write_tickets)
        else:
            self.notify_line(self.scene.say("notice.no_root"))

    def _write_tickets(self, found: Any) -> None:
        if found:
            self.push_screen(TicketScreen(self.scene, lambda: self._tickets(found), self._copy))

    def _tickets(self, found: Any) -> str:
        network, now_ms = self.scene.known.network, self.scene.now_ms()
        return "\n".join(
            ticket(self.scene, root, sheet, site, network, now_ms) for root, sheet, site in found
        )

    def _copy(self, text: str) -> None:
        self.copy_to_clipboard(text)
        self.notify_line(self.scene.say("ticket.copied", key=label(self.scene, keys.COPY)))

    def _rows(self, things: Sequence[int]) -> Iterator[LiveRow]:
        return filter(None, map(self.scene.known.rows.get, things))

    def _roots_of(self, things: Sequence[int]) -> list[OutageRow]:
        roots = filter(None, map(self.scene.known.root_of, things))
        return list({root.id: root for root in roots}.values())

    def action_take(self) -> None:
        self._open_form(words.take)

    def action_note(self) -> None:
        self._open_form(words.note)

    def action_give_back(self) -> None:
        if roots := self._roots_meant():
            sayings = words.give_back(self.scene, roots)
            if not sayings:
                self.notify_line(self.scene.say("notice.not_taken"))
            self._speak(sayings)

    def action_work(self) -> None:
        """Plan work for what is meant, or end the work that the one meant is in."""
        rows = list(self._rows(self._meant()))
        if len(rows) == 1 and Mark.MAINTENANCE in rows[0].marks:
            self._ask(lambda reader: reader.works(), partial(self._release, rows[0]))
        elif rows:
            self.push_screen(words.plan(self.scene, rows))

    def _release(self, row: LiveRow, works: object) -> None:
        assert isinstance(works, tuple)
        going_on = words.covering(self.scene, row, works)
        if going_on is None:
            self.push_screen(words.plan(self.scene, [row]))
        else:
            self.push_screen(words.release(self.scene, row, *going_on))

    def _meant(self) -> list[int]:
        """The things that somebody speaks of; none on a board that only shows."""
        if not isinstance(self.screen, View):
            return []
        if self.speaker is None or self.scene.replaying_ms is not None:
            past = self.scene.replaying_ms is not None
            self.notify_line(self.scene.say("notice.past" if past else "notice.read_only"))
            return []
        return self.screen.meant()

    def _roots_meant(self) -> list[OutageRow]:
        meant = self._meant()
        found = self._roots_of(meant)
        if meant and not found:
            self.notify_line(self.scene.say("notice.no_root"))
        return found

    def _open_form(self, make: Callable[[Scene, list[OutageRow]], Form]) -> None:
        if roots := self._roots_meant():
            self.push_screen(make(self.scene, roots))

    def on_sayable(self, message: Sayable) -> None:
        self._speak(message.said, message.form)

    def _speak(self, said: Sequence[Saying], form: Form | None = None) -> None:
        """In a thread of its own: a full disk or a busy record must not stop the board."""
        speaker = self.speaker
        if speaker is not None and said:
            self.run_worker(lambda: self.post_message(Heard(speaker.say(said), form)), thread=True)

    def on_heard(self, message: Heard) -> None:
        """What was refused stands in its form, which stays open."""
        (done, refused), form = message.spoken, message.form
        whys = [self.scene.say(one.key, **one.values) if one.key else one.reason for one in refused]
        say = [self.scene.count("notice.done", done)] if done else []
        say += [self.scene.say("notice.refused", n=len(whys), why=whys[0])] if whys else []
        if form is not None and form.is_current and whys and not done:
            form.refuse_said(whys[0])
            return
        if form is not None and form.is_current:
            form.dismiss()
        if done and (view := self.view) is not None:
            view.unmark()
        self.notify_line(" ".join(say))

"""What is typed ahead on a slow line counts key by key.

Textual hands a key to whoever has the focus when it comes, though keys before it may still wait to
open a form or to move the focus: what follows would land in another field, or be a command.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

PATIENCE_S = 0.5  # a key that takes longer holds nobody up
_WALKS = 2  # behind the key, and behind what it brought about: a message, a screen that opens

Typed = events.Key | events.Paste


class Typist:
    """`hand_on` gives a key to the app; the next one follows when it is done."""

    def __init__(self, app: App[None], hand_on: Callable[[Typed], Awaitable[None]]) -> None:
        self._app, self._hand_on = app, hand_on
        self._typed: deque[Typed] = deque()

    async def take(self, typed: Typed) -> None:
        self._typed.append(typed)
        if len(self._typed) == 1:
            await self._begin()

    async def _begin(self) -> None:
        typed = self._typed[0]
        asyncio.get_running_loop().call_later(PATIENCE_S, self._done, typed)
        await self._hand_on(typed)
        self._wait(typed, _WALKS, ())

    def _wait(self, typed: Typed, walks: int, way: Sequence[MessagePump]) -> None:
        """Go the way of a key, from the focus up to the app, behind all that waits there."""
        while way or walks:
            if not way:
                stands = self._app.screen_stack
                way = (self._app.focused or stands[-1]).ancestors_with_self if stands else ()
                walks -= 1
            else:
                pump, *way = way
                if pump.call_later(self._wait, typed, walks, way):
                    return
        self._done(typed)

    def _done(self, typed: Typed) -> None:
        if self._typed and self._typed[0] is typed:
            self._typed.popleft()
            if self._typed:
                self._app.call_later(self._begin)

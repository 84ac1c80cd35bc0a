"""The thread that makes the reports of months, one at a time, for the screen that shows them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

from tui.preview import MakePreviews, Previews

Hear = Callable[[Previews | str], None]  # a text says why there is none


def none_made(month: str, now_ms: int) -> Previews:
    """For a board that was given no reports."""
    raise LookupError("this board was given no reports")


class Asked(NamedTuple):
    month: str  # as 2026-10
    now_ms: int  # figures run no further
    hear: Hear  # called from this thread


class Reporter:
    """A large record takes some seconds, in which the board goes on. While a question waits, a
    newer one takes its place."""

    def __init__(self, make: MakePreviews) -> None:
        self._make = make
        self._asked: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="board-reporter", daemon=True)

    def ask(self, asked: Asked) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self._asked.put(asked)

    def stop(self) -> None:
        self._asked.put(None)

    def _run(self) -> None:
        while (asked := self._newest()) is not None:
            made: Previews | str
            try:
                made = self._make(asked.month, asked.now_ms)
            except Exception as error:  # a record fails in many ways; somebody reads which
                made = f"{error}".splitlines()[0] if f"{error}" else repr(error)
            asked.hear(made)

    def _newest(self) -> Asked | None:
        asked = self._asked.get()
        while asked is not None and not self._asked.empty():
            asked = self._asked.get()
        return asked

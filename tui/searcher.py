"""The thread that keeps the index of everything with a name, for whoever searches."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from store.questions import Reader

if TYPE_CHECKING:
    from inventory.lookup import Hit, Index

OLD_S = 600.0  # what devices say of themselves changes without a change of names
MOST_HITS = 60


class Asked(NamedTuple):
    question: str
    hear: Callable[[str, Sequence[Hit]], None]  # called from this thread


class Searcher:
    """The index is made when somebody searches for the first time, and made anew behind an answer.

    While a question waits, a newer one takes its place.
    """

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        self._open_reader = open_reader
        self._asked: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._index: Index | None = None
        self._made = 0.0
        self._stale = False
        self._thread = threading.Thread(target=self._run, name="board-searcher", daemon=True)

    def ask(self, question: str, hear: Callable[[str, Sequence[Hit]], None]) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self._asked.put(Asked(question, hear))

    def names_changed(self) -> None:
        self._stale = True

    def stop(self) -> None:
        self._asked.put(None)

    def _run(self) -> None:
        while (asked := self._newest()) is not None:
            if self._index is None:
                self._make()
            if self._index is not None:
                asked.hear(asked.question, self._index.find(asked.question, MOST_HITS))
            if self._stale or time.monotonic() - self._made > OLD_S:
                self._make()

    def _newest(self) -> Asked | None:
        asked = self._asked.get()
        while asked is not None and not self._asked.empty():
            asked = self._asked.get()
        return asked

    def _make(self) -> None:
        self._stale = False
        self._index = None  # who asks now waits in any case, and two at once take twice the room
        try:
            reader = self._open_reader()
            try:
                self._index = reader.lookup()
            finally:
                reader.close()
            self._made = time.monotonic()
        except Exception:  # the board says that the record cannot be read; names in sight are found
            self._stale = True

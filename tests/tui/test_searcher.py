"""The look-up of the board keeps one index, and makes it anew without holding two."""

from __future__ import annotations

import queue
import weakref
from collections.abc import Sequence

import pytest

from inventory.lookup import Hit
from tests.tui.province import Province
from tui.searcher import Searcher


class Book:
    """Stands for an index, so that it can be seen to be gone."""

    def find(self, _: str, __: int) -> Sequence[Hit]:
        return ()


class Library:
    """A reader that notes how many of its books are still held when it makes another."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[Book]] = []
        self.held: queue.SimpleQueue[int] = queue.SimpleQueue()

    def lookup(self) -> Book:
        self.held.put(sum(book() is not None for book in self.made))
        book = Book()
        self.made.append(weakref.ref(book))
        return book

    def close(self) -> None:
        pass


def test_the_old_index_is_let_go_before_the_new_one_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.searcher.OLD_S", 0.0)
    library, heard = Library(), queue.SimpleQueue[str]()
    searcher = Searcher(lambda: library)  # type: ignore[arg-type, return-value]
    try:
        for question in ("ba vinh", "ba vi"):
            searcher.ask(question, lambda asked, _: heard.put(asked))
            assert heard.get(timeout=10) == question
        assert [library.held.get(timeout=10) for _ in range(3)] == [0, 0, 0]
    finally:
        searcher.stop()


def test_a_record_that_cannot_be_read_is_tried_again_with_the_next_question() -> None:
    province, heard = Province(), queue.SimpleQueue[str]()
    province.broken = "no record"
    searcher = Searcher(province.reader)
    try:
        searcher.ask("a", lambda asked, _: heard.put(asked))
        with pytest.raises(queue.Empty):
            heard.get(timeout=0.5)
        province.broken = None
        searcher.ask("b", lambda asked, _: heard.put(asked))
        assert heard.get(timeout=10) == "b"
    finally:
        searcher.stop()

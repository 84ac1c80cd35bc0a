"""Remembers who said "unreachable" of which thing, in answer to our own questions."""

from __future__ import annotations

from collections.abc import Mapping

from store.changes import Raw

SAME_MS = 60_000  # the same word about the same thing is remembered once in that time
_OF_ONE = 16  # of each thing; the oldest go first


class Objections:
    """Few even in a collapse of everything: what says the same again is not remembered again.

    Times are UTC ms, things are the numbered nodes of the graph.
    """

    def __init__(self) -> None:
        self._of: dict[int, list[Raw]] = {}
        self._words: dict[str, str] = {}  # one object of each: a router speaks for many

    def note(self, n: int, sent_ms: int, how: str, said: str) -> None:
        """Of a question sent then."""
        known = self._of.setdefault(n, [])
        if any(raw.said == said and abs(sent_ms - raw.sent_ms) < SAME_MS for raw in known):
            return
        if len(self._words) > 1 << 16:  # somebody invents addresses
            self._words.clear()
        known.append(Raw(sent_ms, how, None, self._words.setdefault(said, said)))
        del known[:-_OF_ONE]

    def take(self, n: int, since_ms: int) -> list[Raw]:
        """Those of questions sent since then; none is given twice."""
        return [raw for raw in self._of.pop(n, ()) if raw.sent_ms >= since_ms]

    def take_over(self, old: Objections, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering."""
        self._words = old._words
        self._of = {numbers[n]: known for n, known in old._of.items() if n in numbers}

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        for n, known in self._of.items():
            self._of[n] = [raw._replace(sent_ms=raw.sent_ms + by_ms) for raw in known]

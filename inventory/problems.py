"""What is wrong in the configuration: one value a problem, its place and the nearest right word."""

from __future__ import annotations

import difflib
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

Level = Literal["error", "warning"]
Path = tuple[str | int, ...]  # the way to a value: ("device", 3, "uplink", 0)
LONGEST_QUOTE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line for a person: where, which thing, what is wrong, what to do."""

    file: str
    line: int
    thing: str
    what: str
    hint: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        what = self.what if self.level == "error" else f"warning: {self.what}"
        return shown(f"{self.file}:{self.line}: {told(self.thing, what, self.hint)}")


@dataclass(frozen=True, slots=True)
class Spot:
    """A value's place before its line is known; lines are looked up for problems only."""

    file: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem whose line is not known yet; `there` is the other place that it names."""

    spot: Spot
    thing: str
    what: str
    hint: str = ""
    level: Level = "error"
    there: Spot | None = None


class Trouble(NamedTuple):
    """What is wrong in a table that somebody brings, and the cell where it is."""

    at: str
    what: str
    level: Level = "error"

    def __str__(self) -> str:
        told = self.what if self.level == "error" else f"warning: {self.what}"
        return f"{self.at}: {told}"


LineOf = Callable[[Spot], int]


def problem(finding: Finding, line_of: LineOf) -> Problem:
    """The finding with its lines."""
    there = finding.there
    what = f"{finding.what} at {there.file}:{line_of(there)}" if there else finding.what
    return Problem(
        file=finding.spot.file,
        line=line_of(finding.spot),
        thing=finding.thing,
        what=what,
        hint=finding.hint,
        level=finding.level,
    )


def told(thing: str, what: str, hint: str) -> str:
    return (f"{thing}: " if thing else "") + what + (f"; {hint}" if hint else "")


def counted(count: int, word: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def quoted(word: object) -> str:
    """`word` in quotes, as `plain` shows it."""
    return f'"{plain(word)}"'


def plain(word: object) -> str:
    """Short, on one line."""
    try:
        text = str(word)
    except ValueError:  # an integer of thousands of digits
        text = "…"
    if len(text) > LONGEST_QUOTE:
        text = text[:LONGEST_QUOTE] + "…"
    return shown(text)


def shown(text: str) -> str:
    """Control characters as escapes: they come from a file and could steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not known; empty when nothing is near."""
    near = nearest(word, known)
    return "" if near is None else f"did you mean {quoted(near)}?"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Which of them was meant; None when nothing is near."""
    return _nearest(word[:LONGEST_QUOTE], tuple(known))


@lru_cache(4096)  # a slip that is in one line is often in a thousand
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


class Ids:
    """The known ids of one kind, and which of them is nearest to a wrong one.

    difflib over 20,000 ids takes a second a word. A slip of the pen leaves the front or the
    back of an id whole, so only its neighbours in both alphabetical orders are compared.
    """

    NEIGHBOURS = 16

    def __init__(self, ids: Iterable[str]) -> None:
        self.known = frozenset(ids)
        self._orders: tuple[Sequence[str], Sequence[str]] | None = None

    def __contains__(self, word: object) -> bool:
        return word in self.known

    def hint(self, word: str) -> str:
        """`did you mean "…"?`, or nothing."""
        if self._orders is None:
            self._orders = sorted(self.known), sorted(name[::-1] for name in self.known)
        forward, backward = self._orders
        near = self._around(forward, word)
        near += [name[::-1] for name in self._around(backward, word[::-1])]
        return did_you_mean(word, near)

    def _around(self, names: Sequence[str], word: str) -> list[str]:
        at = bisect(names, word)
        return list(names[max(at - self.NEIGHBOURS, 0) : at + self.NEIGHBOURS])

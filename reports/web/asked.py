"""What stands behind the `?` of a list and in a form: cleaned, bounded, kept for the next page."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from reports.web import sent

A_PAGE = 100  # rows
LONGEST = 200  # characters of what is asked
T = TypeVar("T")


class Asked:
    """The words of one request; those that nobody knows count as not given."""

    def __init__(self, request: web.Request) -> None:
        self._path = request.path
        self._given = {key: _cleaned(value)[:LONGEST] for key, value in request.query.items()}

    def text(self, key: str) -> str:
        return self._given.get(key, "")

    def one_of(self, key: str, known: Sequence[str]) -> str:
        """The first of `known` where nothing else was asked."""
        given = self.text(key)
        return given if given in known else known[0]

    def number(self, key: str, least: int = 1) -> int:
        given = self.text(key)
        return max(least, int(given)) if given.isdecimal() and len(given) < 8 else least

    def address(self, **changes: object) -> str:
        """Of this page with other words; an empty one leaves."""
        words = {k: v for k, v in self._given.items() if k != "lang"} | changes
        left = {key: value for key, value in words.items() if value not in ("", None)}
        return f"{self._path}?{urlencode(left)}" if left else self._path


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    rows: Sequence[T]
    number: int
    of: int
    total: int


def paged(rows: Sequence[T], number: int) -> Page[T]:
    """The page of that number; the last one for a number beyond."""
    of = max(1, -(-len(rows) // A_PAGE))
    number = min(number, of)
    return Page(rows[(number - 1) * A_PAGE : number * A_PAGE], number, of, len(rows))


async def form(request: web.Request) -> Mapping[str, str]:
    """The texts of a form, without blanks around them."""
    given = await sent.form(request)
    return {key: _cleaned(value) for key, value in given.items() if isinstance(value, str)}


def _cleaned(text: str) -> str:
    """NFC on one line; control characters go."""
    text = unicodedata.normalize("NFC", text)
    return "".join(c if c.isprintable() else " " for c in text).strip()

"""The words of the generated pages, from the tables beside this file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from inventory.phrases import say

HERE = Path(__file__).parent
NOT_WORDS = " | "  # alternatives of a key, as they are written in the file


class Entry(NamedTuple):
    """One line of the page of figures."""

    keys: tuple[str, ...]  # of the JSON document
    columns: tuple[str, ...]  # of the report, as in report.col.…
    text: str


class MissingError(Exception):
    """A text of the program that nobody has translated: its remedy is a line in help.tsv."""


class Words:
    """`said` translates a text of the program; `text` is a passage of the pages themselves."""

    def __init__(self, language: str) -> None:
        self.language = language

    def said(self, text: str) -> str:
        """The program's English as it is, or in Vietnamese; MissingError where there is none."""
        if self.language == "en" or not text or NOT_WORDS in text:
            return text
        found = translations().get(text)
        if found is None:
            raise MissingError(f"docs/help.tsv has no Vietnamese for: {text}")
        return found

    def text(self, name: str) -> str:
        """A passage by its name; `\\n` in the table is a new line."""
        return _pick(_table("passages.tsv")[name], self.language).replace("\\n", "\n")

    def key(self, table: str, key: str) -> str:
        """What a key of sites.toml is called in sheets, and what it does where that is not all."""
        label = say(self.language, f"column.{key}")
        told = _table("keys.tsv").get(f"{table}.{key}")
        return label if told is None else f"{label}: {_pick(told, self.language)}"

    def figures(self) -> dict[str, list[Entry]]:
        """Groups of the page of figures, in order."""
        groups: dict[str, list[Entry]] = {}
        for keys, (group, columns, vi, en) in _table("figures.tsv").items():
            title, text = (_pick(pair, self.language) for pair in (group.split(" / "), (vi, en)))
            entry = Entry(_names(keys), _names(columns), text)
            groups.setdefault(title, []).append(entry)
        return groups


@cache
def translations() -> dict[str, str]:
    """The program's English → Vietnamese."""
    return {en: vi for en, [vi] in _table("help.tsv").items()}


@cache
def _table(name: str) -> dict[str, list[str]]:
    """First column → the others. Lines with # are remarks; a first column stands once."""
    rows: dict[str, list[str]] = {}
    for number, line in enumerate((HERE / name).read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        first, *rest = line.split("\t")
        if first in rows or not all(rest):
            raise ValueError(f"{name}:{number}: a first column once, no column empty: {line!r}")
        rows[first] = rest
    return rows


def _pick(pair: list[str] | tuple[str, str], language: str) -> str:
    vi, en = pair
    return vi if language == "vi" else en


def _names(text: str) -> tuple[str, ...]:
    """Names separated by blanks; a dash is none, as is a line's own number before a dash."""
    return () if text.startswith("-") else tuple(text.split())

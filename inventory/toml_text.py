"""Changes single tables and keys of TOML text and leaves all else as a person wrote it.

A whole file cannot go through tomlkit: it gathers tables of one name that stand apart, and with
them the comments. Here the text stays, and tomlkit writes the values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import tomlkit

from inventory.lines import Statement, statements
from inventory.problems import Path
from inventory.tables import TABLES

WIDEST = 100  # characters; longer lists get a line for each element


class TomlText:
    """`set` and `add` may be called in any order; paths are those of the text as it was given."""

    def __init__(self, text: str) -> None:
        self._return = "\r" if 2 * text.count("\r\n") > text.count("\n") else ""
        self._lines = text.split("\n")
        self._spans: dict[Path, list[Statement]] = {}  # table → its header and keys
        for one in statements(text):
            self._spans.setdefault(_table(one.path), []).append(one)
        self._changed: dict[Path, tuple[dict[str, Any], list[str]]] = {}
        self._added: dict[Path | None, list[str]] = {}

    def has(self, table: Path) -> bool:
        """Has the table a header of its own? What is written inline cannot be changed here."""
        spans = self._spans.get(table, ())
        return any(one.is_header and one.path == table for one in spans)

    def takes(self, name: str) -> bool:
        """Can `[[name]]` be added: is it nowhere written inline?"""
        alone = self._spans.get((name,), ())
        return not any(one.path == (name,) and not one.is_header for one in alone)

    def set(self, table: Path, values: Mapping[str, Any], order: Sequence[str] = ()) -> None:
        """Give keys of a table new values; None takes a key away. New keys come in that order."""
        self._changed.setdefault(table, ({}, list(order)))[0].update(values)

    def add(self, header: str, values: Mapping[str, Any], after: Path | None) -> None:
        """A new table, as `[[unit]]`, behind that one; None: at the end of the file."""
        self._added.setdefault(after, []).append(table_text(header, values))

    def text(self) -> str:
        """The text with all changes."""
        lines = list(self._lines)
        cuts = [cut for table in self._changed for cut in self._cuts(table)]
        for table in self._spans:
            if table in self._added:
                end = self._end(table)
                cuts.append(_Cut(end, end, math.inf, self._fresh(table)))
        for cut in sorted(cuts, key=lambda cut: (cut.begin, cut.end, cut.rank), reverse=True):
            lines[cut.begin : cut.end] = cut.lines
        last = self._fresh(None)
        while last and lines and not lines[-1].strip():
            lines.pop()
        if last and lines:
            lines[-1] = lines[-1].rstrip("\r") + self._return
        whole = [*lines, *last, ""] if last else lines
        return "\n".join(whole if self._spans or not last else whole[1:])

    def _fresh(self, after: Path | None) -> list[str]:
        """The lines of the tables that are added there, each with a blank one before it."""
        texts = self._added.get(after, ())
        return [line + self._return for text in texts for line in ("", *text.split("\n"))]

    def _end(self, table: Path) -> int:
        """The line behind a table's last key and the comments that follow at once, unless these
        stand on the header of the next table."""
        last = end = max(one.last for one in self._spans[table])
        while end < len(self._lines) and self._lines[end].lstrip().startswith("#"):
            end += 1
        return last if end < len(self._lines) and self._lines[end].strip() else end

    def _cuts(self, table: Path) -> Iterator[_Cut]:
        """What becomes of the lines of a table: a key that changes keeps its place, unless that
        is inside a table of its own, which would take what follows."""
        values, order = self._changed[table]
        header = next(one.last for one in self._spans[table] if one.path == table)
        inside = [one.first for one in self._spans[table] if one.is_header and one.path != table]
        inner = min(inside, default=len(self._lines) + 1)
        held: dict[str, list[Statement]] = {}
        for one in self._spans[table]:
            if len(one.path) > len(table):
                held.setdefault(str(one.path[len(table)]), []).append(one)
        for key, value in values.items():
            rank = order.index(key) if key in order else len(order)
            spans = held.get(key, [])
            early = [one.last for name in order[:rank] for one in held.get(name, ())]
            at = max((last for last in early if last < inner), default=header)
            if spans and spans[0].first < inner:
                at = spans[0].first - 1
            old = [line for one in spans for line in self._lines[one.first - 1 : one.last]]
            new = [] if value is None else _replaced(key, value, old)
            yield _Cut(at, at, rank, [line + self._return for line in new])
            yield from (_Cut(one.first - 1, one.last, rank, []) for one in spans)


class _Cut(NamedTuple):
    """Lines of the text that become others; `rank` orders what comes to one place."""

    begin: int
    end: int
    rank: float
    lines: list[str]


def table_text(header: str, values: Mapping[str, Any]) -> str:
    """A table as a person would write it."""
    lines = [header]
    for key, value in values.items():
        lines += key_text(key, value)
    return "\n".join(lines)


def key_text(key: str, value: Any) -> list[str]:
    """The lines of a key; what is nested is written with dotted keys."""
    if isinstance(value, Mapping):
        return [
            line for name, one in value.items() for line in key_text(f"{key}.{bare(name)}", one)
        ]
    text = f"{key} = {value_text(value)}"
    if isinstance(value, list | tuple) and len(text) > WIDEST:
        return [f"{key} = [", *(f"    {value_text(one)}," for one in value), "]"]
    return text.split("\n")


def value_text(value: Any) -> str:
    """A value of TOML on one line."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(value_text(one) for one in value)}]"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{bare(name)} = {value_text(one)}" for name, one in value.items())
        return f"{{{inside}}}"
    return str(tomlkit.item(value).as_string())


def bare(name: object) -> str:
    """A key as it stands in a dotted key."""
    text = name.isoformat() if isinstance(name, date) else str(name)
    return text if _BARE.fullmatch(text) else value_text(text)


def _replaced(key: str, value: Any, old: Sequence[str]) -> list[str]:
    """The new lines of a key; the comments of the old value stay, beside or above it."""
    new = key_text(key, value)
    text = "\n".join(line.rstrip("\r") for line in old)
    if len(old) == len(new) == 1 and not isinstance(value, Mapping):
        document = tomlkit.parse(text)
        if key in document:
            document[key] = tomlkit.parse(new[0])[key]
            return tomlkit.dumps(document).split("\n")
    comments = [found.group("comment") for found in _COMMENT.finditer(text)]
    return [*filter(None, comments), *new]


_BARE = re.compile(r"[A-Za-z0-9_-]+")
# A text of any kind, which may hold the sign of a comment, or a comment.
_COMMENT = re.compile(
    r'''""".*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(?P<comment>\#[^\n]*)''',
    re.DOTALL,
)


def _table(path: Path) -> Path:
    """The table of a file that a statement belongs to: `("device", 3)`, `("snmp", "office")`."""
    table = TABLES.get(str(path[0]))
    named = table is not None and table.shape == "named"
    return path[:2] if len(path) > 1 and (named or isinstance(path[1], int)) else path[:1]

"""Changes single tables and keys of TOML text and leaves all else as a person wrote it.

A whole file cannot go through tomlkit: it gathers tables of one name that stand apart, and with
them the comments. Here the text stays, and tomlkit writes the values.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import tomlkit

from inventory.lines import Statement, statements
from inventory.problems import Path

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
        for table in sorted(self._spans, key=lambda path: -self._spans[path][0].first):
            end = self._end(table)
            lines[end:end] = self._fresh(table)
            if table in self._changed:
                begin = self._spans[table][0].first - 1
                lines[begin:end] = self._edited(table, lines[begin:end], begin)
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

    def _edited(self, table: Path, lines: list[str], begin: int) -> list[str]:
        """`lines` are those of the table, the first of them the line `begin` of the text."""
        values, order = self._changed[table]
        held: dict[str, list[Statement]] = {}
        for one in self._spans[table]:
            if len(one.path) > len(table):
                held.setdefault(str(one.path[len(table)]), []).append(one)
        cuts: list[_Cut] = []
        for key, value in values.items():
            spans = [(one.first - 1 - begin, one.last - begin) for one in held.get(key, ())]
            rank = order.index(key) if key in order else len(order)
            new = [] if value is None else key_text(key, value)
            if spans and value is not None:
                new = _replaced(key, value, new, lines[slice(*spans[0])])
            elif not spans:
                at = self._place(table, order[:rank], held) - begin
                spans = [(at, at)]
            new = [line + self._return for line in new]
            cuts += [_Cut(*spans[0], rank, new), *(_Cut(*span, rank, []) for span in spans[1:])]
        for cut in sorted(cuts, key=lambda cut: (cut.begin, cut.end, cut.rank), reverse=True):
            lines[cut.begin : cut.end] = cut.lines
        return lines

    def _place(self, table: Path, early: Sequence[str], held: Mapping[str, list[Statement]]) -> int:
        """The line behind the last of those keys that come before."""
        headers = [one.first for one in self._spans[table][1:] if one.is_header]
        inner = min(headers, default=len(self._lines) + 1)  # a table inside it takes what follows
        ends = [one.last for name in early for one in held.get(name, ()) if one.first < inner]
        return max(ends, default=self._spans[table][0].last)


class _Cut(NamedTuple):
    """Lines of a table that become others; `rank` orders what comes to one place."""

    begin: int
    end: int
    rank: int
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
    try:
        tomllib.loads(f"{text} = 1")
    except tomllib.TOMLDecodeError:
        return value_text(text)
    return text if "." not in text else value_text(text)


def _replaced(key: str, value: Any, new: list[str], old: Sequence[str]) -> list[str]:
    """The new lines of a key; the comments of the old value stay, beside or above it."""
    text = "\n".join(line.rstrip("\r") for line in old)
    if len(old) > 1:
        inside = [found.group("comment") for found in _COMMENT.finditer(text)]
        return [*filter(None, inside), *new]
    document = tomlkit.parse(text)
    if len(new) != 1 or isinstance(value, Mapping) or key not in document:
        return new
    document[key] = tomlkit.parse(new[0])[key]
    return tomlkit.dumps(document).split("\n")


# A text of any kind, which may hold the sign of a comment, or a comment.
_COMMENT = re.compile(
    r'''""".*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(?P<comment>\#[^\n]*)''',
    re.DOTALL,
)


def _table(path: Path) -> Path:
    """The table of a file that a statement belongs to: `("device", 3)`, `("snmp", "office")`."""
    if len(path) > 1 and (isinstance(path[1], int) or path[0] in NAMED):
        return path[:2]
    return path[:1]


NAMED = ("snmp", "ssh")  # tables with a name of their own

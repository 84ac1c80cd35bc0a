"""Finds the line of every table, key and array element in TOML text; tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from inventory.problems import Path

_PIECE = re.compile(
    r'''
      (?P<string> """ (?: \\. | [^\\] )*? """ "{0,2}    # up to two quotes may end the text
                | \'\'\' .*? \'\'\' '{0,2}
                | " (?: \\. | [^"\\\n] )* "
                | ' [^'\n]* ' )
    | (?P<comment> \#[^\n]* )
    | (?P<mark> [\[\]{},=.\n] )
    | (?P<bare> [^\s\[\]{},=."'\#]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)

Piece = tuple[str, int]  # text, line


class Statement(NamedTuple):
    """A table's header or a key with its value: what it is, its first line and its last, from 1."""

    path: Path
    first: int
    last: int
    is_header: bool


def lines(text: str) -> dict[Path, int]:
    """Path → line, from 1, for each key, table and array element of valid TOML text.

    On text that is not valid the answer is incomplete, never an exception.
    """
    return _Scan(text).found


def line_of(found: Mapping[Path, int], path: Path) -> int:
    """The line of the nearest thing around a path that stands there."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def statements(text: str) -> list[Statement]:
    """All headers and keys of valid TOML text, in order."""
    return _Scan(text).statements


def _pieces(text: str) -> Iterator[Piece]:
    line = 1
    for match in _PIECE.finditer(text):
        piece = match.group()
        if match.lastgroup != "comment":
            yield piece, line
        line += piece.count("\n")


def _name(part: str) -> str:
    """The key that a bare or quoted part stands for."""
    if part[0] not in "\"'":
        return part
    try:
        return str(tomllib.loads(f"key = {part}")["key"])
    except tomllib.TOMLDecodeError:
        return part


@dataclass(slots=True)
class _Container:
    """An array or inline table that is open; `fresh`: its next element has not begun."""

    bracket: str
    path: Path
    index: int = 0
    fresh: bool = True


class _Scan:
    """One walk over the text, statement by statement."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self.statements: list[Statement] = []
        self._last: dict[Path, int] = {}  # array of tables → index of its last table
        self._pieces = _pieces(text)
        table: Path = ()
        for piece, line in self._pieces:
            if piece == "[":
                table = self._header()
                self.statements.append(Statement(table, line, line, True))
            elif piece != "\n":
                path = self._record(table, [piece, *self._parts("=")], line)
                last = self._value(path, line)
                self.statements.append(Statement(path, line, last, False))

    def _parts(self, end: str) -> list[str]:
        """The parts of a dotted key up to the mark that ends it."""
        parts: list[str] = []
        for piece, _ in self._pieces:
            if piece == end:
                break
            if piece != ".":
                parts.append(piece)
        return parts

    def _header(self) -> Path:
        """The rest of `[a.b]` or `[[a.b]]`; tables inside an array belong to its last one."""
        piece, line = next(self._pieces, ("]", 0))
        many = piece == "["
        parts = self._parts("]") if many else [piece, *self._parts("]")]
        if piece in "].":  # `[]` or worse: not TOML
            return ()
        path = self._record((), parts, line)
        if many:
            next(self._pieces, None)  # the second bracket
            self._last[path] = self._last.get(path, -1) + 1
            path = (*path, self._last[path])
        self.found[path] = line  # also where `[a.b]` stood before `[a]`: the own header counts
        return path

    def _record(self, base: Path, parts: list[str], line: int) -> Path:
        """Note a dotted key and the tables on its way; the path goes through arrays' last."""
        path = base
        for number, part in enumerate(parts):
            path = (*path, _name(part))
            self.found.setdefault(path, line)
            if number < len(parts) - 1 and path in self._last:
                path = (*path, self._last[path])
        return path

    def _value(self, path: Path, last: int) -> int:
        """Pass over a value, noting what stands inside; gives its last line, with which it ends."""
        opened: list[_Container] = []
        fresh = True  # the value itself has not begun
        for piece, line in self._pieces:
            if piece == "\n":
                if not opened:
                    return line
            elif opened and piece in "]}":
                opened.pop()
            elif opened and piece == ",":
                opened[-1].index += 1
                opened[-1].fresh = True
            elif opened and opened[-1].fresh:
                opened[-1].fresh = False
                self._element(opened, piece, line)
            elif fresh and piece in "[{":
                opened.append(_Container(piece, path))
            fresh, last = False, line + piece.count("\n")
        return last

    def _element(self, opened: list[_Container], piece: str, line: int) -> None:
        """The first piece of an array's element, or of a key in an inline table."""
        around = opened[-1]
        if around.bracket == "{":
            here = self._record(around.path, [piece, *self._parts("=")], line)
            piece, line = next(self._pieces, ("", line))
        else:
            here = (*around.path, around.index)
            self.found[here] = line
        if piece in ("[", "{"):
            opened.append(_Container(piece, here))

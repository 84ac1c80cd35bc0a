"""What a percentage is made of: every stretch of a row's time in which the thing was not up."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cached_property
from typing import overload

from reports.document import Document, Row
from reports.sections.outages import marked
from reports.tables import At, Cell, Count, Lasting, Line, Word
from store.ledger import Piece, intervals
from store.stretches import SHARES, UP

MOST = 200  # of one row; the longest
_UP = SHARES[UP]


class Opened(Sequence[Line]):
    """Made when somebody asks: most forms of a report never open a row."""

    def __init__(self, opening: Opening, row: Row) -> None:
        self._opening, self._row = opening, row

    @cached_property
    def _lines(self) -> tuple[Line, ...]:
        return self._opening.lines(self._row)

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, place: int | slice) -> Line | tuple[Line, ...]:
        return self._lines[place]


class Opening:
    """Of one document; `lines(row)` are (share, from, to, how long, root)."""

    def __init__(self, document: Document) -> None:
        self._window = document.from_ms, document.to_ms
        self._names = {
            row.history.thing_id: row.name for row in document.things if row.history is not None
        }

    def lines(self, row: Row) -> tuple[Line, ...]:
        """In the order of time. Of very many the shortest are told as one sum."""
        split = row.sums.split
        if row.history is None or split.up_ms == split.total_ms:
            return ()
        pieces = [one for one in intervals(row.history, self._window) if one.share != _UP]
        shown = sorted(pieces, key=_longest)[:MOST]
        rest = sum(map(_lasted, pieces)) - sum(map(_lasted, shown))
        if len(shown) < len(pieces):
            shown.sort(key=lambda piece: piece.from_ms)
        else:
            shown = pieces
        keys, cleared = _roots(row), {one.id for one in row.history.outages if one.root_cleared}
        lines = [_line(piece, self._root(piece, keys), cleared) for piece in shown]
        if len(pieces) > len(shown):
            more = Word("opened.more", {"n": Count(len(pieces) - len(shown))})
            lines.append(Line((more, None, None, Lasting(rest, plain=True), None)))
        return tuple(lines)

    def _root(self, piece: Piece, keys: dict[int, str]) -> str | None:
        root = piece.root_id or 0
        return self._names.get(root) or keys.get(root)


def _roots(row: Row) -> dict[int, str]:
    """Roots that are no row of the report, by their keys."""
    outages = row.history.outages if row.history else ()
    return {
        one.root_thing_id: one.root_key for one in outages if one.root_thing_id and one.root_key
    }


def _line(piece: Piece, root: str | None, cleared: Container[int | None]) -> Line:
    cells: tuple[Cell, ...] = (
        Word(f"share.{piece.share}"),
        At(piece.from_ms),
        At(piece.to_ms),
        Lasting(piece.to_ms - piece.from_ms, plain=True),
        marked(root, cleared=piece.outage_id in cleared) if root else None,
    )
    return Line(cells, id=str(piece.outage_id or ""), kind="outage" if piece.outage_id else "")


def _lasted(piece: Piece) -> int:
    return piece.to_ms - piece.from_ms


def _longest(piece: Piece) -> int:
    return -_lasted(piece)

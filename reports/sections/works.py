"""Maintenance that was done, what was entered late, and what is to come."""

from __future__ import annotations

from collections.abc import Iterable

from reports.document import Document, Row
from reports.tables import (
    At,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Section,
    Stack,
    Table,
    Text,
    Word,
)
from reports.works import Ahead, Window
from store.period import LateWork
from store.states import Kind
from store.works import Work

MOST = 500
_DONE = (
    Column("scope", 2.4),
    Column("from", 1.5),
    Column("to", 1.5),
    Column("meant", 1.2, True),
    Column("counted", 1.2, True),
    Column("author", 1.2),
    Column("reason", 2.2),
    Column("entered", 1.5),
    Column("overrun", 1.6, True),
)
_LATE = (
    Column("scope", 2.4),
    Column("from", 1.5),
    Column("to", 1.5),
    Column("entered", 1.5),
    Column("author", 1.2),
    Column("approved_by", 1.2),
    Column("reason", 2),
    Column("meant", 1.2, True),
    Column("counted", 1.2, True),
)
_AHEAD = (
    Column("scope", 2.6),
    Column("from", 1.6),
    Column("to", 1.6),
    Column("author", 1.4),
    Column("reason", 3),
)


def works(document: Document) -> Section:
    found = document.beside.works
    parts: list[Word | Table] = []
    if found is not None:
        lines = tuple(map(_done, found.done[:MOST]))
        done = Table("works", Word("caption.works"), _DONE, lines, len(found.done))
        parts.append(done if lines else Word("works.none"))
    if document.late_works:
        names = _Names(document.things)
        late = tuple(_late(one, names) for one in document.late_works)
        parts += [Word("works.late"), Table("late", Word("caption.late"), _LATE, late)]
    if found is not None:
        coming = tuple(map(_ahead, found.ahead[:MOST]))
        ahead = Table("ahead", Word("caption.ahead"), _AHEAD, coming, len(found.ahead))
        parts.append(ahead if coming else Word("works.none_ahead"))
    return Section("works", tuple(parts))


def _done(one: Window) -> Line:
    work = one.work
    entered: Cell = Word("works.announced")
    if work.late:
        about: list[Cell] = [At(work.entered_ms)]
        if work.approved_by:
            about.append(Word("works.approved", {"by": work.approved_by}))
        entered = Stack(Word("works.entered_late", mark="unsure"), tuple(about))
    overrun: Cell = Lasting(one.overrun_ms or None)
    if one.overrun:
        overrun = Stack(overrun, tuple(map(Text, one.overrun)))
    cells = (
        _scope(work, one.times),
        At(one.from_ms),
        At(one.to_ms),
        Lasting(one.meant_ms, plain=True),
        Lasting(one.counted_ms, plain=True),
        Text(work.author),
        Text(work.reason),
        entered,
        overrun,
    )
    return Line(cells, id=str(work.id), kind="maintenance")


def _ahead(one: Ahead) -> Line:
    work = one.work
    cells = (
        _scope(work, one.times),
        At(one.from_ms),
        At(one.to_ms),
        Text(work.author),
        Text(work.reason),
    )
    return Line(cells, id=str(work.id), kind="maintenance")


def _scope(work: Work, times: int) -> Cell:
    about: list[Cell] = [Word(f"kind.{work.kind}")]
    if times > 1:
        about.append(Word("works.times", {"n": Count(times)}))
    return Stack(Text(work.name), tuple(about))


class _Names:
    def __init__(self, rows: Iterable[Row]) -> None:
        self._names = {(row.kind, row.id): row.name for row in rows}

    def of(self, kind: Kind, key: str) -> str:
        return self._names.get((kind, key), key)


def _late(one: LateWork, names: _Names) -> Line:
    cells = (
        Stack(Text(names.of(one.kind, one.key)), (Word(f"kind.{one.kind}"),)),
        At(one.from_ms),
        At(one.to_ms),
        At(one.entered_ms),
        Text(one.author),
        None if one.approved_by is None else Text(one.approved_by),
        Text(one.reason),
        Lasting(one.meant_ms, plain=True),
        Lasting(one.counted_ms, plain=True),
    )
    return Line(cells, id=one.key, kind=one.kind)

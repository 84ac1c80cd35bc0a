"""How often things fail, and how fast they are back: tiers, providers, classes of devices."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.phrases import table
from reports.document import Document, Row
from reports.sections.rows import tier_word
from reports.tables import (
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Ratio,
    Section,
    Shares,
    Table,
    Text,
    Word,
)
from store.ledger import MIN_SEEN_PCT

_COLUMNS = (
    Column("group", 2.6),
    Column("measured", 1, True),
    Column("outages", 0.8, True),
    Column("began_here", 0.9, True),
    Column("incidents", 0.8, True),
    Column("mttr", 1.3, True),
    Column("mtbf", 1.5, True),
    Column("longest", 1.3, True),
)
_CLASSES = (
    Column("device_class", 2.4),
    *(Column(name, 1, True) for name in ("service_pct", "availability_pct", "seen_pct")),
    Column("measured", 1, True),
    Column("outages", 0.8, True),
    Column("incidents", 0.8, True),
    Column("lost", 1.5, True),
    Column("split", 1.6),
)


def reliability(document: Document) -> Section:
    if not document.whole.sums.total:
        return Section("reliability", ())
    lines = tuple(_lines(document))
    made = Table("reliability", Word("caption.reliability"), _COLUMNS, lines)
    return Section("reliability", (Word("reliability.note"), made))


def classes(document: Document) -> Section:
    rows = document.beside.classes or ()
    lines = tuple(_class(row) for row in rows)
    made = Table("device-classes", Word("caption.classes"), _CLASSES, lines)
    return Section("classes", (Word("classes.note"), made) if lines else ())


def role_word(role: str) -> Cell:
    """A role that nobody gave a name is told as it is declared."""
    if not role:
        return Word("role.none")
    return Word(f"role.{role}") if f"report.role.{role}" in table() else Text(role)


def _lines(document: Document) -> Iterator[Line]:
    yield _line(Word("whole"), document.whole, look="sum")
    for tier in document.tiers:
        if tier.whole.sums.total:
            yield _line(tier_word(tier.level), tier.whole)
    if document.providers:
        yield Line((Word("group.provider"),), look="group")
        yield from (_line(Text(row.name), row) for row in document.providers)
    if document.beside.classes:
        yield Line((Word("group.class"),), look="group")
        yield from (_line(role_word(row.id), row) for row in document.beside.classes)


def _line(name: Cell, row: Row, look: str = "") -> Line:
    sums = row.sums
    cells = (
        name,
        Ratio(sums.measured, sums.total),
        *_counts(row, sums.outages, sums.began, sums.incidents),
        Lasting(_ms(sums.mttr_s)),
        Lasting(_ms(sums.mtbf_s)),
        Lasting(_ms(sums.longest_own_s)),
    )
    return Line(cells, id=row.id, kind=row.kind, look=look)


def _class(row: Row) -> Line:
    sums = row.sums
    cells = (
        role_word(row.id),
        Percent(sums.figures.service_pct, main=True),
        Percent(sums.figures.availability_pct),
        Percent(sums.figures.seen_pct, (MIN_SEEN_PCT,)),
        Ratio(sums.measured, sums.total),
        *_counts(row, sums.outages, sums.incidents),
        Lasting(sums.split.lost_ms),
        Shares(sums.split),
    )
    return Line(cells, id=row.id, kind="class")


def _counts(row: Row, *counts: int) -> Iterator[Cell]:
    """Nobody knows how often something failed that was never looked at."""
    return (Count(count if row.sums.measured else None) for count in counts)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000

"""The sites that lost most time, and to what."""

from __future__ import annotations

from collections.abc import Iterator

from reports.causes import Root, Worst, worst_sites
from reports.document import Document
from reports.sections.outages import cause_word, marked
from reports.sections.places import said
from reports.sections.rows import Where
from reports.tables import (
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Section,
    Stack,
    Table,
    Text,
    Word,
)

_COLUMNS = (
    Column("site", 3),
    Column("lost_here", 1.4, True),
    Column("service_pct", 1, True),
    Column("outages", 0.7, True),
    Column("incidents", 0.7, True),
    Column("longest", 1.3, True),
    Column("mttr", 1.3, True),
    Column("mtbf", 1.5, True),
    Column("main_cause", 2.4),
    Column("by_cause", 1.4, True),
)


def worst(document: Document) -> Section:
    found = worst_sites(document)
    where = Where(document)
    lines = tuple(_line(one, where) for one in found)
    made = Table("worst", Word("caption.worst"), _COLUMNS, lines)
    return Section("worst", (made,) if lines else ())


def _behind(root: Root, lost_ms: int) -> Iterator[Cell]:
    """Which one it was: several may bear one name."""
    yield Word("behind_of", {"name": marked(root.name, cleared=root.cleared)})
    yield from (Text(said) for said in (root.key, root.provider) if said and said != root.name)
    yield Word("root_lost", {"time": Lasting(lost_ms)})


def _line(one: Worst, where: Where) -> Line:
    row, sums = one.row, one.row.sums
    about = tuple(map(Text, said(where(row))))
    cause: Cell = cause_word(one.cause)
    if one.root is not None:
        cause = Stack(cause, tuple(_behind(one.root, one.root_ms)))
    limits = () if row.target_pct is None else (row.target_pct,)
    cells = (
        Stack(Text(row.name), about) if about else Text(row.name),
        Lasting(sums.split.lost_ms, plain=True),
        Percent(sums.figures.service_pct, limits, main=True),
        Count(sums.outages),
        Count(sums.incidents),
        Lasting(sums.longest_s * 1000),
        Lasting(None if sums.mttr_s is None else sums.mttr_s * 1000),
        Lasting(None if sums.mtbf_s is None else sums.mtbf_s * 1000),
        cause,
        Lasting(one.cause_ms),
    )
    return Line(cells, id=row.id, kind=row.kind)

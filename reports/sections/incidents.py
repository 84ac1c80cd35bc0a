"""Outages that belong together, one line each: flapping, storms, mass outages."""

from __future__ import annotations

from reports.document import Document
from reports.incidents import Incident, incidents
from reports.sections.outages import cause_word
from reports.tables import (
    At,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Names,
    Section,
    Stack,
    Table,
    Text,
    Word,
)

MOST_INCIDENTS = 500
SHOWN_NAMES = 5
_COLUMNS = (
    Column("incident", 3),
    Column("from", 1.6),
    Column("to", 1.6),
    Column("outages", 0.8, True),
    Column("lost_here", 1.3, True),
    Column("cause", 1.8),
    Column("affected", 2),
)


def gathered(document: Document) -> Section:
    found = incidents(document)
    lines = tuple(map(_line, found[:MOST_INCIDENTS]))
    made = Table("incidents", Word("caption.incidents"), _COLUMNS, lines, len(found))
    return Section("incidents", (Word("incidents.note"), made) if lines else ())


def _line(one: Incident) -> Line:
    ended: Cell = Word("open", mark="open") if one.ended_ms is None else At(one.ended_ms)
    names: tuple[Cell, ...] = tuple(map(Text, one.failed[:SHOWN_NAMES]))
    if len(one.failed) > SHOWN_NAMES:
        names += (Word("and_more", {"n": Count(len(one.failed) - SHOWN_NAMES)}),)
    cells = (
        Stack(Word(f"incident.{one.kind}"), names),
        At(one.began_ms),
        ended,
        Count(one.outages),
        Lasting(one.lost_ms, plain=True),
        cause_word(one.cause),
        Names(tuple((str(kind), told) for kind, told in one.behind)),
    )
    return Line(cells, id=str(one.id), kind="incident")

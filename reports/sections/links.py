"""Providers, their links, and services."""

from __future__ import annotations

from reports.document import Document, Row
from reports.sections.opening import Opening
from reports.sections.rows import columns, line
from reports.tables import Column, Lasting, Line, Section, Table, Text, Word

_CHARGED = (
    Column("provider", 3),
    *(Column(name, 1.5, True) for name in ("charged", "undetermined", "other")),
)


def links(document: Document) -> Section:
    parts: list[Word | Table] = []
    opening = Opening(document)
    if document.providers:
        shown = columns("provider", own=True, measured=True)
        rows = tuple(line(row, measured=True) for row in document.providers)
        parts.append(Table("providers", Word("caption.providers"), shown, rows))
        charged = tuple(map(_charged, document.providers))
        parts.append(Table("charged", Word("caption.charged"), _CHARGED, charged))
    if document.links:
        rows = tuple(
            line(row, *(Text(said) for said in (row.id, row.provider) if said), opening=opening)
            for row in document.links
        )
        parts.append(Table("links", Word("caption.links"), columns("link", own=True), rows))
    return Section("links", tuple(parts or [Word("nodata")]), apart=True)


def _charged(row: Row) -> Line:
    lost = row.charge or (0, 0, 0)
    return Line((Text(row.name), *map(Lasting, lost)), id=row.id, kind=row.kind)


def services(document: Document) -> Section:
    opening = Opening(document)
    rows = tuple(
        line(row, *([Text(row.site)] if row.site else []), opening=opening)
        for row in document.services
    )
    made = Table("services", Word("caption.services"), columns("service"), rows)
    return Section("services", (made,) if rows else ())

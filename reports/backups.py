"""Where a backup carried what the primary line should, and how long that one was down."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from reports.document import Document, Row
from store.states import Kind


class OnBackup(NamedTuple):
    """`primaries`: the primary lines of its site by name; `down_ms`: of all of them."""

    row: Row
    ms: int
    primaries: tuple[str, ...]
    down_ms: int | None  # None: no primary line is declared, or none was measured


def on_backup(document: Document) -> tuple[OnBackup, ...]:
    """Longest first."""
    primaries: dict[int | None, list[Row]] = defaultdict(list)
    for row in document.links:
        if row.history is not None and row.history.role == "primary":
            primaries[row.history.site_id].append(row)
    found = []
    for row in document.things:
        if row.history is None or not row.sums.on_backup_ms:
            continue
        site = row.history.thing_id if row.kind is Kind.SITE else row.history.site_id
        mine = [row] if row.history.role == "primary" else primaries[site]
        measured = [line.sums.split.down_ms for line in mine if line.sums.measured]
        names = tuple(line.name for line in mine)
        down_ms = sum(measured) if measured else None
        found.append(OnBackup(row, row.sums.on_backup_ms, names, down_ms))
    return tuple(sorted(found, key=lambda one: (-one.ms, one.row.id)))


def has_backups(document: Document) -> bool:
    return any(row.history is not None and row.history.role == "backup" for row in document.links)

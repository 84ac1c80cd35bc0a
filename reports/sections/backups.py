"""How long backups carried what primary lines should."""

from __future__ import annotations

from reports.backups import OnBackup, has_backups, on_backup
from reports.document import Document
from reports.tables import Cell, Column, Lasting, Line, Section, Stack, Table, Text, Word

MOST = 500
_COLUMNS = (
    Column("thing", 3),
    Column("on_backup", 1.4, True),
    Column("primary", 3),
    Column("primary_down", 1.4, True),
)


def backups(document: Document) -> Section:
    found = on_backup(document)
    if not found:
        return Section("backups", (Word("backups.none"),) if has_backups(document) else ())
    lines = tuple(map(_line, found[:MOST]))
    made = Table("on-backup", Word("caption.backups"), _COLUMNS, lines, len(found))
    return Section("backups", (made,))


def _line(one: OnBackup) -> Line:
    row = one.row
    about: list[Cell] = [Word(f"kind.{row.kind}")]
    if row.site and row.site not in row.name:
        about.append(Text(row.site))
    first, *rest = one.primaries or ("",)
    named: Cell = Stack(Text(first), tuple(map(Text, rest))) if rest else Text(first)
    cells = (
        Stack(Text(row.name), tuple(about)),
        Lasting(one.ms, plain=True),
        named if first else None,
        Lasting(one.down_ms, plain=True),
    )
    return Line(cells, id=row.id, kind=row.kind)

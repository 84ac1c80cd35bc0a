"""The record's revision, by which readers see that something changed."""

from __future__ import annotations

from sqlalchemy import Connection, update

from store.tables import record


def next_revision(conn: Connection) -> int:
    """Raise the record's revision; every transaction does it once."""
    raised = update(record).values(revision=record.c.revision + 1).returning(record.c.revision)
    return int(conn.execute(raised).scalar_one())

"""The audit log as its readers ask for it: filtered, by pages, the latest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store.account_rows import AuditRow
from store.accounts import Accounts
from store.spoken import audit
from store.tables import thing

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """None: whatever it is. [from_ms, to_ms) in UTC milliseconds."""

    actor: str | None = None
    action: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None


def audit_page(
    accounts: Accounts, wanted: AuditFilter, *, before: int | None = None, limit: int = PAGE
) -> tuple[AuditRow, ...]:
    """`before`: an id; the rows that were written before that one."""
    asked = _rows(wanted).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(audit.c.id < before)
    with accounts.reading() as conn:
        return tuple(map(_row, conn.execute(asked)))


def audit_rows(accounts: Accounts, wanted: AuditFilter) -> Iterator[AuditRow]:
    """All of them, the latest first, a page in memory."""
    before: int | None = None
    while page := audit_page(accounts, wanted, before=before, limit=1_000):
        yield from page
        before = page[-1].id


def audit_actions(accounts: Accounts) -> tuple[str, ...]:
    """Those that occur, to choose from."""
    with accounts.reading() as conn:
        return tuple(sorted(conn.execute(select(audit.c.action).distinct()).scalars()))


def _rows(wanted: AuditFilter) -> Any:
    told = select(audit, thing.c.kind, thing.c.key)
    asked = told.outerjoin(thing, thing.c.id == audit.c.thing_id)
    for column, value in ((audit.c.actor, wanted.actor), (audit.c.action, wanted.action)):
        if value is not None:
            asked = asked.where(column == value)
    if wanted.from_ms is not None:
        asked = asked.where(audit.c.entered >= wanted.from_ms)
    if wanted.to_ms is not None:
        asked = asked.where(audit.c.entered < wanted.to_ms)
    return asked


def _row(row: Any) -> AuditRow:
    about = None if row.kind is None else f"{row.kind}:{row.key}"
    return AuditRow(row.id, row.entered, row.actor, row.action, about, row.outage_id, row.detail)

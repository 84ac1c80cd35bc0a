"""The audit log as its readers ask for it: filtered, by pages, either way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from store.accounts import Accounts
from store.spoken import audit
from store.tables import thing

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What somebody did. Kind and key are those of the thing that it was about."""

    id: int
    at_ms: int
    actor: str
    action: str
    thing_id: int | None
    thing_kind: str | None
    thing_key: str | None
    outage_id: int | None
    detail: Mapping[str, Any]

    @property
    def thing(self) -> str | None:
        """As commands take it: kind:key."""
        return None if self.thing_kind is None else f"{self.thing_kind}:{self.thing_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """None: whatever it is. [from_ms, to_ms) in UTC milliseconds."""

    actor: str | None = None
    action: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None


EVERYTHING = AuditFilter()


def audited(
    conn: Connection,
    limit: int,
    wanted: AuditFilter = EVERYTHING,
    *,
    before: int | None = None,
    after: int | None = None,
) -> tuple[Audited, ...]:
    """Newest first, those before an id; or, `after` one, oldest first."""
    asked = _rows(wanted)
    if before is not None:
        asked = asked.where(audit.c.id < before)
    if after is not None:
        asked = asked.where(audit.c.id > after)
    order = audit.c.id.desc() if after is None else audit.c.id
    return tuple(map(_row, conn.execute(asked.order_by(order).limit(limit))))


def audit_page(
    accounts: Accounts, wanted: AuditFilter, *, before: int | None = None, limit: int = PAGE
) -> tuple[Audited, ...]:
    """`before`: an id; the rows that were written before that one."""
    with accounts.reading() as conn:
        return audited(conn, limit, wanted, before=before)


def audit_rows(accounts: Accounts, wanted: AuditFilter) -> Iterator[Audited]:
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


def _row(row: Any) -> Audited:
    return Audited(
        id=row.id,
        at_ms=row.entered,
        actor=row.actor,
        action=row.action,
        thing_id=row.thing_id,
        thing_kind=row.kind,
        thing_key=row.key,
        outage_id=row.outage_id,
        detail=row.detail,
    )

"""Pages of the two logs: what happened, oldest first, and what people did, newest first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from store.spoken import audit
from store.tables import event, thing


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """Kind and key are those of its thing; `at_ms`: when it was written down."""

    id: int
    at_ms: int
    kind: str
    thing_id: int | None
    thing_kind: str | None
    thing_key: str | None
    outage_id: int | None
    body: Any
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    id: int
    at_ms: int
    actor: str
    action: str
    thing_id: int | None
    thing_kind: str | None
    thing_key: str | None
    outage_id: int | None
    detail: Any


class LogQuestions:
    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read

    def newest_event(self) -> int:
        """0: nothing happened yet."""
        with self._read() as conn:
            return conn.execute(select(func.max(event.c.id))).scalar() or 0

    def events(self, after: int, limit: int) -> tuple[LoggedEvent, ...]:
        with self._read() as conn:
            wanted = select(event, thing.c.kind.label("thing_kind"), thing.c.key)
            wanted = wanted.outerjoin(thing, thing.c.id == event.c.thing_id)
            wanted = wanted.where(event.c.id > after).order_by(event.c.id).limit(limit)
            return tuple(
                LoggedEvent(
                    id=row.id,
                    at_ms=row.at,
                    kind=row.kind,
                    thing_id=row.thing_id,
                    thing_kind=row.thing_kind,
                    thing_key=row.key,
                    outage_id=row.outage_id,
                    body=row.body,
                    revision=row.revision,
                )
                for row in conn.execute(wanted)
            )

    def newest_audited(self) -> int:
        """0: nobody did anything yet."""
        with self._read() as conn:
            return conn.execute(select(func.max(audit.c.id))).scalar() or 0

    def audited(
        self, limit: int, *, before: int | None = None, after: int | None = None
    ) -> tuple[Audited, ...]:
        """Newest first, or, `after` an id, oldest first."""
        wanted = select(audit, thing.c.kind, thing.c.key)
        wanted = wanted.outerjoin(thing, thing.c.id == audit.c.thing_id)
        if before is not None:
            wanted = wanted.where(audit.c.id < before)
        if after is not None:
            wanted = wanted.where(audit.c.id > after)
        order = audit.c.id.desc() if after is None else audit.c.id
        with self._read() as conn:
            return tuple(
                Audited(
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
                for row in conn.execute(wanted.order_by(order).limit(limit))
            )

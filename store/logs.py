"""Pages of the two logs: what happened, oldest first, and what people did, newest first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from store import audits
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
    ) -> tuple[audits.Audited, ...]:
        """Newest first, or, `after` an id, oldest first."""
        with self._read() as conn:
            return audits.audited(conn, limit, before=before, after=after)

"""Which drafts of monthly reports the monitor has made, and why it could not."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store.speech import Word
from store.spoken import audit
from store.tables import coverage

_ACTION = "monthly_report"


def wanted(conn: Connection, month: str, end_ms: int) -> bool:
    """Not made yet, and something was watched before the month ended."""
    told = conn.execute(select(audit.c.detail).where(audit.c.action == _ACTION)).scalars()
    if any(detail["month"] == month and detail["failed"] is None for detail in told):
        return False
    before = select(coverage.c.id).where(coverage.c.started < end_ms).limit(1)
    return conn.execute(before).first() is not None


def remember(conn: Connection, word: Word, month: str, failed: str | None) -> None:
    """`failed`: why it was not made; None: it was. An event tells of either."""
    happened = "report_made" if failed is None else "report_failed"
    word.leave(conn, _ACTION, happened, {"month": month, "failed": failed})

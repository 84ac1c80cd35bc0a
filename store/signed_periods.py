"""Which periods were signed, and the files that were kept with each signature."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from store.speech import Outcome, Word
from store.spoken import signed_file, signoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed period, without its figures. `files`: name → bytes of each."""

    id: int
    from_ms: int
    to_ms: int
    by: str
    at_ms: int
    sha256: str
    head: str | None
    files: dict[str, int]


def ask(conn: Connection, word: Word, *, period: str, told: dict[str, Any]) -> Outcome:
    """Who had what made, or verified."""
    word.leave(conn, "report", "report_asked", {"period": period} | told)
    return word.done(0)


class ArchiveQuestions:
    """Each sees one committed snapshot."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read

    def signed(self) -> tuple[Signed, ...]:
        """The latest period first."""
        columns = [column for column in signoff.c if column.name != "figures"]
        wanted = select(*columns).order_by(signoff.c.period_from.desc(), signoff.c.id.desc())
        size = func.length(signed_file.c.body).label("size")
        files = select(signed_file.c.signoff_id, signed_file.c.name, size)
        with self._read() as conn:
            kept: dict[int, dict[str, int]] = {}
            for row in conn.execute(files.order_by(signed_file.c.id)):
                kept.setdefault(row.signoff_id, {})[row.name] = row.size
            return tuple(
                Signed(
                    id=row.id,
                    from_ms=row.period_from,
                    to_ms=row.period_to,
                    by=row.author,
                    at_ms=row.entered,
                    sha256=row.sha256,
                    head=row.head,
                    files=kept.get(row.id, {}),
                )
                for row in conn.execute(wanted)
            )

    def file(self, signoff_id: int, name: str) -> bytes | None:
        """As it was signed; None: no such file was."""
        its = (signed_file.c.signoff_id == signoff_id) & (signed_file.c.name == name)
        with self._read() as conn:
            body = conn.execute(select(signed_file.c.body).where(its)).scalars().first()
            return None if body is None else bytes(body)

"""What a sheet asks of the record beside the things themselves: notes and photos."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from store.photos import Photo, photos
from store.spoken import note
from store.states import Kind
from store.tables import outage, thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`kind` and `key`: of what it is about."""

    kind: Kind
    key: str
    author: str
    text: str
    entered_ms: int


class FieldQuestions:
    """Each sees one committed snapshot."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read

    def notes(self, things: Collection[int], most: int) -> tuple[Note, ...]:
        """On the things themselves, and on outages of theirs that go on; the newest first."""
        wanted = (
            select(note, thing.c.kind, thing.c.key)
            .join(thing, thing.c.id == note.c.thing_id)
            .outerjoin(outage, outage.c.id == note.c.outage_id)
            .where(note.c.thing_id.in_(things))
            .where(or_(note.c.outage_id.is_(None), outage.c.first_good.is_(None)))
            .order_by(note.c.entered.desc(), note.c.id.desc())
            .limit(most)
        )
        with self._read() as conn:
            return tuple(
                Note(
                    kind=Kind(row.kind),
                    key=row.key,
                    author=row.author,
                    text=row.text,
                    entered_ms=row.entered,
                )
                for row in conn.execute(wanted)
            )

    def photos(self, things: Collection[int]) -> tuple[Photo, ...]:
        """Those that stand, the newest first."""
        with self._read() as conn:
            return photos(conn, things=tuple(things))

    def photo(self, sha256: str) -> tuple[Photo, ...]:
        """Every standing one whose file this is; empty: it is no photo any more."""
        with self._read() as conn:
            return photos(conn, sha256=sha256)

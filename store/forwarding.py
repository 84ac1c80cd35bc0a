"""How far each receiver of events has come: one row each, in the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from store.audits import Audited
from store.engine import RecordError, open_writer, shown
from store.logs import LoggedEvent
from store.reader import RecordReader, open_questions
from store.tables import delivery

_STATE = "shipped"


@dataclass(frozen=True, slots=True)
class Place:
    """All up to these two were taken."""

    event_id: int
    audit_id: int


class Forwarding:
    """Of one receiver. Blocking; RecordError where the record cannot be read or written."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._mine = delivery.c.channel == f"export:{name}"
        self._channel = f"export:{name}"
        self._writer = open_writer(url, follow=True)
        self.reader: RecordReader = open_questions(url)

    def begin(self, at_ms: int) -> Place | None:
        """Where it goes on; the first time behind all that was. None: nothing ever happened."""
        with self._clear(), self._writer.begin() as conn:
            row = conn.execute(select(delivery).where(self._mine)).first()
            if row is not None:
                return Place(row.event_id, int(row.message_id))
            place = Place(self.reader.logs.newest_event(), self.reader.logs.newest_audited())
            if not place.event_id:
                return None
            about = {"event_id": place.event_id, "message_id": str(place.audit_id)}
            conn.execute(
                insert(delivery).values(channel=self._channel, state=_STATE, changed=at_ms, **about)
            )
            return place

    def after(
        self, place: Place, limit: int
    ) -> tuple[tuple[LoggedEvent, ...], tuple[Audited, ...]]:
        """What comes next of each, at most `limit`."""
        logs = self.reader.logs
        return logs.events(place.event_id, limit), logs.audited(limit, after=place.audit_id)

    def keep(self, place: Place, at_ms: int) -> None:
        about = {"event_id": place.event_id, "message_id": str(place.audit_id)}
        with self._clear(), self._writer.begin() as conn:
            conn.execute(update(delivery).where(self._mine).values(changed=at_ms, **about))

    def close(self) -> None:
        self._writer.dispose()
        self.reader.close()

    @contextmanager
    def _clear(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise RecordError(f"{shown(self._url)}: {reason}") from error

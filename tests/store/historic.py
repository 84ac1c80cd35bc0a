"""Ways to put a past into a record, row by row, and to measure a thing of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table, insert

from inventory.model import Network
from store.declare import agree
from store.engine import open_writer
from store.period import History, Interval, Period
from store.reader import open_questions
from store.spoken import correction, maintenance
from store.states import State
from store.tables import coverage, incident, outage, span
from store.tally import ThingFigures, measure
from tests.store.first import made

_numbers = itertools.count(1)


@dataclass
class Past:
    """`watched`: all that the monitor ever saw; the rest is written by the test."""

    url: str
    engine: Engine
    ids: dict[tuple[str, str], int]

    def add(self, table: Table, **values: Any) -> int:
        with self.engine.begin() as conn:
            made = conn.execute(insert(table).values(**values))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def polled(self) -> dict[str, Any]:
        return {"poller": "past", "seq": next(_numbers)}

    def span(self, thing: int, state: State, begin: int, end: int | None, **more: Any) -> int:
        values = {"reason": "silent", "revision": 1} | more
        return self.add(
            span, thing_id=thing, state=state, started=begin, ended=end, **self.polled(), **values
        )

    def outage(self, thing: int, begin: int, end: int | None, **more: Any) -> int:
        values = {"state": State.DOWN, "reason": "silent", "revision": 1} | more
        times = {"first_bad": begin, "last_bad": begin, "first_good": end}
        return self.add(outage, thing_id=thing, **times, **self.polled(), **values)

    def watched(self, begin: int, end: int, thing: int | None = None) -> None:
        self.add(coverage, thing_id=thing, started=begin, ended=end, **self.polled())

    def planned(self, scope: int, begin: int, end: int, **more: Any) -> int:
        values = {"author": "Trực", "reason": "Bảo trì", "entered": 0, "revision": 1} | more
        return self.add(maintenance, thing_id=scope, started=begin, ended=end, **values)

    def corrected(self, of: int, entered: int, **fields: str | None) -> None:
        for name, new in fields.items():
            said = {"author": "Lan", "reason": "biên bản", "entered": entered}
            self.add(correction, outage_id=of, field=name, old=None, new=new, **said)

    def incident(self, kind: str, begin: int) -> int:
        return self.add(incident, kind=kind, started=begin, revision=1)

    def period(self, begin: int, end: int, as_of: int | None = None) -> Period:
        reader = open_questions(self.url)
        try:
            return reader.period(begin, end, end, as_of_ms=as_of)
        finally:
            reader.close()

    def history(self, thing: int, window: Interval, as_of: int | None = None) -> History:
        found = self.period(*window, as_of).histories
        return next(history for history in found if history.thing_id == thing)

    def measured(self, thing: int, window: Interval, as_of: int | None = None) -> ThingFigures:
        return measure(self.history(thing, window, as_of), window)


@contextmanager
def past(url: str, declared: Network, now_ms: int) -> Iterator[Past]:
    made(url)
    engine = open_writer(url, durable=False)
    with engine.begin() as conn:
        ids = dict(agree(conn, declared, now_ms).ids)
    try:
        yield Past(url, engine, ids)
    finally:
        engine.dispose()

"""What a report asks beside its period: the time before, the inventory of a day, its changes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, func, or_, select

from store.dated_tables import site_at
from store.edits import Edit, edits
from store.period import Period
from store.readings import read_period
from store.standing import Standing, standing
from store.states import Kind
from store.tables import span, thing


class MonthQuestions:
    """Each from one committed snapshot, as all questions are."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read

    def splits(
        self,
        from_ms: int,
        to_ms: int,
        now_ms: int,
        kinds: frozenset[Kind],
        *,
        as_of_ms: int | None = None,
        on_today: bool = False,
    ) -> Period:
        """A period of these kinds alone, to measure how their time was spent: of its outages
        there are only those that people corrected or declared."""
        with self._read() as conn:
            return read_period(
                conn, from_ms, to_ms, now_ms, as_of_ms=as_of_ms, on_today=on_today, only=kinds
            )

    def site_spans(self, from_ms: int, to_ms: int, most: int) -> int:
        """How many spans tell of sites in [from, to), counted up to `most`: what `splits` costs."""
        sites = select(thing.c.id).where(thing.c.kind == Kind.SITE)
        touches = (span.c.started < to_ms) & or_(span.c.ended.is_(None), span.c.ended > from_ms)
        found = select(span.c.id).where(span.c.thing_id.in_(sites), touches).limit(most)
        with self._read() as conn:
            return conn.execute(select(func.count()).select_from(found.subquery())).scalar_one()

    def standing(self, at_ms: int) -> Standing:
        """The inventory as it was declared at that moment."""
        with self._read() as conn:
            return standing(conn, at_ms)

    def edits(self, from_ms: int, to_ms: int) -> tuple[Edit, ...]:
        """What became of the inventory in [from, to), oldest first."""
        with self._read() as conn:
            return edits(conn, from_ms, to_ms)

    def coordinates(self, at_ms: int) -> dict[str, tuple[float, float]]:
        """Site → degrees north and east, as they were last declared before that moment."""
        sites = site_at
        wanted = (
            select(thing.c.key, sites.c.declared)
            .join(thing, thing.c.id == sites.c.thing_id)
            .where(sites.c.valid_from < at_ms)
            .order_by(sites.c.valid_from)
        )
        with self._read() as conn:
            said = {row.key: row.declared for row in conn.execute(wanted)}
        degrees = {key: (one.get("lat"), one.get("lon")) for key, one in said.items()}
        return {key: (lat, lon) for key, (lat, lon) in degrees.items() if None not in (lat, lon)}

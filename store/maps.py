"""Reads the administrative map: as it stood at each moment, or today's for all of a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select

from store.dated_tables import placement_at, unit_at
from store.intervals import END, clip
from store.period import Interval, MapPart, Place, UnitRow
from store.states import Kind
from store.tables import thing


class Maps:
    """What the record knows of units and placements now, or knew at the moment `as_of_ms`."""

    def __init__(self, conn: Connection, *, as_of_ms: int | None = None) -> None:
        keys = _keys(conn)
        self.units: dict[int, list[UnitRow]] = {}
        self.places: dict[int, list[Place]] = {}
        for row in _believed(conn, unit_at, as_of_ms):
            told = UnitRow(
                from_ms=row.valid_from,
                to_ms=END if row.valid_to is None else row.valid_to,
                key=keys[row.thing_id],
                name=row.name,
                level=row.level,
                code=row.code,
                parent_id=row.parent_id,
                act=row.act,
                into=tuple(row.declared.get("into", ())),
                aliases=tuple(row.declared.get("aliases", ())),
                target_pct=row.declared.get("target_pct"),
                target_source=row.declared.get("target_source"),
            )
            self.units.setdefault(row.thing_id, []).append(told)
        for row in _believed(conn, placement_at, as_of_ms):
            end = END if row.valid_to is None else row.valid_to
            place = Place(row.valid_from, end, row.unit_id, row.level)
            self.places.setdefault(row.thing_id, []).append(place)

    def of(self, at_ms: int) -> Maps:
        """The map of one moment, as if it had always been so."""
        found = copy(self)
        found.__dict__.pop("_changes", None)
        found.units, found.places = {}, {}
        for unit_id, rows in self.units.items():
            row = _at(rows, at_ms)
            stands = row.from_ms <= at_ms < row.to_ms
            found.units[unit_id] = [row._replace(from_ms=0, to_ms=END if stands else 0)]
        for site_id, places in self.places.items():
            found.places[site_id] = [_at(places, at_ms)._replace(from_ms=0, to_ms=END)]
        return found

    def unit(self, unit_id: int | None, at_ms: int) -> UnitRow | None:
        """The unit as it stood at that moment; before its first row that, after its last this."""
        rows = self.units.get(unit_id or 0)
        return _at(rows, at_ms) if rows else None

    def place(self, site_id: int | None, at_ms: int) -> Place | None:
        places = self.places.get(site_id or 0)
        return _at(places, at_ms) if places else None

    def stays(self, site_id: int | None, period: Interval) -> tuple[Place, ...]:
        """Where a site stood within a period, cut at its ends."""
        begin, end = period
        return tuple(
            place._replace(from_ms=max(place.from_ms, begin), to_ms=min(place.to_ms, end))
            for place in self.places.get(site_id or 0, ())
            if place.from_ms < end and place.to_ms > begin
        )

    def above(self, unit_id: int, at_ms: int) -> list[int]:
        """The unit and all above it at that moment."""
        found: list[int] = []
        at: int | None = unit_id
        while at is not None and at not in found:
            found.append(at)
            row = self.unit(at, at_ms)
            at = None if row is None else row.parent_id
        return found

    def parts(self, period: Interval) -> tuple[MapPart, ...]:
        """The period cut where a unit became something else, began or ended."""
        return tuple(
            MapPart(
                from_ms=since,
                to_ms=until,
                units={
                    unit_id: row
                    for unit_id, rows in self.units.items()
                    for row in rows
                    if row.from_ms <= since < row.to_ms
                },
            )
            for since, until in self._cut(period)
        )

    def planned(
        self, site_id: int | None, works: Mapping[int, Sequence[Interval]], period: Interval
    ) -> list[Interval]:
        """Work at the units in which a site stood, while it stood in them."""
        found: list[Interval] = []
        if not works:
            return found
        for place in self.stays(site_id, period):
            for part in self._cut((place.from_ms, place.to_ms)):
                for unit_id in self.above(place.unit_id, part[0]):
                    found += clip(works.get(unit_id, ()), part)
        return found

    def _cut(self, period: Interval) -> list[Interval]:
        begin, end = period
        inside = [at for at in self._changes if begin < at < end]
        return list(pairwise((begin, *inside, end)))

    @cached_property
    def _changes(self) -> list[int]:
        found = set[int]()
        for rows in self.units.values():
            found |= {rows[0].from_ms, rows[-1].to_ms}
            for before, after in pairwise(rows):
                if before.to_ms < after.from_ms or _shape(before) != _shape(after):
                    found |= {before.to_ms, after.from_ms}
        return sorted(found)


def _shape(row: UnitRow) -> tuple[object, ...]:
    """What makes another map of it: not how people spell it."""
    return row.name, row.level, row.code, row.parent_id


def _at(rows: Sequence[Any], at_ms: int) -> Any:
    found = [row for row in rows if row.from_ms <= at_ms] or rows[:1]
    return found[-1]


def _keys(conn: Connection) -> dict[int, str]:
    units = select(thing.c.id, thing.c.key).where(thing.c.kind == Kind.UNIT)
    return {row.id: row.key for row in conn.execute(units)}


def _believed(conn: Connection, table: Table, as_of_ms: int | None) -> Iterable[Any]:
    believed: Any = table.c.dropped.is_(None)
    if as_of_ms is not None:
        later = or_(table.c.dropped.is_(None), table.c.dropped > as_of_ms)
        believed = and_(table.c.entered <= as_of_ms, later)
    return conn.execute(select(table).where(believed).order_by(table.c.valid_from))

"""What becomes of samples with time: minutes to hours, hours to days with their figures, then gone.

Each step is small and one transaction, that makes the new and deletes the old: a kill leaves it
done or not done. Done again, for what came late, it takes up what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy import Table as SqlTable

from inventory.model import Retention
from store import carried
from store.bulk import run_many
from store.chunks import Packed, Table, in_order, pack
from store.rosters import Columns, by_id, roster_of
from store.sample_file import chunk, day, rollup, slab, slots
from store.sample_rates import GAP_MS
from store.sample_rollups import Part, pack_hours, summed
from store.sample_tracks import ROWS, of_owner
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, SHARD_BITS
from store.slabs import LAYOUT, PING, PORT, UNIT_MS, Slab, readable, tables
from store.traffic_slots import SlotReader

LATE_MS = 2 * MINUTE_MS  # an hour is over when its last answers have come, and been flushed
_SHARD = 1 << SHARD_BITS
Ends = Callable[[int], Mapping[int, Sequence[int]]]  # of a day: device → ports at ends of links
_AGED_AT_ONCE = 50  # a shard's day each; those that find nothing cost nothing
_INSERT = {table.name: insert(table) for table in (chunk, day, rollup)}
_GONE = {table.name: delete(table).where(of_owner(table)) for table in (chunk, day, rollup)}


class HourOver(NamedTuple):
    """A shard's hour whose slabs are to become chunks."""

    t0: int
    shard: int
    kind: str

    def run(self, conn: Connection, _: Ends) -> None:
        of_shard = (slab.c.shard == self.shard) & (slab.c.kind == self.kind)
        here = of_shard & slab.c.t0.between(self.t0, self.t0 + HOUR_MS - 1)
        wanted = select(slab.c.t0, slab.c.layout, slab.c.data).where(here)
        slabs = [
            Slab(readable(row, "slab"))
            for row in conn.execute(wanted.order_by(slab.c.t0, slab.c.flushed))
        ]
        if slabs:
            self._insert(conn, dict(tables(slabs)))
        conn.execute(delete(slab).where(here))

    def _insert(self, conn: Connection, found: dict[int, Table]) -> None:
        rosters = by_id(conn, found) if self.kind != PING else {}
        parts = _parts(conn, self.t0, self.shard, self.kind)
        fresh = []
        for owner, table in found.items():
            roster_id = None if self.kind == PING else owner
            thing_id = owner if roster_id is None else rosters[owner].device_id
            part = parts[thing_id] = parts.get(thing_id, -1) + 1
            key = (self.t0, thing_id, self.kind, part, roster_id)
            fresh.append(_row(key, pack(table, pressed=False)))
        run_many(conn, _INSERT[chunk.name], fresh)


class DayOver(NamedTuple):
    """A day of one thing whose chunks are to be one, and its figures to be drawn up."""

    t0: int
    thing_id: int
    kind: str

    def run(self, conn: Connection, ends: Ends) -> None:
        whole = self._rows(conn, day, self.t0, self.t0 + DAY_MS)
        loose = self._rows(conn, chunk, self.t0, self.t0 + DAY_MS)
        if not loose:
            return
        parts = self._parts(whole + loose)
        summed_up = self._rows(conn, rollup, self.t0, self.t0 + DAY_MS)
        done = [chunk, day, rollup] if whole else [chunk]
        for table in done:
            conn.execute(_GONE[table.name], self._here(table, self.t0, self.t0 + DAY_MS))
        keys = [(self.t0, self.thing_id, self.kind, k, row) for k, row in enumerate(parts)]
        rows = [_row(key, pack(parts[key[-1]], pressed=True)) for key in keys]
        run_many(conn, _INSERT[day.name], rows)
        if whole or not summed_up:  # else its samples have aged, and it knows more than we do
            self._sum_up(conn, parts)
        if self.kind == PORT:
            self._work_out(conn, ends, again=bool(whole))

    def _work_out(self, conn: Connection, ends: Ends, *, again: bool) -> None:
        """Its 5-minute samples; those of the next day, too, which begin before midnight."""
        days = (self.t0, self.t0 + DAY_MS)
        dropped = [again and carried.drop(conn, t0, self.thing_id) for t0 in days]
        for t0 in days if dropped[1] else days[:1]:
            if ports := ends(t0).get(self.thing_id):
                reader = SlotReader(conn, [self.thing_id], carried.edges(t0))
                found = reader.slots(self.thing_id, ports)
                if found is not None:
                    carried.put(conn, t0, self.thing_id, ports, found)

    def _parts(self, loose: list[Any]) -> dict[int | None, Table]:
        """roster → its table of the day."""
        pieces: dict[int | None, list[Table]] = {}
        for row in loose:
            table = Packed(readable(row, "chunk")).table()
            since = (row.t0 - self.t0) // UNIT_MS[self.kind]
            pieces.setdefault(row.roster_id, []).append(replace(table, times=table.times + since))
        return {roster_id: in_order(held) for roster_id, held in pieces.items()}

    def _sum_up(self, conn: Connection, parts: dict[int | None, Table]) -> None:
        before = self._before(conn) if self.kind == PORT else {}
        rosters = by_id(conn, {i for i in (*parts, *before) if i is not None})
        itself = Columns(self.thing_id, (self.thing_id,), bytes(1))
        ready = []
        for roster_id in {**before, **parts}:
            table = in_order([held[roster_id] for held in (before, parts) if roster_id in held])
            columns = rosters[roster_id] if roster_id is not None else itself
            at_ms = self.t0 + table.times * UNIT_MS[self.kind]
            ready.append(Part(columns.things, columns.narrow, replace(table, times=at_ms)))
        things, hours, figures = summed(self.kind, ready, self.t0)
        if not things:
            return
        roster_id = next(iter(parts))
        if len(ready) > 1:
            columns_too = (self.kind, things, bytes(len(things)))
            roster_id = roster_of(conn, self.thing_id, *columns_too)
        key = (self.t0, self.thing_id, self.kind, 0, roster_id)
        run_many(conn, _INSERT[rollup.name], [_row(key, pack_hours(hours, figures))])

    def _before(self, conn: Connection) -> dict[int | None, Table]:
        """roster → its last row of the day before; times count from this day, below zero."""
        rows = self._rows(conn, day, self.t0 - DAY_MS, self.t0)
        rows += self._rows(conn, chunk, self.t0 - HOUR_MS, self.t0)
        found: dict[int | None, Table] = {}
        for row in rows:
            packed = Packed(readable(row, "chunk"))
            ago = (self.t0 - row.t0) // UNIT_MS[self.kind] - int(packed.times[-1])
            last = found.get(row.roster_id)
            if ago * UNIT_MS[self.kind] <= GAP_MS and (last is None or last.times < -ago):
                found[row.roster_id] = Table.of(np.array([-ago]), packed.newest[:, None])
        return found

    def _rows(self, conn: Connection, table: SqlTable, from_ms: int, to_ms: int) -> list[Any]:
        return list(conn.execute(ROWS[table.name], self._here(table, from_ms, to_ms)))

    def _here(self, table: SqlTable, from_ms: int, to_ms: int) -> dict[str, Any]:
        starts = list(range(from_ms, to_ms, HOUR_MS if table is chunk else DAY_MS))
        return {"owner": self.thing_id, "kind": self.kind, "starts": starts}


class Aged(NamedTuple):
    """A table in which rows are older than people want to keep."""

    name: str
    before: int

    def run(self, conn: Connection, _: Ends) -> None:
        """Delete the oldest of them, as many as are in one shard."""
        table = slab.metadata.tables[self.name]
        oldest = select(table.c.t0, table.c.thing_id).order_by(table.c.t0, table.c.thing_id)
        found = conn.execute(oldest.limit(1)).first()
        if found is not None and found.t0 < self.before:
            until = found.thing_id | (_SHARD - 1)
            of_shard = table.c.thing_id.between(found.thing_id, until)
            conn.execute(delete(table).where(table.c.t0 == found.t0, of_shard))


Step = HourOver | DayOver | Aged


def due(conn: Connection, now_ms: int, retention: Retention) -> Iterator[list[Step]]:
    """What can be done now, kind after kind: only where one kind is empty look at the next."""
    yield list(_hours(conn, (now_ms - LATE_MS) // HOUR_MS * HOUR_MS))
    yield list(_days(conn, (now_ms - LATE_MS) // DAY_MS * DAY_MS))
    yield list(_aged(conn, now_ms, retention))


def _hours(conn: Connection, over_ms: int) -> Iterator[Step]:
    hour = (slab.c.t0 - slab.c.t0 % HOUR_MS).label("hour")
    wanted = select(hour, slab.c.shard, slab.c.kind).where(slab.c.t0 < over_ms).distinct()
    return (HourOver(*row) for row in conn.execute(wanted.order_by(hour)))


def _days(conn: Connection, over_ms: int) -> Iterator[Step]:
    began = (chunk.c.t0 - chunk.c.t0 % DAY_MS).label("began")
    wanted = select(began, chunk.c.thing_id, chunk.c.kind).where(chunk.c.t0 < over_ms).distinct()
    return (DayOver(*row) for row in conn.execute(wanted.order_by(began, chunk.c.thing_id)))


def _aged(conn: Connection, now_ms: int, retention: Retention) -> Iterator[Step]:
    """A clock set to a wrong year makes nothing old: the newest whole day counts, too."""
    newest = conn.execute(select(func.max(day.c.t0))).scalar()
    if newest is None:
        return
    today = min(now_ms, newest + 2 * DAY_MS)
    kept = (day, retention.samples_days), (rollup, retention.rollups_days)
    for table, days in (*kept, (slots, retention.samples_days)):
        before = today - days * DAY_MS
        oldest = conn.execute(select(func.min(table.c.t0))).scalar()
        if oldest is not None and oldest < before:
            yield from [Aged(table.name, before)] * _AGED_AT_ONCE


def _row(key: tuple[int, int, str, int, int | None], data: bytes) -> dict[str, Any]:
    names = ("t0", "thing_id", "kind", "part", "roster_id")
    return dict(zip(names, key, strict=True)) | {"layout": LAYOUT, "data": data}


def _parts(conn: Connection, hour: int, shard: int, kind: str) -> dict[int, int]:
    """thing → the last part of that hour that there is already."""
    first = shard << SHARD_BITS
    of_shard = chunk.c.thing_id.between(first, first + _SHARD - 1)
    wanted = (
        select(chunk.c.thing_id, func.max(chunk.c.part).label("part"))
        .where(chunk.c.t0 == hour, of_shard, chunk.c.kind == kind)
        .group_by(chunk.c.thing_id)
    )
    return {row.thing_id: row.part for row in conn.execute(wanted)}

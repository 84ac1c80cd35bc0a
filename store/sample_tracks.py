"""Finds the samples of one series wherever they lie: in slabs, hours and days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, bindparam, func, select

from store.chunks import LANE, Numbers, Packed, Times
from store.portions import MOST, portions
from store.rosters import NOBODY, Columns, columns
from store.sample_file import chunk, day, rollup, slab, slots
from store.sample_rates import Track
from store.samples import COUNTERS, DAY_MS, HOUR_MS, SHARD_BITS, Measure
from store.slabs import PLACES, PORT, UNIT_MS, Instant, Slab, readable, row_of, rows_of, said

_LOOK_BACK = 24  # hours in which the last counters are looked for
_OCTETS = (Measure.IN_OCTETS, Measure.OUT_OCTETS)

Octets = tuple[int | None, int | None]
_Piece = tuple[Times, Numbers, Numbers, bool]  # times, cells, uptimes, narrow


def of_owner(table: Table) -> Any:
    """Rows of one owner, where :starts are known; made once, for it takes longer than to ask."""
    whose = (table.c.thing_id == bindparam("owner")) & (table.c.kind == bindparam("kind"))
    return whose & table.c.t0.in_(bindparam("starts", expanding=True))


ROWS = {
    table.name: select(table).where(of_owner(table)).order_by(table.c.t0, table.c.part)
    for table in (chunk, day, rollup, slots)
}


@dataclass(frozen=True, slots=True)
class Sought:
    """One series: whose rows it stands in, and in which column of which roster."""

    owner_id: int  # the device, or the thing that is pinged
    thing_id: int
    measure: Measure
    rosters: Mapping[int | None, Columns]  # those that the thing is in; None: the owner itself

    @property
    def kind(self) -> str:
        return PLACES[self.measure][0]

    @property
    def unit_ms(self) -> int:
        return UNIT_MS[self.kind]

    @property
    def group(self) -> int:
        return PLACES[self.measure][1]

    def column(self, roster_id: int | None) -> int:
        return self.rosters[roster_id].things.index(self.thing_id)


def sought(conn: Connection, owner_id: int, thing_id: int, measure: Measure) -> Sought:
    rosters: dict[int | None, Columns] = {None: Columns(owner_id, (owner_id,), bytes(1))}
    if measure is not Measure.RTT_US:
        lists = columns(conn, owner_id, PLACES[measure][0])
        rosters = {key: row for key, row in lists.items() if thing_id in row.things}
    return Sought(owner_id, thing_id, measure, rosters)


def track(
    conn: Connection, one: Sought, from_ms: int, to_ms: int, *, uptimes: bool = True
) -> Track:
    """All of it in [from, to), in the order of time; without `uptimes` where nobody needs them."""
    pieces = _in_slabs(conn, one, from_ms, to_ms)
    for table, length in ((chunk, HOUR_MS), (day, DAY_MS)):
        for row in packed_rows(conn, table, one.owner_id, one.kind, from_ms, to_ms, length):
            if row.roster_id in one.rosters:
                pieces.append(_unpacked(one, row, uptimes))
    if not pieces:
        nothing = np.zeros((1, 0), LANE)
        return Track(np.zeros(0, np.int64), nothing, nothing[0], nothing.astype(np.bool_))
    at_ms = np.concatenate([piece[0] for piece in pieces])
    cells, known = (np.concatenate([piece[k] for piece in pieces]) for k in (1, 2))
    narrow = np.repeat([piece[3] for piece in pieces], [len(piece[0]) for piece in pieces])
    order = np.argsort(at_ms, kind="stable")
    order = order[(at_ms[order] >= from_ms) & (at_ms[order] < to_ms)]
    known = known[order] if uptimes else known
    return Track(at_ms[order], cells[order][None], known, narrow[order][None])


def _in_slabs(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> list[_Piece]:
    """A slab may reach to the end of its hour."""
    wanted = select(slab.c.t0, slab.c.layout, slab.c.data).where(
        slab.c.shard == one.owner_id >> SHARD_BITS,
        slab.c.kind == one.kind,
        slab.c.t0 >= from_ms - from_ms % HOUR_MS,
        slab.c.t0 < to_ms,
    )
    columns = {roster_id: one.column(roster_id) for roster_id in one.rosters}
    found: dict[int | None, list[Instant]] = {}
    for row in conn.execute(wanted):
        held, hour, unit = Slab(readable(row, "slab")), row.t0 - row.t0 % HOUR_MS, one.unit_ms
        for roster_id, column in columns.items():
            owner = one.owner_id if roster_id is None else roster_id
            instants = held.series(owner, column, one.group)
            known = [(hour + at * unit, cell, uptime) for at, cell, uptime in instants]
            found.setdefault(roster_id, []).extend(known)
    pieces = []
    for roster_id, instants in found.items():
        if instants:
            at_ms, cells, uptimes = (np.array(lane, LANE) for lane in zip(*instants, strict=True))
            pieces.append((at_ms.view(np.int64), cells, uptimes, _narrow(one, roster_id)))
    return pieces


def _unpacked(one: Sought, row: Any, uptimes: bool) -> _Piece:
    packed = Packed(readable(row, "chunk"))
    things = one.rosters[row.roster_id].things
    cells = packed.one(row_of(one.group, one.column(row.roster_id), len(things)))
    known = packed.one(0) if uptimes else cells[:0]
    return row.t0 + packed.times * one.unit_ms, cells, known, _narrow(one, row.roster_id)


def _narrow(one: Sought, roster_id: int | None) -> bool:
    """Of 32 bits: octets where the device has no others, errors and discards always."""
    return one.measure not in _OCTETS or bool(one.rosters[roster_id].narrow[one.column(roster_id)])


def packed_rows(
    conn: Connection, table: Table, owner_id: int, kind: str, from_ms: int, to_ms: int, length: int
) -> Iterator[Any]:
    """The rows of one owner whose hours or days, `length` long, touch [from, to)."""
    for starts in present(conn, table, from_ms, to_ms, length):
        known = {"owner": owner_id, "kind": kind, "starts": starts}
        yield from conn.execute(ROWS[table.name], known)


def present(
    conn: Connection, table: Table, from_ms: int, to_ms: int, length: int
) -> Iterator[list[int]]:
    """Where rows of the table may begin that touch [from, to), some at once."""
    start = from_ms - from_ms % length
    if to_ms - start > MOST * length:
        first, last = conn.execute(select(func.min(table.c.t0), func.max(table.c.t0))).one()
        start, to_ms = max(first or to_ms, start), min((last or 0) + 1, to_ms)
    starts = range(start, to_ms, length)
    for part in portions(starts):
        yield list(part)


# -- the last of all -------------------------------------------------------------------------


def latest(conn: Connection, device_id: int) -> Mapping[int, Octets]:
    """interface → (in, out) of the device's last poll that was kept; {} if it is long ago."""
    rosters = columns(conn, device_id, PORT)
    return _last_in_slabs(conn, device_id, rosters) or _last_packed(conn, device_id, rosters)


def _last_in_slabs(
    conn: Connection, device_id: int, rosters: Mapping[int, Columns]
) -> dict[int, Octets]:
    newest = (
        select(slab.c.t0, slab.c.layout, slab.c.data)
        .where(slab.c.shard == device_id >> SHARD_BITS, slab.c.kind == PORT)
        .order_by(slab.c.t0.desc(), slab.c.flushed.desc())
    )
    for row in conn.execute(newest):
        rows = rows_of([Slab(readable(row, "slab"))])
        mine = np.flatnonzero(np.isin(rows.owners, list(rosters)))
        if len(mine):
            last = mine[np.argmax(rows.at[mine])]
            size, start = int(rows.sizes[last]), int(rows.starts[last])
            cells = rows.cells[: len(_OCTETS), start : start + size]
            return _octets(rosters[int(rows.owners[last])], cells)
    return {}


def _last_packed(
    conn: Connection, device_id: int, rosters: Mapping[int, Columns]
) -> dict[int, Octets]:
    for table, length in ((chunk, HOUR_MS), (day, DAY_MS)):
        last = conn.execute(select(func.max(table.c.t0))).scalar()
        if last is None:
            continue
        since = last - _LOOK_BACK * HOUR_MS
        rows = packed_rows(conn, table, device_id, PORT, since, last + 1, length)
        held = [(row, Packed(readable(row, "chunk"))) for row in rows]
        if held:
            row, packed = max(held, key=lambda pair: pair[0].t0 + int(pair[1].times[-1]))
            count = (packed.series - 1) // (COUNTERS + len(_OCTETS))
            cells = packed.newest[1 : 1 + len(_OCTETS) * count].reshape(len(_OCTETS), -1)
            return _octets(rosters[row.roster_id], cells)
    return {}


def _octets(roster: Columns, cells: Numbers) -> dict[int, Octets]:
    inward, outward = (said(measure, row) for measure, row in zip(_OCTETS, cells, strict=True))
    rows = zip(roster.things, zip(inward, outward, strict=True), strict=True)
    return {thing_id: pair for thing_id, pair in rows if thing_id != NOBODY}

"""Which things the columns of a device's polls stand for, as the record knows them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from store.portions import portions
from store.sample_file import roster
from store.samples import Roster, Sensors
from store.states import Kind
from store.tables import interface_fact, sensor, thing

NOBODY = 0  # stands where the record knows no such interface; it has no samples
WITH_RTT = (Kind.DEVICE, Kind.LINK, Kind.SERVICE)

Looking = Callable[[], Connection]  # opens the record for reading, where that is needed
_Key = tuple[int, str, bytes, bytes]  # device, kind, things, narrow


class Columns(NamedTuple):
    """A roster on record."""

    device_id: int
    things: tuple[int, ...]
    narrow: bytes


class Rosters:
    """Finds or makes the rows of `roster`; what the record does not know is in `unknown`."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[int, tuple[Hashable, int]]] = {}  # what it was, its row
        self._known: set[int] = set()
        self.unknown: set[str] = set()

    def ids(
        self, books: Looking, conn: Connection, kind: str, polled: Sequence[Roster | Sensors]
    ) -> list[int]:
        """The row of each roster, in order. `books`: opens the record; `conn`: the samples."""
        rows = self._rows.setdefault(kind, {})
        found: list[int] = []
        fresh: dict[Roster | Sensors, int] = {}
        for one in polled:
            known = rows.get(one.device_id)
            if known is None or (known[0] is not one and known[0] != one):
                fresh[one] = NOBODY
            found.append(known[1] if known else NOBODY)
        if not fresh:
            return found
        waiting = list(fresh)
        for part in portions(waiting):
            fresh |= self._find(books(), conn, kind, part)
        pairs = zip(polled, found, strict=True)
        return [fresh.get(one, row_id) for one, row_id in pairs]

    def strangers(self, books: Looking, thing_ids: Collection[int]) -> set[int]:
        """Those that are nothing which could be pinged."""
        new = {i for i in thing_ids if i not in self._known}
        if not new:
            return new
        between = thing.c.id.between(min(new), max(new))
        wanted = select(thing.c.id).where(between, thing.c.kind.in_(WITH_RTT))
        self._known.update(books().execute(wanted).scalars())
        strange = new - self._known
        self.unknown |= {f"pinged thing {i}" for i in strange}
        return strange

    def _find(
        self, books: Connection, conn: Connection, kind: str, part: Sequence[Roster | Sensors]
    ) -> dict[Roster | Sensors, int]:
        devices = {one.device_id for one in part}
        facts, sensors = _facts(books, part), _sensors(books, part)
        wanted: dict[Roster | Sensors, _Key] = {}
        for one in part:
            if isinstance(one, Roster):
                names = zip(one.indexes, one.names, strict=True)
                things = [facts.get((one.device_id, *name), NOBODY) for name in names]
                narrow = one.narrow
            else:
                things = [i if (one.device_id, i) in sensors else NOBODY for i in one.ids]
                narrow = bytes(len(things))
            packed = struct.pack(f"<{len(things)}Q", *things)
            wanted[one] = (one.device_id, kind, packed, narrow)
            self._tell(one, things)
        rows = conn.execute(select(roster).where(roster.c.device_id.in_(devices)))
        held = {(r.device_id, r.kind, bytes(r.things), bytes(r.narrow)): r.id for r in rows}
        held |= _insert(conn, set(wanted.values()) - held.keys())
        for one, key in wanted.items():
            if NOBODY not in struct.unpack(f"<{len(key[2]) // 8}Q", key[2]):
                self._rows[kind][one.device_id] = (one, held[key])  # others are looked up again
        return {one: held[key] for one, key in wanted.items()}

    def _tell(self, one: Roster | Sensors, things: Sequence[int]) -> None:
        if isinstance(one, Roster):
            pairs = zip(one.indexes, one.names, things, strict=True)
            self.unknown |= {
                f"interface {name!r} (if_index {index}) of device {one.device_id}"
                for index, name, thing_id in pairs
                if thing_id == NOBODY
            }
        else:
            pairs_too = zip(one.ids, things, strict=True)
            self.unknown |= {
                f"sensor {i} of device {one.device_id}" for i, known in pairs_too if not known
            }


def columns(conn: Connection, device_id: int, kind: str) -> dict[int, Columns]:
    """roster → what its columns are, of one device."""
    of_device = (roster.c.device_id == device_id) & (roster.c.kind == kind)
    return _columns(conn, select(roster).where(of_device))


def of_devices(
    conn: Connection, device_ids: Iterable[int], kind: str
) -> dict[int, dict[int, Columns]]:
    """Device → roster → what its columns are."""
    found: dict[int, dict[int, Columns]] = {}
    wanted = sorted(set(device_ids))
    for part in portions(wanted):
        theirs = roster.c.device_id.in_(part), roster.c.kind == kind
        rows = _columns(conn, select(roster).where(*theirs))
        for roster_id, row in rows.items():
            found.setdefault(row.device_id, {})[roster_id] = row
    return found


def by_id(conn: Connection, ids: Iterable[int]) -> dict[int, Columns]:
    """roster → what its columns are."""
    found: dict[int, Columns] = {}
    wanted = sorted(set(ids))
    for part in portions(wanted):
        found |= _columns(conn, select(roster).where(roster.c.id.in_(part)))
    return found


def roster_of(
    conn: Connection, device_id: int, kind: str, things: Sequence[int], narrow: bytes
) -> int:
    """The roster with these things, made where there is none."""
    packed = struct.pack(f"<{len(things)}Q", *things)
    same = (roster.c.device_id == device_id) & (roster.c.kind == kind)
    here = same & (roster.c.things == packed) & (roster.c.narrow == narrow)
    found = conn.execute(select(roster.c.id).where(here)).scalar()
    if found is None:
        key = (device_id, kind, packed, narrow)
        found = _insert(conn, [key])[key]
    return int(found)


def _columns(conn: Connection, wanted: Any) -> dict[int, Columns]:
    return {
        row.id: Columns(
            row.device_id, struct.unpack(f"<{len(row.things) // 8}Q", row.things), bytes(row.narrow)
        )
        for row in conn.execute(wanted)
    }


def _insert(conn: Connection, new: Collection[_Key]) -> dict[_Key, int]:
    if not new:
        return {}
    rows = [dict(zip(("device_id", "kind", "things", "narrow"), key, strict=True)) for key in new]
    made = conn.execute(
        insert(roster).returning(roster.c.id, sort_by_parameter_order=True), rows
    ).scalars()
    return dict(zip(new, made, strict=True))


def _facts(books: Connection, part: Iterable[Roster | Sensors]) -> dict[tuple[int, int, str], int]:
    """(device, if_index, if_name) → thing, of today and before; today's where both name one."""
    devices = {one.device_id for one in part if isinstance(one, Roster)}
    if not devices:
        return {}
    wanted = select(
        interface_fact.c.device_id,
        interface_fact.c.if_index,
        interface_fact.c.if_name,
        interface_fact.c.thing_id,
    ).where(interface_fact.c.device_id.in_(devices))
    today_last = (interface_fact.c.valid_to.is_(None), interface_fact.c.valid_from)
    wanted = wanted.order_by(*today_last)
    return {(r.device_id, r.if_index, r.if_name): r.thing_id for r in books.execute(wanted)}


def _sensors(books: Connection, part: Iterable[Roster | Sensors]) -> set[tuple[int, int]]:
    """(device, sensor) of all that these devices ever had."""
    devices = {one.device_id for one in part if isinstance(one, Sensors)}
    if not devices:
        return set()
    wanted = select(sensor.c.device_id, sensor.c.id).where(sensor.c.device_id.in_(devices))
    return {(row.device_id, row.id) for row in books.execute(wanted)}

"""Which things the rows of a device's polls stand for, as the record knows them."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, insert, select

from store.chunks import little, numbers
from store.sample_file import roster
from store.samples import Roster
from store.states import Kind
from store.tables import interface_fact, thing

_AT_ONCE = 500
NOBODY = 0  # stands where the record knows no such interface; it has no samples


class Rosters:
    """Finds or makes the rows of `roster`; what the record does not know is in `unknown`."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[Roster, int]] = {}  # device → what it was, its row
        self._devices: set[int] = set()
        self.unknown: set[str] = set()

    def ids(self, books: Connection, conn: Connection, polled: Sequence[Roster]) -> list[int]:
        """The row of each roster, in order. `books`: the record; `conn`: the samples."""
        found: list[int] = []
        fresh: dict[int, Roster] = {}
        for one in polled:
            known = self._rows.get(one.device_id)
            if known is None or known[0] is not one:
                fresh[id(one)] = one
            found.append(known[1] if known else NOBODY)
        if not fresh:
            return found
        waiting, made = list(fresh.values()), dict[int, int]()
        for start in range(0, len(waiting), _AT_ONCE):
            made |= self._find(books, conn, waiting[start : start + _AT_ONCE])
        pairs = zip(polled, found, strict=True)
        return [made.get(id(one), row_id) for one, row_id in pairs]

    def strangers(self, books: Connection, device_ids: Collection[int]) -> set[int]:
        """Those that are no device of the record."""
        new = [i for i in device_ids if i not in self._devices]
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            wanted = select(thing.c.id).where(thing.c.id.in_(part), thing.c.kind == Kind.DEVICE)
            self._devices.update(books.execute(wanted).scalars())
        strange = set(new) - self._devices
        self.unknown |= {f"device {i}" for i in strange}
        return strange

    def _find(self, books: Connection, conn: Connection, part: list[Roster]) -> dict[int, int]:
        devices = {one.device_id for one in part}
        facts = _facts(books, devices)
        held = {
            (row.device_id, bytes(row.things)): row.id
            for row in conn.execute(select(roster).where(roster.c.device_id.in_(devices)))
        }
        wanted: dict[int, tuple[int, bytes]] = {}
        for one in part:
            things = [
                facts.get((one.device_id, *pair), NOBODY)
                for pair in zip(one.indexes, one.names, strict=True)
            ]
            wanted[id(one)] = (one.device_id, little(array("Q", things)))
        held |= _insert(conn, set(wanted.values()) - held.keys())
        for one in part:
            self._remember(one, held[wanted[id(one)]], numbers("Q", wanted[id(one)][1]))
        return {key: held[value] for key, value in wanted.items()}

    def _remember(self, one: Roster, row_id: int, things: Sequence[int]) -> None:
        """One with strangers in it is looked up again the next time."""
        if NOBODY not in things:
            self._rows[one.device_id] = (one, row_id)
            return
        pairs = zip(one.indexes, one.names, things, strict=True)
        self.unknown |= {
            f"interface {name!r} (if_index {index}) of device {one.device_id}"
            for index, name, thing_id in pairs
            if thing_id == NOBODY
        }


def _insert(conn: Connection, new: Collection[tuple[int, bytes]]) -> dict[tuple[int, bytes], int]:
    if not new:
        return {}
    rows = [{"device_id": device_id, "things": things} for device_id, things in new]
    made = conn.execute(
        insert(roster).returning(roster.c.id, sort_by_parameter_order=True), rows
    ).scalars()
    return dict(zip(new, made, strict=True))


def columns(conn: Connection, device_id: int) -> dict[int, list[int]]:
    """roster → the things of its columns, of one device."""
    wanted = select(roster.c.id, roster.c.things).where(roster.c.device_id == device_id)
    return {row.id: list(numbers("Q", row.things)) for row in conn.execute(wanted)}


def owners(conn: Connection, ids: Iterable[int]) -> dict[int, int]:
    """roster → its device."""
    found: dict[int, int] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = conn.execute(select(roster.c.id, roster.c.device_id).where(roster.c.id.in_(part)))
        found |= {row.id: row.device_id for row in rows}
    return found


def _facts(books: Connection, devices: Collection[int]) -> dict[tuple[int, int, str], int]:
    """(device, if_index, if_name) → thing, of today and before; today's where both name one."""
    wanted = select(
        interface_fact.c.device_id,
        interface_fact.c.if_index,
        interface_fact.c.if_name,
        interface_fact.c.thing_id,
    ).where(interface_fact.c.device_id.in_(devices))
    today_last = (interface_fact.c.valid_to.is_(None), interface_fact.c.valid_from)
    wanted = wanted.order_by(*today_last)
    return {(r.device_id, r.if_index, r.if_name): r.thing_id for r in books.execute(wanted)}

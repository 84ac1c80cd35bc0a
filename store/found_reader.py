"""Reads what was found in devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact
from store.found_tables import module_fact, neighbour_fact, resolved, station
from store.questions import Found
from store.tables import interface_fact


def found(conn: Connection, device_id: int) -> Found:
    """What holds now; stations and addresses also from before, with when they were seen."""
    parts = _open(conn, module_fact, device_id, ModuleFact._fields)
    ends = _open(conn, neighbour_fact, device_id, (*NeighbourFact._fields, "thing_id"))
    ports = _ports(conn, device_id)
    return Found(
        modules=tuple(ModuleFact(*row) for row in parts),
        neighbours=tuple(_neighbour(row, ports) for row in ends),
        macs=tuple(
            (StationFact(row.mac, row.vlan, row.if_index), row.seen)
            for row in _seen(conn, station, device_id, "mac")
        ),
        arp=tuple(
            (AddressFact(row.ip, row.mac, row.if_index), row.seen)
            for row in _seen(conn, resolved, device_id, "ip")
        ),
    )


def _neighbour(row: Any, ports: Mapping[int | None, int]) -> NeighbourFact:
    said = row._asdict()
    return NeighbourFact(if_index=ports.get(said.pop("thing_id")), **said)


def _open(conn: Connection, table: Table, device_id: int, names: Sequence[str]) -> Sequence[Any]:
    here = (table.c.device_id == device_id) & table.c.valid_to.is_(None)
    columns = [table.c[name] for name in names if name in table.c]
    return conn.execute(select(*columns).where(here).order_by(table.c.id)).all()


def _seen(conn: Connection, table: Table, device_id: int, first: str) -> Sequence[Any]:
    mine = select(table).where(table.c.device_id == device_id)
    return conn.execute(mine.order_by(table.c[first], table.c.seen.desc())).all()


def _ports(conn: Connection, device_id: int) -> dict[int | None, int]:
    mine = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    wanted = select(interface_fact.c.thing_id, interface_fact.c.if_index).where(mine)
    return {row.thing_id: row.if_index for row in conn.execute(wanted)}

"""Reads what was found in devices: parts, configurations, and where a station stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select

import store.declared  # noqa: F401  its tables join the metadata
from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact
from store.configs import Version, text_of, versions
from store.drift import Drift, drift
from store.found_tables import module_fact, neighbour_fact, resolved, station
from store.questions import Found
from store.states import Kind
from store.tables import device_fact, interface_fact, metadata, thing


def found(conn: Connection, device_id: int) -> Found:
    """What holds now; stations and addresses also from before, with when they were seen."""
    parts = _open(conn, module_fact, device_id, ModuleFact._fields)
    ends = _open(conn, neighbour_fact, device_id, (*NeighbourFact._fields, "thing_id"))
    ports = _ports(conn, device_id)
    return Found(
        modules=tuple(ModuleFact(*row) for row in parts),
        neighbours=tuple(_neighbour(row, ports) for row in ends),
        macs=tuple(
            (StationFact(row.mac, row.vlan, row.if_index, row.port), row.seen)
            for row in _seen(conn, station, device_id, "mac")
        ),
        arp=tuple(
            (AddressFact(row.ip, row.mac, row.if_index, row.port), row.seen)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """A port behind which a MAC was seen. `uplink`: another device of ours is behind it, too.

    `others`: how many MACs were seen there with it.
    """

    device_key: str
    port: str
    vlan: int | None
    mac: str
    ip: str | None
    seen_ms: int
    since_ms: int
    uplink: bool
    others: int


class FoundQuestions:
    """`read` opens a snapshot of the record."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read

    def configs(self, device_id: int) -> tuple[Version, ...]:
        with self._read() as conn:
            return versions(conn, device_id)

    def config(self, device_id: int, number: int) -> str | None:
        with self._read() as conn:
            return text_of(conn, device_id, number)

    def where(self, text: str) -> tuple[Whereabouts, ...]:
        """Ports behind which a MAC (in any spelling) or an address was seen, the likeliest first:
        no uplink, then with the fewest others."""
        with self._read() as conn:
            macs: dict[str, str | None] = {}
            if mac := mac_of(text):
                macs[mac] = None
            else:
                newest = select(resolved).where(resolved.c.ip == text).order_by(resolved.c.seen)
                macs |= {row.mac: text for row in conn.execute(newest)}
            return tuple(place for mac, ip in macs.items() for place in _places(conn, mac, ip))

    def drift(self) -> tuple[Drift, ...]:
        """Where what is declared and what devices say differ."""
        with self._read() as conn:
            return tuple(drift(conn))


def mac_of(text: str) -> str | None:
    """`001A.2b3c-4D5E` → `00:1a:2b:3c:4d:5e`; None: it is none."""
    digits = re.sub(r"[.:\- ]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        return None
    return ":".join(digits[k : k + 2] for k in range(0, 12, 2))


def _places(conn: Connection, mac: str, ip: str | None) -> list[Whereabouts]:
    wanted = select(station, thing.c.key).join(thing, thing.c.id == station.c.device_id)
    found = []
    for row in conn.execute(wanted.where(station.c.mac == mac)):
        mine = (station.c.device_id == row.device_id) & (station.c.seen == row.seen)
        same = station.c.if_index == row.if_index
        if row.if_index is None:
            same = station.c.port == row.port
        others = conn.execute(select(func.count()).where(mine, same)).scalar_one() - 1
        name, thing_id = _interface(conn, row.device_id, row.if_index)
        found.append(
            Whereabouts(
                device_key=row.key,
                port=row.port or name or str(row.if_index),
                vlan=row.vlan,
                mac=mac,
                ip=ip or _address(conn, mac),
                seen_ms=row.seen,
                since_ms=row.since,
                uplink=_leads_on(conn, row.device_id, row.port or name, thing_id),
                others=others,
            )
        )
    return sorted(found, key=lambda place: (place.uplink, place.others, -place.seen_ms))


def _interface(conn: Connection, device_id: int, if_index: int | None) -> tuple[str, int | None]:
    mine = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    row = conn.execute(
        select(interface_fact).where(mine, interface_fact.c.if_index == if_index)
    ).first()
    return (row.if_name, row.thing_id) if row else ("", None)


def _address(conn: Connection, mac: str) -> str | None:
    newest = select(resolved.c.ip).where(resolved.c.mac == mac).order_by(resolved.c.seen.desc())
    found: str | None = conn.execute(newest.limit(1)).scalar()
    return found


def _leads_on(conn: Connection, device_id: int, port: str, thing_id: int | None) -> bool:
    """Does a device of ours stand behind it, by what it says of its neighbours, or by a link?"""
    here = neighbour_fact.c.port == port
    if thing_id is not None:
        here |= neighbour_fact.c.thing_id == thing_id
    mine = (neighbour_fact.c.device_id == device_id) & neighbour_fact.c.valid_to.is_(None)
    names = [r for (r,) in conn.execute(select(neighbour_fact.c.remote_name).where(mine, here))]
    ours = or_(
        device_fact.c.sys_name.in_(names) & device_fact.c.valid_to.is_(None),
        thing.c.key.in_(names) & (thing.c.kind == Kind.DEVICE),
    )
    known = select(thing.c.id).outerjoin(device_fact, device_fact.c.thing_id == thing.c.id)
    if names and conn.execute(known.where(ours).limit(1)).first() is not None:
        return True
    links = metadata.tables["link_at"]
    ends = or_(
        (links.c.a_device_id == device_id) & (links.c.a_interface == port),
        (links.c.b_device_id == device_id) & (links.c.b_interface == port),
    )
    return (
        conn.execute(select(links.c.id).where(links.c.valid_to.is_(None), ends).limit(1)).first()
        is not None
    )

"""Reads what was found in devices: parts, configurations, and where a station stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select

from inventory.addresses import mac_of
from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact
from store.configs import Version, text_of, versions
from store.dated_tables import link_at
from store.drift import Drift, Names, device_keys, drift
from store.found_tables import module_fact, neighbour_fact, resolved, station
from store.tables import interface_fact, thing
from store.thing_sheet import Found


def found(conn: Connection, device_id: int) -> Found:
    """What holds now; stations and addresses also from before, with when they were seen."""
    here = (module_fact.c.device_id == device_id) & module_fact.c.valid_to.is_(None)
    parts = select(*(module_fact.c[name] for name in ModuleFact._fields)).where(here)
    return Found(
        modules=tuple(ModuleFact(*row) for row in conn.execute(parts.order_by(module_fact.c.id))),
        neighbours=tuple(neighbours_of(conn, [device_id]).get(device_id, ())),
        macs=tuple(
            (StationFact(row.mac, row.vlan, row.if_index, row.port), row.seen)
            for row in _seen(conn, station, device_id, "mac")
        ),
        arp=tuple(
            (AddressFact(row.ip, row.mac, row.if_index, row.port), row.seen)
            for row in _seen(conn, resolved, device_id, "ip")
        ),
    )


def neighbours_of(conn: Connection, device_ids: Collection[int]) -> dict[int, list[NeighbourFact]]:
    """Device → what stands at its ports, with the number that each port has now."""
    port = interface_fact.c.thing_id == neighbour_fact.c.thing_id
    both = neighbour_fact.outerjoin(interface_fact, port & interface_fact.c.valid_to.is_(None))
    columns = [
        (interface_fact if name == "if_index" else neighbour_fact).c[name]
        for name in NeighbourFact._fields
    ]
    here = neighbour_fact.c.device_id.in_(device_ids) & neighbour_fact.c.valid_to.is_(None)
    wanted = select(neighbour_fact.c.device_id, *columns).select_from(both).where(here)
    found: dict[int, list[NeighbourFact]] = {}
    for device_id, *said in conn.execute(wanted.order_by(neighbour_fact.c.id)):
        found.setdefault(device_id, []).append(NeighbourFact(*said))
    return found


def _seen(conn: Connection, table: Table, device_id: int, first: str) -> Sequence[Any]:
    mine = select(table).where(table.c.device_id == device_id)
    return conn.execute(mine.order_by(table.c[first], table.c.seen.desc())).all()


_FRESH_MS = 26 * 3_600_000  # devices are read daily: what was seen long before is over
_MACS_ASKED = 500  # in one question


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
            if ip := _ip_of(text):
                newest = select(resolved).where(resolved.c.ip == ip)
                rows = conn.execute(newest.order_by(resolved.c.seen.desc()))
                macs: dict[str, str | None] = {row.mac: ip for row in rows}
            else:
                mac = mac_of(text)
                macs = {mac: None} if mac else {}
            around = _Around(conn)
            return tuple(place for mac, ip in macs.items() for place in around.places(mac, ip))

    def drift(self) -> tuple[Drift, ...]:
        """Where what is declared and what devices say differ."""
        with self._read() as conn:
            return tuple(drift(conn))


def _ip_of(text: str) -> str | None:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return None


class _Around:
    """What stands around ports, as the record knows it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._names = Names(conn, device_keys(conn))
        newest = select(station.c.device_id, func.max(station.c.seen)).group_by(station.c.device_id)
        self._read: dict[int, int] = {row[0]: row[1] for row in conn.execute(newest)}  # bridges

    def places(self, mac: str, ip: str | None) -> list[Whereabouts]:
        wanted = select(station, thing.c.key).join(thing, thing.c.id == station.c.device_id)
        rows = self._conn.execute(wanted.where(station.c.mac == mac)).all()
        newest = max((row.seen for row in rows), default=0)
        found = [
            (row.seen < max(self._read[row.device_id], newest - _FRESH_MS), self._place(row, ip))
            for row in rows
        ]
        found.sort(key=lambda pair: (pair[0], pair[1].uplink, pair[1].others, -pair[1].seen_ms))
        return [place for _, place in found]

    def _place(self, row: Any, ip: str | None) -> Whereabouts:
        same = station.c.if_index == row.if_index
        if row.if_index is None:
            same = station.c.port == row.port
        here = (station.c.device_id == row.device_id) & (station.c.seen == row.seen) & same
        macs = set(self._conn.execute(select(station.c.mac).where(here)).scalars())
        name, thing_id = _interface(self._conn, row.device_id, row.if_index)
        port = row.port or name or str(row.if_index)
        return Whereabouts(
            device_key=row.key,
            port=port,
            vlan=row.vlan,
            mac=row.mac,
            ip=ip or _address(self._conn, row.mac),
            seen_ms=row.seen,
            since_ms=row.since,
            uplink=self._leads_on(row.device_id, port, thing_id, macs - {row.mac}),
            others=len(macs) - 1,
        )

    def _leads_on(self, device_id: int, port: str, thing_id: int | None, macs: set[str]) -> bool:
        """Does another bridge of ours stand behind it: by its neighbours, by the addresses of its
        ports, as behind a bundle whose members alone know neighbours, or by a declared link?"""
        here = neighbour_fact.c.port == port
        if thing_id is not None:
            here |= neighbour_fact.c.thing_id == thing_id
        mine = (neighbour_fact.c.device_id == device_id) & neighbour_fact.c.valid_to.is_(None)
        names = self._conn.execute(select(neighbour_fact.c.remote_name).where(mine, here)).scalars()
        beside = {self._names.of(name) for name in names}
        some = sorted(macs)[:_MACS_ASKED]
        owners = select(interface_fact.c.device_id).where(
            interface_fact.c.mac.in_(some), interface_fact.c.valid_to.is_(None)
        )
        beside |= set(self._conn.execute(owners).scalars()) if some else set()
        if (beside - {device_id}) & self._read.keys():
            return True
        links = link_at
        ends = or_(
            (links.c.a_device_id == device_id) & (links.c.a_interface == port),
            (links.c.b_device_id == device_id) & (links.c.b_interface == port),
        )
        declared = select(links.c.id).where(links.c.valid_to.is_(None), ends).limit(1)
        return self._conn.execute(declared).first() is not None


def _interface(conn: Connection, device_id: int, if_index: int | None) -> tuple[str, int | None]:
    mine = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    wanted = select(interface_fact).where(mine, interface_fact.c.if_index == if_index)
    row = conn.execute(wanted).first()
    return (row.if_name, row.thing_id) if row else ("", None)


def _address(conn: Connection, mac: str) -> str | None:
    newest = select(resolved.c.ip).where(resolved.c.mac == mac).order_by(resolved.c.seen.desc())
    found: str | None = conn.execute(newest.limit(1)).scalar()
    return found

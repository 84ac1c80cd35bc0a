"""The links of a period as they stood at its end, with the ports at their ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from store.dated_tables import link_at
from store.link_rows import PORTS, End, ports_at
from store.states import ADMIN
from store.tables import interface_fact, thing
from store.traffic import LinkTraffic

SIDES = ("a", "b")


class StoodPort(NamedTuple):
    """`shut`: a person had switched it off; None: nobody knows whether, for it changed since."""

    thing_id: int
    device_id: int
    device: str  # key
    interface: str
    shut: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoodLink:
    """`capacities`: since when, and Mbit/s; oldest first. `ports`: by side, those that are known.

    A link that was retired in the period stands as it did last.
    """

    thing_id: int
    key: str
    a_site_id: int
    b_site_id: int
    circuit_id: str | None
    capacities: tuple[tuple[int, float | None], ...]
    ports: Mapping[str, StoodPort]

    def capacity_mbps(self, at_ms: int) -> float | None:
        """Just before that moment; what was declared first holds for the time before, too."""
        held = [mbps for since_ms, mbps in self.capacities if since_ms < at_ms]
        return held[-1] if held else self.capacities[0][1]


def stood_links(conn: Connection, from_ms: int, to_ms: int) -> tuple[StoodLink, ...]:
    """Those that existed in [from, to), by their keys."""
    rows = list(conn.execute(_links(from_ms, to_ms)))
    last = {row.thing_id: row for row in rows}
    capacities: dict[int, list[tuple[int, float | None]]] = {}
    for row in rows:
        capacities.setdefault(row.thing_id, []).append((row.valid_from, row.capacity_mbps))
    ends: dict[tuple[int, str], End] = {}
    for row in last.values():
        for side in SIDES:
            device_id, device, interface = (
                row._mapping[f"{side}_{name}"] for name in ("device_id", "device", "interface")
            )
            if device is not None and interface is not None:
                ends[row.thing_id, side] = End(device_id, device, interface)
    facts = PORTS.where(interface_fact.c.valid_from < to_ms).order_by(interface_fact.c.valid_from)
    found = ports_at(conn, ends, facts)
    return tuple(
        StoodLink(
            thing_id=row.thing_id,
            key=row.key,
            a_site_id=row.a_site_id,
            b_site_id=row.b_site_id,
            circuit_id=row.declared.get("circuit_id"),
            capacities=tuple(capacities[row.thing_id]),
            ports={
                side: _port(found[place], ends[place], to_ms)
                for side in SIDES
                if (place := (row.thing_id, side)) in found
            },
        )
        for row in sorted(last.values(), key=lambda row: str(row.key))
    )


def ports_at_ends(conn: Connection, from_ms: int, to_ms: int) -> dict[int, list[int]]:
    """Device → its ports at which a link ended; as they stood at the end of [from, to)."""
    found: dict[int, set[int]] = {}
    for link in stood_links(conn, from_ms, to_ms):
        for port in link.ports.values():
            found.setdefault(port.device_id, set()).add(port.thing_id)
    return {device_id: sorted(ports) for device_id, ports in found.items()}


def bare(link: StoodLink, to_ms: int) -> LinkTraffic:
    """What is known of it where nothing was measured."""
    port = next((link.ports[side] for side in SIDES if side in link.ports), None)
    return LinkTraffic(
        thing_id=link.thing_id,
        key=link.key,
        a_site_id=link.a_site_id,
        b_site_id=link.b_site_id,
        capacity_mbps=link.capacity_mbps(to_ms) or None,
        device=port and port.device,
        interface=port and port.interface,
    )


def _links(from_ms: int, to_ms: int) -> Any:
    """Their dated rows up to the end, oldest first."""
    links = link_at
    near, far = (thing.alias(side) for side in SIDES)
    return (
        select(links, thing.c.key, near.c.key.label("a_device"), far.c.key.label("b_device"))
        .join(thing, thing.c.id == links.c.thing_id)
        .outerjoin(near, near.c.id == links.c.a_device_id)
        .outerjoin(far, far.c.id == links.c.b_device_id)
        .where(
            links.c.valid_from < to_ms, or_(thing.c.retired.is_(None), thing.c.retired > from_ms)
        )
        .order_by(links.c.valid_from)
    )


def _port(row: Any, end: End, to_ms: int) -> StoodPort:
    shut: bool | None = ADMIN.get(row.admin_status) == "down"
    if row.changed is not None and row.changed >= to_ms:
        shut = None
    return StoodPort(row.thing_id, row.device_id, end.device, end.interface, shut)

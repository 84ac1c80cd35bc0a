"""Reads what stood at a past moment: names, places and addresses as the record had them then.

A key is that of today: the record keeps a thing through a change of its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select, union

from store.dated_tables import AT, placement_at, unit_at
from store.intervals import END
from store.maps import Maps
from store.states import Kind
from store.tables import thing

DATED = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE, Kind.PROVIDER)
_BOUNDS = ("valid_from", "valid_to", "entered", "dropped")


class Stood(NamedTuple):
    """A thing without what was believed of it. `asked`: there was something to ask."""

    thing_id: int
    kind: Kind
    key: str
    name: str
    level: str = ""
    unit_id: int | None = None
    site_id: int | None = None
    uplink_id: int | None = None
    address: str | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """What stood from one moment up to another, while nothing of it changed."""

    from_ms: int
    to_ms: int
    things: Mapping[int, Stood]


def scene(conn: Connection, at_ms: int) -> Scene:
    """The scene of a moment, in a handful of sweeps over what was declared."""
    listed = thing.c.kind.not_in((Kind.INTERFACE, Kind.CALENDAR))
    rows = conn.execute(select(thing).where(listed)).all()
    standing = {
        row.id: row
        for row in rows
        if row.created <= at_ms and (row.retired is None or row.retired > at_ms)
    }
    found: dict[int, Stood] = {
        row.id: Stood(row.id, Kind.BEYOND, row.key, f"… {row.key} …")
        for row in standing.values()
        if row.kind == Kind.BEYOND
    }
    for one in _things(conn, at_ms, {key: row.key for key, row in standing.items()}):
        if one.thing_id in standing:
            found[one.thing_id] = one
    moments = _moments(conn) | {row.created for row in rows} | {row.retired or 0 for row in rows}
    return Scene(
        from_ms=max((at for at in moments if at <= at_ms), default=0),
        to_ms=min((at for at in moments if at > at_ms), default=END),
        things=found,
    )


def holding(rows: Any, at_ms: int) -> Any:
    """The rows of a dated table that held at a moment."""
    return (rows.c.valid_from <= at_ms) & or_(rows.c.valid_to.is_(None), rows.c.valid_to > at_ms)


def _moments(conn: Connection) -> set[int]:
    tables = (*(AT[kind] for kind in DATED), unit_at, placement_at)
    columns = [c for rows in tables for c in rows.c if c.name in _BOUNDS]
    return {at or 0 for at in conn.execute(union(*map(select, columns))).scalars()}


def _things(conn: Connection, at_ms: int, keys: Mapping[int, str]) -> Iterable[Stood]:
    """Everything declared; what does not stand then may be among it."""
    maps = Maps(conn, as_of_ms=at_ms)
    said = {kind: _held(conn, kind, at_ms) for kind in DATED}
    asked = {row.thing_id for row in said[Kind.DEVICE] if _askable(row)}
    polled = {row.thing_id for row in said[Kind.DEVICE] if row.snmp is not None}
    names = {row.thing_id: row.name for row in said[Kind.SITE]}
    places = {site: maps.place(site, at_ms) for site in names}

    def at(site: int) -> tuple[str, int | None, int]:
        place = places.get(site)
        return ("", None, site) if place is None else (place.level, place.unit_id, site)

    for unit_id in maps.units:
        unit = maps.unit(unit_id, at_ms)
        if unit is not None and unit.from_ms <= at_ms < unit.to_ms:
            above = unit.parent_id
            yield Stood(unit_id, Kind.UNIT, unit.key, unit.name, unit.level, above, asked=False)
    for row in said[Kind.PROVIDER]:
        yield Stood(row.thing_id, Kind.PROVIDER, keys.get(row.thing_id, ""), row.name, asked=False)
    for row in said[Kind.SITE]:
        yield Stood(
            row.thing_id,
            Kind.SITE,
            keys.get(row.thing_id, ""),
            row.name,
            *at(row.thing_id)[:2],
            uplink_id=next(iter(row.uplinks), None),
            asked=not asked.isdisjoint(row.gateways),
        )
    for row in said[Kind.DEVICE]:
        key, where = keys.get(row.thing_id, ""), at(row.site_id)
        can, address = row.thing_id in asked, row.address
        yield Stood(row.thing_id, Kind.DEVICE, key, row.name, *where, address=address, asked=can)
    for row in said[Kind.LINK]:
        key, where = keys.get(row.thing_id, ""), at(row.b_site_id)
        name = " – ".join(names.get(site, "") for site in (row.a_site_id, row.b_site_id))
        ends = ((row.a_device_id, row.a_interface), (row.b_device_id, row.b_interface))
        tells = row.probe is not None or any(port and end in polled for end, port in ends)
        yield Stood(row.thing_id, Kind.LINK, key, name, *where, asked=tells)
    for row in said[Kind.SERVICE]:
        key, where = keys.get(row.thing_id, ""), at(row.site_id)
        yield Stood(row.thing_id, Kind.SERVICE, key, row.name, *where, address=row.url)


_WANTED: Mapping[Kind, tuple[str, ...]] = {
    Kind.SITE: ("uplinks", "gateways"),
    Kind.DEVICE: ("site_id", "monitor"),
    Kind.LINK: (
        *("a_site_id", "a_device_id", "a_interface"),
        *("b_site_id", "b_device_id", "b_interface"),
    ),
    Kind.SERVICE: ("site_id", "url"),
    Kind.PROVIDER: (),
}
_BESIDE = {Kind.DEVICE: ("address", "via", "snmp"), Kind.LINK: ("probe",)}


def _held(conn: Connection, kind: Kind, at_ms: int) -> Iterable[Any]:
    rows = AT[kind]
    columns = [rows.c[name] for name in ("thing_id", "name", *_WANTED[kind])]
    columns += [rows.c.declared[name].as_string().label(name) for name in _BESIDE.get(kind, ())]
    return conn.execute(select(*columns).where(holding(rows, at_ms))).all()


def _askable(row: Any) -> bool:
    """As `inventory.topology.askable` says of a device."""
    if row.monitor == "via":
        return row.via is not None
    return row.monitor == "heartbeat" or (row.monitor != "none" and row.address is not None)

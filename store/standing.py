"""The declared network as the record has it at a moment: today's files are not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, or_, select

from inventory.atlas import Stay
from inventory.model import Device, End, Link, Network, Provider, Service, Site, Unit
from store.dated_tables import AT
from store.maps import Maps
from store.states import Kind
from store.tables import record, thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`stays`: site → its unit and tier on that day. Passwords, profiles, calendars and the
    tokens of heartbeats are not in it."""

    day: date
    network: Network
    stays: Mapping[str, Stay]


def standing(conn: Connection, at_ms: int) -> Standing:
    """What came into the record with its first files counts as far back as anybody asks."""
    about = conn.execute(select(record.c.network)).scalar_one()
    zone = about.get("timezone", "UTC")
    maps = Maps(conn)
    units = {
        unit_id: row
        for unit_id, rows in maps.units.items()
        for row in rows
        if row.from_ms <= at_ms < row.to_ms
    }
    stays: dict[str, Stay] = {}
    sites: dict[str, Site] = {}
    for row in _rows(conn, Kind.SITE, at_ms):
        place = maps.place(row.thing_id, at_ms)
        if place is None or place.unit_id not in units:
            continue
        unit = units[place.unit_id].key
        site = _site(row.declared, unit=unit)
        sites[site.id] = site
        stays[site.id] = Stay(unit, place.level, None, None)
    devices = [_device(row.declared) for row in _rows(conn, Kind.DEVICE, at_ms)]
    links = [_link(row.declared) for row in _rows(conn, Kind.LINK, at_ms)]
    return Standing(
        day=datetime.fromtimestamp(at_ms // 1000, ZoneInfo(zone)).date(),
        stays=stays,
        network=Network(
            name=about.get("name", ""),
            timezone=zone,
            language=about.get("language", "vi"),
            providers={row.declared["id"]: Provider(id=row.declared["id"], name=row.name)
                       for row in _rows(conn, Kind.PROVIDER, at_ms)},
            units={row.key: Unit(id=row.key, code=row.code, name=row.name, level=row.level)
                   for row in units.values()},
            sites=sites,
            devices={one.id: one for one in devices if one.site in sites},
            links={one.id: one for one in links if one.a.site in sites and one.b.site in sites},
            services={row.declared["id"]: _service(row)
                      for row in _rows(conn, Kind.SERVICE, at_ms)},
        ),
    )  # fmt: skip


def first_load(conn: Connection) -> int:
    """When the first files came into the record: what they held is older than the record."""
    return int(conn.execute(select(func.min(thing.c.created))).scalar() or 0)


def _rows(conn: Connection, kind: Kind, at_ms: int) -> Iterator[Any]:
    rows = AT[kind]
    url = [rows.c.url] if kind is Kind.SERVICE else []
    wanted = (
        select(rows.c.thing_id, rows.c.name, rows.c.declared, *url)
        .join(thing, thing.c.id == rows.c.thing_id)
        .where(
            thing.c.created <= max(at_ms, first_load(conn)),
            rows.c.valid_from <= at_ms,
            or_(rows.c.valid_to.is_(None), rows.c.valid_to > at_ms),
        )
        .order_by(rows.c.thing_id)
    )
    yield from conn.execute(wanted)


def _site(said: Mapping[str, Any], unit: str) -> Site:
    return Site(**_values(_SITE, said) | {"unit": unit})


def _device(said: Mapping[str, Any]) -> Device:
    values = _values(_DEVICE, said)
    if values.get("monitor") == "heartbeat":
        values["heartbeat"] = ""  # it has one; what it is stands in no record
    return Device(**values)


def _link(said: Mapping[str, Any]) -> Link:
    return Link(**_values(_LINK, said))


def _service(row: Any) -> Service:
    values = _values(_DAYS, row.declared)
    said = row.declared
    return Service(id=said["id"], name=row.name, site=said["site"], url=row.url, **values)


Readers = Mapping[str, Callable[[Any], Any] | None]


def _values(readers: Readers, said: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the model has them; a key that this version does not know is left out."""
    return {
        name: value if (reader := readers[name]) is None else reader(value)
        for name, value in said.items()
        if name in readers
    }


def _readers(model: type) -> Readers:
    return {one.name: _reader(str(one.type)) for one in fields(model)}


def _reader(type_: str) -> Callable[[Any], Any] | None:
    if type_.startswith("date"):
        return date.fromisoformat
    if type_.startswith("tuple"):
        return tuple
    return (lambda said: End(**said)) if type_ == "End" else None


_SITE, _DEVICE, _LINK = _readers(Site), _readers(Device), _readers(Link)
_DAYS = {name: reader for name, reader in _LINK.items() if name in ("commissioned", "retired")}

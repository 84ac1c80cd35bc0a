"""What sites.toml says of each thing, as the columns of its dated row and of its live row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from inventory.atlas import Atlas, Reign, Stay
from inventory.model import Network, Unit
from inventory.moments import midnight
from inventory.topology import Topology, build, tells
from store.states import Kind

NOWHERE: dict[str, Any] = {  # the live row of what stands on no site
    "level": "",
    "unit_id": None,
    "site_id": None,
    "uplink_id": None,
    "address": None,
}


class Ref(NamedTuple):
    """A reference that waits for its id."""

    kind: Kind
    key: str


class Declared(NamedTuple):
    """A thing as the files declare it: `values` are the columns of its dated row."""

    kind: Kind
    key: str
    was: tuple[str, ...]
    values: dict[str, Any]
    shown: dict[str, Any]  # the columns of its live row; empty: it is on no list
    measured: bool


class _World(NamedTuple):
    """The network, and its map on the day that is meant."""

    network: Network
    topology: Topology
    units: Mapping[str, Reign]
    places: Mapping[str, Stay]  # by site


def entries(network: Network, day: date) -> Iterator[Declared]:
    """Every thing with its columns, referred-to things before those that refer to them.

    References are given as (kind, key) pairs and resolved once all ids exist. Lists show the map
    of that day.
    """
    atlas = Atlas.of(network)
    places = {site.id: atlas.stay(site, day) for site in network.sites.values()}
    world = _World(network, build(network), atlas.on(day), places)
    for calendar in network.calendars.values():
        days = {day.isoformat(): hours for day, hours in calendar.days.items()}
        hours = {"week": dict(calendar.week), "days": days, "holidays": calendar.holidays}
        yield Declared(Kind.CALENDAR, calendar.id, (), {"hours": _plain(hours)}, {}, False)
    for provider in network.providers.values():
        target = _target(world, Kind.PROVIDER, provider.id, None)
        yield _thing(network, Kind.PROVIDER, provider, target, {}, measured=False)
    for unit in network.units.values():
        yield _unit(world, unit)
    yield from _sites(world)
    yield from _devices(world)
    yield from _links(world)
    for anchor in network.anchor[:1]:  # root of a mass outage where no silent node stands above all
        yield Declared(Kind.BEYOND, anchor, (), {}, NOWHERE | {"name": f"… {anchor} …"}, True)
    for service in network.services.values():
        values = {"site_id": _ref(Kind.SITE, service.site), "url": service.url}
        values |= _target(world, Kind.SERVICE, service.id, service.target_pct, service.site)
        shown = _where(world, service.site) | {"address": service.url}
        yield _thing(network, Kind.SERVICE, service, values, shown, measured=True)


def _unit(world: _World, unit: Unit) -> Declared:
    """Its rows over time are those of store.atlas; lists show it while it stands."""
    reign = world.units.get(unit.id)
    if reign is None:
        return Declared(Kind.UNIT, unit.id, unit.was, {}, {}, False)
    above = {"level": reign.unit.level, "unit_id": _ref(Kind.UNIT, reign.parent)}
    shown = NOWHERE | {"name": reign.unit.name} | above
    return Declared(Kind.UNIT, unit.id, unit.was, {}, shown, False)


def _sites(world: _World) -> Iterator[Declared]:
    network, topology = world.network, world.topology
    paths: dict[str, list[dict[str, Any]]] = {}
    for path in network.paths:
        way = _ref(Kind.DEVICE, path.device) or _ref(Kind.LINK, path.link)
        said = {"thing_id": way, "network": path.network, "need": path.need}
        paths.setdefault(path.site, []).append(said)
    for site in network.sites.values():
        gateways = topology.gateways[site.id]
        values = {
            "uplinks": [_ref(Kind.SITE, up) for up in site.uplink],
            "gateways": [_ref(Kind.DEVICE, gateway) for gateway in gateways],
            "paths": paths.get(site.id, []),
            "calendar_id": _ref(Kind.CALENDAR, site.calendar),
        } | _target(world, Kind.SITE, site.id, site.target_pct, site.id)
        first = next((_ref(Kind.SITE, up) for up in site.uplink), None)
        shown = _where(world, site.id) | {"site_id": None, "uplink_id": first}
        measured = any(gateway in topology.askable for gateway in gateways)
        entry = _thing(network, Kind.SITE, site, values, shown, measured=measured)
        people = [network.contacts[person] for person in site.contacts]
        if people:  # contacts are no things: they go with the site
            entry.values["declared"]["contacts"] = _plain([asdict(person) for person in people])
        yield entry


def _devices(world: _World) -> Iterator[Declared]:
    network, topology = world.network, world.topology
    for device in network.devices.values():
        values = {
            "site_id": _ref(Kind.SITE, device.site),
            "role": device.role,
            "owner": device.owner,
            "monitor": device.monitor,
            "uplinks": [_ref(Kind.DEVICE, upper) for _, upper in topology.ways[device.id]],
            "calendar_id": _ref(Kind.CALENDAR, device.calendar),
        } | _target(world, Kind.DEVICE, device.id, device.target_pct, device.site)
        shown = _where(world, device.site) | {"address": device.address}
        measured = device.id in topology.askable
        yield _thing(network, Kind.DEVICE, device, values, shown, measured=measured)


def _links(world: _World) -> Iterator[Declared]:
    network = world.network
    for link in network.links.values():
        values = {
            "a_site_id": _ref(Kind.SITE, link.a.site),
            "a_device_id": _ref(Kind.DEVICE, link.a.device),
            "a_interface": link.a.interface,
            "b_site_id": _ref(Kind.SITE, link.b.site),
            "b_device_id": _ref(Kind.DEVICE, link.b.device),
            "b_interface": link.b.interface,
            "provider_id": _ref(Kind.PROVIDER, link.provider),
            "medium": link.medium,
            "role": link.role,
            "capacity_mbps": link.capacity_mbps,
        } | _target(world, Kind.LINK, link.id, link.target_pct, link.b.site)
        names = [network.sites[end.site].name for end in (link.a, link.b)]
        shown = _where(world, link.b.site) | {"name": " – ".join(names)}
        measured = tells(network, link)
        yield _thing(network, Kind.LINK, link, values, shown, measured=measured)


def _ref(kind: Kind, key: str | None) -> Ref | None:
    return None if key is None else Ref(kind, key)


def _thing(
    network: Network,
    kind: Kind,
    value: Any,
    columns: dict[str, Any],
    shown: dict[str, Any],
    *,
    measured: bool,
) -> Declared:
    """One declared value: what its columns do not hold stays readable in `declared`; secrets are
    not shown anywhere."""
    said = {
        f.name: _plain(getattr(value, f.name))
        for f in fields(value)
        if f.name not in ("was",) and f.repr and getattr(value, f.name) not in (None, (), {})
    }
    name = getattr(value, "name", None) or value.id
    if kind != Kind.PROVIDER:
        day = getattr(value, "commissioned", None)
        began = None if day is None else midnight(day, ZoneInfo(network.timezone))
        columns = columns | {"commissioned": began}
    shown = NOWHERE | {"name": name} | shown
    return Declared(kind, value.id, value.was, {"name": name, "declared": said} | columns, shown,
                    measured)  # fmt: skip


def _where(world: _World, site_id: str) -> dict[str, Any]:
    place = world.places[site_id]
    return {
        "level": place.level,
        "unit_id": _ref(Kind.UNIT, place.unit),
        "site_id": _ref(Kind.SITE, site_id),
    }


def _target(
    world: _World, kind: Kind, key: str, own: float | None, site: str | None = None
) -> dict[str, Any]:
    """The thing's own target, else the nearest `[[target]]`."""
    if own is not None:
        return {"target_pct": own, "target_source": "sites.toml"}
    return nearest_target(world.network, kind, key, world.places[site].level if site else "")


def nearest_target(network: Network, kind: Kind, key: str, level: str) -> dict[str, Any]:
    """What `[[target]]` says of a thing: by id, by tier, then by kind."""
    for scope in (f"{kind}:{key}", f"{kind}:{level}", str(kind)):
        for target in network.targets:
            if target.applies_to == scope:
                return {"target_pct": target.pct, "target_source": target.source}
    return {"target_pct": None, "target_source": None}


def _plain(value: Any) -> Any:
    """A value that JSON can hold, stable under a round trip."""
    if type(value) in (str, int, bool):
        return value
    if hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    return json.loads(json.dumps(value, default=str))

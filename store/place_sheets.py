"""What stands at a site: its equipment, its links with whom to call, the units it stood in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from inventory.coverage import Seen
from store.changes import NeighbourFact
from store.dated_tables import device_at, link_at, provider_at, site_at
from store.found_reader import neighbours_of
from store.maps import Maps
from store.period import Place, UnitRow
from store.questions import LiveRow
from store.said import IDENTITY, SYSTEM
from store.states import Kind, State
from store.tables import device_fact, live, sensor, span, thing

LIGHT_KINDS = ("rx_power", "olt_rx_power")  # of sensors


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """A device at a place: as it is declared, as it was measured, what stands at its ports."""

    row: LiveRow
    declared: Mapping[str, Any]
    measured: Mapping[str, Any]
    neighbours: tuple[NeighbourFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A link, from a place or of a provider; `other`: what it leads to."""

    row: LiveRow
    declared: Mapping[str, Any]
    other: str
    provider: str | None
    hotline: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSheet:
    """`units`: where the site stood, oldest first, with the unit as it was last then."""

    equipment: tuple[Equipment, ...]
    circuits: tuple[Circuit, ...]
    units: tuple[tuple[Place, UnitRow], ...]


Shown = Callable[[Any], LiveRow]
Calling = tuple[Mapping[str, Any], list[tuple[str, str]]]


class PlaceQuestions:
    """Questions about places; each sees one committed snapshot."""

    def __init__(
        self, read: Callable[[], AbstractContextManager[Connection]], shown: Shown
    ) -> None:
        self._read = read
        self._shown = shown

    def sheet(self, site_id: int) -> PlaceSheet:
        """What stands at a site, its links, and the units that it stood in."""
        with self._read() as conn:
            return PlaceSheet(
                equipment=tuple(_equipment(conn, site_id, self._shown)),
                circuits=_circuits(conn, self._shown, Kind.SITE, site_id),
                units=_units_of(Maps(conn), site_id),
            )

    def circuits(self, kind: str, thing_id: int) -> tuple[Circuit, ...]:
        """The links of a site, a device or a provider."""
        with self._read() as conn:
            return _circuits(conn, self._shown, kind, thing_id)

    def units(self) -> Mapping[int, tuple[UnitRow, ...]]:
        """Unit → all that it was, in the order of time."""
        with self._read() as conn:
            return {unit: tuple(rows) for unit, rows in Maps(conn).units.items()}

    def contacts(self) -> dict[str, Calling]:
        with self._read() as conn:
            return contacts(conn)

    def seen(self) -> Seen:
        """Which devices ever answered, which links ever were up, which devices measure light."""
        well = (State.UP, State.DEGRADED)
        wanted = (
            select(thing.c.kind, thing.c.key)
            .join(span, span.c.thing_id == thing.c.id)
            .where(span.c.state.in_(well), thing.c.retired.is_(None))
            .distinct()
        )
        lit = (
            select(thing.c.key)
            .join(sensor, sensor.c.device_id == thing.c.id)
            .where(sensor.c.kind.in_(LIGHT_KINDS), sensor.c.valid_to.is_(None))
            .distinct()
        )
        found: dict[str, set[str]] = {}
        with self._read() as conn:
            for kind, key in conn.execute(wanted):
                found.setdefault(kind, set()).add(key)
            light = frozenset(conn.execute(lit).scalars())
        answered, links = (frozenset(found.get(kind, ())) for kind in (Kind.DEVICE, Kind.LINK))
        return Seen(answered=answered, links_up=links, light=light)


def contacts(conn: Connection) -> dict[str, Calling]:
    """Contact → who that is, with the sites (id, name) that call them."""
    sites = site_at
    wanted = (
        select(live.c.key, live.c.name, sites.c.declared)
        .join(sites, sites.c.thing_id == live.c.thing_id)
        .where(sites.c.valid_to.is_(None))
        .order_by(live.c.thing_id)
    )
    found: dict[str, Calling] = {}
    for row in conn.execute(wanted):
        for person in row.declared.get("contacts", ()):
            _, calling = found.setdefault(person["id"], (person, []))
            calling.append((row.key, row.name))
    return found


def _units_of(maps: Maps, site_id: int) -> tuple[tuple[Place, UnitRow], ...]:
    found = []
    for place in maps.places.get(site_id, ()):
        row = maps.unit(place.unit_id, place.to_ms - 1)
        if row is not None:
            found.append((place, row))
    return tuple(found)


def _equipment(conn: Connection, site_id: int, shown: Shown) -> list[Equipment]:
    devices = device_at
    wanted = (
        select(live, devices.c.declared)
        .join(devices, devices.c.thing_id == live.c.thing_id)
        .where(devices.c.site_id == site_id, devices.c.valid_to.is_(None))
        .order_by(live.c.thing_id)
    )
    rows = conn.execute(wanted).all()
    ids = [row.thing_id for row in rows]
    facts = conn.execute(
        select(device_fact).where(device_fact.c.thing_id.in_(ids), device_fact.c.valid_to.is_(None))
    )
    names = (*IDENTITY, *SYSTEM)
    measured = {
        fact.thing_id: {name: value for name in names if (value := getattr(fact, name)) is not None}
        for fact in facts
    }
    beside = neighbours_of(conn, ids)
    return [
        Equipment(
            row=shown(row),
            declared=row.declared,
            measured=measured.get(row.thing_id, {}),
            neighbours=tuple(beside.get(row.thing_id, ())),
        )
        for row in rows
    ]


def _circuits(conn: Connection, shown: Shown, kind: str, thing_id: int) -> tuple[Circuit, ...]:
    """Links that end at a site or device, or that a provider runs."""
    links = link_at
    its = {
        Kind.SITE: or_(links.c.a_site_id == thing_id, links.c.b_site_id == thing_id),
        Kind.DEVICE: or_(links.c.a_device_id == thing_id, links.c.b_device_id == thing_id),
        Kind.PROVIDER: links.c.provider_id == thing_id,
    }[Kind(kind)]
    columns = (links.c[name] for name in ("provider_id", "declared", *_ENDS))
    wanted = (
        select(live, *columns)
        .join(links, links.c.thing_id == live.c.thing_id)
        .where(its, links.c.valid_to.is_(None))
        .order_by(live.c.thing_id)
    )
    rows = conn.execute(wanted).all()
    names = _names(conn, rows)
    providers = provider_at
    open_rows = select(providers).where(providers.c.valid_to.is_(None))
    known = {row.thing_id: row for row in conn.execute(open_rows)}
    found = []
    for row in rows:
        provider = known.get(row.provider_id)
        found.append(
            Circuit(
                row=shown(row),
                declared=row.declared,
                other=row.name if kind == Kind.PROVIDER else _other(row, thing_id, names),
                provider=provider.name if provider else None,
                hotline=provider.declared.get("hotline") if provider else None,
            )
        )
    return tuple(found)


_ENDS = ("a_site_id", "a_device_id", "b_site_id", "b_device_id")


def _names(conn: Connection, links: Sequence[Any]) -> dict[int, str]:
    """What stands at the ends of links → its name."""
    ends = {getattr(link, end) for link in links for end in _ENDS} - {None}
    wanted = select(live.c.thing_id, live.c.name).where(live.c.thing_id.in_(ends))
    return {row.thing_id: row.name for row in conn.execute(wanted)}


def _other(link: Any, thing_id: int, names: Mapping[int, str]) -> str:
    """From a site to the other; from a device, or within a site, to what the end names."""
    ends = [link.a_device_id or link.a_site_id, link.b_device_id or link.b_site_id]
    sites = [link.a_site_id, link.b_site_id]
    if thing_id in sites:
        ends = ends if sites[0] == sites[1] else sites
    left = [names.get(end, "?") for end in ends if end != thing_id]
    return " – ".join(left) or names.get(thing_id, "?")

"""The standing links with what their ends measure: a handful of questions for all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, or_, select
from sqlalchemy.exc import SQLAlchemyError

from store import sample_file
from store.dated_tables import link_at
from store.engine import RecordError
from store.last_values import unpacked
from store.light import light_history
from store.lines import Light, LightHistory, LinkEnd, LinkRow, weakest
from store.portions import portions
from store.states import ADMIN, OPER, Kind
from store.tables import interface_fact, live, port, sensed, sensor, thing

if TYPE_CHECKING:
    from store.loads import Loads

log = logging.getLogger(__name__)

_RX, _TX = "rx_power", "tx_power"
_SIDES = ("a", "b")

_SENSOR = ("id", "thing_id", "kind", "scale", "low_warn", "low_alarm")
_OPTICAL = select(*(sensor.c[name] for name in _SENSOR)).where(
    sensor.c.kind.in_((_RX, _TX)), sensor.c.valid_to.is_(None)
)

Place = tuple[int, str]  # link, and which end of it
Load = tuple[float | None, float | None]  # bit/s in and out
Loaded = Callable[[Mapping[int, int]], Mapping[int, Load]]  # from port → device
NO_LOAD: Load = (None, None)

PORTS = (
    select(
        interface_fact.c.thing_id,
        interface_fact.c.device_id,
        interface_fact.c.if_name,
        interface_fact.c.if_descr,
        port.c.admin_status,
        port.c.oper_status,
        port.c.changed,
    )
    .join(thing, thing.c.id == interface_fact.c.thing_id)
    .outerjoin(port, port.c.thing_id == interface_fact.c.thing_id)
)
_STANDING = PORTS.where(interface_fact.c.valid_to.is_(None), thing.c.retired.is_(None))


class LinkQuestions:
    """Questions about links; each sees one committed snapshot of the record."""

    def __init__(self, read: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._read = read
        self._loads: Loads | None = None
        self._told = ""

    def rows(self) -> tuple[LinkRow, ...]:
        with self._read() as conn:
            return link_rows(conn, lambda ports: self._loaded(conn, ports))

    def sites(self) -> dict[int, tuple[int, int]]:
        """Standing link → the sites at its ends."""
        links = link_at
        ends = select(links.c.thing_id, links.c.a_site_id, links.c.b_site_id)
        with self._read() as conn:
            found = conn.execute(ends.where(links.c.valid_to.is_(None)))
            return {link: (near, far) for link, near, far in found}

    def light_history(self, sensor_id: int, until_ms: int) -> LightHistory:
        with self._read() as conn:
            return light_history(conn, sensor_id, until_ms)

    def close(self) -> None:
        if self._loads is not None:
            self._loads.close()

    def _loaded(self, conn: Connection, ports: Mapping[int, int]) -> Mapping[int, Load]:
        if not ports or not sample_file.exists(sample_file.place(conn.engine.url)):
            return {}
        from store.loads import Loads  # numpy takes longer to load than this to answer

        if self._loads is None:
            self._loads = Loads(conn.engine)
        try:
            return self._loads.of(ports)
        except (RecordError, SQLAlchemyError) as error:  # the record is worth reading without them
            if self._told != str(error):
                self._told = str(error)
                log.warning("%s", error)
            return {}


def link_rows(conn: Connection, loaded: Loaded) -> tuple[LinkRow, ...]:
    """All standing links by their keys. `loaded` tells what ports carry.

    The utilisation is what end A counts, else what end B counts, turned round.
    """
    links = conn.execute(_links()).all()
    ports = ports_at(conn, _ends(links))
    loads = loaded({row.thing_id: row.device_id for row in ports.values()})
    told = _Told(ports, *_lights(conn, ports), loads)
    return tuple(told.row(link) for link in links)


class End(NamedTuple):
    device_id: int
    device: str
    interface: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What devices say of their ends of links."""

    ports: Mapping[Place, Any]
    received: Mapping[Place, list[Light]]
    sent_dbm: Mapping[Place, float]
    loads: Mapping[int, Load]

    def row(self, link: Any) -> LinkRow:
        inward, outward = self._load(link.thing_id)
        return LinkRow(
            thing_id=link.thing_id,
            key=link.key,
            a=self._end(link, "a"),
            b=self._end(link, "b"),
            provider=link.provider,
            medium=link.medium,
            role=link.role,
            length_km=link.declared.get("length_km"),
            capacity_mbps=link.capacity_mbps,
            circuit_id=link.declared.get("circuit_id"),
            in_pct=_part(inward, link.capacity_mbps),
            out_pct=_part(outward, link.capacity_mbps),
        )

    def _end(self, link: Any, side: str) -> LinkEnd:
        place, row = (link.thing_id, side), link._mapping
        at = self.ports.get(place)
        return LinkEnd(
            site=row[f"{side}_site"] or "",
            device=row[f"{side}_device"],
            interface=row[f"{side}_interface"],
            admin_status=None if at is None else ADMIN.get(at.admin_status),
            oper_status=None if at is None else OPER.get(at.oper_status),
            rx=weakest(self.received.get(place, ())),
            tx_dbm=self.sent_dbm.get(place),
        )

    def _load(self, link_id: int) -> Load:
        near, far = (self._load_at((link_id, side)) for side in _SIDES)
        return far[::-1] if near == NO_LOAD else near

    def _load_at(self, place: Place) -> Load:
        at = self.ports.get(place)
        return NO_LOAD if at is None else self.loads.get(at.thing_id, NO_LOAD)


def _part(bps: float | None, capacity_mbps: float | None) -> float | None:
    """In per cent."""
    return None if bps is None or not capacity_mbps else bps / capacity_mbps / 10_000


def _links() -> Any:
    links = link_at
    names = {
        name: (live.alias(name), links.c[column])
        for name, column in (
            ("provider", "provider_id"),
            *((f"{side}_site", f"{side}_site_id") for side in _SIDES),
            *((f"{side}_device", f"{side}_device_id") for side in _SIDES),
        )
    }
    told = [
        (other.c.key if name.endswith("device") else other.c.name).label(name)
        for name, (other, _) in names.items()
    ]
    wanted = select(links, live.c.key, *told).join(live, live.c.thing_id == links.c.thing_id)
    for other, column in names.values():
        wanted = wanted.outerjoin(other, other.c.thing_id == column)
    return wanted.where(links.c.valid_to.is_(None)).order_by(live.c.key)


def _ends(links: Sequence[Any]) -> dict[Place, End]:
    """Those that name a device and its interface."""
    found = {}
    for link in links:
        told = link._mapping
        for side in _SIDES:
            device, interface = told[f"{side}_device"], told[f"{side}_interface"]
            if device is not None and interface is not None:
                end = End(told[f"{side}_device_id"], device, interface)
                found[link.thing_id, side] = end
    return found


def ports_at(
    conn: Connection, ends: Mapping[Place, End], facts: Select[Any] = _STANDING
) -> dict[Place, Any]:
    """The interfaces at the ends; a name wins over a description, and of `facts` the last."""
    keys = {f"{end.device}:{end.interface}" for end in ends.values()}
    named = some(conn, facts.where(thing.c.kind == Kind.INTERFACE), thing.c.key, keys)
    known = {(row.device_id, row.if_name): row for row in named}
    left = [end for end in ends.values() if end[::2] not in known]
    if left:
        names = {end.interface for end in left}
        mine = facts.where(
            or_(interface_fact.c.if_name.in_(names), interface_fact.c.if_descr.in_(names))
        )
        devices = {end.device_id for end in left}
        rows = list(some(conn, mine, interface_fact.c.device_id, devices))
        known = (
            {(row.device_id, row.if_descr): row for row in rows}
            | {(row.device_id, row.if_name): row for row in rows}
            | known
        )
    return {place: known[end[::2]] for place, end in ends.items() if end[::2] in known}


def _lights(
    conn: Connection, ports: Mapping[Place, Any]
) -> tuple[dict[Place, list[Light]], dict[Place, float]]:
    """What each end receives, a value for each lane, and what it sends."""
    devices = {row.device_id for row in ports.values()}  # by them sensors are found fast
    of_port: dict[int, list[Any]] = {}
    for row in some(conn, _OPTICAL, sensor.c.device_id, devices):
        of_port.setdefault(row.thing_id, []).append(row)
    lit = {row.device_id for row in ports.values() if row.thing_id in of_port}
    rows = some(conn, select(sensed), sensed.c.device_id, lit)
    read = {row.device_id: (row.at, unpacked(row.body)) for row in rows}
    received: dict[Place, list[Light]] = {}
    sent: dict[Place, float] = {}
    for place, at in ports.items():
        at_ms, values = read.get(at.device_id, (None, {}))
        for row in of_port.get(at.thing_id, ()):
            kept = values.get(row.id)
            dbm = None if kept is None else kept / row.scale
            if row.kind == _RX:
                light = Light(
                    sensor_id=row.id,
                    dbm=dbm,
                    at_ms=at_ms if row.id in values else None,
                    low_warn=row.low_warn,
                    low_alarm=row.low_alarm,
                )
                received.setdefault(place, []).append(light)
            elif dbm is not None:
                sent[place] = dbm
    return received, sent


def some(
    conn: Connection, wanted: Select[Any], column: ColumnElement[Any], values: Collection[Any]
) -> Iterator[Any]:
    """The rows with these values, some at once."""
    for part in portions(sorted(values)):
        yield from conn.execute(wanted.where(column.in_(part)))

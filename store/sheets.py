"""Everything about one thing, gathered for `show` and the detail screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, or_, select

from store.dated_tables import AT, link_at
from store.found_reader import found
from store.questions import LiveRow, OutageRow
from store.said import IDENTITY, SYSTEM
from store.sensors import sensor_rows, ups_of
from store.states import ADMIN, OPER, Kind
from store.tables import device_fact, interface_fact, live, management, port
from store.thing_sheet import NOTHING_FOUND, InterfaceRow, Sheet

_NOT_READ = (None, None)

Shown = Callable[[Any], LiveRow]


def sheet(conn: Connection, row: LiveRow, outages: tuple[OutageRow, ...], shown: Shown) -> Sheet:
    said = _declared(conn, row.kind, row.thing_id)
    is_device = row.kind == Kind.DEVICE
    sensors = sensor_rows(conn, row.thing_id) if is_device else ()
    return Sheet(
        row=row,
        declared=said.get("declared", {}),
        measured=_measured(conn, row.thing_id) if is_device else _checked(conn, row.thing_id),
        interfaces=_interfaces(conn, row.thing_id) if is_device else (),
        above=_rows(conn, _above(row, said), shown),
        below=_below(conn, row, said, shown),
        outages=outages,
        whom_to_call=tuple(_contacts(conn, row, said)),
        sensors=sensors,
        ups=ups_of(sensors),
        found=found(conn, row.thing_id) if is_device else NOTHING_FOUND,
    )


def _declared(conn: Connection, kind: str, thing_id: int | None) -> Mapping[str, Any]:
    """The open dated row of a thing; what lies beyond an anchor has none."""
    if kind not in AT:
        return {}
    rows = AT[kind]
    here = (rows.c.thing_id == thing_id) & rows.c.valid_to.is_(None)
    found = conn.execute(select(rows).where(here)).first()
    return dict(found._mapping) if found else {}


def _above(row: LiveRow, said: Mapping[str, Any]) -> list[int]:
    if row.kind in (Kind.DEVICE, Kind.SITE):
        ups = said.get("uplinks") or []
        return list(ups) + ([row.site_id] if row.site_id else [])
    if row.kind == Kind.SERVICE and row.site_id:
        return [row.site_id]
    return [row.unit_id] if row.unit_id else []


def _rows(conn: Connection, ids: list[int], shown: Shown) -> tuple[LiveRow, ...]:
    if not ids:
        return ()
    found = conn.execute(select(live).where(live.c.thing_id.in_(ids)))
    by_id = {row.thing_id: row for row in found}
    return tuple(shown(by_id[i]) for i in dict.fromkeys(ids) if i in by_id)


def _below(
    conn: Connection, row: LiveRow, said: Mapping[str, Any], shown: Shown
) -> tuple[LiveRow, ...]:
    """Devices and links of a site, sites and units of a unit, ends of a link."""
    if row.kind == Kind.LINK:
        ends = [said.get(f"{end}_{what}_id") for end in "ab" for what in ("device", "site")]
        return _rows(conn, [end for end in ends if end is not None], shown)
    if row.kind == Kind.SITE:
        wanted = live.c.site_id == row.thing_id
    elif row.kind == Kind.UNIT:
        wanted = (live.c.unit_id == row.thing_id) & live.c.kind.in_([Kind.SITE, Kind.UNIT])
    elif row.kind == Kind.DEVICE:
        wanted = live.c.root_id == row.thing_id
    else:
        return ()
    found = conn.execute(select(live).where(wanted).order_by(live.c.kind, live.c.thing_id))
    return tuple(shown(each) for each in found)


def checks(conn: Connection) -> dict[int, dict[str, Any]]:
    """Service → how its last check ended: a word of the probers, and a sentence."""
    wanted = (
        select(management.c.thing_id, management.c.status, management.c.detail)
        .join(live, live.c.thing_id == management.c.thing_id)
        .where(live.c.kind == Kind.SERVICE)
    )
    return {
        row.thing_id: {"check_status": row.status, "check_detail": row.detail or None}
        for row in conn.execute(wanted)
    }


def _checked(conn: Connection, thing_id: int) -> dict[str, Any]:
    how = conn.execute(select(management).where(management.c.thing_id == thing_id)).first()
    return {} if how is None else {"check_status": how.status, "check_detail": how.detail or None}


def _measured(conn: Connection, thing_id: int) -> dict[str, Any]:
    """What the device said of itself, and how it answers; missing keys were never said."""
    open_fact = (device_fact.c.thing_id == thing_id) & device_fact.c.valid_to.is_(None)
    fact = conn.execute(select(device_fact).where(open_fact)).first()
    how = conn.execute(select(management).where(management.c.thing_id == thing_id)).first()
    found: dict[str, Any] = {}
    if fact:
        found |= {name: getattr(fact, name) for name in (*IDENTITY, *SYSTEM)}
    if how:
        found |= {"snmp_status": how.status, "snmp_detail": how.detail}
        if how.booted is not None:
            found["uptime_s"] = max(0, int(time.time() - how.booted / 1000))
    return found


def _interfaces(conn: Connection, device_id: int) -> tuple[InterfaceRow, ...]:
    wanted = (
        select(interface_fact, port.c.admin_status, port.c.oper_status)
        .outerjoin(port, port.c.thing_id == interface_fact.c.thing_id)
        .where(interface_fact.c.device_id == device_id, interface_fact.c.valid_to.is_(None))
        .order_by(interface_fact.c.if_index)
    )
    rows = conn.execute(wanted).all()
    octets = _octets(conn, device_id) if rows else {}
    return tuple(
        InterfaceRow(
            if_index=row.if_index,
            if_name=row.if_name,
            if_descr=row.if_descr,
            if_alias=row.if_alias,
            if_type=row.if_type,
            admin_status=ADMIN.get(row.admin_status),
            oper_status=OPER.get(row.oper_status),
            speed_bps=row.speed_bps,
            mac=row.mac,
            in_octets=octets.get(row.thing_id, _NOT_READ)[0],
            out_octets=octets.get(row.thing_id, _NOT_READ)[1],
        )
        for row in rows
    )


def _octets(conn: Connection, device_id: int) -> Mapping[int, tuple[int | None, int | None]]:
    """What reads samples needs numpy, which takes longer to load than most questions to answer."""
    from store.sample_reader import latest_octets

    return latest_octets(conn, device_id)


def _contacts(conn: Connection, row: LiveRow, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Providers of the links that end here, with circuit and hotline, then the site's contacts."""
    found: list[tuple[str, str]] = []
    links = link_at
    site_id = row.thing_id if row.kind == Kind.SITE else row.site_id
    here = links.c.thing_id == row.thing_id
    if row.kind in (Kind.SITE, Kind.DEVICE):
        here = or_(links.c.a_site_id == site_id, links.c.b_site_id == site_id)
        if row.kind == Kind.DEVICE:
            here = or_(links.c.a_device_id == row.thing_id, links.c.b_site_id == site_id)
    own_first = (links.c.b_site_id != site_id, links.c.thing_id)  # a hub has many links below it
    wanted = select(links).where(here, links.c.valid_to.is_(None)).order_by(*own_first).limit(8)
    for link in conn.execute(wanted):
        provider = _declared(conn, Kind.PROVIDER, link.provider_id)
        call = provider.get("declared", {})
        circuit = link.declared.get("circuit_id") or link.declared["id"]
        found.append((f"{provider.get('name', '?')} · {circuit}", call.get("hotline") or "–"))
    site = said if row.kind == Kind.SITE else _declared(conn, Kind.SITE, site_id)
    people = site.get("declared", {}).get("contacts", [])
    return found + [_person(person) for person in people]


def _person(person: Mapping[str, Any]) -> tuple[str, str]:
    return person["name"], person.get("phone") or person.get("email") or "–"

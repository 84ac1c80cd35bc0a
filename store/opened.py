"""One outage opened: what people said of it, what fell with it, and the raw results around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, or_, select

from store.changes import Health, Raw
from store.dated_tables import link_at, site_at
from store.evidence import health_between, results
from store.outages import NAMED, outage_rows
from store.questions import OutageRow
from store.spoken import ack, correction, note
from store.tables import outage, thing

AROUND_MS = 600_000


@dataclass(frozen=True, slots=True)
class Around:
    """The ten minutes before and after a moment. `results`: by the key of the thing asked."""

    at_ms: int
    results: Mapping[str, tuple[Raw, ...]]
    health: tuple[Health, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was said stands as it was entered; `end` None: still open."""

    row: OutageRow
    members: tuple[OutageRow, ...]
    acknowledgements: tuple[Mapping[str, Any], ...]
    corrections: tuple[Mapping[str, Any], ...]
    start: Around
    end: Around | None
    notes: tuple[Mapping[str, Any], ...] = ()


def opened(conn: Connection, outage_id: int) -> Opened | None:
    rows = outage_rows(conn, NAMED.where(outage.c.id == outage_id))
    if not rows:
        return None
    row = rows[0]
    behind = NAMED.where(outage.c.root_id == outage_id).order_by(outage.c.first_bad)
    seen = conn.execute(
        select(outage.c.first_bad, outage.c.first_good).where(outage.c.id == outage_id)
    ).one()
    asked = _witnesses(conn, row)
    held = ack.c.outage_id == outage_id
    if row.incident_id is not None:
        held = or_(held, ack.c.incident_id == row.incident_id)
    return Opened(
        row=row,
        members=outage_rows(conn, behind),
        acknowledgements=_rows(conn, select(ack).where(held).order_by(ack.c.id)),
        corrections=_rows(
            conn,
            select(correction).where(correction.c.outage_id == outage_id).order_by(correction.c.id),
        ),
        notes=_rows(conn, select(note).where(note.c.outage_id == outage_id).order_by(note.c.id)),
        start=_around(conn, asked, seen.first_bad),
        end=None if seen.first_good is None else _around(conn, asked, seen.first_good),
    )


def _around(conn: Connection, asked: Mapping[int, str], at_ms: int) -> Around:
    window = at_ms - AROUND_MS, at_ms + AROUND_MS
    found = {key: results(conn, thing_id, *window) for thing_id, key in asked.items()}
    kept = {key: raw for key, raw in found.items() if raw}
    return Around(at_ms, kept, health_between(conn, *window))


def _witnesses(conn: Connection, row: OutageRow) -> dict[int, str]:
    """The thing, its root, and the devices whose answers decided; as declared at that time."""
    ids: set[int | None] = {row.thing_id, row.root_thing_id}
    for thing_id in (row.thing_id, row.root_thing_id):
        ids |= _devices(conn, thing_id, row.first_bad_ms)
    wanted = select(thing.c.id, thing.c.kind, thing.c.key).where(
        thing.c.id.in_([one for one in ids if one is not None])
    )
    found = conn.execute(wanted.order_by(thing.c.id))
    return {each.id: f"{each.kind}:{each.key}" for each in found}


def _devices(conn: Connection, thing_id: int | None, at_ms: int) -> set[int | None]:
    link = dated(conn, link_at, thing_id, at_ms)
    if link is not None:
        near: set[int | None] = {link.a_device_id, link.b_device_id}
        return near.union(*(_gateways(conn, s, at_ms) for s in (link.a_site_id, link.b_site_id)))
    return set(_gateways(conn, thing_id, at_ms))


def _gateways(conn: Connection, site_id: int | None, at_ms: int) -> Iterable[int]:
    site = dated(conn, site_at, site_id, at_ms)
    return () if site is None else site.gateways


def dated(conn: Connection, table: Table, thing_id: int | None, at_ms: int) -> Any:
    """The row of that table that held then, or the one after it."""
    held = or_(table.c.valid_to.is_(None), table.c.valid_to > at_ms)
    wanted = select(table).where(table.c.thing_id == thing_id, held)
    return conn.execute(wanted.order_by(table.c.valid_from).limit(1)).first()


def _rows(conn: Connection, wanted: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(dict(row._mapping) for row in conn.execute(wanted))

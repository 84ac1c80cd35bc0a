"""What a dossier needs beside its outage: whose line it is, and what it is bound to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, or_, select

from store.covered import outage_item
from store.dated_tables import AT, link_at, placement_at, provider_at, unit_at
from store.opened import Opened, dated, opened
from store.period import Interval
from store.questions import OutageRow
from store.speech import Word
from store.spoken import audit, signed_item, signoff
from store.states import Kind
from store.tables import thing
from store.works import Work, works


class Circuit(NamedTuple):
    """A line as it was declared when the outage began. `declared`: its keys in sites.toml."""

    key: str
    name: str
    medium: str | None
    capacity_mbps: float | None
    declared: Mapping[str, Any]
    provider: str | None
    hotline: str | None
    contact: str | None


class Proof(NamedTuple):
    """`sha256`: of the outage's row on record. Without a signature the rest is None.

    `place`: which of `of` items of the chain it is.
    """

    sha256: str
    head: str | None = None
    place: int | None = None
    of: int | None = None
    by: str | None = None
    at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    opened: Opened
    circuits: tuple[Circuit, ...]
    works: tuple[Work, ...]  # every window whose scope may hold the thing
    proof: Proof


class Made(NamedTuple):
    """A file of a dossier, for the record to vouch for."""

    outage_id: int
    file: str
    body: bytes


def papers(conn: Connection, outage_id: int, period: Interval) -> Papers | None:
    """None: there is no such outage."""
    found = opened(conn, outage_id)
    if found is None:
        return None
    scopes = _scopes(conn, found.row)
    return Papers(
        opened=found,
        circuits=tuple(_circuits(conn, found.row)),
        works=tuple(work for work in works(conn) if work.thing_id in scopes),
        proof=_proof(conn, outage_id, period),
    )


def register(conn: Connection, word: Word, made: Sequence[Made]) -> None:
    """One audit row a file: `verify` knows it by its hash."""
    rows = [
        {
            "entered": word.now_ms,
            "actor": word.actor,
            "action": "dossier",
            "outage_id": one.outage_id,
            "detail": {"file": one.file, "sha256": hashlib.sha256(one.body).hexdigest()},
            "revision": word.revision,
        }
        for one in made
    ]
    if rows:
        conn.execute(insert(audit), rows)


def _scopes(conn: Connection, row: OutageRow) -> set[int]:
    """The thing, its sites, and the units above them at that time."""
    at_ms = row.first_bad_ms
    found = {row.thing_id}
    here = dated(conn, AT[row.kind], row.thing_id, at_ms) if row.kind in _DATED else None
    names = ("site_id", "a_site_id", "b_site_id", "a_device_id", "b_device_id")
    found |= {value for name in names if (value := getattr(here, name, None)) is not None}
    for site_id in tuple(found):
        place = dated(conn, placement_at, site_id, at_ms)
        unit_id = place.unit_id if place else None
        while unit_id is not None and unit_id not in found:
            found.add(unit_id)
            unit = dated(conn, unit_at, unit_id, at_ms)
            unit_id = unit.parent_id if unit else None
    return found


_DATED = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)


def _circuits(conn: Connection, row: OutageRow) -> list[Circuit]:
    """The link itself; the links that ended at the device or the site."""
    links = link_at
    its = {
        Kind.LINK: links.c.thing_id == row.thing_id,
        Kind.DEVICE: or_(links.c.a_device_id == row.thing_id, links.c.b_device_id == row.thing_id),
        Kind.SITE: or_(links.c.a_site_id == row.thing_id, links.c.b_site_id == row.thing_id),
    }.get(row.kind)
    if its is None:
        return []
    stood = (links.c.valid_from <= row.first_bad_ms) & or_(
        links.c.valid_to.is_(None), links.c.valid_to > row.first_bad_ms
    )
    wanted = (
        select(links, thing.c.key)
        .join(thing, thing.c.id == links.c.thing_id)
        .where(its, stood)
        .order_by(links.c.thing_id)
    )
    rows = conn.execute(wanted).all()
    if not rows and row.kind is Kind.LINK:  # declared after it failed
        later = select(links, thing.c.key).join(thing, thing.c.id == links.c.thing_id).where(its)
        rows = conn.execute(later.order_by(links.c.valid_from).limit(1)).all()
    return [_circuit(conn, link, row.first_bad_ms) for link in rows]


def _circuit(conn: Connection, link: Any, at_ms: int) -> Circuit:
    provider = dated(conn, provider_at, link.provider_id, at_ms)
    said = provider.declared if provider else {}
    return Circuit(
        key=link.key,
        name=link.name,
        medium=link.medium,
        capacity_mbps=link.capacity_mbps,
        declared=link.declared,
        provider=provider.name if provider else None,
        hotline=said.get("hotline"),
        contact=said.get("contact"),
    )


def _proof(conn: Connection, outage_id: int, period: Interval) -> Proof:
    mine = (signoff.c.period_from == period[0]) & (signoff.c.period_to == period[1])
    signed = conn.execute(select(signoff).where(mine).order_by(signoff.c.id)).first()
    if signed is not None and signed.head is not None:
        items = signed_item.c.signoff_id == signed.id
        its = signed_item.c.what.in_(("outage", "open_outage"))
        item = conn.execute(
            select(signed_item).where(items, its, signed_item.c.name == str(outage_id))
        ).first()
        if item is not None:
            count = len(conn.execute(select(signed_item.c.id).where(items)).all())
            where = (signed.head, item.place + 1, count, signed.author, signed.entered)
            return Proof(item.sha256, *where)
    return Proof(outage_item(conn, outage_id).sha256)

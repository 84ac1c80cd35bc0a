"""Where what sites.toml declares and what devices say of themselves and their neighbours differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

import store.declared  # noqa: F401  its tables join the metadata
from store.found_tables import neighbour_fact
from store.states import Kind
from store.tables import device_fact, metadata, thing

Pair = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """`key`: of a device or link; `declared`, `measured`: None where only the other side knows."""

    kind: str
    key: str
    name: str
    declared: str | None
    measured: str | None


def drift(conn: Connection) -> Iterator[Drift]:
    """Makers and serials of devices, then links by what ports say of their neighbours."""
    yield from _identities(conn)
    yield from _links(conn)


def _identities(conn: Connection) -> Iterator[Drift]:
    devices = metadata.tables["device_at"]
    rows = conn.execute(
        select(thing.c.key, devices.c.declared, device_fact)
        .join(devices, devices.c.thing_id == thing.c.id)
        .join(device_fact, device_fact.c.thing_id == thing.c.id)
        .where(devices.c.valid_to.is_(None), device_fact.c.valid_to.is_(None))
        .order_by(thing.c.key)
    )
    for row in rows:
        for name in ("vendor", "model", "serial"):
            declared, measured = row.declared.get(name), getattr(row, name)
            if declared and measured and _same(declared) != _same(measured):
                yield Drift(
                    kind=Kind.DEVICE, key=row.key, name=name, declared=declared, measured=measured
                )


def _same(text: str) -> str:
    """Without what people and devices write differently: case, blanks, hyphens."""
    return re.sub(r"[\s_-]+", "", text).casefold()


def _links(conn: Connection) -> Iterator[Drift]:
    """Of devices that tell their neighbours at all."""
    keys = dict(
        conn.execute(select(thing.c.id, thing.c.key).where(thing.c.kind == Kind.DEVICE)).all()
    )
    called = _called(conn, keys)
    seen: dict[Pair, tuple[str, str, str]] = {}
    telling: set[int] = set()
    rows = conn.execute(select(neighbour_fact).where(neighbour_fact.c.valid_to.is_(None)))
    for row in rows:
        telling.add(row.device_id)
        other = called.get(_host(row.remote_name or ""))
        if other is not None and other != row.device_id:
            far = f"{keys[other]}:{row.remote_port or '?'}"
            seen.setdefault(frozenset((row.device_id, other)), (keys[row.device_id], row.port, far))
    links = metadata.tables["link_at"]
    found = select(thing.c.key, links).join(links, links.c.thing_id == thing.c.id)
    declared: set[Pair] = set()
    for row in conn.execute(found.where(links.c.valid_to.is_(None)).order_by(thing.c.key)):
        ends = (row.a_device_id, row.b_device_id)
        if None in ends:
            continue
        declared.add(frozenset(ends))
        if telling.issuperset(ends) and frozenset(ends) not in seen:
            words = f"{keys[ends[0]]}:{row.a_interface} – {keys[ends[1]]}:{row.b_interface}"
            yield Drift(kind=Kind.LINK, key=row.key, name="ends", declared=words, measured=None)
    for pair, (key, port, told) in sorted(seen.items(), key=lambda each: each[1]):
        if pair not in declared:
            yield Drift(
                kind=Kind.DEVICE, key=key, name=f"port {port}", declared=None, measured=told
            )


def _called(conn: Connection, keys: dict[int, str]) -> dict[str, int]:
    """Name → the device that is called so, by its key or as it calls itself; no name of two."""
    found: dict[str, set[int]] = {}
    for thing_id, key in keys.items():
        found.setdefault(_host(key), set()).add(thing_id)
    here = device_fact.c.valid_to.is_(None) & device_fact.c.sys_name.is_not(None)
    for row in conn.execute(select(device_fact.c.thing_id, device_fact.c.sys_name).where(here)):
        if row.thing_id in keys:
            found.setdefault(_host(row.sys_name), set()).add(row.thing_id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1 and name}


def _host(name: str) -> str:
    return name.partition(".")[0].strip().casefold()

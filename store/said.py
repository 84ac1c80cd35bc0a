"""Keeps what devices said of themselves: dated facts, port status, the state of management."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from store.changes import DeviceSaid, Interface
from store.states import Kind
from store.tables import device_fact, event, interface_fact, management, port, thing

_DEVICE = ("sys_name", "sys_descr", "sys_object_id")
_INTERFACE = ("if_index", "if_name", "if_descr", "if_alias", "if_type", "mac", "speed_bps")
BOOT_SLACK_MS = 60_000  # sysUpTime drifts; a boot moves it by more


def keep(conn: Connection, said: Sequence[DeviceSaid], at_ms: int, revision: int) -> None:
    """Write only what differs from what is on record."""
    for one in said:
        _management(conn, one, at_ms, revision)
        if one.sys_descr is not None or one.sys_name is not None:
            _device(conn, one, at_ms, revision)
        if one.interfaces is not None:
            _interfaces(conn, one.thing_id, one.interfaces, at_ms, revision)


def _management(conn: Connection, one: DeviceSaid, at_ms: int, revision: int) -> None:
    old = conn.execute(select(management).where(management.c.thing_id == one.thing_id)).first()
    moved = (
        one.booted_ms is not None
        and old is not None
        and (old.booted is None or abs(old.booted - one.booted_ms) > BOOT_SLACK_MS)
    )
    if old is not None and (old.status, old.detail) == (one.status, one.detail) and not moved:
        return
    if moved and old is not None and old.booted is not None and one.booted_ms is not None:
        _happened(conn, "restarted", one.thing_id, at_ms, revision, {"booted": one.booted_ms})
    values = {
        "status": one.status,
        "detail": one.detail,
        "changed": at_ms,
        "booted": one.booted_ms if one.booted_ms is not None else old and old.booted,
        "revision": revision,
    }
    _upsert(conn, management, one.thing_id, values, exists=old is not None)


def _device(conn: Connection, one: DeviceSaid, at_ms: int, revision: int) -> None:
    new = {name: getattr(one, name) for name in _DEVICE}
    here = (device_fact.c.thing_id == one.thing_id) & device_fact.c.valid_to.is_(None)
    old = conn.execute(select(device_fact).where(here)).first()
    if old is not None:
        new = {name: getattr(old, name) if new[name] is None else new[name] for name in _DEVICE}
        changed = {name: [getattr(old, name), new[name]] for name in _DEVICE}
        changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
        if not changed:
            return
        conn.execute(update(device_fact).where(here).values(valid_to=at_ms))
        _happened(conn, "facts", one.thing_id, at_ms, revision, changed)
    conn.execute(insert(device_fact).values(thing_id=one.thing_id, valid_from=at_ms, **new))


def _interfaces(
    conn: Connection, device_id: int, rows: Sequence[Interface], at_ms: int, revision: int
) -> None:
    open_rows = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    known = {row.if_name: row for row in conn.execute(select(interface_fact).where(open_rows))}
    things = _interface_things(conn, device_id, [row.if_name for row in rows], at_ms, revision)
    ports = {
        row.thing_id: (row.admin_status, row.oper_status)
        for row in conn.execute(select(port).where(port.c.device_id == device_id))
    }
    for row in rows:
        thing_id = things[row.if_name]
        old = known.pop(row.if_name, None)
        new = {name: getattr(row, name) for name in _INTERFACE}
        if old is None or any(getattr(old, name) != new[name] for name in _INTERFACE):
            _close(conn, thing_id, at_ms)
            conn.execute(
                insert(interface_fact).values(
                    thing_id=thing_id, device_id=device_id, valid_from=at_ms, **new
                )
            )
        status = (row.admin_status, row.oper_status)
        if ports.get(thing_id) != status:
            values = {
                "device_id": device_id,
                "admin_status": status[0],
                "oper_status": status[1],
                "changed": at_ms,
                "revision": revision,
            }
            _upsert(conn, port, thing_id, values, exists=thing_id in ports)
    for gone in known.values():
        _close(conn, gone.thing_id, at_ms)
        conn.execute(delete(port).where(port.c.thing_id == gone.thing_id))


def _interface_things(
    conn: Connection, device_id: int, names: Sequence[str], at_ms: int, revision: int
) -> dict[str, int]:
    """The things behind interface names, made where they are new. Key: device:if_name."""
    device_key = conn.execute(select(thing.c.key).where(thing.c.id == device_id)).scalar_one()
    prefix = f"{device_key}:"
    found = conn.execute(
        select(thing.c.id, thing.c.key).where(
            thing.c.kind == Kind.INTERFACE,
            thing.c.retired.is_(None),
            thing.c.key.startswith(prefix, autoescape=True),
        )
    )
    ids = {row.key[len(prefix) :]: row.id for row in found}
    for name in names:
        if name not in ids:
            values = {"kind": Kind.INTERFACE, "key": (prefix + name)[:200], "created": at_ms}
            made = conn.execute(insert(thing).values(revision=revision, **values))
            ids[name] = made.inserted_primary_key[0]  # type: ignore[index]
    return ids


def _close(conn: Connection, thing_id: int, at_ms: int) -> None:
    here = (interface_fact.c.thing_id == thing_id) & interface_fact.c.valid_to.is_(None)
    conn.execute(update(interface_fact).where(here).values(valid_to=at_ms))


def _upsert(
    conn: Connection, table: Any, thing_id: int, values: dict[str, Any], *, exists: bool
) -> None:
    if exists:
        conn.execute(update(table).where(table.c.thing_id == thing_id).values(**values))
    else:
        conn.execute(insert(table).values(thing_id=thing_id, **values))


def _happened(
    conn: Connection, kind: str, thing_id: int, at_ms: int, revision: int, body: dict[str, Any]
) -> None:
    conn.execute(
        insert(event).values(at=at_ms, kind=kind, thing_id=thing_id, body=body, revision=revision)
    )

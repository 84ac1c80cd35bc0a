"""Keeps what devices said of themselves: dated facts, port status, the state of management."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from store.changes import DeviceSaid, Interface, PortSaid
from store.states import Kind
from store.tables import device_fact, event, interface_fact, management, port, thing

_DEVICE = ("sys_name", "sys_descr", "sys_object_id")
_INTERFACE = ("if_index", "if_name", "if_descr", "if_alias", "if_type", "mac", "speed_bps")
KEY_LENGTH = 200  # of thing.key
BOOT_SLACK_MS = 60_000  # sysUpTime drifts; a boot moves it by more


def keep(conn: Connection, said: Sequence[DeviceSaid], at_ms: int, revision: int) -> None:
    """Write only what differs from what is on record."""
    for one in said:
        _management(conn, one, at_ms, revision)
        if one.sys_descr is not None or one.sys_name is not None:
            _device(conn, one, at_ms, revision)
        if one.interfaces is not None:
            _interfaces(conn, one.thing_id, one.interfaces, at_ms, revision)
        if one.ports:
            _ports(conn, one.thing_id, one.ports, at_ms, revision)


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
    things = _interface_things(conn, device_id, rows, at_ms, revision)
    open_rows = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    known = {row.thing_id: row for row in conn.execute(select(interface_fact).where(open_rows))}
    ports = {
        row.thing_id: (row.admin_status, row.oper_status)
        for row in conn.execute(select(port).where(port.c.device_id == device_id))
    }
    facts: list[dict[str, Any]] = []
    new_ports: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for thing_id, row in things.items():
        old = known.pop(thing_id, None)
        new = {name: getattr(row, name) for name in _INTERFACE}
        if old is None or any(getattr(old, name) != new[name] for name in _INTERFACE):
            facts.append({"thing_id": thing_id, "device_id": device_id, "valid_from": at_ms} | new)
        status = (row.admin_status, row.oper_status)
        if ports.get(thing_id) != status:
            said = {"row": thing_id, "device": device_id, "admin": status[0], "oper": status[1]}
            said |= {"at": at_ms, "rev": revision}
            (moved if thing_id in ports else new_ports).append(said)
    gone = list(known)
    _close(conn, [fact["thing_id"] for fact in facts] + gone, at_ms)
    for statement, values in ((insert(interface_fact), facts), (_add_port, new_ports),
                              (_move_port, moved)):  # fmt: skip
        if values:
            conn.execute(statement, values)
    if gone:
        conn.execute(delete(port).where(port.c.thing_id.in_(gone)))


def _ports(
    conn: Connection, device_id: int, ports: Sequence[PortSaid], at_ms: int, revision: int
) -> None:
    """Their new status; those that are not on record yet come with the next facts."""
    here = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    wanted = select(interface_fact.c.if_index, interface_fact.c.thing_id).where(here)
    things = {row.if_index: row.thing_id for row in conn.execute(wanted)}
    moved = [
        {"row": things[if_index], "device": device_id, "admin": admin, "oper": oper}
        | {"at": at_ms, "rev": revision}
        for if_index, admin, oper in ports
        if if_index in things
    ]
    if moved:
        conn.execute(_move_port, moved)


_SAID: dict[str, Any] = {
    "device_id": bindparam("device"),
    "admin_status": bindparam("admin"),
    "oper_status": bindparam("oper"),
    "changed": bindparam("at"),
    "revision": bindparam("rev"),
}
_add_port = insert(port).values(thing_id=bindparam("row"), **_SAID)
_move_port = update(port).where(port.c.thing_id == bindparam("row")).values(**_SAID)


def _interface_things(
    conn: Connection, device_id: int, rows: Sequence[Interface], at_ms: int, revision: int
) -> dict[int, Interface]:
    """The thing behind each interface, made where it is new."""
    device_key = conn.execute(select(thing.c.key).where(thing.c.id == device_id)).scalar_one()
    keyed = _keys(device_key, rows)
    ids = _known(conn, list(keyed))
    new = [key for key in keyed if key not in ids]
    if new:
        values = {"kind": Kind.INTERFACE, "created": at_ms, "revision": revision}
        conn.execute(insert(thing), [{"key": key} | values for key in new])
        ids |= _known(conn, new)
    return {ids[key]: row for key, row in keyed.items()}


def _keys(device_key: str, rows: Sequence[Interface]) -> dict[str, Interface]:
    """Key of an interface: device:if_name; with its index where the name repeats or is endless."""
    found: dict[str, Interface] = {}
    for row in rows:
        key = f"{device_key}:{row.if_name}"
        if key in found or len(key) > KEY_LENGTH:
            key = f"{device_key}:{row.if_name[:64]}#{row.if_index}"
        found[key] = row
    return found


def _known(conn: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Those that have a thing already; by whole keys, which the index finds (LIKE reads all)."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        mine = (
            (thing.c.kind == Kind.INTERFACE)
            & thing.c.retired.is_(None)
            & thing.c.key.in_(keys[start : start + 500])
        )
        rows = conn.execute(select(thing.c.id, thing.c.key).where(mine))
        found |= {row.key: row.id for row in rows}
    return found


def _close(conn: Connection, thing_ids: Sequence[int], at_ms: int) -> None:
    if thing_ids:
        here = interface_fact.c.thing_id.in_(thing_ids) & interface_fact.c.valid_to.is_(None)
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

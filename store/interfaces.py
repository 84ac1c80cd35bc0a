"""Keeps the interfaces of devices: a thing for each, dated facts, and the status of its port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from store.bulk import run_many
from store.changes import Interface, PortSaid
from store.portions import portions
from store.states import Kind
from store.tables import interface_fact, port, thing

_FACTS = ("if_index", "if_name", "if_descr", "if_alias", "if_type", "mac", "speed_bps")
KEY_LENGTH = 200  # of thing.key
NAMED = 20  # interfaces that an event names

Told = Mapping[int, Sequence[Interface]]  # device → all its interfaces


def keep_interfaces(
    conn: Connection, told: Told, at_ms: int, revision: int
) -> list[tuple[int, dict[str, Any]]]:
    """Write what differs from what is on record; what is told no more has ended.

    → (device, its interfaces that came and went); a first reading is no change.
    """
    if not told:
        return []
    here = interface_fact.c.valid_to.is_(None)
    known = {row.thing_id: row for row in _of(conn, interface_fact, told, here)}
    ports = {row.thing_id: (row.admin_status, row.oper_status) for row in _of(conn, port, told)}
    had = {row.device_id for row in known.values()}
    came: dict[int, list[str]] = {}
    facts: list[dict[str, Any]] = []
    new_ports: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    for thing_id, device_id, row in _things(conn, told, at_ms, revision):
        old = known.pop(thing_id, None)
        new = {name: getattr(row, name) for name in _FACTS}
        if old is None or any(getattr(old, name) != new[name] for name in _FACTS):
            from_ms = _not_before(old, at_ms)
            facts.append(
                {"thing_id": thing_id, "device_id": device_id, "valid_from": from_ms} | new
            )
            if old is not None:
                ended.append({"row": thing_id, "at": from_ms})
            elif device_id in had:
                came.setdefault(device_id, []).append(row.if_name)
        status = (row.admin_status, row.oper_status)
        if ports.get(thing_id) != status:
            said = _port(thing_id, device_id, status, at_ms, revision)
            (moved if thing_id in ports else new_ports).append(said)
    gone = list(known)
    ended += ({"row": i, "at": _not_before(row, at_ms)} for i, row in known.items())
    run_many(conn, _end_facts, ended)
    run_many(conn, insert(interface_fact), facts)
    run_many(conn, _add_port, new_ports)
    run_many(conn, _move_port, moved)
    for some in portions(gone):
        conn.execute(delete(port).where(port.c.thing_id.in_(some)))
    went: dict[int, list[str]] = {}
    for left in known.values():
        went.setdefault(left.device_id, []).append(left.if_name)
    return [(i, _change(came.get(i, []), went.get(i, []))) for i in {**came, **went}]


def _not_before(old: Row[Any] | None, at_ms: int) -> int:
    """The clock may be set back: what holds now began no earlier than what held before."""
    return at_ms if old is None else max(at_ms, old.valid_from)


def _change(came: Sequence[str], went: Sequence[str]) -> dict[str, Any]:
    """Some names of each, and how many there are."""
    found: dict[str, Any] = {
        word: sorted(names)[:NAMED] for word, names in (("added", came), ("gone", went)) if names
    }
    if max(len(came), len(went)) > NAMED:
        found["count"] = {"added": len(came), "gone": len(went)}
    return found


def things_of(conn: Connection, device_id: int) -> dict[int | None, int]:
    """ifIndex → the interface that has it now."""
    mine = (interface_fact.c.device_id == device_id) & interface_fact.c.valid_to.is_(None)
    wanted = select(interface_fact.c.if_index, interface_fact.c.thing_id).where(mine)
    return {row.if_index: row.thing_id for row in conn.execute(wanted)}


def keep_ports(
    conn: Connection, told: Mapping[int, Sequence[PortSaid]], at_ms: int, revision: int
) -> None:
    """Their new status; those that are not on record yet come with the next facts."""
    if not told:
        return
    here = interface_fact.c.valid_to.is_(None)
    things = {(r.device_id, r.if_index): r.thing_id for r in _of(conn, interface_fact, told, here)}
    moved = [
        _port(things[device_id, if_index], device_id, (admin, oper), at_ms, revision)
        for device_id, ports in told.items()
        for if_index, admin, oper in ports
        if (device_id, if_index) in things
    ]
    run_many(conn, _move_port, moved)


def _port(
    thing_id: int, device_id: int, status: tuple[int | None, int | None], at_ms: int, revision: int
) -> dict[str, Any]:
    said = {"row": thing_id, "device": device_id, "admin": status[0], "oper": status[1]}
    return said | {"at": at_ms, "rev": revision}


_SAID: dict[str, BindParameter[Any]] = {
    "device_id": bindparam("device"),
    "admin_status": bindparam("admin"),
    "oper_status": bindparam("oper"),
    "changed": bindparam("at"),
    "revision": bindparam("rev"),
}
_add_port = insert(port).values(thing_id=bindparam("row"), **_SAID)
_move_port = update(port).where(port.c.thing_id == bindparam("row")).values(**_SAID)
_end_facts = (
    update(interface_fact)
    .where(interface_fact.c.thing_id == bindparam("row"), interface_fact.c.valid_to.is_(None))
    .values(valid_to=bindparam("at"))
)


def _of(
    conn: Connection, table: Table, devices: Iterable[int], *where: ColumnElement[bool]
) -> Iterator[Row[Any]]:
    """The rows of these devices."""
    for some in portions(list(devices)):
        yield from conn.execute(select(table).where(table.c.device_id.in_(some), *where))


def _things(
    conn: Connection, told: Told, at_ms: int, revision: int
) -> Iterator[tuple[int, int, Interface]]:
    """(thing, device, interface) of each, the thing made where it is new."""
    keys: dict[int, str] = {}
    for some in portions(list(told)):
        named = select(thing.c.id, thing.c.key).where(thing.c.id.in_(some))
        keys |= {row.id: row.key for row in conn.execute(named)}
    keyed = {
        key: (device_id, row)
        for device_id, rows in told.items()
        for key, row in _keys(keys[device_id], rows).items()
    }
    ids = _known(conn, list(keyed))
    if new := [key for key in keyed if key not in ids]:
        values = {"kind": Kind.INTERFACE.value, "created": at_ms, "revision": revision}
        run_many(conn, insert(thing), [{"key": key} | values for key in new])
        ids |= _known(conn, new)
    return ((ids[key], device_id, row) for key, (device_id, row) in keyed.items())


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
    mine: Select[Any] = select(thing.c.id, thing.c.key).where(
        thing.c.kind == Kind.INTERFACE, thing.c.retired.is_(None)
    )
    for some in portions(keys):
        found |= {row.key: row.id for row in conn.execute(mine.where(thing.c.key.in_(some)))}
    return found

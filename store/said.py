"""Keeps what devices said of themselves: dated facts and the state of management.

All that a batch brings is looked up and written together: at the first contact with a country some
hundred devices a second tell of all their interfaces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, insert, select, update

from store.bulk import run_many
from store.changes import UPTIME_WRAP_MS, DeviceSaid
from store.interfaces import keep_interfaces, keep_ports
from store.portions import portions
from store.tables import device_fact, event, management

SYSTEM = ("sys_name", "sys_descr", "sys_object_id")
IDENTITY = ("vendor", "os", "model", "version", "serial")  # read less often, see `store.found`
_MANAGEMENT = ("status", "detail", "changed", "booted", "revision")
BOOT_SLACK_MS = 60_000  # a boot moves it by more
DRIFT = 2e-4  # of the clock of a device against ours, at most


def keep(conn: Connection, said: Sequence[DeviceSaid], at_ms: int, revision: int) -> None:
    """Write only what differs from what is on record."""
    for each in _rounds(said):
        _management(conn, each, at_ms, revision)
        _devices(conn, each, at_ms, revision)
        told = {one.thing_id: one.interfaces for one in each if one.interfaces is not None}
        changes = keep_interfaces(conn, told, at_ms, revision)
        _happened(conn, "interfaces", changes, at_ms, revision)
        keep_ports(conn, {one.thing_id: one.ports for one in each if one.ports}, at_ms, revision)


def _rounds(said: Sequence[DeviceSaid]) -> Iterator[list[DeviceSaid]]:
    """In their order, each device once in a round; nearly always there is one round."""
    left = list(said)
    while left:
        first: dict[int, DeviceSaid] = {}
        later = [one for one in left if first.setdefault(one.thing_id, one) is not one]
        yield list(first.values())
        left = later


def _management(conn: Connection, said: Sequence[DeviceSaid], at_ms: int, revision: int) -> None:
    held = _held(conn, management, [one.thing_id for one in said])
    fresh: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    restarted: list[tuple[int, dict[str, Any]]] = []
    for one in said:
        old = held.get(one.thing_id)
        booted = one.booted_ms is not None and _is_other(old, one.booted_ms, at_ms)
        if old is not None and (old.status, old.detail) == (one.status, one.detail) and not booted:
            continue
        if booted and old is not None and old.booted is not None:
            restarted.append((one.thing_id, {"booted": one.booted_ms}))
        known_ms = one.booted_ms if booted or old is None else old.booted
        values = (str(one.status), one.detail, at_ms, known_ms, revision)
        row = {"row": one.thing_id, **dict(zip(_NEW, values, strict=True))}
        (fresh if old is None else moved).append(row)
    run_many(conn, _add_management, fresh)
    run_many(conn, _move_management, moved)
    _happened(conn, "restarted", restarted, at_ms, revision)


def _is_other(old: Row[Any] | None, booted_ms: int, at_ms: int) -> bool:
    """Was it booted at another time than is on record? Its clock may run otherwise than ours, and
    sysUpTime begins anew after 497 days without a boot."""
    if old is None:
        return False
    if old.booted is None:
        return True
    wraps = max(0, round((booted_ms - old.booted) / UPTIME_WRAP_MS))
    apart_ms = abs(booted_ms - old.booted - wraps * UPTIME_WRAP_MS)
    return bool(apart_ms > BOOT_SLACK_MS + DRIFT * max(0, at_ms - old.booted))


def _devices(conn: Connection, said: Sequence[DeviceSaid], at_ms: int, revision: int) -> None:
    named = [one for one in said if one.sys_descr is not None or one.sys_name is not None]
    here = device_fact.c.valid_to.is_(None)
    held = _held(conn, device_fact, [one.thing_id for one in named], here)
    fresh, ended, told = [], [], []
    for one in named:
        new, from_ms = {name: getattr(one, name) for name in SYSTEM}, at_ms
        old = held.get(one.thing_id)
        if old is not None:
            new = {name: getattr(old, name) if new[name] is None else new[name] for name in SYSTEM}
            changed = {name: [getattr(old, name), new[name]] for name in SYSTEM}
            changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
            if not changed:
                continue
            from_ms = max(at_ms, old.valid_from)  # the clock may be set back
            ended.append({"row": one.thing_id, "at": from_ms})
            told.append((one.thing_id, changed))
        kept = {name: getattr(old, name) if old is not None else None for name in IDENTITY}
        fresh.append({"thing_id": one.thing_id, "valid_from": from_ms, **new, **kept})
    run_many(conn, _end_facts, ended)
    run_many(conn, insert(device_fact), fresh)
    _happened(conn, "facts", told, at_ms, revision)


def _held(
    conn: Connection, table: Table, things: Sequence[int], *where: ColumnElement[bool]
) -> dict[int, Row[Any]]:
    """Thing → its row."""
    found: dict[int, Row[Any]] = {}
    for part in portions(things):
        mine = table.c.thing_id.in_(part)
        found |= {row.thing_id: row for row in conn.execute(select(table).where(mine, *where))}
    return found


_NEW = tuple(f"new_{name}" for name in _MANAGEMENT)
_SAID: dict[str, Any] = {name: bindparam(new) for name, new in zip(_MANAGEMENT, _NEW, strict=True)}
_add_management = insert(management).values(thing_id=bindparam("row"), **_SAID)
_move_management = (
    update(management).where(management.c.thing_id == bindparam("row")).values(**_SAID)
)
_end_facts = (
    update(device_fact)
    .where(device_fact.c.thing_id == bindparam("row"), device_fact.c.valid_to.is_(None))
    .values(valid_to=bindparam("at"))
)


def _happened(
    conn: Connection,
    kind: str,
    bodies: Iterable[tuple[int, dict[str, Any]]],
    at_ms: int,
    revision: int,
) -> None:
    alike = {"at": at_ms, "kind": kind, "revision": revision}
    rows = [{**alike, "thing_id": thing, "body": json.dumps(body)} for thing, body in bodies]
    run_many(conn, insert(event), rows)

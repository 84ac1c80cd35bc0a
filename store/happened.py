"""Keeps what happened beside the changes of state: the events of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from store.changes import Happened
from store.portions import portions
from store.tables import event, interface_fact


def tell(conn: Connection, happened: Sequence[Happened], at_ms: int, revision: int) -> None:
    """What happened to a port stands with the interface, or with its device where the record does
    not know the port yet."""
    ports = _ports(conn, happened)
    rows: list[dict[str, Any]] = [
        {
            "at": at_ms,
            "kind": one.kind,
            "thing_id": ports.get((one.thing_id, one.if_index), one.thing_id),
            "body": _body(one),
            "revision": revision,
        }
        for one in happened
    ]
    if rows:
        conn.execute(insert(event), rows)


def _body(one: Happened) -> dict[str, Any]:
    return dict(one.body) if one.if_index is None else {**one.body, "if_index": one.if_index}


def _ports(
    conn: Connection, happened: Sequence[Happened]
) -> dict[tuple[int | None, int | None], int]:
    """(device, if_index) → interface."""
    told = sorted({one.thing_id for one in happened if one.if_index is not None and one.thing_id})
    found: dict[tuple[int | None, int | None], int] = {}
    column = interface_fact.c
    for part in portions(told):
        mine = column.device_id.in_(part) & column.valid_to.is_(None)
        wanted = select(column.device_id, column.if_index, column.thing_id).where(mine)
        found |= {(row.device_id, row.if_index): row.thing_id for row in conn.execute(wanted)}
    return found

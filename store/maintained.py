"""Shows who is inside planned work now: the mark beside the state, and an event at each turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from store.states import Kind
from store.tables import event, live, record
from store.windows import planned, scopes

_show = (
    update(live)
    .where(live.c.thing_id == bindparam("row"))
    .values(maintained=bindparam("on"), revision=bindparam("rev"))
)


def turn(conn: Connection, now_ms: int, revision: int) -> None:
    """The writer calls it with each heartbeat: windows begin and end by themselves."""
    about = conn.execute(select(record.c.network)).scalar_one()
    active = planned(conn, now_ms, now_ms + 1, ZoneInfo(about.get("timezone", "UTC")))
    held = set(conn.execute(select(live.c.thing_id).where(live.c.maintained)).scalars())
    if not active and not held:
        return
    wanted = inside(_standing(conn), active.keys())
    changed = [{"row": n, "on": n in wanted, "rev": revision} for n in sorted(wanted ^ held)]
    if not changed:
        return
    conn.execute(_show, changed)
    conn.execute(
        insert(event),
        [
            {
                "at": now_ms,
                "kind": "maintenance.began" if row["on"] else "maintenance.ended",
                "thing_id": row["row"],
                "body": {},
                "revision": revision,
            }
            for row in changed
        ],
    )


def _standing(conn: Connection) -> Sequence[Any]:
    columns = (live.c.thing_id, live.c.kind, live.c.site_id, live.c.unit_id, live.c.root_id)
    return conn.execute(select(*columns)).all()


def inside(rows: Sequence[Any], active: Iterable[int]) -> set[int]:
    """Things in an active scope, and what stands behind one of them; given their live rows."""
    parents = {row.thing_id: row.unit_id for row in rows if row.kind == Kind.UNIT}
    scoped = set(active)
    own = {
        row.thing_id
        for row in rows
        if not scoped.isdisjoint(scopes(row.thing_id, row.site_id, row.unit_id, parents))
    }
    return own | {row.thing_id for row in rows if row.root_id in own}

"""Brings the [[maintenance]] tables of the files into the record; what left them is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from inventory.model import Network, PlannedWork
from store.spoken import maintenance

SOURCE = "sites.toml"
Window = tuple[int, int, int, str, str]  # scope, from, to, author, reason


def plan(
    conn: Connection,
    network: Network,
    ids: Mapping[tuple[str, str], int],
    now_ms: int,
    revision: int,
) -> None:
    """Windows that stand there already are left alone, so that they keep their time of entry."""
    wanted = {_window(work, ids) for work in network.maintenance}
    here = (maintenance.c.source == SOURCE) & maintenance.c.cancelled.is_(None)
    held: set[Window] = set()
    for row in conn.execute(select(maintenance).where(here)):
        window = (row.thing_id, row.started, row.ended, row.author, row.reason)
        held.add(window)
        if window not in wanted and row.ended > now_ms:
            gone = update(maintenance).where(maintenance.c.id == row.id)
            conn.execute(gone.values(cancelled=now_ms, revision=revision))
    stamp = {"source": SOURCE, "entered": now_ms, "revision": revision}
    names = ("thing_id", "started", "ended", "author", "reason")
    if fresh := [dict(zip(names, one, strict=True)) | stamp for one in sorted(wanted - held)]:
        conn.execute(insert(maintenance), fresh)


def _window(work: PlannedWork, ids: Mapping[tuple[str, str], int]) -> Window:
    kind, _, key = work.scope.partition(":")
    begin, end = _ms(work.starts), _ms(work.ends)
    return ids[kind, key], begin, end, work.author or SOURCE, work.reason


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)

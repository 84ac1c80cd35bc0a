"""A monitor takes the record over from the one before it: its lease, its numbers, its coverage."""

from __future__ import annotations

from importlib.metadata import version

from sqlalchemy import Connection, insert, select, update

from store.evidence import boot_id
from store.tables import coverage, outage, poller, span


def take_over(conn: Connection, name: str, shard: int, at_ms: int) -> tuple[int, int]:
    """Returns (epoch, the last number that is used). Coverage left open ends where it stood."""
    old = conn.execute(select(poller).where(poller.c.id == name)).first()
    epoch = old.epoch + 1 if old else 1
    seq = _last_seq(conn, name, old.seq if old else 0) + 1
    values = {
        "shard": shard,
        "epoch": epoch,
        "seq": seq,
        "started": at_ms,
        "beat": at_ms,
        "boot_id": boot_id(),
        "blind": False,
        "stopped": False,
        "version": version("canh"),
    }
    if old:
        conn.execute(update(poller).where(poller.c.id == name).values(**values))
    else:
        conn.execute(insert(poller).values(id=name, **values))
    conn.execute(
        update(coverage)
        .where(coverage.c.shard == shard, coverage.c.closed.is_(None))
        .values(closed="gap")
    )
    return epoch, seq


def _last_seq(conn: Connection, name: str, known: int) -> int:
    """The highest number that this poller ever used, also where its last heartbeat is older."""
    tables = (span, outage, coverage)
    tops = [
        conn.execute(
            select(table.c.seq).where(table.c.poller == name).order_by(table.c.seq.desc()).limit(1)
        ).scalar()
        for table in tables
    ]
    return max(known, *(top or 0 for top in tops))

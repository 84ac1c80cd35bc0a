"""Keeps the raw results around each change and the monitor's own health, and gives them back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, insert, select

from store.changes import Evidence, Health, Raw
from store.tables import evidence, health

LAYOUT = 1  # zlib over JSON: one list a result [sent after the row's start, how, rtt_us, said]


def keep_evidence(conn: Connection, found: Sequence[Evidence]) -> None:
    rows = [
        {
            "thing_id": one.thing_id,
            "started": one.from_ms,
            "ended": one.to_ms,
            "layout": LAYOUT,
            "body": _packed(one),
        }
        for one in found
    ]
    if rows:
        conn.execute(insert(evidence), rows)


def keep_health(conn: Connection, found: Health | None, poller: str) -> None:
    if found is None:
        return
    told = {"at": found.at_ms, "mono_ns": found.mono_ns, "body": dict(found.body)}
    conn.execute(insert(health).values(poller=poller, boot_id=boot_id(), **told))


def results(conn: Connection, thing_id: int, from_ms: int, to_ms: int) -> tuple[Raw, ...]:
    """Every raw result of a thing that was sent in [from_ms, to_ms) and kept, in order."""
    wanted = (
        select(evidence)
        .where(evidence.c.thing_id == thing_id)
        .where(evidence.c.started < to_ms, evidence.c.ended >= from_ms)
        .order_by(evidence.c.started)
    )
    found = {raw: None for row in conn.execute(wanted) for raw in _unpacked(row.started, row.body)}
    kept = (raw for raw in found if from_ms <= raw.sent_ms < to_ms)
    return tuple(sorted(kept, key=lambda raw: (raw.sent_ms, raw.how)))


def health_between(conn: Connection, from_ms: int, to_ms: int) -> tuple[Health, ...]:
    """The monitor's own state in that time, oldest first."""
    here = select(health).where(health.c.at >= from_ms, health.c.at < to_ms).order_by(health.c.at)
    return tuple(
        Health(at_ms=row.at, mono_ns=row.mono_ns, body=row.body) for row in conn.execute(here)
    )


def boot_id() -> str:
    """The kernel's name for this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _packed(one: Evidence) -> bytes:
    rows = [[raw.sent_ms - one.from_ms, raw.how, raw.rtt_us, raw.said] for raw in one.results]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def _unpacked(from_ms: int, body: bytes) -> list[Raw]:
    return [Raw(from_ms + sent, *rest) for sent, *rest in json.loads(zlib.decompress(body))]

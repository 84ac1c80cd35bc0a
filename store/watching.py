"""Does the monitor see? Told by its last sign of life and its own health."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from store.questions import FRESH_S, Watching
from store.tables import coverage, health, poller

LAG_FRESH_S = 150.0  # a row of the monitor's health comes each minute


_LAST = select(poller).order_by(poller.c.beat.desc()).limit(1)
_SEEN_TO = select(func.max(coverage.c.ended))
_HEALTH = (
    select(health.c.body)
    .where(health.c.poller == bindparam("name"), health.c.at >= bindparam("since"))
    .order_by(health.c.at.desc())
    .limit(1)
)


def watching(conn: Connection) -> Watching:
    last = conn.execute(_LAST).first()
    seen_to = conn.execute(_SEEN_TO).scalar()
    if last is None:
        return Watching(running=False, blind=False, late_s=None, seen_to_ms=seen_to)
    now_s = time.time()
    beat_s = now_s - last.beat / 1000  # below 0: the clock went back after it
    late_s = max(0.0, beat_s)
    running = not last.stopped and abs(beat_s) <= FRESH_S
    health_now = _health(conn, last.id, now_s) if running else {}
    lag_s, interval_s = _lag(health_now)
    if lag_s is not None and lag_s > interval_s:  # it lives, and does not keep up
        late_s = max(late_s, lag_s)
    return Watching(
        running=running,
        blind=running and last.blind,
        late_s=late_s,
        seen_to_ms=seen_to,
        lag_s=lag_s,
        traps=health_now.get("traps"),
    )


def _health(conn: Connection, name: str, now_s: float) -> Mapping[str, Any]:
    """The latest row of its health; empty where it is old."""
    since = int((now_s - LAG_FRESH_S) * 1000)
    return conn.execute(_HEALTH, {"name": name, "since": since}).scalar() or {}


def _lag(body: Mapping[str, Any]) -> tuple[float | None, float]:
    """How late it asks what is due, and the interval to compare that with."""
    lag_ms = body.get("lag_p99_ms")
    if lag_ms is None:
        return None, 0.0
    return lag_ms / 1000, body.get("interval_ms", 0) / 1000

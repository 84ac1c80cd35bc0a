"""What is, as JSON: the monitor and the things of each kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from reports.api.documents import thing, when
from store.questions import LiveRow, Snapshot, Unsent

PLURAL = {
    "unit": "units",
    "site": "sites",
    "device": "devices",
    "link": "links",
    "service": "services",
}
Checks = Mapping[int, Mapping[str, Any]]  # of services, by thing id


def watching_document(head: Snapshot, now_ms: int, zone: ZoneInfo) -> dict[str, Any]:
    """Does the monitor see? Needs no rows."""
    watching = head.watching
    return {
        "at": when(now_ms, zone),
        "network": head.network,
        "running": watching.running,
        "blind": watching.blind,
        "late_s": watching.late_s,
        "lag_s": watching.lag_s,
        "traps": watching.traps,
        "config_refused": _refused(head, zone),
        "seen_to": when(watching.seen_to_ms, zone),
    }


def status_document(
    head: Snapshot,
    rows: Mapping[int, LiveRow],
    checks: Checks,
    now_ms: int,
    zone: ZoneInfo,
    kinds: Collection[str] = tuple(PLURAL.values()),
    unsent: Iterable[Unsent] = (),
) -> dict[str, Any]:
    """All things of those kinds; `rows` hold also what they refer to."""
    keys = {row.thing_id: row.key for row in rows.values()}
    document = watching_document(head, now_ms, zone)
    document["channels_failing"] = [
        {
            "id": one.channel,
            "since": when(one.since_ms, zone),
            "tries": one.tries,
            "error": one.error,
        }
        for one in unsent
    ]
    for kind, name in PLURAL.items():
        if name in kinds:
            of_kind = (row for row in rows.values() if row.kind == kind)
            document[name] = [checked(row, keys, checks, zone) for row in of_kind]
    return document


def checked(
    row: LiveRow, keys: Mapping[int, str], checks: Checks, zone: ZoneInfo
) -> dict[str, Any]:
    """One thing, a service with what its last check found."""
    return thing(row, keys, zone) | dict(checks.get(row.thing_id, {}))


def _failing(one: Unsent, zone: ZoneInfo) -> dict[str, Any]:
    since = when(one.since_ms, zone)
    return {"id": one.channel, "since": since, "tries": one.tries, "error": one.error}


def _refused(head: Snapshot, zone: ZoneInfo) -> dict[str, Any] | None:
    held = head.refused
    if held is None:
        return None
    return {"since": when(held.at_ms, zone), "problems": list(held.problems), "count": held.count}

"""`canh status`: what is, from the record."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from store.questions import Snapshot

PLURAL = {
    "unit": "units",
    "site": "sites",
    "device": "devices",
    "link": "links",
    "service": "services",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    from cli.forms import dump, thing, when
    from cli.reading import record
    from probes.clock import Clock

    with record(args) as reader:
        snapshot = reader.snapshot()
        roots = reader.roots()
        checks = reader.checks()
        unsent = reader.unsent()
    zone = ZoneInfo(snapshot.timezone)
    keys = {row.thing_id: row.key for row in snapshot.rows}
    watching = snapshot.watching
    document: dict[str, Any] = {
        "at": when(Clock().look().ms, zone),
        "network": snapshot.network,
        "running": watching.running,
        "blind": watching.blind,
        "late_s": watching.late_s,
        "lag_s": watching.lag_s,
        "traps": watching.traps,
        "config_refused": _refused(snapshot, zone),
        "channels_failing": [
            {"id": o.channel, "since": when(o.since_ms, zone), "tries": o.tries, "error": o.error}
            for o in unsent
        ],
        "seen_to": when(watching.seen_to_ms, zone),
    }
    for kind, name in PLURAL.items():
        rows = (row for row in snapshot.rows if row.kind == kind)
        document[name] = [
            thing(row, keys, zone) | dict(checks.get(row.thing_id, {})) for row in rows
        ]
    if args.json:
        dump(document)
        return 0
    print(f"{snapshot.network}: {_sight(document)}")
    if (refused := document["config_refused"]) is not None:
        print(f"  the files as they stand since {refused['since']} are not taken up:")
        for problem in refused["problems"]:
            print(f"    {problem}")
    for one in document["channels_failing"]:
        print(f"  channel {one['id']} cannot send since {one['since']}: {one['error']}")
    for name in PLURAL.values():
        counts = Counter(str(row["state"]) for row in document[name])
        if counts:
            told = "  ".join(f"{state} {count}" for state, count in sorted(counts.items()))
            print(f"  {name:<9}{told}")
    if watching.traps is not None:
        told = "  ".join(f"{name} {count}" for name, count in sorted(watching.traps.items()))
        print(f"  traps of the last minute: {told}")
    for row in roots:
        behind = f"  +{row.members} behind" if row.members else ""
        print(f"  {row.state:<12}{row.kind} {row.key} since {when(row.first_bad_ms, zone)}{behind}")
    return 0


def _refused(snapshot: Snapshot, zone: ZoneInfo) -> dict[str, Any] | None:
    from cli.forms import when

    held = snapshot.refused
    if held is None:
        return None
    return {"since": when(held.at_ms, zone), "problems": list(held.problems), "count": held.count}


def _sight(document: dict[str, Any]) -> str:
    if not document["running"]:
        return f"the monitor is not running; last seen {document['seen_to'] or 'never'}"
    return "BLIND: the monitor sees nothing" if document["blind"] else "watched"

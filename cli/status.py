"""`canh status`: what is, from the record."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

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
    zone = ZoneInfo(snapshot.timezone)
    keys = {row.thing_id: row.key for row in snapshot.rows}
    watching = snapshot.watching
    document: dict[str, Any] = {
        "at": when(Clock().look().ms, zone),
        "network": snapshot.network,
        "running": watching.running,
        "blind": watching.blind,
        "late_s": watching.late_s,
        "seen_to": when(watching.seen_to_ms, zone),
    }
    for kind, name in PLURAL.items():
        document[name] = [thing(row, keys, zone) for row in snapshot.rows if row.kind == kind]
    if args.json:
        dump(document)
        return 0
    print(f"{snapshot.network}: {_sight(document)}")
    for name in PLURAL.values():
        counts = Counter(str(row["state"]) for row in document[name])
        if counts:
            told = "  ".join(f"{state} {count}" for state, count in sorted(counts.items()))
            print(f"  {name:<9}{told}")
    for row in roots:
        behind = f"  +{row.members} behind" if row.members else ""
        print(f"  {row.state:<12}{row.kind} {row.key} since {when(row.first_bad_ms, zone)}{behind}")
    return 0


def _sight(document: dict[str, Any]) -> str:
    if not document["running"]:
        return f"the monitor is not running; last seen {document['seen_to'] or 'never'}"
    return "BLIND: the monitor sees nothing" if document["blind"] else "watched"

"""`canh status`: what is, from the record."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    from cli.forms import dump
    from cli.reading import record
    from probes.clock import Clock
    from reports.api.documents import when
    from reports.api.status import PLURAL, status_document

    with record(args) as reader:
        snapshot = reader.snapshot()
        roots = reader.roots()
        checks = reader.checks()
        unsent = reader.unsent()
    zone = ZoneInfo(snapshot.timezone)
    rows = {row.thing_id: row for row in snapshot.rows}
    document = status_document(snapshot, rows, checks, Clock().look().ms, zone, unsent=unsent)
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
    if (traps := document["traps"]) is not None:
        told = "  ".join(f"{name} {count}" for name, count in sorted(traps.items()))
        print(f"  traps of the last minute: {told}")
    for row in roots:
        behind = f"  +{row.members} behind" if row.members else ""
        print(f"  {row.state:<12}{row.kind} {row.key} since {when(row.first_bad_ms, zone)}{behind}")
    return 0


def _sight(document: dict[str, Any]) -> str:
    if not document["running"]:
        return f"the monitor is not running; last seen {document['seen_to'] or 'never'}"
    return "BLIND: the monitor sees nothing" if document["blind"] else "watched"

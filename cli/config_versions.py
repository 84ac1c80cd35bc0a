"""`canh config`: the configurations that a device ran, without secrets, and what changed."""

from __future__ import annotations

import argparse
import sys
from zoneinfo import ZoneInfo

NONE_YET = "no configuration of it was read yet"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="a device")
    parser.add_argument("--version", type=int, metavar="N", help="print this version")
    parser.add_argument(
        "--diff", nargs="*", type=int, metavar="N", help="between two versions; default: the last"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document of the versions")


def run(args: argparse.Namespace) -> int:
    """0: shown; 1: no such device, or no such version; 2: usage."""
    from cli.forms import dump
    from cli.reading import record
    from inventory.problems import shown
    from reports.api.documents import when
    from store.configs import diff

    with record(args) as reader:
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        row = reader.find(args.id)
        if row is None or row.thing_id is None or row.kind != "device":
            print(f"canh config: no device is called {args.id!r}", file=sys.stderr)
            return 1
        versions = reader.found.configs(row.thing_id)
        numbers = [v.number for v in versions]
        if args.diff is not None:
            wanted = args.diff or numbers[-2:]
        else:
            wanted = numbers if args.version is None else [args.version]
        known = [number for number in wanted if number in numbers]
        texts = {n: reader.found.config(row.thing_id, n) or "" for n in known}
    if args.diff is not None and len(wanted) != 2:
        print("canh config: --diff takes two versions, and there must be two", file=sys.stderr)
        return 2
    if known != wanted:
        there = f"there are versions 1 to {numbers[-1]}" if numbers else NONE_YET
        print(f"canh config: {there}", file=sys.stderr)
        return 1
    if args.diff is not None:
        print("\n".join(map(shown, diff(*(texts[number] for number in wanted)))))
        return 0
    if args.version is not None:
        print("\n".join(map(shown, texts[args.version].splitlines())))
        return 0
    told = [
        {
            "number": v.number,
            "from": when(v.at_ms, zone),
            "seen": when(v.seen_ms, zone),
            "lines": texts[v.number].count("\n"),
            "sha256": v.sha256,
        }
        for v in versions
    ]
    if args.json:
        dump({"device": args.id, "versions": told})
    else:
        for each in told:
            print(f"{each['number']:>4}  {each['from']} → {each['seen']}  {each['lines']} lines")
        if not told:
            print(NONE_YET, file=sys.stderr)
    return 0

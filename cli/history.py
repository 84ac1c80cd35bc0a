"""`canh history import`: a preview of the outages that another system kept, then the import."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from store.imports import Imported, ThingImport

_SPLIT = ("up", "degraded", "down", "unreachable", "maintenance", "unknown", "off_hours",
          "not_in_service")  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    from cli.speaking import common

    parser.add_argument("action", choices=("import",))
    parser.add_argument(
        "file", metavar="FILE.csv", help="thing,state,started,ended,cause,provider,note[,entered]"
    )
    parser.add_argument("--apply", action="store_true", help="do it; without it: a preview")
    parser.add_argument(
        "--skip-bad", action="store_true", help="with --apply: leave lines with problems out"
    )
    common(parser)


def run(args: argparse.Namespace) -> int:
    """0: no problem; 1: problems, or nothing to read; 2: usage."""
    import time

    from cli.forms import dump
    from cli.speaking import floor
    from inventory.history_csv import read_history

    with floor(args) as here:
        try:
            data = Path(args.file).read_bytes()
        except OSError as error:
            here.fail(f"{args.file}: {error.strerror}")
        file = read_history(args.file, data, here.zone, time.time_ns() // 1_000_000)
        about = {"aliases": _aliases(args), "apply": args.apply, "skip_bad": args.skip_bad}
        done = here.actions.import_history(file, actor=here.actor, **about)
    for problem in done.problems:
        sys.stderr.write(f"{problem}\n")
    if args.json:
        dump(_document(done, here.zone))
    else:
        _tell(done, here.zone)
    if args.apply and not done.applied:
        sys.stderr.write(
            f"canh history: nothing was imported; problems: {done.errors}; mend them, or leave"
            " their lines out with --skip-bad\n"
        )
    elif not args.apply:
        sys.stderr.write("canh history: a preview; --apply does it\n")
    return 1 if done.errors and not (args.apply and args.skip_bad) else 0


def _aliases(args: argparse.Namespace) -> dict[tuple[str, str], str]:
    """Old ids, as `was` names them; a configuration with problems names none."""
    from cli.config import locate
    from inventory.sites_toml import read

    network = read(locate(args)).network
    if network is None:
        return {}
    kinds: dict[str, Any] = {
        "unit": network.units,
        "site": network.sites,
        "device": network.devices,
        "link": network.links,
        "service": network.services,
        "provider": network.providers,
    }
    return {
        (kind, old): key
        for kind, things in kinds.items()
        for key, one in things.items()
        for old in one.was
    }


def _document(done: Imported, zone: ZoneInfo) -> dict[str, Any]:
    from dataclasses import asdict

    from reports.api.documents import when

    return {
        "applied": done.applied,
        "new": done.new,
        "known": done.known,
        "errors": done.errors,
        "from": when(done.first_ms, zone),
        "to": when(done.last_ms, zone),
        "problems": [asdict(problem) for problem in done.problems],
        "things": [_thing(one, zone) for one in done.things],
    }


def _thing(one: ThingImport, zone: ZoneInfo) -> dict[str, Any]:
    from reports.api.documents import when

    return {
        "id": one.key,
        "kind": one.kind,
        "rows": dict(one.rows),
        "known": one.known,
        "watched": [{"from": when(a, zone), "to": when(b, zone)} for a, b in one.watched],
        "watched_assumed": one.assumed,
        "added_s": one.added_ms / 1000,
        "overlap_s": one.overlap_ms / 1000,
        "split_s": _seconds(one),
        "availability_pct": one.figures and one.figures.availability_pct,
        "service_pct": one.figures and one.figures.service_pct,
        "seen_pct": one.figures and one.figures.seen_pct,
    }


def _seconds(one: ThingImport) -> dict[str, float] | None:
    """The shares after the import, over the time of the file."""
    if one.split is None:
        return None
    return {name: getattr(one.split, f"{name}_ms") / 1000 for name in _SPLIT}


def _tell(done: Imported, zone: ZoneInfo) -> None:
    from inventory.problems import shown
    from reports.api.documents import when

    for one in done.things:
        rows = [f"{count} {state}" for state, count in sorted(one.rows.items())]
        rows += [f"{one.known} already there"] if one.known else []
        print(shown(f"{one.kind} {one.key}: {', '.join(rows)}"))
        why = " (no `watched` row: the whole time of the file)" if one.assumed else ""
        for begin, end in one.watched:
            print(f"    watched {when(begin, zone)} → {when(end, zone)}{why}")
        if one.overlap_ms:
            print(f"    {one.overlap_ms / 1000:g} s of it were watched by this monitor, too:"
                  " in each second the worse state counts")  # fmt: skip
        if split := _seconds(one):
            told = ", ".join(f"{name} {value:g} s" for name, value in split.items() if value)
            print(f"    shares after: {told}")
    if done.first_ms is not None:
        print(f"time of the file: {when(done.first_ms, zone)} → {when(done.last_ms, zone)}")
    word = "imported" if done.applied else "to import"
    print(f"{done.new} rows {word}, {done.known} already there, problems: {done.errors}")

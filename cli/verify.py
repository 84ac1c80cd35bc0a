"""`canh report verify`: whether signed months, and files of them, are still what was signed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from cli.report import UsageError

if TYPE_CHECKING:
    from store.reader import RecordReader
    from store.verifying import Checked, Fault, File

_SAID = {
    "changed": "was changed after the signature",
    "gone": "is gone",
    "added": "was added under the signature",
    "unbound": "does not follow from what is before it",
    "unknown": "is none that was signed or made here",
    "recomputed": "not as signed when made again",
}


class _Period(NamedTuple):
    checked: Checked
    name: str
    faults: tuple[Fault, ...]


def run(args: argparse.Namespace, paths: Sequence[str]) -> int:
    """0: all matches; 1: something does not, or nothing was signed."""
    import time

    from cli.forms import dump
    from cli.progress import Progress
    from cli.reading import record
    from cli.report import window_of

    bodies = {path: _read(path) for path in paths}
    with record(args) as reader, Progress("report verify") as progress:
        progress.step("comparing with the record")
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        asked = any((args.month, args.quarter, args.year, args.begin))
        window = window_of(args, zone, time.time_ns() // 1_000_000)[0] if asked else None
        found = reader.verified(bodies, window)
        periods = [_period(reader, one, zone) for one in found.periods]
    if not periods and (window is not None or not found.files):
        what = "this period" if window is not None else "no period"
        said = "is not signed: there is nothing to compare with"
        if window is None:
            said = "is signed yet: there is nothing to compare with"
        sys.stderr.write(f"canh report verify: {what} {said}\n")
        return 1
    bad = any(one.faults for one in periods) or any(file.fault for file in found.files)
    if args.json:
        dump(
            {
                "matches": not bad,
                "periods": [_period_form(one, zone) for one in periods],
                "files": [_file_form(file) for file in found.files],
            }
        )
    else:
        _tell(periods, found.files, zone)
    return 1 if bad else 0


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise UsageError(f"{path}: {problem.strerror}") from problem


def _period(reader: RecordReader, one: Checked, zone: ZoneInfo) -> _Period:
    """With the things whose figures the record no longer gives as they were signed."""
    from reports import json_form
    from reports.figures import figures
    from store.signing import different
    from store.verifying import Fault

    again = figures(reader.period(*one.period, one.at_ms, as_of_ms=one.at_ms))
    others = different(one.document, json_form.form(again))
    faults = [
        Fault("figures", "recomputed" if names else "gone", about, names=names)
        for about, names in others
    ]
    return _Period(one, _name(one, zone), (*one.faults, *faults))


def _name(one: Checked, zone: ZoneInfo) -> str:
    from reports.periods import iso, whole_month

    ends = (iso(one.period[0], zone), iso(one.period[1], zone))
    return whole_month(one.period, zone) or " – ".join(end or "" for end in ends)


def _tell(periods: Iterable[_Period], files: Iterable[File], zone: ZoneInfo) -> None:
    from inventory.problems import shown
    from reports.periods import iso

    for one in periods:
        checked = one.checked
        print(shown(f"{one.name}: signed by {checked.by} at {iso(checked.at_ms, zone)}"))
        if checked.head is None:
            print("  signed before there were seals: only its figures and files are compared")
        else:
            print(f"  seal {checked.head} over {checked.items} items")
            if checked.form == 1:
                print("  the seal is of an earlier form: it does not cover who signed")
        print(f"  errata since: {checked.errata}")
        for fault in one.faults:
            print(shown(f"  {_text(fault)}"))
        print("  does not match" if one.faults else "  matches")
    for file in files:
        of = {"signed": "is a signed file", "dossier": "is a dossier that was made here"}
        said = _SAID[file.fault.how] if file.fault else of[str(file.of)]
        print(shown(f"{file.name}: {said}"))


def _text(fault: Fault) -> str:
    if fault.names:
        return f"{fault.about}: {', '.join(fault.names)} {_SAID[fault.how]}"
    row = "" if fault.row is None else f" {fault.row}"
    about = f" {fault.about}" if fault.what == "file" else f" of {fault.about}"
    return f"{fault.what}{row}{about if fault.about else ''} {_SAID[fault.how]}"


def _period_form(one: _Period, zone: ZoneInfo) -> dict[str, Any]:
    from reports.periods import iso

    checked = one.checked
    return {
        "from": iso(checked.period[0], zone),
        "to": iso(checked.period[1], zone),
        "signed_at": iso(checked.at_ms, zone),
        "signed_by": checked.by,
        "head": checked.head,
        "form": checked.form,
        "items": checked.items,
        "errata": checked.errata,
        "matches": not one.faults,
        "faults": [fault._asdict() for fault in one.faults],
    }


def _file_form(file: File) -> dict[str, Any]:
    return {
        "name": file.name,
        "sha256": file.sha256,
        "of": file.of,
        "matches": file.fault is None,
        "how": file.fault.how if file.fault else None,
    }

"""`canh doctor`: this machine and this installation, a line each, with what helps."""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.config import locate, record_url
from cli.finding import Case, Finding, Standing
from inventory.phrases import LANGUAGES, say
from store.checkup import look
from store.engine import RecordError, sqlite_path

Check = Callable[[Case], Iterator[Finding]]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=LANGUAGES, help="default: the network's language")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: nothing is a problem (there may be warnings); 1: something is."""
    config = locate(args)
    case = examined(config, record_url(args, config))
    language = args.lang or (case.network.language if case.network else LANGUAGES[0])
    found = [finding for check in checks() for finding in check(case)]
    if isinstance(sys.stdout, io.TextIOWrapper):  # the encoding may be what is wrong
        sys.stdout.reconfigure(errors="backslashreplace")
    write = _document if args.json else _text
    print(write(found, language))
    return int(any(one.standing == Standing.PROBLEM for one in found))


def checks() -> tuple[Check, ...]:
    """In the order in which they are told."""
    from cli import doctor_machine as machine
    from cli import doctor_record as here

    return (
        machine.versions,
        here.configuration,
        machine.ping,
        machine.clock,
        machine.zone,
        machine.names,
        machine.ports,
        machine.files,
        machine.letters,
        here.disk,
        here.record,
        here.monitor,
        here.channels,
        here.backups,
    )


def examined(config: Path, url: str) -> Case:
    from inventory.sites_toml import read

    reading = read(config)
    now_ms = time.time_ns() // 1_000_000
    found, broken = None, None
    try:
        found = look(url, now_ms)
    except RecordError as error:
        broken = str(error)
    path = sqlite_path(url)
    return Case(
        config=config,
        url=url,
        folder=path.parent if path is not None else config.parent,
        network=reading.network,
        errors=reading.count("error"),
        warnings=reading.count("warning"),
        record=found,
        broken=broken,
        now_ms=now_ms,
    )


def _text(found: list[Finding], language: str) -> str:
    lines = []
    width = max(len(say(language, f"doctor.{standing}")) for standing in Standing)
    for one in found:
        what = say(language, f"doctor.{one.check}")
        state = say(language, f"doctor.{one.standing}").ljust(width)
        lines.append(f"{state}  {what}: {one.found(language)}")
        if remedy := one.remedy(language):
            lines.append(f"{' ' * width}  → {remedy}")
    counts = {s: sum(one.standing == s for one in found) for s in Standing}
    told = say(
        language,
        "doctor.sum",
        problems=counts[Standing.PROBLEM],
        warnings=counts[Standing.WARNING],
        ok=counts[Standing.OK],
    )
    return "\n".join([*lines, told])


def _document(found: list[Finding], language: str) -> str:
    told: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "checks": [
            {
                "check": one.check,
                "state": one.standing,
                "what": one.word,
                "found": one.found(language),
                "remedy": one.remedy(language),
            }
            for one in found
        ],
        "problems": sum(one.standing == Standing.PROBLEM for one in found),
        "warnings": sum(one.standing == Standing.WARNING for one in found),
    }
    return json.dumps(told, ensure_ascii=False, indent=2)

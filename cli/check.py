"""`canh check`: every problem of the configuration, one a line."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from cli.config import locate
from inventory.problems import counted
from inventory.sites_toml import Reading, read


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: no error (there may be warnings); 1: errors."""
    path = locate(args)
    reading = read(path)
    write = sys.stdout.write
    if args.json:
        write(json.dumps(_document(reading), ensure_ascii=False, indent=2) + "\n")
    else:
        for problem in reading.problems:
            write(f"{problem}\n")
    sys.stdout.flush()
    sys.stderr.write(f"{path}: {_counts(reading)}\n")
    return 1 if reading.count("error") else 0


def _document(reading: Reading) -> dict[str, object]:
    return {
        "problems": [dataclasses.asdict(problem) for problem in reading.problems],
        "errors": reading.count("error"),
        "warnings": reading.count("warning"),
    }


def _counts(reading: Reading) -> str:
    """What was found wrong, and what there is where nothing was."""
    errors, warnings = reading.count("error"), reading.count("warning")
    told = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    if network := reading.network:
        kinds = ("unit", "site", "device", "link", "service")
        told += "; " + ", ".join(counted(len(getattr(network, f"{k}s")), k) for k in kinds)
    return told

"""`canh restore`: a backup takes the place of the record, once all of it was found sound."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from cli.config import locate, record_url


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--replace", action="store_true", help="over a record; the old one is kept aside"
    )
    parser.add_argument("--check", action="store_true", help="only read all of it, and say so")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: restored, or sound; 1: refused, and nothing was touched."""
    from store import restoring
    from store.engine import RecordError, shown

    try:
        if args.check:
            about, aside, url = restoring.check(args.file, args.file.absolute().parent), None, None
        else:
            url = record_url(args, locate(args))
            about, aside = restoring.restore(args.file, url, replace=args.replace)
    except RecordError as error:
        print(f"canh: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(asdict(about) | {"aside": aside}, ensure_ascii=False))
    done = "is sound" if url is None else f"is restored to {shown(url)}"
    print(
        f"canh: {args.file} {done}: {about.network}, revision {about.revision}, of {about.created}",
        file=sys.stderr,
    )
    if aside is not None:
        print(f"canh: what was there is kept: {aside}", file=sys.stderr)
    return 0

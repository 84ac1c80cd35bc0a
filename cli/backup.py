"""`canh backup`: one file of the record, its samples and its folders, while the monitor runs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from cli.config import locate, record_url
from cli.options import natural


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="with --keep: a folder")
    parser.add_argument(
        "--keep", type=natural, metavar="N", help="into a folder; the newest N stay, older ones go"
    )
    parser.add_argument("--no-samples", action="store_true", help="the record alone")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: written, whole and on the disk; 1: none was made, and older ones are as they were."""
    from store import backup
    from store.engine import RecordError

    url = record_url(args, locate(args))
    try:
        target = args.file if args.keep is None else backup.rotated(args.file)
        about, size = backup.make(url, target, samples=not args.no_samples)
    except RecordError as error:
        print(f"canh: {error}", file=sys.stderr)
        return 1
    dropped = backup.drop_old(args.file, args.keep) if args.keep is not None else []
    if args.json:
        told = {"file": str(target), "bytes": size, **asdict(about)}
        print(json.dumps(told | {"removed": [str(p) for p in dropped]}, ensure_ascii=False))
    what = "record and samples" if about.samples_format is not None else "record without samples"
    print(
        f"canh: {target}: {about.network}: {what}, revision {about.revision}, {size / 1e6:.1f} MB",
        file=sys.stderr,
    )
    return 0

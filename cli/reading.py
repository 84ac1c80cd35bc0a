"""Opens the record for the commands that only read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cli.config import locate, record_url
from store.engine import RecordError
from store.reader import RecordReader, open_questions


@contextmanager
def record(args: argparse.Namespace) -> Iterator[RecordReader]:
    """The reader of the configured record; exits 1 with one clear line where there is none."""
    try:
        reader = open_questions(record_url(args, locate(args)))
        try:
            yield reader
        finally:
            reader.close()
    except RecordError as error:
        print(f"canh: {error}", file=sys.stderr)
        raise SystemExit(1) from None

"""What several commands ask and tell alike."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from inventory.model import Network
from inventory.phrases import LANGUAGES, say
from reports.numbers import number

MOST_NAMES = 12


def natural(text: str) -> int:
    """A whole number from 1."""
    if text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 10:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write 2026-10-31") from None


def state_of_a_day(parser: argparse.ArgumentParser) -> None:
    """The options of what is told of all offices on one day."""
    parser.add_argument("--on", type=day, metavar="DAY", help="as of a day; default: today")
    parser.add_argument("--names", action="store_true", help="all of them, however many")
    parser.add_argument("--lang", choices=LANGUAGES, help="default: the network's language")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def today(network: Network) -> date:
    return datetime.now(ZoneInfo(network.timezone)).date()


def few(lines: Sequence[str], language: str, *, whole: bool) -> Iterator[str]:
    """The first of many lines, and how many more there are."""
    told = lines if whole else lines[:MOST_NAMES]
    yield from told
    if len(told) < len(lines):
        yield say(language, "coverage.more", n=number(len(lines) - len(told), language))


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each row; each column as wide as its widest cell."""
    from rich.cells import cell_len

    count = max(map(len, rows), default=0)
    widths = [max(cell_len(row[n]) for row in rows if n < len(row)) for n in range(count)]
    for row in rows:
        cells = zip(row, widths, strict=False)
        yield "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in cells).rstrip()

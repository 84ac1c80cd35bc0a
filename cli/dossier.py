"""`canh dossier`: one paper an outage, with raw results, the monitor's state, and its seal."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from reports.document import Document
    from store.dossiers import Made
    from store.period import Interval
    from store.reader import RecordReader

FORMATS = ("html", "json")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "outages",
        nargs="*",
        type=int,
        metavar="OUTAGE",
        help="numbers of `canh outages`; default: all of the period that a provider is charged"
        " with, or that lost more than 30 minutes",
    )
    parser.add_argument("--month", metavar="YYYY-MM", help="the report in which they are counted")
    parser.add_argument("--quarter", metavar="YYYY-Qn", help="January to March is Q1")
    parser.add_argument("--year", metavar="YYYY", help="a calendar year")
    parser.add_argument("--from", dest="begin", metavar="ISO", help="any period")
    parser.add_argument("--to", dest="end", metavar="ISO", help="its end, exclusive; default: now")
    parser.add_argument("--lang", metavar="vi,en", help="default: the network's language")
    parser.add_argument("--format", metavar="html,json", default="html", help="default: html")
    parser.add_argument("-o", "--output", metavar="DIR", default=".", help="default: here")
    parser.add_argument("--by", metavar="NAME", help="who makes it: $CANH_ACTOR, else the login")


class NoOutageError(Exception):
    """There is no outage with that number."""

    def __init__(self, outage_id: int) -> None:
        super().__init__(f"there is no outage {outage_id}")


@dataclass(frozen=True, slots=True)
class _Asked:
    formats: list[str]
    languages: list[str]
    now_ms: int


def run(args: argparse.Namespace) -> int:
    """0: written, and the paths printed; 1: no such outage, or no record; 2: usage."""
    from cli.report import UsageError
    from store.engine import RecordError

    try:
        return _run(args)
    except UsageError as problem:
        sys.stderr.write(f"canh dossier: {problem}\n")
        return 2
    except (RecordError, OSError, NoOutageError) as problem:
        sys.stderr.write(f"canh dossier: {problem}\n")
        return 1


def _run(args: argparse.Namespace) -> int:
    from cli.config import locate, record_url
    from cli.progress import Progress
    from cli.reading import record
    from cli.report import choice
    from cli.speaking import actor
    from inventory.phrases import LANGUAGES
    from inventory.written import write_all
    from store.actions import open_actions

    formats = choice(args.format, FORMATS, "--format")
    choice(args.lang or "vi", LANGUAGES, "--lang")
    with record(args) as reader, Progress("dossier") as progress:
        progress.step("reading the record")
        head = reader.snapshot(since=reader.revision()[1])
        languages = choice(args.lang or head.language, LANGUAGES, "--lang")
        asked = _Asked(formats, languages, time.time_ns() // 1_000_000)
        made = _made(reader, args, asked, ZoneInfo(head.timezone))
    if not made:
        sys.stderr.write("canh dossier: no outage of the period calls for one\n")
        return 0
    actions = open_actions(record_url(args, locate(args)))
    try:
        actions.register(made, actor=actor(args.by))
    finally:
        actions.close()
    paths = {Path(args.output) / one.file: one.body for one in made}
    write_all(paths)
    for path in paths:
        print(path)
    return 0


def _made(
    reader: RecordReader, args: argparse.Namespace, asked: _Asked, zone: ZoneInfo
) -> list[Made]:
    from cli.report import window_of
    from reports.dossier import chosen

    named = any((args.month, args.quarter, args.year, args.begin, args.end))
    if named or not args.outages:
        window, _ = window_of(args, zone, asked.now_ms)
        document = _document(reader, window, asked.now_ms)
        return _of(reader, document, args.outages or chosen(document), asked)
    found: list[Made] = []
    months: dict[Interval, list[int]] = {}
    for outage_id in args.outages:
        row = reader.outage(outage_id)
        if row is None:
            raise NoOutageError(outage_id)
        months.setdefault(_month(row.first_bad_ms, zone), []).append(outage_id)
    for window, ids in months.items():
        found += _of(reader, _document(reader, window, asked.now_ms), ids, asked)
    return found


def _month(at_ms: int, zone: ZoneInfo) -> Interval:
    from reports.periods import month, month_of

    return month(month_of(at_ms, zone), zone)


def _document(reader: RecordReader, window: Interval, now_ms: int) -> Document:
    """As it was signed, where it was."""
    from dataclasses import replace

    from reports.figures import figures

    signed = reader.signed(*window)
    if signed is None:
        return figures(reader.period(*window, now_ms))
    then = figures(reader.period(*window, signed.at_ms, as_of_ms=signed.at_ms))
    return replace(then, made_ms=now_ms)


def _of(
    reader: RecordReader, document: Document, ids: tuple[int, ...] | list[int], asked: _Asked
) -> list[Made]:
    from reports.dossier import dossier, form, page
    from store.dossiers import Made

    found: list[Made] = []
    for outage_id in dict.fromkeys(ids):
        papers = reader.papers(outage_id, (document.from_ms, document.asked_to_ms))
        if papers is None:
            raise NoOutageError(outage_id)
        one = dossier(document, papers)
        if "html" in asked.formats:
            for language in asked.languages:
                body = page(one, language).encode()
                found.append(Made(outage_id, f"{one.name}.{language}.html", body))
        if "json" in asked.formats:
            text = json.dumps(form(one), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
            found.append(Made(outage_id, f"{one.name}.json", text.encode()))
    return found

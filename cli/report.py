"""`canh report`: the uptime report of a period, in the forms that people and programs read."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cli.config import locate, record_url
from cli.report_files import FORMATS, files
from inventory.phrases import LANGUAGES
from inventory.written import write_whole
from store.thrift import no_collector

if TYPE_CHECKING:
    from cli.papers import Papers
    from reports.document import Document
    from store.period import Interval, Signature
    from store.reader import RecordReader


class UsageError(Exception):
    """What was asked cannot be done; the text says why and what to write instead."""


class UnreadyError(Exception):
    """It cannot be signed as it is; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Output:
    """One file to write, or standard output where there is no path."""

    path: Path | None
    content: bytes
    name: str = ""  # by which it is kept when it is signed, whatever the file is called


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="verify [FILE…]",
        help="verify: is everything still as it was signed? also these files of it",
    )
    parser.add_argument("--month", metavar="YYYY-MM", help="a calendar month; default: this one")
    parser.add_argument("--quarter", metavar="YYYY-Qn", help="January to March is Q1")
    parser.add_argument("--year", metavar="YYYY", help="a calendar year")
    parser.add_argument(
        "--from", dest="begin", metavar="ISO", help="any period; local time of the network"
    )
    parser.add_argument("--to", dest="end", metavar="ISO", help="its end, exclusive; default: now")
    parser.add_argument(
        "--map",
        choices=("stood", "today"),
        default="stood",
        help="units and tiers as the map stood in the period (default), or as it is today",
    )
    parser.add_argument("--lang", metavar="vi,en", help="default: the network's language")
    parser.add_argument(
        "--format", metavar=",".join(FORMATS), default="html", help="one or more; default: html"
    )
    parser.add_argument(
        "-o", "--output", metavar="PATH", help="a file, or a folder where several are made"
    )
    parser.add_argument("--sign", action="store_true", help="keep it as the signed report; --by")
    parser.add_argument("--by", metavar="NAME", help="the person who signs")
    parser.add_argument(
        "--with-open-items",
        action="store_true",
        help="sign although outages over 30 minutes lack cause, side or action",
    )
    parser.add_argument(
        "--review",
        action="store_true",
        help="list what is missing before it can be signed; exit 1 where something is",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


@no_collector()  # to look for cycles in a large history costs more than all sums
def run(args: argparse.Namespace) -> int:
    """0: written, and the paths printed; 1: no record to read; 2: usage."""
    from cli.papers import papers_of
    from cli.progress import Progress
    from store.engine import RecordError
    from store.reader import open_questions

    if args.words or args.review:
        return _beside(args)
    url = record_url(args, locate(args))
    try:
        formats = ["json"] if args.json else choice(args.format, FORMATS, "--format")
        if "pdf" in formats and importlib.util.find_spec("typst") is None:
            raise UsageError("--format pdf needs its compiler; remedy: pip install 'canh[pdf]'")
        choice(args.lang or "vi", LANGUAGES, "--lang")
        if args.sign != bool(args.by and args.by.strip()):
            raise UsageError("--sign and --by NAME go together")
        if args.sign and args.map == "today":
            raise UsageError("--sign: what is signed is told on the map as it stood")
        now_ms = int(time.time() * 1000)
        with Progress("report") as progress:
            progress.step("reading the record")
            reader = open_questions(url)
            try:
                document, name, signed = _read(url, reader, args, now_ms)
                papers = papers_of(reader, document, signed, args, now_ms)
            finally:
                reader.close()
            languages = choice(args.lang or document.language, LANGUAGES, "--lang")
            outputs = _outputs(papers, name, formats, languages, args.output, progress.step)
            progress.step("signing")
            if args.sign and not _sign(url, papers, outputs, name, args.by, now_ms):
                return 1
        papers.narrate()
        for output in outputs:
            _put(output)
    except UsageError as problem:
        sys.stderr.write(f"canh report: {problem}\n")
        return 2
    except (RecordError, OSError, UnreadyError) as problem:
        sys.stderr.write(f"canh report: {problem}\n")
        return 1
    return 0


def _beside(args: argparse.Namespace) -> int:
    """What is asked of a report beside the report itself."""
    from cli import review, verify

    try:
        if not args.words:
            return review.run(args)
        if args.words[0] != "verify" or args.review or args.sign:
            raise UsageError(f"{args.words[0]!r} is not known; there is: verify [FILE…]")
        return verify.run(args, args.words[1:])
    except UsageError as problem:
        sys.stderr.write(f"canh report: {problem}\n")
        return 2


def choice(text: str, known: tuple[str, ...], option: str) -> list[str]:
    """A comma-separated list of known words, each once."""
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for word in words or [text]:
        if word not in known:
            raise UsageError(f"{option}: {word!r} is not known; there are {', '.join(known)}")
    return words


def _read(
    url: str, reader: RecordReader, args: argparse.Namespace, now_ms: int
) -> tuple[Document, str, Signature | None]:
    """The document, as the record knew it when it was signed; how its files are called."""
    from cli.lines import lines_ahead

    zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
    window, name = window_of(args, zone, now_ms)
    if window[0] >= min(window[1], now_ms):
        why = "it has not begun yet" if window[0] >= now_ms else "--to must be after --from"
        raise UsageError(f"the period is empty: {why}")
    on_today = args.map == "today"
    name += "_map-today" if on_today else ""
    with lines_ahead(url, reader, (window[0], min(window[1], now_ms))) as lines:
        from cli.gather import gather
        from reports.figures import figures

        found = None if on_today else reader.signed(*window)  # none is before its period is over
        as_of_ms = found.at_ms if found else None
        period = reader.period(*window, as_of_ms or now_ms, as_of_ms=as_of_ms, on_today=on_today)
        return gather(reader, period, figures(period), lines), f"report-{name}", found


def window_of(args: argparse.Namespace, zone: ZoneInfo, now_ms: int) -> tuple[Interval, str]:
    """The period that was asked for, and its name in file names."""
    from reports.periods import local, moment, month, month_of, quarter, year

    if args.begin is None and args.end is not None:
        raise UsageError("--to needs --from")
    named = {"--month": month, "--quarter": quarter, "--year": year}
    given = {option: text for option in named if (text := getattr(args, option[2:])) is not None}
    if len(given) + (args.begin is not None) > 1:
        options = [*given, *(["--from"] if args.begin is not None else [])]
        raise UsageError(f"{' and '.join(options)} exclude each other")
    try:
        if args.begin is None:
            option, text = next(iter(given.items()), ("--month", month_of(now_ms, zone)))
            return named[option](text, zone), text
        window = (moment(args.begin, zone), now_ms if args.end is None else moment(args.end, zone))
    except ValueError as problem:
        raise UsageError(str(problem)) from problem
    return window, "_".join(f"{local(end, zone):%Y-%m-%dT%H%M}" for end in window)


def _sign(
    url: str, papers: Papers, outputs: list[Output], name: str, author: str, now_ms: int
) -> bool:
    """Keep the report with the files that are about to be written; False: it was refused."""
    from reports import json_form
    from store.engine import open_writer
    from store.signing import sign
    from store.speech import Refused

    kept = {output.name or f"{name}.json": output.content for output in outputs}
    document, head = json_form.form(papers.document), papers.head
    engine = open_writer(url)
    try:
        done = sign(engine, document, kept, author=author, now_ms=now_ms, head=head)
    finally:
        engine.dispose()
    if isinstance(done, Refused):
        sys.stderr.write(f"canh report: not signed: {done.reason}\n")
        return False
    for warning in done.warnings:
        sys.stderr.write(f"canh report: {warning}\n")
    sys.stderr.write(f"signed by {author}\n")
    return True


def _outputs(
    papers: Papers,
    name: str,
    formats: list[str],
    languages: list[str],
    asked: str | None,
    begin: Callable[[str], object],
) -> list[Output]:
    """Every file that is to be written. JSON alone goes to stdout."""
    into = asked is None or asked.endswith("/") or Path(asked).is_dir()
    if not into and len(formats) > 1:
        raise _several(asked, len(formats))
    made = files(papers.document, name, formats, languages, papers.keys, begin)
    if asked is None and formats == ["json"]:
        return [Output(None, content) for content in made.values()]
    made = papers.as_signed(made)
    if asked is None or into:
        made |= papers.errata(name, formats, languages)
        return [Output(Path(asked or ".") / file, content, file) for file, content in made.items()]
    if len(made) > 1:
        raise _several(asked, len(made))
    [(file, content)] = made.items()
    return [Output(Path(asked), content, file)]


def _several(asked: str | None, count: int) -> UsageError:
    """Said before anything is made, where it is known by then."""
    return UsageError(f"-o {asked}: {count} files are to be written; name a folder: -o {asked}/")


def _put(output: Output) -> None:
    if output.path is None:
        sys.stdout.write(output.content.decode())
    else:
        write_whole(output.path, output.content)
        sys.stdout.write(f"{output.path}\n")
    sys.stdout.flush()

"""Reads the outages that another system kept from CSV, with all its problems at once."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from inventory.causes import CAUSES
from inventory.grids import csv_of, delimiter_of
from inventory.moments import moment
from inventory.problems import Level, Problem, did_you_mean, quoted

BAD = ("down", "degraded", "unreachable")
STATES = (*BAD, "maintenance", "unknown", "watched")
REQUIRED = ("thing", "state", "started", "ended")
COLUMNS = (*REQUIRED, "cause", "provider", "note", "entered")
LONGEST_THING = 217  # kind:key


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One line. Times are UTC milliseconds, half-open; `thing` is an id or kind:id."""

    line: int
    thing: str
    state: str
    started_ms: int
    ended_ms: int
    cause: str | None = None
    provider: str | None = None
    note: str | None = None
    entered_ms: int | None = None
    still_on: bool = False  # no end was written: it lasted at least to the file's last instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFile:
    """What can be read of a file. Every line stands in `rows` or has an error in `problems`."""

    name: str
    rows: tuple[HistoryRow, ...]
    problems: tuple[Problem, ...]
    first_ms: int | None  # the first and last instant of its rows
    last_ms: int | None

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.level == "error")


class _Problems(list[Problem]):
    """What is wrong, with its line and column, in the order of discovery."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.errors = 0

    def add(
        self, line: int, column: str, what: str, hint: str = "", level: Level = "error"
    ) -> None:
        self.errors += level == "error"
        self.append(
            Problem(file=self.file, line=line, thing=column, what=what, hint=hint, level=level)
        )


def read_history(name: str, data: bytes, zone: ZoneInfo, now_ms: int) -> HistoryFile:
    """Rows in the file's order; a line with a fault is no row, and each fault is a problem."""
    problems = _Problems(name)
    found: list[HistoryRow] = []
    for line, cells in _lines(data, problems):
        faults = problems.errors
        row = _row(line, cells, zone, now_ms, problems)
        if row is not None and problems.errors == faults:
            found.append(row)
    instants = [row.started_ms for row in found]
    instants += [row.ended_ms for row in found if not row.still_on]
    last_ms = max(instants, default=None)
    rows = list(_closed(found, last_ms, problems))
    problems.sort(key=lambda problem: problem.line)
    return HistoryFile(
        name=name,
        rows=tuple(rows),
        problems=tuple(problems),
        first_ms=min((row.started_ms for row in rows), default=None),
        last_ms=max((row.ended_ms for row in rows), default=None),
    )


def _lines(data: bytes, problems: _Problems) -> Iterator[tuple[int, dict[str, str]]]:
    """Each filled line with its cells by column name."""
    try:
        text = unicodedata.normalize("NFC", csv_of(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(line, "file", "is neither UTF-8 nor UTF-16", "save it as CSV UTF-8")
        return
    held = io.StringIO(text, newline="")
    reader = csv.reader(held, delimiter=delimiter_of(text), strict=True)
    names: list[str] | None = None
    try:
        line = 1
        for cells in reader:
            at, line = line, reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if names is None:
                names = [cell.casefold() for cell in cells]
                if not _header(names, at, problems):
                    return
            elif len(cells) != len(names):
                what = f"the line has {len(cells)} columns, the first line {len(names)}"
                problems.add(at, "line", what, 'text with a comma stands in quotes: "a, b"')
            else:
                yield at, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        what = f"cannot be read: {error}"
        problems.add(reader.line_num, "line", what, "mend it; nothing after it was read")
    if names is None:
        problems.add(1, "file", "is empty", f"the first line is {','.join(COLUMNS[:-1])}")


def _header(names: Sequence[str], line: int, problems: _Problems) -> bool:
    """Can the lines be read by these names?"""
    for name in sorted(set(names)):
        if name not in COLUMNS:
            hint = did_you_mean(name, COLUMNS) or f"there are {', '.join(COLUMNS)}"
            problems.add(line, "header", f"unknown column {quoted(name)} is not read", hint)
        if names.count(name) > 1:
            problems.add(line, "header", f"column {quoted(name)} stands there twice")
            return False
    missing = [name for name in REQUIRED if name not in names]
    for name in missing:
        hint = f"the first line is {','.join(COLUMNS[:-1])}"
        problems.add(line, "header", f"there is no column {quoted(name)}", hint)
    return not missing


def _row(
    line: int, cells: dict[str, str], zone: ZoneInfo, now_ms: int, problems: _Problems
) -> HistoryRow | None:
    """The line as a row; None where it cannot be one. Each fault is noted."""
    thing, state = cells["thing"], cells["state"].casefold()
    if not thing:
        problems.add(line, "thing", "is empty", "write the id of sites.toml, or kind:id")
    elif len(thing) > LONGEST_THING:
        problems.add(line, "thing", "is too long for an id")
    if state not in STATES:
        hint = did_you_mean(state, STATES) or f"there are {', '.join(STATES)}"
        problems.add(line, "state", f"{quoted(state)} is not known", hint)
    started = _time(line, "started", cells, zone, now_ms, problems)
    ended = _time(line, "ended", cells, zone, now_ms, problems)
    entered = _time(line, "entered", cells, zone, now_ms, problems)
    if started is None and not cells["started"]:
        problems.add(line, "started", "is empty")
    if started is not None and ended is not None and ended <= started:
        problems.add(line, "ended", "is not after its start", "an interval must last some time")
    _words(line, state, cells, problems)
    if started is None:
        return None
    return HistoryRow(
        line=line,
        thing=thing,
        state=state,
        started_ms=started,
        ended_ms=started if ended is None else ended,
        cause=cells.get("cause", "").casefold() or None,
        provider=cells.get("provider") or None,
        note=cells.get("note") or None,
        entered_ms=entered,
        still_on=not cells["ended"],
    )


def _time(
    line: int,
    column: str,
    cells: dict[str, str],
    zone: ZoneInfo,
    now_ms: int,
    problems: _Problems,
) -> int | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        at_ms = moment(text, zone)
    except ValueError as problem:
        what, _, hint = str(problem).partition("; ")
        problems.add(line, column, what, hint)
        return None
    if at_ms < 0:
        problems.add(line, column, f"{quoted(text)} lies before 1970")
        return None
    if at_ms > now_ms:
        hint = "history is past; planned work goes by `canh maintenance plan`"
        problems.add(line, column, f"{quoted(text)} lies in the future", hint)
        return None
    return at_ms


def _words(line: int, state: str, cells: dict[str, str], problems: _Problems) -> None:
    """Cause, provider and note belong to an outage; a note is also the reason of planned work."""
    cause = cells.get("cause", "").casefold()
    if cause and cause not in CAUSES:
        hint = did_you_mean(cause, CAUSES) or f"there are {', '.join(CAUSES)}"
        problems.add(line, "cause", f"{quoted(cause)} is not known", hint)
    if state in BAD or state not in STATES:
        kept: tuple[str, ...] = ("cause", "provider", "note")
    else:
        kept = ("note", "entered") if state == "maintenance" else ()
    for column in COLUMNS[len(REQUIRED) :]:
        if cells.get(column) and column not in kept:
            what = f"is not kept of a row that says {state}"
            problems.add(line, column, what, level="warning")


def _closed(
    rows: Sequence[HistoryRow], last_ms: int | None, problems: _Problems
) -> Iterator[HistoryRow]:
    """Rows without an end last to the file's last instant; one that would be empty is a fault."""
    for row in rows:
        if not row.still_on:
            yield row
        elif last_ms is None or last_ms <= row.started_ms:
            hint = "write its end, or a later row: an open end is the file's last instant"
            problems.add(row.line, "ended", "is empty and the file knows nothing later", hint)
        else:
            yield replace(row, ended_ms=last_ms)

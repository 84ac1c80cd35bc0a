"""What imports have brought in before, and how their rows are written: closed, never edited."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from inventory.history_csv import BAD, HistoryRow
from store.intervals import END, merge
from store.period import Interval
from store.portions import portions
from store.speech import Word
from store.spoken import maintenance, note
from store.states import State
from store.tables import coverage, outage, span

IMPORT = "import"  # the poller of imported rows, and the source of imported maintenance


@dataclass(frozen=True, slots=True)
class Planned:
    """A row of the file and the things that it names."""

    row: HistoryRow
    thing_id: int
    kind: str
    provider_id: int | None


@dataclass(frozen=True, slots=True)
class OldOutage:
    id: int
    ended_ms: int
    cause: str | None
    provider_id: int | None
    notes: frozenset[str]


@dataclass(slots=True)
class Recorded:
    """What stands on record of the things of a file. Keys are (thing, state, start)."""

    outages: dict[tuple[int, str, int], OldOutage] = field(default_factory=dict)
    blind: dict[tuple[int, int], int] = field(default_factory=dict)  # unknown rows → end
    works: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)  # → end, reason
    covered: dict[int, list[Interval]] = field(default_factory=dict)  # by imports
    believed: dict[int, list[Interval]] = field(default_factory=dict)  # spans of imports, any state
    seen: dict[int, list[Interval]] = field(default_factory=dict)  # outages not of imports
    ours: dict[int, list[Interval]] = field(default_factory=dict)  # spans of our own watch


def recorded(conn: Connection, thing_ids: Sequence[int], window: Interval) -> Recorded:
    """Read it in a few sweeps, whatever the number of rows; spans as far as they touch it."""
    found = Recorded()
    for part in portions(thing_ids):
        _read_spans(conn, part, window, found)
        _read_coverage(conn, part, found)
        _read_outages(conn, part, found)
        _read_works(conn, part, found)
    for by_thing in (found.covered, found.believed, found.seen, found.ours):
        for thing_id, intervals in by_thing.items():
            by_thing[thing_id] = merge(intervals)
    return found


def _read_spans(conn: Connection, part: Sequence[int], window: Interval, found: Recorded) -> None:
    wanted = select(span.c.thing_id, span.c.state, span.c.started, span.c.ended, span.c.poller)
    touching = (span.c.started < window[1]) & or_(span.c.ended.is_(None), span.c.ended > window[0])
    for row in conn.execute(wanted.where(span.c.thing_id.in_(part), touching)):
        time = (row.started, END if row.ended is None else row.ended)
        if row.poller == IMPORT:
            found.believed.setdefault(row.thing_id, []).append(time)
            if row.state == State.UNKNOWN:
                found.blind[row.thing_id, row.started] = row.ended
        elif row.state not in (State.UNKNOWN, State.NOT_MONITORED):
            found.ours.setdefault(row.thing_id, []).append(time)


def _read_coverage(conn: Connection, part: Sequence[int], found: Recorded) -> None:
    wanted = select(coverage.c.thing_id, coverage.c.started, coverage.c.ended).where(
        coverage.c.thing_id.in_(part), coverage.c.poller == IMPORT
    )
    for row in conn.execute(wanted):
        found.covered.setdefault(row.thing_id, []).append((row.started, row.ended))


def _read_outages(conn: Connection, part: Sequence[int], found: Recorded) -> None:
    texts: dict[int, set[str]] = {}
    said = select(note.c.outage_id, note.c.text).where(
        note.c.thing_id.in_(part), note.c.outage_id.is_not(None)
    )
    for row in conn.execute(said):
        texts.setdefault(row.outage_id, set()).add(row.text)
    for row in conn.execute(select(outage).where(outage.c.thing_id.in_(part))):
        if row.poller != IMPORT:
            end = END if row.first_good is None else row.first_good
            found.seen.setdefault(row.thing_id, []).append((row.first_bad, end))
            continue
        notes = frozenset(texts.get(row.id, ()))
        old = OldOutage(row.id, row.first_good, row.cause, row.provider_id, notes)
        found.outages[row.thing_id, row.state, row.first_bad] = old


def _read_works(conn: Connection, part: Sequence[int], found: Recorded) -> None:
    wanted = select(maintenance).where(
        maintenance.c.thing_id.in_(part), maintenance.c.source == IMPORT
    )
    for row in conn.execute(wanted):
        found.works[row.thing_id, row.started] = (row.ended, row.reason)


def reason_of(row: HistoryRow) -> str:
    """Why there was maintenance: the file's note, where it has one."""
    return row.note or "imported"


def write_rows(conn: Connection, rows: Iterable[Planned], word: Word) -> None:
    """Outages with their spans and notes, unknown spans, maintenance."""
    planned = list(rows)
    bad = [one for one in planned if one.row.state in BAD]
    blind = [one for one in planned if one.row.state == State.UNKNOWN]
    _many(conn, span, [_span(one, word) for one in (*bad, *blind)])
    if bad:
        made = insert(outage).returning(outage.c.id, sort_by_parameter_order=True)
        ids = conn.execute(made, [_outage(one, word) for one in bad]).scalars().all()
        said = [
            {
                "thing_id": one.thing_id,
                "outage_id": outage_id,
                "author": word.actor,
                "text": one.row.note,
                "entered": word.now_ms,
            }
            for one, outage_id in zip(bad, ids, strict=True)
            if one.row.note
        ]
        _many(conn, note, said)
    works = [_work(one, word) for one in planned if one.row.state == "maintenance"]
    _many(conn, maintenance, works)


def write_watched(
    conn: Connection,
    covered: Iterable[tuple[int, Interval]],
    up: Iterable[tuple[int, Interval]],
    word: Word,
) -> None:
    """Coverage of things, and where they were up in it."""
    _many(
        conn,
        coverage,
        [
            {"thing_id": thing_id, "started": begin, "ended": end, "closed": IMPORT}
            | _polled("watched", thing_id, begin, end)
            for thing_id, (begin, end) in covered
        ],
    )
    _many(
        conn,
        span,
        [
            {"thing_id": thing_id, "state": State.UP, "started": begin, "ended": end}
            | {"reason": IMPORT, "revision": word.revision}
            | _polled(State.UP, thing_id, begin, end)
            for thing_id, (begin, end) in up
        ],
    )


def _span(one: Planned, word: Word) -> dict[str, Any]:
    row = one.row
    return {
        "thing_id": one.thing_id,
        "state": row.state,
        "started": row.started_ms,
        "ended": row.ended_ms,
        "reason": IMPORT,
        "revision": word.revision,
    } | _polled(row.state, one.thing_id, row.started_ms, row.ended_ms)


def _outage(one: Planned, word: Word) -> dict[str, Any]:
    row = one.row
    return {
        "thing_id": one.thing_id,
        "state": row.state,
        "first_bad": row.started_ms,
        "last_bad": row.ended_ms - 1,
        "first_good": row.ended_ms,
        "cause": row.cause,
        "provider_id": one.provider_id,
        "reason": IMPORT,
        "entered": word.now_ms,
        "revision": word.revision,
    } | _polled(row.state, one.thing_id, row.started_ms, row.ended_ms)


def _work(one: Planned, word: Word) -> dict[str, Any]:
    """It counts as announced unless the file says when it was entered."""
    row = one.row
    announced = min(row.started_ms, word.now_ms)
    return {
        "thing_id": one.thing_id,
        "started": row.started_ms,
        "ended": row.ended_ms,
        "author": word.actor,
        "reason": reason_of(row),
        "source": IMPORT,
        "entered": announced if row.entered_ms is None else row.entered_ms,
        "revision": word.revision,
    }


def _polled(state: str, thing_id: int, begin: int, end: int) -> dict[str, Any]:
    """A number that the same row gets each time: the record's own bar against a second copy."""
    said = f"{state} {thing_id} {begin} {end}".encode()
    number = int.from_bytes(hashlib.sha256(said).digest()[:8], "big") >> 1
    return {"poller": IMPORT, "seq": number}


def _many(conn: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(insert(table), rows)

"""Brings the history that another system kept into the record: a preview first, nothing twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from inventory.history_csv import BAD, HistoryFile, HistoryRow
from inventory.problems import Ids, Level, Problem, quoted
from store.histories import Asked, coverage_of, histories
from store.imported import (
    Planned,
    Recorded,
    reason_of,
    recorded,
    write_rows,
    write_watched,
)
from store.intervals import clip, intersect, merge, subtract, total
from store.ledger import Figures, Split, figures, sweep
from store.maps import Maps
from store.outages import NAMED, outage_rows
from store.period import Interval
from store.questions import OutageRow
from store.speech import Word
from store.spoken import correction
from store.states import Kind, State
from store.tables import outage, thing
from store.works import zone_of

JUDGED = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
_NAMEABLE = (*JUDGED, Kind.UNIT, Kind.PROVIDER)

Aliases = Mapping[tuple[str, str], str]  # (kind, old id) → id of today


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingImport:
    """What the file does to one thing. `assumed`: no row says when it was watched."""

    kind: str
    key: str
    rows: Mapping[str, int]  # by state, new ones
    known: int  # rows that stand on record already
    watched: tuple[Interval, ...]
    assumed: bool
    added_ms: int  # watched time that the record did not have from an import before
    overlap_ms: int  # watched time that our own monitor saw as well
    split: Split | None  # over the file's time, after the import; None: it has no figure
    figures: Figures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did, or would do. Every line of the file is new, known or a problem."""

    problems: tuple[Problem, ...]
    things: tuple[ThingImport, ...]
    new: int
    known: int
    first_ms: int | None
    last_ms: int | None
    applied: bool

    @property
    def errors(self) -> int:
        return sum(problem.level == "error" for problem in self.problems)

    @property
    def changes(self) -> bool:
        """Does it add anything to the record?"""
        return self.new > 0 or any(one.added_ms for one in self.things)


def import_history(
    conn: Connection,
    file: HistoryFile,
    word: Word,
    aliases: Aliases,
    *,
    apply: bool,
    skip_bad: bool,
) -> Imported:
    """Write the file's rows in the caller's transaction; the caller takes a preview back.

    A preview is the import itself, so that its figures are those of afterwards. Where the file
    has errors and they are not to be skipped, `applied` is False.
    """
    run = _Run(conn, file, aliases)
    planned = list(run.plan())
    window = (file.first_ms or 0, file.last_ms or 0)
    known = recorded(conn, sorted({one.thing_id for one in planned}), window)
    fresh, old = run.compare(planned, known)
    mine = _Watch(file, [*fresh, *old], known)
    run.warn(fresh, mine.watched, known)
    write_rows(conn, (one for one in fresh if one.row.state != "watched"), word)
    write_watched(conn, mine.uncovered(), mine.up(), word)
    applied = apply and (skip_bad or not run.errors)
    if applied:
        said = {"file": file.name, "new": len(fresh), "known": len(old), "errors": run.errors}
        word.leave(conn, "history_import", "history_imported", said)
    return Imported(
        problems=tuple(sorted(run.problems, key=lambda problem: problem.line)),
        things=tuple(_things(conn, run, mine, fresh, old, word.now_ms)),
        new=len(fresh),
        known=len(old),
        first_ms=file.first_ms,
        last_ms=file.last_ms,
        applied=applied,
    )


class _Run:
    """Finds the things that rows name, and says of each row why it cannot be taken."""

    def __init__(self, conn: Connection, file: HistoryFile, aliases: Aliases) -> None:
        self.file = file
        self.problems = list(file.problems)
        self.names: dict[int, tuple[str, str]] = {}
        self._by_key: dict[str, dict[str, int]] = defaultdict(dict)
        wanted = select(thing).where(thing.c.kind.in_(_NAMEABLE))
        # of several with one key the one of today comes last, and holds
        rows = conn.execute(wanted.order_by(thing.c.retired.is_(None), thing.c.retired, thing.c.id))
        for row in rows:
            self.names[row.id] = (row.kind, row.key)
            self._by_key[row.key][row.kind] = row.id
        for (kind, old), key in aliases.items():
            if kind in self._by_key.get(key, ()):
                self._by_key[old].setdefault(kind, self._by_key[key][kind])
        self._ids = Ids(self._by_key)

    @property
    def errors(self) -> int:
        return sum(problem.level == "error" for problem in self.problems)

    def plan(self) -> Iterator[Planned]:
        """Rows whose thing and provider are known, each once."""
        lines: dict[tuple[int, str, int], HistoryRow] = {}
        for row in self.file.rows:
            thing_id = self._thing(row)
            provider_id = self._provider(row)
            if thing_id is None or provider_id == 0:
                continue
            first = lines.setdefault((thing_id, row.state, row.started_ms), row)
            if first is row:
                yield Planned(row, thing_id, self.names[thing_id][0], provider_id)
            elif _same(first, row):
                self.add(row, "line", f"is the same as line {first.line}; it counts once", "",
                         "warning")  # fmt: skip
            else:
                what = f"differs from line {first.line}: the same thing, state and start"
                self.add(row, "line", what, "keep one of them")

    def compare(
        self, planned: Sequence[Planned], known: Recorded
    ) -> tuple[list[Planned], list[Planned]]:
        """Rows that are new, and rows that stand on record; those that differ are problems."""
        fresh: list[Planned] = []
        old: list[Planned] = []
        for one in planned:
            differs = _differs(one, known)
            if differs is None:
                fresh.append(one)
            elif not differs:
                old.append(one)
            else:
                column, what, hint = differs
                self.add(one.row, column, what, hint)
        return fresh, old

    def warn(
        self, fresh: Sequence[Planned], watched: Mapping[int, list[Interval]], known: Recorded
    ) -> None:
        """What counts otherwise than the line alone would say."""
        for one in fresh:
            mine = (one.row.started_ms, one.row.ended_ms)
            if one.row.state not in BAD:
                continue
            if unseen := total(subtract([mine], watched.get(one.thing_id, ()))):
                what = f"{unseen / 1000:g} s lie outside its watched time and count as unknown"
                self.add(one.row, "line", what, "a `watched` row over it counts it", "warning")
            if clip(known.seen.get(one.thing_id, ()), mine):
                what = "overlaps an outage that is on record; in each second the worse state counts"
                self.add(one.row, "line", what, "", "warning")

    def add(
        self, row: HistoryRow, column: str, what: str, hint: str = "", level: Level = "error"
    ) -> None:
        file = self.file.name
        self.problems.append(
            Problem(file=file, line=row.line, thing=column, what=what, hint=hint, level=level)
        )

    def _thing(self, row: HistoryRow) -> int | None:
        kind, _, key = row.thing.partition(":")
        found = self._by_key.get(row.thing) or {}
        if not found and kind in self._by_key.get(key, ()):
            found = {kind: self._by_key[key][kind]}
        found = {kind: one for kind, one in found.items() if kind != Kind.PROVIDER}
        if not found:
            hint = self._ids.hint(row.thing) or "declare it in sites.toml first, or name its old id"
            self.add(row, "thing", f"{quoted(row.thing)} is not in the record", hint)
            return None
        if len(found) > 1:
            names = " or ".join(f"{kind}:{row.thing}" for kind in sorted(found))
            self.add(row, "thing", f"{quoted(row.thing)} names several things", f"write {names}")
            return None
        [(kind, thing_id)] = found.items()
        if kind == Kind.UNIT and row.state != "maintenance":
            hint = "name the sites; maintenance alone can be of a unit"
            self.add(row, "thing", f"unit {quoted(row.thing)} has no state of its own", hint)
            return None
        return thing_id

    def _provider(self, row: HistoryRow) -> int | None:
        """Its thing id; 0 where it is not known."""
        if row.provider is None or row.state not in BAD:
            return None
        found = self._by_key.get(row.provider, {}).get(Kind.PROVIDER)
        if found is None:
            hint = self._ids.hint(row.provider) or "write the id of a [[provider]] of sites.toml"
            self.add(row, "provider", f"{quoted(row.provider)} is not in the record", hint)
        return found or 0


def _same(first: HistoryRow, row: HistoryRow) -> bool:
    words = ("ended_ms", "cause", "provider", "note", "entered_ms")
    return all(getattr(first, word) == getattr(row, word) for word in words)


def _differs(one: Planned, known: Recorded) -> tuple[str, str, str] | tuple[()] | None:
    """None: it is new; (): it stands on record; else column, what differs, and the remedy."""
    row = one.row
    if row.state in BAD:
        return _differs_outage(one, known)
    if row.state == State.UNKNOWN:
        end = known.blind.get((one.thing_id, row.started_ms))
        if end is None or end == row.ended_ms:
            return None if end is None else ()
        return "ended", "differs from the row that was imported before", "keep the first row"
    if row.state == "maintenance":
        work = known.works.get((one.thing_id, row.started_ms))
        if work is None or work == (row.ended_ms, reason_of(row)):
            return None if work is None else ()
        hint = "`canh maintenance cancel` the first one, or keep it"
        return "ended", "differs from the window that was imported before", hint
    mine = [(row.started_ms, row.ended_ms)]
    return None if subtract(mine, known.covered.get(one.thing_id, ())) else ()


def _differs_outage(one: Planned, known: Recorded) -> tuple[str, str, str] | tuple[()] | None:
    row = one.row
    old = known.outages.get((one.thing_id, row.state, row.started_ms))
    if old is None:
        return None
    pairs = {
        "ended": (old.ended_ms, row.ended_ms),
        "cause": (old.cause, row.cause),
        "provider": (old.provider_id, one.provider_id),
    }
    if row.note is not None and row.note not in old.notes:
        pairs["note"] = (None, 0)
    for column, (before, now) in pairs.items():
        if before != now:
            hint = f"`canh correct {old.id} --{column} … --reason …` changes it"
            return column, f"differs from outage {old.id}, which was imported before", hint
    return ()


class _Watch:
    """When the things of a file were watched, and where in it they were up."""

    def __init__(self, file: HistoryFile, planned: Sequence[Planned], known: Recorded) -> None:
        self._known = known
        self._bad: dict[int, list[Interval]] = defaultdict(list)
        self.watched: dict[int, list[Interval]] = defaultdict(list)
        self.assumed: set[int] = set()
        for one in planned:
            mine = (one.row.started_ms, one.row.ended_ms)
            if one.row.state == "watched":
                self.watched[one.thing_id].append(mine)
            elif one.row.state != "maintenance":
                self._bad[one.thing_id].append(mine)
        for one in planned:
            if one.thing_id not in self.watched and one.kind in JUDGED:
                assert file.first_ms is not None
                assert file.last_ms is not None
                self.watched[one.thing_id] = [(file.first_ms, file.last_ms)]
                self.assumed.add(one.thing_id)
        self.watched = {thing_id: merge(mine) for thing_id, mine in self.watched.items()}

    def uncovered(self) -> list[tuple[int, Interval]]:
        """Watched time that no import had brought in before."""
        return [
            (thing_id, part)
            for thing_id, mine in self.watched.items()
            for part in subtract(mine, self._known.covered.get(thing_id, ()))
        ]

    def shared(self, conn: Connection) -> dict[int, int]:
        """Thing → how long our own monitor saw it in its watched time."""
        begin = min((mine[0][0] for mine in self.watched.values()), default=0)
        end = max((mine[-1][1] for mine in self.watched.values()), default=0)
        shard = merge(coverage_of(conn, begin, end).get(None, ()))
        return {
            thing_id: total(intersect(intersect(mine, shard), self._known.ours.get(thing_id, ())))
            for thing_id, mine in self.watched.items()
        }

    def up(self) -> list[tuple[int, Interval]]:
        """Watched time in which neither this file nor an earlier one says anything else."""
        return [
            (thing_id, part)
            for thing_id, mine in self.watched.items()
            for part in subtract(
                mine, merge([*self._bad[thing_id], *self._known.believed.get(thing_id, ())])
            )
        ]


def _things(
    conn: Connection,
    run: _Run,
    mine: _Watch,
    fresh: Sequence[Planned],
    old: Sequence[Planned],
    now_ms: int,
) -> Iterator[ThingImport]:
    """What becomes of each thing, with its shares as the ledger gives them now."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for one in fresh:
        counts[one.thing_id][one.row.state] += 1
    known = Counter(one.thing_id for one in old)
    added: Counter[int] = Counter()
    for thing_id, (begin, end) in mine.uncovered():
        added[thing_id] += end - begin
    ids = counts.keys() | known.keys()
    shared = mine.shared(conn)
    sums = _sums(conn, run.file, ids, now_ms) if ids else {}
    for thing_id in sorted(ids, key=lambda one: run.names[one]):
        kind, key = run.names[thing_id]
        split, percentages = sums.get(thing_id, (None, None))
        yield ThingImport(
            kind=kind,
            key=key,
            rows=dict(counts[thing_id]),
            known=known[thing_id],
            watched=tuple(mine.watched.get(thing_id, ())),
            assumed=thing_id in mine.assumed,
            added_ms=added[thing_id],
            overlap_ms=shared.get(thing_id, 0),
            split=split,
            figures=percentages,
        )


def _sums(
    conn: Connection, file: HistoryFile, ids: Any, now_ms: int
) -> dict[int, tuple[Split, Figures]]:
    assert file.first_ms is not None
    assert file.last_ms is not None
    period = (file.first_ms, min(file.last_ms, now_ms))
    told = or_(outage.c.declared, outage.c.id.in_(select(correction.c.outage_id)))
    retold: dict[int, list[OutageRow]] = defaultdict(list)  # all others are in the spans
    for row in outage_rows(conn, NAMED.where(told)):
        retold[row.thing_id].append(row)
    found = {}
    maps = Maps(conn)
    for history in histories(conn, Asked(*period, zone_of(conn)), maps, retold, maps):
        if history.thing_id in ids and history.kind in JUDGED:
            plain = (history.service, history.off_hours, history.maintenance, history.watched)
            split = sweep(period, plain, history.spans).split
            found[history.thing_id] = (split, figures(split))
    return found

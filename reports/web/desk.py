"""The record behind the pages: asked in threads, its lists in memory, a bell for what is new."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from store.actions import Actions, Outcome, open_actions
from store.engine import RecordError
from store.faces import Face, face_of
from store.groups import COUNTED, TIERS, Group, group_sites, standing
from store.questions import LiveRow, OutageRow, Snapshot
from store.reader import RecordReader, open_questions
from store.states import Kind
from store.thrift import give_back

log = logging.getLogger(__name__)
LOOK_S = 0.25
WATCHED_S = 5.0  # a monitor that no longer speaks raises no revision: it is looked after
THREADS = 3
THRIFT_S = 60.0  # pages of all sizes leave holes in what the threads hold
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What every list shows, of one revision. `head` is the last snapshot, without its rows."""

    head: Snapshot
    rows: Mapping[int, LiveRow]  # by thing id
    roots: tuple[OutageRow, ...]
    units: Mapping[int, LiveRow]  # of `rows`, those that are units
    link_sites: Mapping[int, tuple[int, int]]  # link → the sites at its ends
    groups: tuple[Group, ...]
    counts: Mapping[str, Counter[Face]]  # tier, device, link, service → how many show what
    looked_s: float = 0.0  # when the monitor was looked after, monotonic

    @property
    def revision(self) -> int:
        return self.head.revision


class Desk:
    """Questions run in worker threads, each with a reader of its own; the loop never waits."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own = threading.local()
        self._readers: list[RecordReader] = []
        self._pool = ThreadPoolExecutor(THREADS, "desk")
        self._known: Known | None = None
        self._bell = asyncio.Condition()
        self.trouble: str | None = None  # why the record could not be read just now

    @property
    def known(self) -> Known:
        """As last read; RecordError where it never was."""
        if self._known is None:
            raise RecordError(self.trouble or "the record was not read yet")
        return self._known

    async def ask(self, question: Callable[[RecordReader], Answer]) -> Answer:
        """What the question finds. RecordError: the record cannot be read."""
        return await self.work(lambda: self.now(question))

    def now(self, question: Callable[[RecordReader], Answer]) -> Answer:
        """For a page that is being made: it runs in a worker thread already."""
        return question(self._reader())

    async def work(self, job: Callable[[], Answer]) -> Answer:
        """Anything that takes longer than some milliseconds: a page to render, a file to read."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    async def say(self, saying: Callable[[Actions], Outcome]) -> Outcome:
        """People's words; each is one transaction, done or refused. They are known at once."""

        def speak() -> Outcome:
            with contextlib.closing(open_actions(self._url)) as actions:
                return saying(actions)

        outcome = await self.work(speak)
        with contextlib.suppress(RecordError, OSError):  # said it is
            await self.refresh()
        return outcome

    async def follow(self, stop: asyncio.Event) -> None:
        """Look for a new revision until `stop`."""
        thrift_s = time.monotonic() + THRIFT_S
        while not stop.is_set():
            try:
                await self.refresh()
            except (RecordError, OSError) as error:
                if self.trouble is None:
                    log.warning("%s", error)
                self.trouble = str(error)
            if time.monotonic() >= thrift_s:
                await self.work(give_back)
                thrift_s = time.monotonic() + THRIFT_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()
        async with self._bell:
            self._bell.notify_all()

    async def refresh(self) -> None:
        """Take up what changed since the last look."""
        found = await self.ask(self._look)
        self.trouble = None
        if found is not self._known and not _overtaken(found, self._known):
            async with self._bell:
                self._known = found
                self._bell.notify_all()

    async def newer(self, revision: int, wait_s: float) -> Known | None:
        """What is known once it is newer than `revision`; None: nothing new in that time."""
        try:
            async with asyncio.timeout(wait_s), self._bell:
                await self._bell.wait_for(lambda: self.known.revision > revision)
                return self.known
        except (TimeoutError, RecordError):
            return None

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for reader in self._readers:
            reader.close()

    def _look(self, reader: RecordReader) -> Known:
        was = self._known
        record_id, revision = reader.revision()
        same = was is not None and was.head.record_id == record_id
        now_s = time.monotonic()
        if was is not None and same and revision == was.revision:
            if now_s - was.looked_s < WATCHED_S:
                return was
            head = replace(was.head, watching=reader.watching())
            return replace(was, head=head, looked_s=now_s)
        old = was if same and was is not None and was.revision < revision else None
        snapshot = reader.snapshot(old.revision if old else 0)
        rows = dict(old.rows) if old else {}
        rows |= {row.thing_id: row for row in snapshot.rows}
        for gone in snapshot.gone:
            rows.pop(gone, None)
        sites = was.link_sites if old and was and was.head.declared == snapshot.declared else None
        return Known(
            head=replace(snapshot, rows=()),
            rows=rows,
            roots=reader.roots(),
            units=_units(old, snapshot, rows),
            link_sites=reader.link_sites() if sites is None else sites,
            groups=_groups(old, snapshot, rows),
            counts=_counts(old, snapshot, rows),
            looked_s=now_s,
        )

    def _reader(self) -> RecordReader:
        if not hasattr(self._own, "reader"):
            self._own.reader = open_questions(self._url)
            self._readers.append(self._own.reader)
        reader: RecordReader = self._own.reader
        return reader


def _overtaken(found: Known, known: Known | None) -> bool:
    """Another look that began later was done sooner."""
    return (
        known is not None
        and known.head.record_id == found.head.record_id
        and known.revision > found.revision
    )


def _units(
    old: Known | None, snapshot: Snapshot, rows: Mapping[int, LiveRow]
) -> Mapping[int, LiveRow]:
    changed = {row.thing_id: row for row in snapshot.rows if row.kind is Kind.UNIT}
    if old is None or snapshot.gone:
        return {thing_id: row for thing_id, row in rows.items() if row.kind is Kind.UNIT}
    return {**old.units, **changed} if changed else old.units


def _groups(
    old: Known | None, snapshot: Snapshot, rows: Mapping[int, LiveRow]
) -> tuple[Group, ...]:
    """Made anew only where a site may stand elsewhere."""
    places = (row for row in snapshot.rows if row.kind in (Kind.SITE, Kind.UNIT))
    if old is None or snapshot.gone or any(_moved(old.rows.get(r.thing_id), r) for r in places):
        return group_sites(rows)
    return old.groups


def _moved(before: LiveRow | None, row: LiveRow) -> bool:
    return before is None or standing(before) != standing(row)


def _counts(
    old: Known | None, snapshot: Snapshot, rows: Mapping[int, LiveRow]
) -> dict[str, Counter[Face]]:
    if old is None:
        return counted(tuple(rows.values()))
    found = {tier: Counter(of) for tier, of in old.counts.items()}
    gone = [old.rows[one] for one in snapshot.gone if one in old.rows]
    before = [old.rows[row.thing_id] for row in snapshot.rows if row.thing_id in old.rows]
    for row in (*gone, *before):
        if (tier := _tier(row)) in found:
            found[tier][face_of(row)] -= 1
    for row in snapshot.rows:
        if (tier := _tier(row)) in found:
            found[tier][face_of(row)] += 1
    return found


def counted(rows: Sequence[LiveRow]) -> dict[str, Counter[Face]]:
    """Tier, device, link, service → how many of them show what."""
    found: dict[str, Counter[Face]] = {tier: Counter() for tier in TIERS}
    for row in rows:
        if (tier := _tier(row)) in found:
            found[tier][face_of(row)] += 1
    return found


def _tier(row: LiveRow) -> str:
    return row.level if row.kind is Kind.SITE else COUNTED.get(row.kind, "")

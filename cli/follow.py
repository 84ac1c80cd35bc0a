"""Follows the files of a running monitor: a good change is taken up, a bad one is told."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from cli.read_apart import read_apart
from inventory.atlas import Atlas
from inventory.freshness import Print, fingerprint
from inventory.model import Network
from inventory.moments import midnight
from inventory.problems import Problem
from probes.watch import Watch
from store.declare import Agreement, RetireLimitError
from store.engine import RecordError
from store.reader import RecordReader, open_questions
from store.reloads import keep_on, refuse, take_up, turn_map
from store.requests import RELOAD_ACCEPTED, Request
from store.thrift import no_collector
from store.writer import UnwrittenError, Writer

log = logging.getLogger(__name__)
LOOK_S = 1.0  # a change is taken up once it has stood for one look: an editor may still write
TURN_AGAIN_MS = 60_000  # after a new map could not be written
SLACK_NS = 100_000_000  # the times of files are those of the kernel's last tick
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Files:
    """What the running network was read from, and how that looked then; None: not known."""

    path: Path
    includes: tuple[str, ...]
    seen: Print | None


def files(path: Path, includes: tuple[str, ...], began_ns: int) -> Files:
    """Of a reading that began then (UTC, ns): what changed since is read again."""
    seen = fingerprint(path, includes)
    same = all(max(times) < began_ns - SLACK_NS for *_, written, changed in seen
               for times in [(written, changed)])  # fmt: skip
    return Files(path, includes, seen if same else None)


class Follower:
    """Looks each second, at a SIGHUP, and when somebody asks with `canh reload`.

    Reading and checking happen in a process of its own, the record changes in the writer's thread
    in one transaction, and then the watch goes on with the new files between two of its ticks.
    """

    def __init__(
        self,
        files: Files | None,
        network: Network,
        watch: Watch,
        writer: Writer,
        url: str,
        also: Sequence[Callable[[Network], object]] = (),
    ) -> None:
        """`also` are called with each network that is taken up."""
        self._files = files
        self._network = network
        self._watch = watch
        self._writer = writer
        self._url = url
        self._also = also
        self._told: tuple[str, ...] = ()  # the problems that are known already
        self._looked: Print | None = None
        self._hung_up = asyncio.Event()
        self._map_changes_ms = _next_map(network)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. Without files it only answers that there are none."""
        loop = asyncio.get_running_loop()
        terminal = sys.stdin is not None and sys.stdin.isatty()
        if self._files is not None:
            loop.add_signal_handler(signal.SIGHUP, self._hang_up, stop, terminal)
        reader = await asyncio.to_thread(open_questions, self._url)
        try:
            late = await asyncio.to_thread(self._requests, reader)  # asked of one that is gone
            if late:
                await self._write(partial(keep_on, asked=[one.id for one in late]))
            while not stop.is_set():
                await self._look(reader)
                await _either(stop, self._hung_up)
        finally:
            reader.close()
            if self._files is not None:
                loop.remove_signal_handler(signal.SIGHUP)

    def _hang_up(self, stop: asyncio.Event, terminal: bool) -> None:
        """The signal means two things: read again, and that our terminal is gone."""
        if terminal and not sys.stdin.isatty():
            stop.set()
        self._hung_up.set()

    def _requests(self, reader: RecordReader) -> tuple[Request, ...]:
        """The writer says what is wrong with a record that cannot be read."""
        try:
            return reader.requests()
        except RecordError:
            return ()

    async def _look(self, reader: RecordReader) -> None:
        if self._map_changes_ms is not None and time.time() * 1000 >= self._map_changes_ms:
            turned = await self._write(partial(turn_map, network=self._network))
            again = int(time.time() * 1000) + TURN_AGAIN_MS
            self._map_changes_ms = _next_map(self._network) if turned else again
        asked = await asyncio.to_thread(self._requests, reader)
        ids = [one.id for one in asked]
        if self._files is None:
            if asked:
                why = ["what is watched was read from no file that could change"]
                await self._write(partial(refuse, problems=why, asked=ids))
            return
        now = await asyncio.to_thread(fingerprint, self._files.path, self._files.includes)
        settled = now != self._files.seen and now == self._looked
        self._looked = now
        if settled or asked or self._hung_up.is_set():
            self._hung_up.clear()
            accept = any(one.kind == RELOAD_ACCEPTED for one in asked)
            await self._read(self._files, now, ids, accept=accept)

    async def _read(self, files: Files, seen: Print, asked: list[int], *, accept: bool) -> None:
        """`seen` was taken before: what changes meanwhile is found by the next look."""
        with no_collector():
            found = await read_apart(files.path)
            same = found.includes == files.includes
            self._files = Files(files.path, found.includes, seen if same else None)
            if found.network is None:
                await self._refuse(_errors(found.problems), asked)
            elif await asyncio.to_thread(self._network.__eq__, found.network):
                self._told = ()
                await self._write(partial(keep_on, asked=asked))
            else:
                await self._change(found.network, asked, accept=accept)

    async def _change(self, network: Network, asked: list[int], *, accept: bool) -> None:
        work = partial(take_up, network=network, accept_retired=accept, asked=asked)
        try:
            agreement = await self._write(work, lambda done: self._writer.drop(done.ended))
        except RetireLimitError as error:
            await self._refuse((str(error),), asked)
            return
        if agreement is None:
            return
        await self._watch.change(network, agreement.ids)
        for hear in self._also:
            hear(network)
        if network.traps != self._network.traps:
            log.warning("[traps]: a changed listen counts from the next start of the monitor")
        self._network, self._told = network, ()
        self._map_changes_ms = _next_map(network)
        log.warning("the changed configuration is taken up: %s", _sum(agreement))

    async def _refuse(self, problems: tuple[str, ...], asked: list[int]) -> None:
        """Each problem is told once, however often the files are read."""
        if problems == self._told and not asked:
            return
        if problems != self._told:
            for problem in problems:
                log.error("the configuration is not taken up: %s", problem)
        self._told = problems
        await self._write(partial(refuse, problems=problems, asked=asked))

    async def _write(
        self,
        work: Callable[..., T],
        then: Callable[[T], object] = lambda _: None,
    ) -> T | None:
        """In the writer's thread, in its turn; None: the record could not take it."""

        def now(conn: Any) -> T:
            return work(conn, now_ms=time.time_ns() // 1_000_000)

        done: Future[T] = self._writer.change(now, then)
        try:
            return await asyncio.shield(asyncio.wrap_future(done))
        except UnwrittenError as error:
            log.error("what the files say could not be written to the record: %s", error)
            return None


def _next_map(network: Network) -> int | None:
    """When the administrative map will be another."""
    zone = ZoneInfo(network.timezone)
    day = Atlas.of(network).next_change(datetime.now(zone).date())
    return None if day is None else midnight(day, zone)


def _errors(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(str(one) for one in problems if one.level == "error")


def _sum(done: Agreement) -> str:
    return f"{done.created} things added, {len(done.retired)} removed, {done.changed} changed"


async def _either(stop: asyncio.Event, other: asyncio.Event) -> None:
    """Until one of them, or the next look."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, other)]
    try:
        await asyncio.wait(waits, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()

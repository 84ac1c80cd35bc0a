"""The messenger: a loop that sends what the desk hands out, each channel in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cli.read_apart import read_apart
from inventory.model import Network
from inventory.secrets import FILE
from reports.alerts import heartbeat
from reports.alerts.desk import Desk, Job
from reports.alerts.ways import Outcome, deliver
from store.engine import RecordError

log = logging.getLogger(__name__)
POLL_S = 0.25
LIMIT_S = 90.0  # of one try, whatever the library does
MOST_HANGING = 16
LAST_S = 2.5  # what is on its way at the end is waited for so long
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Files:
    """What the rules are read from: files of the record, and when those on disk were written."""

    sha256: str
    written_ns: tuple[int, int]  # with the secrets


class Messenger:
    """What is on its way when it ends, and not confirmed, is sent again at the next start."""

    def __init__(
        self, url: str, config: Path, network: Network, *, limit_s: float = LIMIT_S
    ) -> None:
        self._config, self._limit_s = config, limit_s
        self._desk = Desk(url, network, config.parent / network.report.keep_in)
        self._files = _Files(network.sha256, _written_ns(config))
        self._running: dict[str, asyncio.Task[None]] = {}  # channel → its try
        self._ended: dict[int, Outcome] = {}  # not yet in the record
        self._waiting = False
        self._signal_at = 0.0
        self._signal: asyncio.Task[None] | None = None
        self._alive = True
        self._hanging = 0
        self.begun = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, or until too many tries hang: a new process begins without them."""
        try:
            await asyncio.to_thread(self._desk.begin, _now_ms())
            self.begun.set()
            while not stop.is_set() and self._hanging < MOST_HANGING:
                await self._turn(fresh=True)
                self._vouch()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await stop.wait()
            if self._running:
                await asyncio.wait(self._running.values(), timeout=LAST_S)
            await self._turn(fresh=False)
        finally:
            self._desk.close()

    async def _turn(self, *, fresh: bool) -> None:
        """`fresh`: also begin what is due."""
        self._running = {key: task for key, task in self._running.items() if not task.done()}
        ended = dict(self._ended)
        busy = set(self._running) if fresh else set(self._desk.network.channels)
        try:
            jobs = await asyncio.to_thread(self._desk.turn, ended, busy, _now_ms())
            if fresh and not self._running and not jobs:
                await self._follow()
        except RecordError as error:
            if not self._waiting:
                log.error("messages wait for the record: %s", error)
            self._waiting = True
            return
        self._waiting = False
        for number in ended:
            del self._ended[number]
        for job in jobs:
            self._running[job.row.channel] = asyncio.create_task(self._send(job))

    async def _send(self, job: Job) -> None:
        try:
            async with asyncio.timeout(self._limit_s):
                outcome = await _apart(lambda: deliver(job.parcel))
        except TimeoutError:
            outcome = Outcome(sent=False, said=f"no end after {self._limit_s:g} s")
            self._hanging += 1
        if not outcome.sent:
            log.error("channel %s: %s (try %d)", job.row.channel, outcome.said, job.row.tries)
        self._ended[job.row.id] = outcome

    async def _follow(self) -> None:
        """Other channels and rules, once the record agrees with the files that hold them."""
        declared = await asyncio.to_thread(lambda: self._desk.declared)
        now = _Files(declared or self._files.sha256, _written_ns(self._config))
        if now == self._files:
            return
        found = await read_apart(self._config)
        self._files = now
        if found.network is None:  # who follows the files tells what is wrong with them
            log.warning("the changed files are not sound: messages go on by the old ones")
            return
        if declared and found.network.sha256 != declared:  # not taken up, or not yet
            return
        await asyncio.to_thread(self._desk.change, found.network, _now_ms())

    def _vouch(self) -> None:
        """The dead-man's signal: only while a monitor runs and sees, and what it sees is told."""
        about, now = self._desk.network.notify, time.monotonic()
        well = self._desk.seeing and not self._waiting
        if about.heartbeat_url is None or not well or now < self._signal_at:
            return
        if self._signal is None or self._signal.done():
            self._signal_at = now + about.heartbeat_interval_s
            self._signal = asyncio.create_task(self._call(about.heartbeat_url))

    async def _call(self, url: str) -> None:
        why = await _apart(lambda: heartbeat.call(url))
        if why is not None and self._alive:
            log.warning("the dead-man's signal is not heard: %s", why)
        self._alive = why is None


async def _apart(work: Callable[[], T]) -> T:
    """In a thread that nobody waits for at the end: a library may hang for ever."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def finish(result: T) -> None:
        if not done.done():
            done.set_result(result)

    def run() -> None:
        result = work()
        with contextlib.suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(finish, result)

    threading.Thread(target=run, daemon=True).start()
    return await done


def _written_ns(config: Path) -> tuple[int, int]:
    return _changed_ns(config), _changed_ns(config.parent / FILE)


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

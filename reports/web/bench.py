"""Reports made for people, one at a time, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

log = logging.getLogger(__name__)
MOST_WAITING = 5
MOST_REMEMBERED = 20  # jobs that are over
LONGEST_S = 3600.0
END_S = 4.0
_MOST_LINES, _MOST_SAID = 40, 8000  # lines, characters


@dataclass(slots=True, kw_only=True)
class Job:
    """`words`: behind `canh report`. `said`: its last lines; where it failed they are logged."""

    id: int
    kind: Literal["make", "verify"]
    period: str
    words: tuple[str, ...]
    actor: str
    asked_ms: int
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    said: str = ""
    begun_ms: int | None = None
    ended_ms: int | None = None
    found: Mapping[str, Any] = field(default_factory=dict)  # what a verification told

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed")


class Bench:
    """One for the site. `command`: that of `canh report`, up to its options."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], stop: asyncio.Event
    ) -> None:
        self._command, self._environment, self._stop = tuple(command), dict(environment), stop
        self._numbers = itertools.count(1)
        self._queue: deque[Job] = deque()
        self._jobs: deque[Job] = deque(maxlen=MOST_REMEMBERED + MOST_WAITING + 1)
        self._task: asyncio.Task[None] | None = None
        self.verified: Job | None = None  # the last that was

    @property
    def jobs(self) -> list[Job]:
        """The latest first."""
        return [*reversed(self._jobs)]

    def ask(
        self, kind: Literal["make", "verify"], period: str, words: Sequence[str], actor: str
    ) -> Job | None:
        """None: too many wait. The same that waits already is not made twice."""
        for one in self._jobs:
            if not one.over and one.words == tuple(words):
                return one
        if len(self._queue) >= MOST_WAITING:
            return None
        about = {"kind": kind, "period": period, "words": tuple(words), "actor": actor}
        job = Job(id=next(self._numbers), asked_ms=_now_ms(), **about)  # type: ignore[arg-type]
        self._queue.append(job)
        self._jobs.append(job)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return job

    async def _work(self) -> None:
        while self._queue and not self._stop.is_set():
            job = self._queue.popleft()
            job.state, job.begun_ms = "running", _now_ms()
            try:
                await self._run(job)
            except Exception as error:
                log.exception("report")
                job.state, job.said = "failed", str(error)
            if job.state == "failed":
                log.warning("report %s: %s", " ".join(job.words), job.said.strip())
            job.ended_ms = _now_ms()

    async def _run(self, job: Job) -> None:
        child = await asyncio.create_subprocess_exec(
            *self._command,
            *job.words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
        )
        assert child.stdout is not None
        assert child.stderr is not None
        over = asyncio.gather(child.stdout.read(), _hear(child.stderr, job), child.wait())
        halted = asyncio.create_task(self._stop.wait())
        either: list[asyncio.Future[Any]] = [over, halted]
        try:
            await asyncio.wait(either, timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            halted.cancel()
            if child.returncode is None:
                await _end(child)
        out = (await over)[0]
        if job.kind == "verify":
            job.state = "done" if _take_up(job, out) else "failed"
            if job.state == "done":
                self.verified = job
        else:
            job.state = "done" if child.returncode == 0 else "failed"


async def _hear(said: asyncio.StreamReader, job: Job) -> None:
    while chunk := await said.read(4096):
        lines = (job.said + chunk.decode(errors="replace")).splitlines(keepends=True)
        job.said = "".join(lines[-_MOST_LINES:])[-_MOST_SAID:]


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(END_S):
            await child.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _take_up(job: Job, out: bytes) -> bool:
    try:
        job.found = json.loads(out)
    except ValueError:
        return False
    return "periods" in job.found


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

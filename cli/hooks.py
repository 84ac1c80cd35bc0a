"""Runs the command of `canh run --on-outage`: one JSON document a root and its recovery."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from reports.api.documents import outage, when
from store.deliveries import TRIES, Call, Deliveries
from store.engine import RecordError

log = logging.getLogger(__name__)
POLL_S = 0.25
AT_ONCE = 4
LIMIT_S = 30.0
LEFT_S = 3.0  # for those that run when the monitor stops
PAUSES_S = (5.0, 30.0)  # before the second try, and the third
OUTPUT_BYTES, OUTPUT_LINES = 8192, 20


class Hooks:
    """Reads what is committed, in a thread; neither the watch nor the writer waits for it."""

    def __init__(
        self,
        url: str,
        command: Sequence[str],
        timezone: str,
        *,
        limit_s: float = LIMIT_S,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._url = url
        self._command = tuple(command)
        self._zone = ZoneInfo(timezone)
        self._limit_s = limit_s
        self._pauses_s = pauses_s
        self.begun = asyncio.Event()  # what happens from then on is told
        self._waiting = False
        self._ended: dict[int, bool] = {}  # not yet in the record
        self._running: dict[int, asyncio.Task[None]] = {}
        self._again: dict[int, float] = {}  # call → when it may be tried again

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what runs then has some seconds left, what waits is told at the next
        start, and so is what had to be ended."""
        deliveries = Deliveries(self._url)
        try:
            await asyncio.to_thread(deliveries.begin, _now_ms())
            self.begun.set()
            while not stop.is_set():
                await self._turn(deliveries, AT_ONCE)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await stop.wait()
            if self._running:
                await asyncio.wait(self._running.values(), timeout=LEFT_S)
            self._end()
            await self._turn(deliveries, 0)
        finally:
            deliveries.close()

    def _end(self) -> None:
        for number, task in self._running.items():
            if not task.done():
                log.error("call %d is ended with the monitor, and made again at its start", number)
                task.cancel()

    async def _turn(self, deliveries: Deliveries, at_once: int) -> None:
        now = time.monotonic()
        self._again = {number: at for number, at in self._again.items() if at > now}
        self._running = {n: task for n, task in self._running.items() if not task.done()}
        ended = dict(self._ended)
        busy = {*self._running, *self._again}
        room = at_once - len(self._running)
        try:
            calls = await asyncio.to_thread(deliveries.turn, ended, busy, room, _now_ms())
        except RecordError as error:
            if not self._waiting:
                log.error("calls wait for the record: %s", error)
            self._waiting = True
            return
        self._waiting = False
        for number in ended:
            del self._ended[number]
        for call in calls:
            self._running[call.id] = asyncio.create_task(self._make(call))

    async def _make(self, call: Call) -> None:
        document = json.dumps(self._document(call), ensure_ascii=False) + "\n"
        code, said = await _execute(self._command, document.encode(), self._limit_s)
        what = f"{call.event} {call.outage.id}"
        for line in _printable(said):
            log.warning("%s: %s", what, line)
        if code != 0:
            how = f"was ended after {self._limit_s:g} s" if code is None else f"ended with {code}"
            log.error("%s: %s %s (try %d of %d)", what, self._command[0], how, call.tries, TRIES)
            pause_s = self._pauses_s[min(call.tries, len(self._pauses_s)) - 1]
            self._again[call.id] = time.monotonic() + pause_s
        self._ended[call.id] = code == 0

    def _document(self, call: Call) -> Mapping[str, Any]:
        row = call.outage
        return {
            "event": call.event,
            "at": when(call.at_ms, self._zone),
            "outage": outage(row, self._zone),
            "thing": {
                "id": row.key,
                "kind": row.kind,
                "name": row.name,
                "site": call.site,
                "unit": call.unit,
            },
            "members": row.members,
        }


async def _execute(
    command: Sequence[str], document: bytes, limit_s: float
) -> tuple[int | None, bytes]:
    """(exit code, the beginning of its output); None: it was killed when its time was over."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return 127, str(error).encode()
    said = bytearray()
    assert process.stdin is not None
    assert process.stdout is not None
    reading = asyncio.create_task(_read(process.stdout, said))
    writing = asyncio.create_task(_write(process.stdin, document))
    code: int | None = None
    try:
        async with asyncio.timeout(limit_s):
            code = await process.wait()
    except TimeoutError:
        pass
    finally:
        if code is None:
            _kill(process.pid)
    await process.wait()
    await asyncio.wait([reading], timeout=0.5)  # a grandchild may keep the pipe open
    for task in (reading, writing):
        task.cancel()
    await asyncio.gather(reading, writing, return_exceptions=True)
    process._transport.close()  # type: ignore[attr-defined]  # else that pipe stays open
    return code, bytes(said)


async def _write(pipe: asyncio.StreamWriter, document: bytes) -> None:
    """A command need not read what it is told."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(document)
        await pipe.drain()
        pipe.close()


async def _read(pipe: asyncio.StreamReader, said: bytearray) -> None:
    """To the end, or the command would block; only the beginning is kept."""
    while part := await pipe.read(65536):
        said += part[: OUTPUT_BYTES - len(said)]


def _kill(session: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def _printable(said: bytes) -> list[str]:
    """Lines for the log: what a command says may hold anything."""
    lines = said.decode(errors="backslashreplace").splitlines()
    return ["".join(map(_escaped, line)) for line in lines if line.strip()][:OUTPUT_LINES]


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else ascii(letter)[1:-1]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

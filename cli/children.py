"""Commands of ours that run beside the monitor, each in a process that cannot hold it up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping

from cli import apart

END_S = 4.0  # after which a child that was asked to end is killed
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0  # between its end and its next start
STEADY_S = 60.0  # having run this long, it starts again at once


class Child:
    """`canh WORDS…`, started again whenever it ends. What it says goes where ours goes.

    Its standard input is a pipe that closes when we are gone, however we went: a child that must
    not outlive the monitor ends then.
    """

    def __init__(
        self,
        *words: str,
        tell: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._words, self._tell = words, tell
        self._environment = apart.environment() | dict(environment or {})

    async def run(self, stop: asyncio.Event) -> None:
        wait_s = FIRST_WAIT_S
        while not stop.is_set():
            began = time.monotonic()
            ended = await self._once(stop)
            if stop.is_set():
                return
            if time.monotonic() - began >= STEADY_S:
                wait_s = FIRST_WAIT_S
            self._tell(f"`canh {self._words[0]}` {ended}; it starts again in {wait_s:.0f} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await stop.wait()
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _once(self, stop: asyncio.Event) -> str:
        """How it ended."""
        try:
            child = await asyncio.create_subprocess_exec(
                *apart.command("cli.main", *self._words),
                stdin=asyncio.subprocess.PIPE,
                stdout=DEVNULL,
                env=self._environment,
                start_new_session=True,  # Ctrl+C is ours to pass on
            )
        except OSError as error:
            return f"could not start: {error}"
        over = asyncio.create_task(child.wait())
        halted = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({over, halted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            halted.cancel()
            await _end(child, over)
        return f"ended with {child.returncode}"


def end_with_parent() -> None:
    """What a child calls: once its parent is gone it is asked to end as the parent would ask."""

    def wait() -> None:
        while os.read(0, 1):  # not sys.stdin: its lock would be missed when we end by ourselves
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


async def _end(child: Process, over: asyncio.Task[int]) -> None:
    if over.done():
        return
    child.terminate()
    try:
        async with asyncio.timeout(END_S):
            await asyncio.shield(over)
    except TimeoutError:
        child.kill()
        await over

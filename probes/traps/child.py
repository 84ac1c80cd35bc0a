"""Keeps the receiver of traps running as a child process, and takes its words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import probes
from probes.traps import frames
from probes.traps.frames import BadFrame, Heard
from probes.traps.identity import Identity
from probes.traps.receiver import bound

log = logging.getLogger(__name__)
MODULE = "probes.traps.receiver"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
HELD_S = 60.0  # one that ran so long was well: the next pause is the first again
END_S = 2.0
UNREAD = 4_000  # words that wait for the monitor
_READ = 1 << 16
_HOME = Path(probes.__file__).resolve().parent.parent
RESTARTS, UNREAD_NAME = "restarts", "unread"


class Child:
    """`know` says whom to believe; `take` gives what was heard, `counts` what became of the rest.

    OSError where the port cannot be had. The socket is ours, so that a child that dies loses no
    more than the datagram that killed it.
    """

    def __init__(self, host: str, port: int, identity: Identity) -> None:
        self._identity = identity
        self._socket = bound(host, port)
        self.port = int(self._socket.getsockname()[1])
        self._plan: dict[str, Any] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._heard: list[Heard] = []
        self._counts: Counter[str] = Counter()
        self._boots = 0
        self._troubles: list[str] = []
        self._failed = ""
        self._renewed = self._closing = False

    def know(self, plan: Mapping[str, Any]) -> None:
        """From now on: `sources` (addresses), `communities`, `users` (fields of `v3.User`). Other
        users begin a new child."""
        new, old = dict(plan), self._plan
        self._plan = new
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        elif self._process is not None:
            if old is not None and old["users"] != new["users"]:
                self._renewed = True
                self._kill()
            else:
                self._say()

    @property
    def pid(self) -> int | None:
        """Of the child that runs; None between two."""
        return None if self._process is None else self._process.pid

    def take(self) -> list[Heard]:
        heard, self._heard = self._heard, []
        return heard

    def counts(self) -> dict[str, int]:
        """Since last asked."""
        counts, self._counts = dict(self._counts), Counter()
        return counts

    def troubles(self) -> list[str]:
        """Since last asked: why a child ended."""
        troubles, self._troubles = self._troubles, []
        return troubles

    async def close(self) -> None:
        """Its input ends, it tells its last counts; one that does not heed this is killed."""
        if self._task is not None:
            self._closing = True
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                await asyncio.wait({self._task}, timeout=END_S)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._socket.close()

    # ------------------------------------------------------------ the life of a child

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while True:
            began = loop.time()
            self._renewed = False
            why = await self._live()
            if self._closing:
                return
            if self._renewed:
                continue
            if loop.time() - began > HELD_S:
                pause_s = FIRST_PAUSE_S
            self._counts[RESTARTS] += 1
            self._troubles.append(why)
            log.warning("the receiver of traps ended (%s); another in %g s", why, pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _live(self) -> str:
        """One child from its start to its end; returns why it ended."""
        self._failed = ""
        try:
            process = await self._start()
        except OSError as error:
            return f"it could not be started: {error.strerror}"
        self._process = process
        try:
            self._boots = self._identity.boot()
            self._say()
            await self._read(process)
            code = await process.wait()
        except BadFrame as error:
            self._failed = f"it told nonsense: {error}"
            self._kill()
            code = await process.wait()
        finally:
            self._process = None
            await asyncio.shield(_ended(process))
        return self._failed or f"exit code {code}"

    async def _start(self) -> asyncio.subprocess.Process:
        """Secrets go through its input; its session is its own, so that the terminal's interrupt
        is for us alone."""
        fd = self._socket.fileno()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CANH_")}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", MODULE, str(fd),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(fd,),
            start_new_session=True,
            env=environment | {"PYTHONPATH": str(_HOME)},
        )  # fmt: skip

    def _say(self) -> None:
        if self._process is not None and self._process.stdin is not None and self._plan:
            document = self._plan | {
                "boots": self._boots,
                "engine_id": self._identity.engine_id.hex(),
            }
            self._process.stdin.write(frames.encode(document))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        stream = frames.Frames(frames.FROM_CHILD)
        while data := await process.stdout.read(_READ):
            self._take(stream.feed(data))

    def _take(self, documents: Iterable[dict[str, Any]]) -> None:
        for document in documents:
            for kind, said in document.items():
                if kind == "heard":
                    self._keep(frames.heard(said))
                elif kind == "counts":
                    self._counts.update(frames.counts(said))
                elif kind == "failed":
                    self._failed = frames.text(said)
                else:
                    raise BadFrame("a document of another kind")

    def _keep(self, heard: Heard) -> None:
        if len(self._heard) < UNREAD:
            self._heard.append(heard)
        else:
            self._counts[UNREAD_NAME] += 1

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

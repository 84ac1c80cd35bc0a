"""The monitor makes the draft of each month: in a process of its own, once, on the first."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cli import apart
from inventory.model import Network
from reports.periods import month as ends_of
from store.actions import open_actions
from store.engine import RecordError
from store.reader import open_questions

log = logging.getLogger(__name__)
LOOK_S = 60.0
HOUR = 2  # local time on the first: what the last minutes were is on record by then
ACTOR = "canh run"
_TOLD = 2000  # characters of what the report said last


class Monthly:
    """Neither the watch nor the writer waits for it; a failure is an event."""

    def __init__(
        self, url: str, config: Path, network: Network, command: Sequence[str] | None = None
    ) -> None:
        self._url, self._config = url, config
        self._zone = ZoneInfo(network.timezone)
        self._folder = config.parent / network.report.keep_in
        self._command = tuple(command or apart.command("cli.main", "report"))
        self._tried: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what is being made then is made anew after the next start."""
        while not stop.is_set():
            try:
                await self.turn(stop, time.time_ns() // 1_000_000)
            except RecordError as error:
                log.warning("monthly report: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()

    async def turn(self, stop: asyncio.Event, now_ms: int) -> None:
        """Make the draft that is due, if one is."""
        month = due(now_ms, self._zone)
        if month is None or month in self._tried:
            return
        if await asyncio.to_thread(self._wanted, month):
            failed = await self._make(month, stop)
            if stop.is_set():
                return
            await asyncio.to_thread(self._remember, month, failed)
        self._tried.add(month)

    async def _make(self, month: str, stop: asyncio.Event) -> str | None:
        """Why it could not be made; None: it was."""
        words = ("--config", str(self._config), "--month", month, "-o", f"{self._folder}/")
        try:
            child = await asyncio.create_subprocess_exec(
                *behind(),
                *self._command,
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=apart.environment() | {"CANH_DATA": self._url},
            )
        except OSError as error:
            return str(error)
        said = asyncio.create_task(child.communicate())
        halted = asyncio.create_task(stop.wait())
        await asyncio.wait({said, halted}, return_when=asyncio.FIRST_COMPLETED)
        halted.cancel()
        if not said.done():
            child.terminate()
        _, told = await said
        if child.returncode == 0:
            return None
        words_of = told.decode(errors="replace").strip()
        return words_of[-_TOLD:] or f"exit {child.returncode}"

    def _wanted(self, month: str) -> bool:
        reader = open_questions(self._url)
        try:
            return reader.monthly_wanted(month, ends_of(month, self._zone)[1])
        finally:
            reader.close()

    def _remember(self, month: str, failed: str | None) -> None:
        actions = open_actions(self._url)
        try:
            actions.monthly(month, failed, actor=ACTOR)
        finally:
            actions.close()


def behind() -> list[str]:
    """The watch comes first."""
    nice = shutil.which("nice")
    return [nice, "-n", "10"] if nice else []


def due(now_ms: int, zone: ZoneInfo) -> str | None:
    """The month whose draft is made by now; None in the first two hours of a month."""
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    if now.day == 1 and now.hour < HOUR:
        return None
    return f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"

"""Checks services in their turns, a few at once, and hands over what came back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping

from inventory.model import Service
from probes.names import Names
from probes.schedule import Schedule
from probes.services.asker import Asker
from probes.services.check import Check, check_of
from probes.services.results import Checked, Fault

log = logging.getLogger(__name__)
AT_ONCE = 8  # more measure the queue in our own loop, not the services
MOST_OF_ONE_SORT = 6  # who did not answer when last asked; who did, while others wait
USUAL_MS = 60_000


class Desk:
    """Services are known by their thing ids; times are UTC milliseconds.

    Who answered when last asked goes before who did not: those who let time run out hold up one
    another, not the others. Neither has all the places while the other waits.
    """

    def __init__(self, names: Names, now_ms: int) -> None:
        self._asker = Asker(names)
        self._checks: dict[int, Check] = {}
        self._schedule = Schedule([], USUAL_MS, now_ms)
        self._waiting: dict[int, None] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._answered: set[int] = set()
        self._done: list[Checked] = []

    def take_up(self, services: Mapping[int, Service], now_ms: int) -> None:
        """From now on these; what is running goes on, and counts where it is still wanted."""
        fresh = services.keys() - self._checks.keys()
        self._checks = {thing_id: check_of(thing_id, one) for thing_id, one in services.items()}
        keys = [(thing_id, one.id) for thing_id, one in services.items()]
        own = {thing_id: int(one.interval_s * 1000) for thing_id, one in services.items()}
        old, origin_ms = self._schedule, self._schedule.origin_ms
        self._schedule = Schedule(keys, USUAL_MS, now_ms, own=own, origin_ms=origin_ms)
        self._schedule.take_over(old, {thing_id: thing_id for thing_id in self._checks})
        self._schedule.anew(now_ms, USUAL_MS, fresh)
        self._waiting = {t: None for t in self._waiting if t in self._checks}
        self._answered &= self._checks.keys()

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._schedule.shift(by_ms)

    def anew(self, now_ms: int) -> None:
        """All are asked once within a minute, those too that are asked seldom."""
        self._schedule.anew(now_ms, USUAL_MS)

    def ask(self, asks: Iterable[tuple[int, int]]) -> None:
        """(service, when), beside their turns."""
        self._schedule.ask((t, at) for t, at in asks if t in self._checks)

    def tick(self, now_ms: int) -> None:
        """Begin what is due, as far as there is room."""
        for due in self._schedule.due(now_ms, len(self._checks) + 1):
            if due in self._checks and due not in self._running:
                self._waiting[due] = None
        while len(self._running) < AT_ONCE and (t := self._next()) is not None:
            del self._waiting[t]
            self._running[t] = asyncio.create_task(self._run(self._checks[t]))

    def take(self) -> list[Checked]:
        """Finished checks, each once."""
        done, self._done = self._done, []
        return [checked for checked in done if checked.thing_id in self._checks]

    def close(self) -> None:
        for task in self._running.values():
            task.cancel()

    def _next(self) -> int | None:
        lively = next((t for t in self._waiting if t in self._answered), None)
        dumb = next((t for t in self._waiting if t not in self._answered), None)
        answering = len(self._running.keys() & self._answered)
        if lively is not None and (dumb is None or answering < MOST_OF_ONE_SORT):
            return lively
        return dumb if len(self._running) - answering < MOST_OF_ONE_SORT else None

    async def _run(self, check: Check) -> None:
        asked_ns = time.monotonic_ns()
        try:
            checked = await self._asker.ask(check)
        except Exception:  # a fault of ours must not take the monitor with it, nor the service
            log.exception("the check of %s failed", check.url)
            now = time.monotonic_ns()
            checked = Checked(thing_id=check.thing_id, asked_ns=asked_ns, ended_ns=now,
                              fault=Fault.UNSENT, detail="the check itself failed")  # fmt: skip
        finally:
            self._running.pop(check.thing_id, None)
        if checked.rtt_us is None:
            self._answered.discard(check.thing_id)
        else:
            self._answered.add(check.thing_id)
        self._done.append(checked)

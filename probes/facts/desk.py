"""When devices are read for what they are: soon after they first answer, daily, and on change.

By SNMP where they answer it, and on their command line where a login is declared.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from probes.facts import collector
from probes.facts.collector import Facts
from probes.facts.merging import facts_said
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.shell.platforms import BY_OS
from probes.shell.thread import beside
from probes.shell.values import Ask, Heard, ShellAim, ShellStatus
from probes.snmp import SnmpClient
from store.changes import FactsSaid, Happened

log = logging.getLogger(__name__)
DAILY_MS = 86_400_000
SOON_MS = 60_000  # after a change: what caused it shall be over
AGAIN_MS = 3_600_000  # after a reading in which a table did not come through
GAP_MS = 1_000  # between two that begin: a province is read within the hour, a country in six
AT_ONCE = 4


class Door(Protocol):
    def way(self, device_id: int) -> tuple[SnmpClient, SnmpTarget] | None:
        """How it answered last; None where it does not, or is not asked."""
        ...


@dataclass(slots=True)
class _Device:
    due_ms: int
    shell: ShellAim | None = None  # its platform may be "": that of its system then
    told: tuple[str, str] | None = None  # how the last login ended
    heard: bool = False  # it has answered a poll
    identity: str | None = None  # its sysObjectID
    entities_changed: int | None = None


class Desk:
    """By thing ids of devices. `tick` begins what is due, `take` gives what came of it."""

    def __init__(self, door: Door, now_ms: int, ask: Ask | None = None) -> None:
        self._door, self._ask = door, ask
        self._devices: dict[int, _Device] = {}
        self._due: list[tuple[int, int]] = []
        self._next_ms = now_ms
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by device
        self._said: list[FactsSaid] = []
        self._events: list[Happened] = []

    def keep(self, device_ids: Iterable[int], shells: Mapping[int, ShellAim], now_ms: int) -> None:
        """These are asked now, some on their command line; the others are forgotten."""
        wanted = set(device_ids)
        self._devices = {i: device for i, device in self._devices.items() if i in wanted}
        for device in self._devices.values():
            device.shell = None
        for device_id, aim in shells.items():  # who answers polls, too, is read at once with them
            self._known(device_id, now_ms + SOON_MS).shell = aim

    def heard(self, poll: SnmpPoll, now_ms: int, *, restarted: bool) -> None:
        """A device answered a poll: what is new or has changed is read anew."""
        if poll.status is not SnmpStatus.OK:
            return
        device = self._known(poll.node, now_ms)
        if not device.heard:
            device.heard = True
            self.again(poll.node, now_ms)
        changed = restarted
        if poll.sys_object_id is not None:
            changed |= device.identity not in (None, poll.sys_object_id)
            device.identity = poll.sys_object_id
        if poll.entities_changed is not None:
            changed |= device.entities_changed not in (None, poll.entities_changed)
            device.entities_changed = poll.entities_changed
        if changed:
            self.again(poll.node, now_ms + SOON_MS)

    def _known(self, device_id: int, now_ms: int) -> _Device:
        device = self._devices.get(device_id)
        if device is None:
            device = self._devices[device_id] = _Device(now_ms)
            heapq.heappush(self._due, (now_ms, device_id))
        return device

    def again(self, device_id: int, at_ms: int) -> None:
        """Read it then, if that is sooner than its turn."""
        device = self._devices.get(device_id)
        if device is not None and at_ms < device.due_ms:
            device.due_ms = at_ms
            heapq.heappush(self._due, (at_ms, device_id))

    def tick(self, now_ms: int) -> None:
        while self._due and self._due[0][0] <= now_ms and self._next_ms <= now_ms:
            if len(self._tasks) >= AT_ONCE:
                return
            at_ms, device_id = heapq.heappop(self._due)
            device = self._devices.get(device_id)
            if device is None or device.due_ms != at_ms:
                continue
            device.due_ms = now_ms + DAILY_MS
            heapq.heappush(self._due, (device.due_ms, device_id))
            if device_id in self._tasks:
                self.again(device_id, now_ms + SOON_MS)
                continue
            way = self._door.way(device_id)
            if way is None and (device.shell is None or self._ask is None):
                continue
            self._next_ms = now_ms + GAP_MS
            task = asyncio.create_task(self._read(device_id, device, way, now_ms))
            self._tasks[device_id] = task
            task.add_done_callback(partial(self._ended, device_id))

    def take(self) -> tuple[list[FactsSaid], list[Happened]]:
        said, events = self._said, self._events
        self._said, self._events = [], []
        return said, events

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._due = [(at + by_ms, device_id) for at, device_id in self._due]
        self._next_ms += by_ms
        for device in self._devices.values():
            device.due_ms += by_ms

    def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    def _ended(self, device_id: int, task: asyncio.Task[None]) -> None:
        self._tasks.pop(device_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("thing %d could not be read: %r", device_id, error)

    async def _read(
        self,
        device_id: int,
        device: _Device,
        way: tuple[SnmpClient, SnmpTarget] | None,
        now_ms: int,
    ) -> None:
        facts = None if way is None else await collector.read(*way, sensors=False)
        if facts is not None and facts.poll.status is not SnmpStatus.OK:
            facts = None
        heard = await self._heard(device_id, device, facts)
        if facts is not None or (heard is not None and heard.facts is not None):
            self._said.append(facts_said(device_id, facts, heard.facts if heard else None))
        failed = (way is not None and facts is None) or bool(facts and facts.missing)
        if failed or (heard is not None and heard.status is not ShellStatus.OK):
            self.again(device_id, now_ms + AGAIN_MS)

    async def _heard(self, device_id: int, device: _Device, facts: Facts | None) -> Heard | None:
        """On its command line; how a login ends is told when it ends otherwise than the last."""
        aim, ask = device.shell, self._ask
        system = facts.identity.os if facts else None
        platform = aim and (aim.platform or BY_OS.get(system or ""))
        if aim is None or ask is None or not platform:
            return None
        meant = replace(aim, platform=platform)
        heard = await beside(lambda: ask(meant))
        told = (heard.status.value, heard.detail)
        if told != (device.told or (ShellStatus.OK.value, "")):
            body = {"status": heard.status, "detail": heard.detail}
            self._events.append(Happened(kind="ssh", thing_id=device_id, body=body))
        device.told = told
        return heard

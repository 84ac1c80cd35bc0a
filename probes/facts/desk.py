"""When devices are read for what they are: soon after they first answer, daily, and on change."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from probes.facts import collector
from probes.facts.collector import Facts
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from store.changes import FactsSaid

log = logging.getLogger(__name__)
DAILY_MS = 86_400_000
SOON_MS = 60_000  # after a change: what caused it shall be over
AGAIN_MS = 3_600_000  # after a reading in which a table did not come through
GAP_MS = 500  # between two that begin: a country is read within three hours
AT_ONCE = 4


class Door(Protocol):
    def way(self, device_id: int) -> tuple[SnmpClient, SnmpTarget] | None:
        """How it answered last; None where it does not, or is not asked."""
        ...


@dataclass(slots=True)
class _Device:
    due_ms: int
    identity: str | None = None  # its sysObjectID
    entities_changed: int | None = None


class Desk:
    """By thing ids of devices. `tick` begins what is due, `take` gives what came of it."""

    def __init__(self, door: Door, now_ms: int) -> None:
        self._door = door
        self._devices: dict[int, _Device] = {}
        self._due: list[tuple[int, int]] = []
        self._next_ms = now_ms
        self._tasks: set[asyncio.Task[None]] = set()
        self._said: list[FactsSaid] = []

    def keep(self, device_ids: Iterable[int]) -> None:
        """These are asked now; the others are forgotten."""
        wanted = set(device_ids)
        self._devices = {i: device for i, device in self._devices.items() if i in wanted}

    def heard(self, poll: SnmpPoll, now_ms: int, *, restarted: bool) -> None:
        """A device answered a poll: what is new or has changed is read anew."""
        if poll.status is not SnmpStatus.OK:
            return
        device = self._devices.get(poll.node)
        if device is None:
            device = self._devices[poll.node] = _Device(now_ms)
            heapq.heappush(self._due, (now_ms, poll.node))
        changed = restarted
        if poll.sys_object_id is not None:
            changed |= device.identity not in (None, poll.sys_object_id)
            device.identity = poll.sys_object_id
        if poll.entities_changed is not None:
            changed |= device.entities_changed not in (None, poll.entities_changed)
            device.entities_changed = poll.entities_changed
        if changed:
            self.again(poll.node, now_ms + SOON_MS)

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
            way = self._door.way(device_id)
            if way is None:
                continue
            self._next_ms = now_ms + GAP_MS
            task = asyncio.create_task(self._read(device_id, *way, now_ms))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def take(self) -> list[FactsSaid]:
        said, self._said = self._said, []
        return said

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._due = [(at + by_ms, device_id) for at, device_id in self._due]
        self._next_ms += by_ms
        for device in self._devices.values():
            device.due_ms += by_ms

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _read(self, device_id: int, client: SnmpClient, aim: SnmpTarget, now_ms: int) -> None:
        facts = await collector.read(client, aim, sensors=False)
        if facts.poll.status is SnmpStatus.OK:
            self._said.append(facts_said(device_id, facts))
        if facts.poll.status is not SnmpStatus.OK or facts.missing:
            self.again(device_id, now_ms + AGAIN_MS)


def facts_said(device_id: int, facts: Facts) -> FactsSaid:
    """For the record; a table that did not come through says nothing."""
    told = facts.identity

    def whole(*tables: str) -> bool:
        return facts.missing.keys().isdisjoint((*tables, collector.REST))

    return FactsSaid(
        device_id=device_id,
        vendor=told.vendor,
        os=told.os,
        model=told.model,
        version=told.version,
        serial=told.serial,
        modules=facts.modules if whole(collector.PARTS) else None,
        neighbours=facts.neighbours if whole(collector.LLDP, collector.CDP) else None,
        macs=facts.macs if whole(collector.BRIDGE) else None,
        arp=facts.arp if whole(collector.ADDRESSES) else None,
    )

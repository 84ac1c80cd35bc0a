"""One agent as a device that the poller of sensors asks, with time as a number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from probes.results import SnmpTarget
from probes.sensors.measure import Sensor
from probes.sensors.polling import Done, Measured, Poller
from probes.snmp import SnmpClient

T0, STEP_MS = 1_000_000_000, 1_000
DEVICE = 7


class AgentDoor:
    """Counts what it is asked."""

    def __init__(self, client: SnmpClient, target: SnmpTarget) -> None:
        self._client, self._target = client, target
        self.walks: list[tuple[int, bool]] = []
        self.gets: list[int] = []
        self.open = 0
        self.answered = asyncio.Event()
        self.shut = False

    def walk(self, device_id: int, columns: Sequence[bytes], done: Done, *, roots: bool) -> bool:
        if self.shut:
            return False
        self.walks.append((len(columns), roots))
        self._client.walk(self._target, columns, self._counted(done), together=roots)
        return True

    def get(self, device_id: int, oids: Sequence[bytes], done: Done) -> bool:
        if self.shut:
            return False
        self.gets.append(len(oids))
        self._client.get(self._target, oids, self._counted(done))
        return True

    def _counted(self, done: Done) -> Done:
        self.open += 1

        def counted(said: object) -> None:
            self.open -= 1
            self.answered.set()
            done(said)  # type: ignore[arg-type]

        return counted


class Played:
    """The poller of one device; the record gives ids from 100 on."""

    def __init__(self, door: AgentDoor, ports: Mapping[int, str]) -> None:
        self.door, self.ports, self.now = door, ports, T0
        self.poller = Poller(door, T0)
        self.found: list[tuple[Sensor, ...]] = []
        self.measured: list[Measured] = []

    def hear(
        self,
        *,
        identity: str | None = None,
        entities_changed: int | None = None,
        restarted: bool = False,
    ) -> None:
        self.poller.heard(
            DEVICE,
            self.now,
            ports=self.ports,
            identity=identity,
            entities_changed=entities_changed,
            restarted=restarted,
        )

    async def run(self, for_ms: int) -> None:
        """Let the time pass; what is asked is answered before it goes on."""
        end = self.now + for_ms
        while self.now < end:
            self.now += STEP_MS
            self.poller.tick(self.now)
            while self.door.open:
                await self.door.answered.wait()
                self.door.answered.clear()
            for found in self.poller.take_found():
                self.found.append(found.sensors)
                ids = tuple(range(100, 100 + len(found.sensors)))
                self.poller.keep(DEVICE, found.sensors, ids, self.now)
            self.measured += self.poller.take_measured()

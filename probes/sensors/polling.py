"""Finds what each device measures, once, and asks for exactly that from then on.

A device is looked through after its first answer about its interfaces: one walk of the roots of all
sources, then the columns of those that are there. It is looked through again when it says that it
changed, and daily. Light and the state of a UPS are asked at each SNMP interval, since a fault must
be seen in two or three readings; the rest, which changes in minutes, every five minutes.
"""

from __future__ import annotations

import heapq
import zlib
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from probes.results import Said, SnmpStatus
from probes.sensors import sources
from probes.sensors.gauges import Source
from probes.sensors.keeping import known
from probes.sensors.measure import OPTICAL, UPS, Sensor
from store.changes import SensorFact
from store.last_values import VALUE_MISSING
from wire.ber import Value

SLOW_MS = 300_000
AGAIN_MS = 86_400_000  # looked through daily
SOON_MS = 600_000  # and after a change, but not more often than this
SHUT_MS = 30_000  # where there was no way to ask
RESTORED_MS = 3_600_000  # after a start: who is on record already is looked through in this time
LOOKS_A_SECOND = 5  # so that a start with all devices is no burst
IN_FLIGHT = 50
MISSING_ROUNDS = 3  # rounds in which an instance is gone, until the device is looked through again

Done = Callable[[Said], None]


class Door(Protocol):
    """How to ask a device: False where nobody is there to be asked now."""

    def walk(self, device_id: int, columns: Sequence[bytes], done: Done, *, roots: bool) -> bool:
        """Whole columns; `roots`: most of them will be empty."""
        ...

    def get(self, device_id: int, oids: Sequence[bytes], done: Done) -> bool: ...


class Found(NamedTuple):
    """All that a device measures."""

    device_id: int
    sensors: tuple[Sensor, ...]


class Measured(NamedTuple):
    """One round of answers: which of the device's sensors were asked, and what they gave."""

    device_id: int
    asked_ns: int
    answered_ns: int
    sensors: tuple[Sensor, ...]
    ids: tuple[int, ...]
    values: tuple[float | None, ...]

    def pairs(self) -> Iterable[tuple[int, Sensor]]:
        return zip(self.ids, self.sensors, strict=True)

    def lanes(self) -> bytes:
        """As samples keep them."""
        pairs = zip(self.sensors, self.values, strict=True)
        kept = (sensor.scaled(value) for sensor, value in pairs)
        return array("q", [VALUE_MISSING if v is None else v for v in kept]).tobytes()


@dataclass(slots=True, eq=False)
class _Set:
    """Sensors that are asked together."""

    every_ms: int
    sensors: tuple[Sensor, ...] = ()
    ids: tuple[int, ...] = ()
    oids: tuple[bytes, ...] = ()
    missing: int = 0  # rounds in a row in which one was gone


@dataclass(slots=True, eq=False)
class _Device:
    ports: Mapping[int, str] = field(default_factory=dict)
    sets: list[_Set] = field(default_factory=list)
    sensors: tuple[Sensor, ...] = ()
    looked_ms: int | None = None
    look_ms: int | None = None  # when it will be looked through
    generation: int = 0  # what is due for an older one is due no more
    entities_changed: int | None = None
    identity: str | None = None


class Poller:
    """Everything by thing ids of devices. `take_found` and `take_measured` give what came.

    `keep` says which ids the record gave to what was found; until then it is not asked.
    """

    def __init__(self, door: Door, start_ms: int, interval_ms: int = 60_000) -> None:
        self._door = door
        self.interval_ms = interval_ms
        self.own_ms: Mapping[int, int] = {}  # the interval of devices that have another one
        self._devices: dict[int, _Device] = {}
        # when, device, generation, which set; that inverted: once, beside its turn
        self._due: list[tuple[int, int, int, int]] = []
        self._looks: list[tuple[int, int]] = []  # when, device
        self._next_look_ms = start_ms
        self._flying = 0
        self._found: deque[Found] = deque()
        self._measured: deque[Measured] = deque()

    # -- what is known -------------------------------------------------------------------------

    def restore(self, facts: Mapping[int, Sequence[tuple[int, SensorFact]]], now_ms: int) -> None:
        """What stood in the record; it is asked at once, and looked through within the hour."""
        for device_id, rows in facts.items():
            held = known(rows)
            if held is None:
                continue
            device = self._devices.setdefault(device_id, _Device())
            device.looked_ms = now_ms
            self._arrange(device_id, device, held[1], held[0], now_ms)
            self._look_at(device_id, now_ms + _place(device_id, RESTORED_MS))

    def keep(
        self, device_id: int, sensors: Sequence[Sensor], ids: tuple[int, ...], now_ms: int
    ) -> None:
        """The record has them under these ids."""
        device = self._devices.get(device_id)
        if device is not None and device.sensors == tuple(sensors):
            self._arrange(device_id, device, device.sensors, ids, now_ms)

    def heard(
        self,
        device_id: int,
        now_ms: int,
        *,
        ports: Mapping[int, str],
        identity: str | None,
        entities_changed: int | None,
        restarted: bool,
    ) -> None:
        """A device answered a poll: new, changed, restarted devices are looked through.

        `ports`: names by ifIndex; give the same object as long as they are the same. `identity`:
        its sysObjectID, None where it was not asked. `entities_changed`: entLastChangeTime.
        """
        device = self._devices.get(device_id)
        if device is None:
            device = self._devices[device_id] = _Device()
        changed = restarted or device.looked_ms is None
        if identity is not None:
            changed |= device.identity not in (None, identity)
            device.identity = identity
        if entities_changed is not None:
            changed |= device.entities_changed not in (None, entities_changed)
            device.entities_changed = entities_changed
        if ports is not device.ports:
            changed |= bool(device.ports) and ports != device.ports
            device.ports = ports
        if changed and ports:
            self._soon(device_id, device, now_ms)

    def again(self, device_id: int, now_ms: int) -> None:
        """What was found of it is lost."""
        device = self._devices.get(device_id)
        if device is not None:
            self._soon(device_id, device, now_ms)

    def forget(self, device_ids: Iterable[int]) -> None:
        """They are asked no more."""
        for device_id in device_ids:
            self._devices.pop(device_id, None)

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._due = [(at + by_ms, *rest) for at, *rest in self._due]  # type: ignore[misc]
        self._looks = [(at + by_ms, device_id) for at, device_id in self._looks]
        self._next_look_ms += by_ms
        for device in self._devices.values():
            if device.looked_ms is not None:
                device.looked_ms += by_ms
            if device.look_ms is not None:
                device.look_ms += by_ms

    # -- asking --------------------------------------------------------------------------------

    def tick(self, now_ms: int) -> None:
        """Ask what is due, as far as the window allows."""
        while self._due and self._due[0][0] <= now_ms and self._flying < IN_FLIGHT:
            at, device_id, generation, which = heapq.heappop(self._due)
            device = self._devices.get(device_id)
            if device is None or device.generation != generation:
                continue
            some = device.sets[which if which >= 0 else ~which]
            if which >= 0:
                later = at + (1 + (now_ms - at) // some.every_ms) * some.every_ms
                heapq.heappush(self._due, (later, device_id, generation, which))
            self._ask(device_id, device, some)
        while self._looks and self._looks[0][0] <= now_ms and now_ms >= self._next_look_ms:
            if self._flying >= IN_FLIGHT:
                break
            at, device_id = heapq.heappop(self._looks)
            device = self._devices.get(device_id)
            if device is None or device.look_ms != at:
                continue
            self._next_look_ms = max(self._next_look_ms, now_ms - 1000) + 1000 // LOOKS_A_SECOND
            self._look(device_id, device, now_ms)

    def hurry(self, device_id: int, now_ms: int) -> None:
        """Something is beyond its limit: the next readings of it shall not take minutes."""
        device = self._devices.get(device_id)
        often_ms = self._often_ms(device_id)
        for which, each in enumerate(device.sets if device else ()):
            if device is not None and each.every_ms > often_ms:
                at = now_ms + often_ms
                heapq.heappush(self._due, (at, device_id, device.generation, ~which))

    def _often_ms(self, device_id: int) -> int:
        return self.own_ms.get(device_id, self.interval_ms)

    def _ask(self, device_id: int, device: _Device, some: _Set) -> None:
        generation = device.generation

        def done(said: Said) -> None:
            self._flying -= 1
            if self._devices.get(device_id) is device and device.generation == generation:
                self._answered(device_id, device, some, said)

        self._flying += 1
        if not self._door.get(device_id, some.oids, done):
            self._flying -= 1

    def _answered(self, device_id: int, device: _Device, some: _Set, said: Said) -> None:
        if said.status is not SnmpStatus.OK or said.answered_ns is None:
            return
        values = tuple(sensor.read(said.values) for sensor in some.sensors)
        gone = any(sensor.oid not in said.values for sensor in some.sensors)
        some.missing = some.missing + 1 if gone else 0
        if some.missing == MISSING_ROUNDS and device.looked_ms is not None:
            self._look_at(device_id, device.looked_ms + SOON_MS)
        self._measured.append(
            Measured(device_id, said.asked_ns, said.answered_ns, some.sensors, some.ids, values)
        )

    # -- looking through -----------------------------------------------------------------------

    def _soon(self, device_id: int, device: _Device, now_ms: int) -> None:
        last = device.looked_ms
        self._look_at(device_id, now_ms if last is None else max(now_ms, last + SOON_MS))

    def _look_at(self, device_id: int, at_ms: int) -> None:
        """The earliest counts."""
        device = self._devices[device_id]
        if device.look_ms is None or at_ms < device.look_ms:
            device.look_ms = at_ms
            heapq.heappush(self._looks, (at_ms, device_id))

    def _look(self, device_id: int, device: _Device, now_ms: int) -> None:
        device.look_ms = None
        device.looked_ms = now_ms

        def rooted(said: Said) -> None:
            if said.status is SnmpStatus.OK:
                self._walk(device_id, device, sources.present(said.values), said.values)
            else:
                self._look_at(device_id, now_ms + SOON_MS)

        if not self._go(device_id, device, sources.ROOTS, rooted, roots=True):
            self._look_at(device_id, now_ms + SHUT_MS)

    def _walk(
        self, device_id: int, device: _Device, there: list[Source], roots: Mapping[bytes, Value]
    ) -> None:
        columns = tuple(dict.fromkeys(c for source in there for c in source.columns))
        missing = tuple(column for column in columns if column not in sources.ROOTS)
        looked_ms = device.looked_ms or 0

        def walked(said: Said) -> None:
            if said.status is SnmpStatus.OK:
                self._learn(device_id, device, there, {**roots, **said.values})
            else:
                self._look_at(device_id, looked_ms + SOON_MS)

        if not missing:
            self._learn(device_id, device, there, roots)
        elif not self._go(device_id, device, missing, walked, roots=False):
            self._look_at(device_id, looked_ms + SHUT_MS)

    def _go(
        self, device_id: int, device: _Device, columns: Sequence[bytes], then: Done, *, roots: bool
    ) -> bool:
        def done(said: Said) -> None:
            self._flying -= 1
            if self._devices.get(device_id) is device:
                then(said)

        self._flying += 1
        went = self._door.walk(device_id, columns, done, roots=roots)
        self._flying -= not went
        return went

    def _learn(
        self, device_id: int, device: _Device, there: list[Source], values: Mapping[bytes, Value]
    ) -> None:
        self._look_at(device_id, (device.looked_ms or 0) + AGAIN_MS)
        device.sensors = tuple(sources.read(there, values, device.ports))
        if device.sensors or device.sets:
            self._found.append(Found(device_id, device.sensors))

    def _arrange(
        self,
        device_id: int,
        device: _Device,
        sensors: Sequence[Sensor],
        ids: Sequence[int],
        now_ms: int,
    ) -> None:
        """Sort what is asked often from the rest, and give both their places in time."""
        device.generation += 1
        device.sensors = tuple(sensors)
        device.sets = []
        often_ms = self._often_ms(device_id)
        quick = [sensor.kind in OPTICAL or sensor.kind in UPS for sensor in sensors]
        for often, every_ms in ((True, often_ms), (False, max(SLOW_MS, often_ms))):
            mine = [i for i, is_quick in enumerate(quick) if is_quick is often]
            if not mine:
                continue
            some = tuple(sensors[i] for i in mine)
            guards = (sensor.guard for sensor in some if sensor.guard is not None)
            oids = tuple(dict.fromkeys((*(sensor.oid for sensor in some), *guards)))
            device.sets.append(_Set(every_ms, some, tuple(ids[i] for i in mine), oids))
            first = now_ms + _place(device_id, often_ms)
            which = len(device.sets) - 1
            heapq.heappush(self._due, (first, device_id, device.generation, which))

    # -- what came -----------------------------------------------------------------------------

    def take_found(self) -> list[Found]:
        found = list(self._found)
        self._found.clear()
        return found

    def take_measured(self) -> list[Measured]:
        measured = list(self._measured)
        self._measured.clear()
        return measured


def _place(device_id: int, within_ms: int) -> int:
    """The same after every start, and even over all devices."""
    return zlib.crc32(device_id.to_bytes(8, "big")) % within_ms

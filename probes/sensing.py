"""What devices measure, from the poller to samples, record and judge."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from probes.alarms import Alarms, Passed, Port
from probes.judge import Judge
from probes.results import SnmpPoll, SnmpStatus
from probes.sensors.keeping import fact_of
from probes.sensors.measure import OPTICAL, Sensor
from probes.sensors.polling import Door, Measured, Poller
from store.changes import Committed, FactsSaid, Happened, Sensed, SensorFact, SensorsSaid
from store.last_values import VALUE_MISSING
from store.samples import Samples
from store.states import Mark

SETTLE_MS = 30_000  # what ailed at the start is believed until it was read again
TOLD_MS = 600_000  # the last values are told at least so often
NOTABLE_PART = 20  # a twentieth of the old value is news to people, and in kept numbers at least:
NOTABLE_LEAST: Mapping[str, int] = {"": 1, "%": 10}  # of the state of a UPS each change
NOTABLE_ELSE = 100  # 0.1 dBm, 1 °C, 0.1 V
_NOTHING: frozenset[str] = frozenset()
_UPS_EVENTS = {
    (Mark.ON_BATTERY, True): "ups_on_battery",
    (Mark.ON_BATTERY, False): "ups_on_mains",
    (Mark.LOW_BATTERY, True): "ups_battery_low",
    (Mark.LOW_BATTERY, False): "ups_battery_normal",
}


class Ports(Protocol):
    """What is known of a device's interfaces. The same object as long as it is the same."""

    def names(self, device_id: int) -> Mapping[int, str]: ...

    def ports(self, device_id: int) -> Mapping[int, Port]:
        """By ifIndex; `link` is a thing id."""
        ...


class Managed(Door, Ports, Protocol):
    """Who asks devices by SNMP."""


@dataclass(slots=True)
class News:
    """For the next batch."""

    facts: list[FactsSaid] = field(default_factory=list)
    sensors: list[SensorsSaid] = field(default_factory=list)
    sensed: list[Sensed] = field(default_factory=list)
    events: list[Happened] = field(default_factory=list)


@dataclass(slots=True)
class _Device:
    alarms: Alarms | None = None
    values: dict[int, int | None] = field(default_factory=dict)  # by sensor id, as they are kept
    told: dict[int, int | None] = field(default_factory=dict)
    told_ms: int = 0
    settled_ms: int = 0  # by then all of what ailed at the start was read again


@dataclass(slots=True)
class _Guest:
    facts: tuple[SensorFact, ...] = ()
    ids: tuple[int, ...] | None = None  # None: not on record yet
    said: bool = False
    at_ms: int | None = None  # of values that are not kept yet
    values: tuple[float | None, ...] = ()


class Sensing:
    """Everything by thing ids. `tick` asks, and gives what is new."""

    def __init__(
        self,
        managed: Managed,
        stamp: Callable[[int], int],
        samples: Samples,
        start_ms: int,
    ) -> None:
        self._managed = managed
        self._stamp = stamp
        self._samples = samples
        self._poller = Poller(managed, start_ms)
        self._devices: dict[int, _Device] = {}
        self._commits: deque[tuple[Future[Committed], dict[int, tuple[Sensor, ...]]]] = deque()
        self._fresh: dict[int, tuple[Sensor, ...]] = {}  # found, and not yet handed over
        self._guests: dict[int, _Guest] = {}
        self._ails: dict[int, dict[int, frozenset[str]]] = {}  # link → its ends → what they say
        self._warned: dict[int, dict[int, bool]] = {}

    def restore(self, facts: Mapping[int, Sequence[tuple[int, SensorFact]]], now_ms: int) -> None:
        """What stood in the record."""
        self._poller.restore(facts, now_ms)

    def heard(self, poll: SnmpPoll, now_ms: int, *, restarted: bool) -> None:
        """A device answered; after its interfaces were taken up."""
        if poll.status is not SnmpStatus.OK:
            return
        if poll.node not in self._devices:
            self._devices[poll.node] = _Device()
        self._poller.heard(
            poll.node,
            now_ms,
            ports=self._managed.names(poll.node),
            identity=poll.sys_object_id,
            entities_changed=poll.entities_changed,
            restarted=restarted,
        )

    def guest(
        self,
        device_id: int,
        at_ms: int,
        facts: tuple[SensorFact, ...],
        values: tuple[float | None, ...],
    ) -> None:
        """What somebody else measures of a device that is not asked itself."""
        guest = self._guests.setdefault(device_id, _Guest())
        if guest.facts != facts:
            guest.facts, guest.ids, guest.said = facts, None, False
        guest.at_ms, guest.values = at_ms, values

    def keep(self, device_ids: Iterable[int], interval_ms: int, own_ms: Mapping[int, int]) -> None:
        """These are watched, and no others any more. `own_ms`: of those not asked as usual."""
        left = set(device_ids)
        self._poller.interval_ms, self._poller.own_ms = interval_ms, own_ms
        gone = [device_id for device_id in self._devices if device_id not in left]
        self._guests = {device_id: g for device_id, g in self._guests.items() if device_id in left}
        self._poller.forget(gone)
        for device_id in gone:
            del self._devices[device_id]
            for ails in self._ails.values():
                ails.pop(device_id, None)
            for warned in self._warned.values():
                warned.pop(device_id, None)

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._poller.shift(by_ms)
        for device in self._devices.values():
            device.told_ms += by_ms
            device.settled_ms += by_ms

    def tick(self, now_ms: int, judge: Judge, nodes: Mapping[int, int]) -> News:
        """`nodes`: thing id → number in the judge's graph."""
        news = News()
        self._take_commits(now_ms)
        for found in self._poller.take_found():
            facts = tuple(fact_of(sensor) for sensor in found.sensors)
            news.sensors.append(SensorsSaid(device_id=found.device_id, sensors=facts))
            self._fresh[found.device_id] = found.sensors
        for measured in self._poller.take_measured():
            self._take(measured, now_ms, judge, nodes, news)
        for device_id, guest in self._guests.items():
            self._host(device_id, guest, news)
        self._poller.tick(now_ms)
        return news

    def handed_over(self, future: Future[Committed]) -> None:
        """The batch with what the last tick gave; what was found is asked once it is on record."""
        if self._fresh:
            self._commits.append((future, self._fresh))
            self._fresh = {}

    # -- what came -----------------------------------------------------------------------------

    def _take_commits(self, now_ms: int) -> None:
        while self._commits and self._commits[0][0].done():
            future, found = self._commits.popleft()
            if future.exception() is not None:  # it is told as lost
                self._look_again(found, now_ms)
                continue
            for device_id, ids in future.result().sensors.items():
                if device_id in self._guests:
                    self._guests[device_id].ids = ids
                    continue
                self._poller.keep(device_id, found[device_id], ids, now_ms)
                device = self._devices.get(device_id)
                if device is not None:
                    if device.alarms is not None:
                        device.alarms.keep(ids)
                    device.values = {i: device.values.get(i) for i in ids}

    def _look_again(self, device_ids: Iterable[int], now_ms: int) -> None:
        for device_id in device_ids:
            if device_id in self._guests:
                self._guests[device_id].said = False
            else:
                self._poller.again(device_id, now_ms)

    def _host(self, device_id: int, guest: _Guest, news: News) -> None:
        if not guest.said:
            news.sensors.append(SensorsSaid(device_id=device_id, sensors=guest.facts))
            self._fresh[device_id], guest.said = (), True
        if guest.ids is None or guest.at_ms is None or len(guest.ids) != len(guest.values):
            return
        pairs = zip(guest.facts, guest.values, strict=True)
        kept = tuple(None if v is None else round(v * fact.scale) for fact, v in pairs)
        lanes = array("q", [VALUE_MISSING if v is None else v for v in kept]).tobytes()
        self._samples.values(device_id, guest.at_ms, guest.ids, lanes)
        said = Sensed(device_id=device_id, at_ms=guest.at_ms, sensor_ids=guest.ids, values=kept)
        news.sensed.append(said)
        guest.at_ms = None

    def _take(
        self,
        measured: Measured,
        now_ms: int,
        judge: Judge,
        nodes: Mapping[int, int],
        news: News,
    ) -> None:
        device_id = measured.device_id
        device = self._devices.get(device_id)
        if device is None or device_id not in nodes:
            return
        at_ms, asked_ms = self._stamp(measured.answered_ns), self._stamp(measured.asked_ns)
        self._samples.values(device_id, at_ms, measured.ids, measured.lanes())
        kept = (s.scaled(v) for s, v in zip(measured.sensors, measured.values, strict=True))
        device.values |= dict(zip(measured.ids, kept, strict=True))
        least = {i: NOTABLE_LEAST.get(s.unit, NOTABLE_ELSE) for i, s in measured.pairs()}
        if now_ms - device.told_ms >= TOLD_MS or _notable(device, least):
            device.told, device.told_ms = dict(device.values), now_ms
            told = Sensed(
                device_id=device_id,
                at_ms=at_ms,
                sensor_ids=tuple(device.told),
                values=tuple(device.told.values()),
            )
            news.sensed.append(told)
        self._judge(measured, device, asked_ms, judge, nodes, news)
        if device.alarms is not None and device.alarms.pending:
            self._poller.hurry(device_id, now_ms)

    def _judge(
        self,
        measured: Measured,
        device: _Device,
        asked_ms: int,
        judge: Judge,
        nodes: Mapping[int, int],
        news: News,
    ) -> None:
        device_id = measured.device_id
        ports = self._managed.ports(device_id)
        links = _links(measured.sensors, ports, nodes)
        own = nodes[device_id]
        if device.alarms is None:
            known = [judge.nodes[nodes[each]] for each in (device_id, *links)]
            if any(node.ails or Mark.LIGHT_WARNING in node.marks for node in known):
                device.settled_ms = asked_ms + SETTLE_MS
            device.alarms = Alarms()
        device.alarms.restored = settling = asked_ms < device.settled_ms
        readings = zip(measured.ids, measured.sensors, measured.values, strict=True)
        passed = device.alarms.judge(readings, ports)
        health = device.alarms.health()
        if not settling:  # else the record has it already
            news.events += [_passed(one, device_id) for one in passed]
        old = judge.nodes[own].ails if settling else _NOTHING
        judge.ails(own, old | health.ails.get(None, _NOTHING), asked_ms)
        judge.mark(own, Mark.LIGHT_WARNING, on=None in health.warned)
        for link in links:
            ends = self._ails.setdefault(link, {})
            ends[device_id] = health.ails.get(link, _NOTHING)
            old = judge.nodes[nodes[link]].ails if settling else _NOTHING
            judge.ails(nodes[link], old.union(*ends.values()), asked_ms)
            warned = self._warned.setdefault(link, {})
            warned[device_id] = link in health.warned
            judge.mark(nodes[link], Mark.LIGHT_WARNING, on=any(warned.values()))
        for mark, on in (
            (Mark.ON_BATTERY, health.on_battery),
            (Mark.LOW_BATTERY, health.low_battery),
        ):
            if on is not None and (mark in judge.nodes[own].marks) != on:
                judge.mark(own, mark, on=on)
                news.events.append(Happened(kind=_UPS_EVENTS[mark, on], thing_id=device_id))


def _links(
    sensors: Iterable[Sensor], ports: Mapping[int, Port], nodes: Mapping[int, int]
) -> set[int]:
    """The links whose light is among these."""
    indexes = {s.if_index for s in sensors if s.kind in OPTICAL and s.if_index is not None}
    links = {ports[index].link for index in indexes if index in ports}
    return {link for link in links if link is not None and link in nodes}


def _notable(device: _Device, least: Mapping[int, int]) -> bool:
    """Would people see another value? `least`: of those that were asked now."""
    if device.told.keys() != device.values.keys():
        return True
    return any(_moved(device.told[i], device.values[i], floor) for i, floor in least.items())


def _moved(old: int | None, new: int | None, least: int) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) >= max(least, abs(old) // NOTABLE_PART)


def _passed(one: Passed, device_id: int) -> Happened:
    body = {
        "sensor": one.sensor.name,
        "kind": one.sensor.kind.value,
        "side": one.side,
        "limit": one.limit,
        "value": one.value,
        "unit": one.sensor.unit,
        "device_id": device_id,
    }
    thing_id = device_id if one.link is None else one.link
    return Happened(kind="limit_passed" if one.on else "limit_kept", thing_id=thing_id, body=body)

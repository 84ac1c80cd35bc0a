"""From answers about sensors to samples, record and judge; units behind a line terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from inventory.model import Device
from probes.alarms import Port
from probes.results import Said, SnmpPoll, SnmpStatus
from probes.sensing import News, Sensing
from probes.sensors.polling import Done
from probes.units import Units
from store.changes import Committed, DeviceSaid
from store.samples import Samples
from store.states import Mark, State
from tests.probes.play import T0, Play, province
from wire import ber
from wire.ber import Value

DOM = "1.3.6.1.4.1.2636.3.60.1.1.1.1"
UPS = "1.3.6.1.2.1.33.1"
RX = f"{DOM}.5.7"
LIMITS = {f"{DOM}.10.7": -2000, f"{DOM}.12.7": -1800, f"{DOM}.11.7": -100, f"{DOM}.9.7": 100}
HW = "1.3.6.1.4.1.2011.6.128.1.1.2"
STEP = 10_000


class Agents:
    """Devices by thing id that answer at once; what they have is data."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[bytes, Value]] = {}
        self.called: dict[int, Mapping[int, str]] = {}
        self.seen: dict[int, Mapping[int, Port]] = {}
        self.silent: set[int] = set()
        self.now_ms = 0

    def say(self, device_id: int, rows: Mapping[str, int | str]) -> None:
        told = {ber.oid(o): v.encode() if isinstance(v, str) else v for o, v in rows.items()}
        self.rows.setdefault(device_id, {}).update(told)

    def walk(self, device_id: int, columns: Sequence[bytes], done: Done, *, roots: bool) -> bool:
        return self._answer(
            device_id, lambda oid: any(oid.startswith(column) for column in columns), done
        )

    def get(self, device_id: int, oids: Sequence[bytes], done: Done) -> bool:
        return self._answer(device_id, lambda oid: oid in oids, done)

    def names(self, device_id: int) -> Mapping[int, str]:
        return self.called.get(device_id, {})

    def ports(self, device_id: int) -> Mapping[int, Port]:
        return self.seen.get(device_id, {})

    def _answer(self, device_id: int, wanted: Any, done: Done) -> bool:
        if device_id not in self.rows:
            return False
        at = self.now_ms * 1_000_000
        if device_id in self.silent:
            done(Said(node=0, asked_ns=at, answered_ns=None, status=SnmpStatus.NO_ANSWER))
            return True
        values = {oid: value for oid, value in self.rows[device_id].items() if wanted(oid)}
        done(Said(node=0, asked_ns=at, answered_ns=at, status=SnmpStatus.OK, values=values))
        return True


class World:
    """A province whose judge hears of sensors; the record gives ids at once."""

    def __init__(self, *more: Device) -> None:
        plain = province()
        devices = {**plain.devices, **{device.id: device for device in more}}
        self.play = Play(replace(plain, devices=devices))
        self.agents = Agents()
        self.samples = Samples()
        self.sensing = Sensing(self.agents, self._stamp, self.samples, T0)
        self.news: list[News] = []
        self.said: list[DeviceSaid] = []
        self.ids = 100
        self.units: Units | None = None

    @staticmethod
    def _stamp(ns: int) -> int:
        return ns // 1_000_000

    def thing(self, key: str, kind: str = "device") -> int:
        return self.play.ids[kind, key]

    def number(self, key: str) -> int:
        return self.play.graph.keys.index(key)

    def with_units(self) -> None:
        ids = {key: i for (kind, key), i in self.play.ids.items() if kind == "device"}
        self.units = Units(self.play.network, ids, self.agents, self.sensing, self._stamp, T0)

    def hear(self, key: str) -> None:
        poll = SnmpPoll(self.thing(key), 0, 0, SnmpStatus.OK, uptime_s=1.0)
        self.sensing.heard(poll, self.agents.now_ms, restarted=False)

    def run(self, for_ms: int) -> None:
        nodes = {thing_id: n for n, thing_id in enumerate(self.play.graph.thing_ids)}
        for _ in range(for_ms // STEP):
            self.play.run(self.play.now + STEP)
            self.agents.now_ms = now = T0 + self.play.now
            if self.units is not None:
                self.said += self.units.tick(now, self.play.judge, nodes)
            news = self.sensing.tick(now, self.play.judge, nodes)
            self.news.append(news)
            future: Future[Committed] = Future()
            future.set_result(Committed(revision=1, sensors=dict(self._ids(news))))
            self.sensing.handed_over(future)

    def _ids(self, news: News) -> Any:
        for said in news.sensors:
            ids = tuple(range(self.ids, self.ids + len(said.sensors)))
            self.ids += len(ids)
            yield said.device_id, ids

    def events(self) -> list[tuple[str, int | None]]:
        return [(e.kind, e.thing_id) for news in self.news for e in news.events]

    def told(self, key: str, kind: str = "device") -> list[tuple[State, str]]:
        return [(v.state, v.reason) for _, v in self.play.told(key, kind)]


def lit(key: str = "d1-r") -> World:
    """A router whose interface 7, where a link ends, has a transceiver."""
    world = World()
    device = world.thing(key)
    world.agents.say(device, {RX: -1200, f"{DOM}.7.7": -300, **LIMITS})
    world.agents.called[device] = {7: "xe-0/0/7"}
    link = Port(admin_up=True, oper_up=True, link=world.thing("L-d1", "link"))
    world.agents.seen[device] = {7: link}
    world.run(120_000)
    world.hear(key)
    world.run(120_000)
    return world


def test_what_a_device_measures_reaches_record_and_samples() -> None:
    world = lit()
    device = world.thing("d1-r")
    [said] = [said for news in world.news for said in news.sensors]
    assert said.device_id == device
    assert {fact.kind for fact in said.sensors} == {"rx_power", "tx_power"}
    sensed = [one for news in world.news for one in news.sensed]
    assert dict(zip(sensed[0].sensor_ids, sensed[0].values, strict=True)) == {
        100: -12_000,
        101: -3_000,
    }
    assert len(sensed) == 1, "nothing moved"
    flush = world.samples.flush(T0 + world.play.now + 3_600_000, last=True)
    assert flush is not None


def test_light_that_sinks_degrades_the_link_and_marks_it_before() -> None:
    world = lit()
    link = world.thing("L-d1", "link")
    device = world.thing("d1-r")
    world.agents.say(device, {RX: -1900})
    world.run(240_000)
    assert world.play.state("L-d1", "link") == State.UP
    assert Mark.LIGHT_WARNING in world.play.marks("L-d1")
    world.agents.say(device, {RX: -2300})
    world.run(240_000)
    assert world.play.state("L-d1", "link") == State.DEGRADED
    assert world.told("L-d1", "link")[-1] == (State.DEGRADED, "light")
    world.agents.say(device, {RX: -1200})
    world.run(240_000)
    assert world.play.state("L-d1", "link") == State.UP
    assert Mark.LIGHT_WARNING not in world.play.marks("L-d1")
    kinds = [kind for kind, thing_id in world.events() if thing_id == link]
    assert kinds == ["limit_passed", "limit_passed", "limit_kept", "limit_kept"]


def test_a_ups_on_battery_is_a_mark_and_an_event() -> None:
    world = World()
    device = world.thing("d1-r")
    world.agents.say(device, {f"{UPS}.2.1.0": 2, f"{UPS}.4.1.0": 3, f"{UPS}.2.4.0": 100})
    world.agents.called[device] = {1: "eth0"}
    world.run(60_000)
    world.hear("d1-r")
    world.run(120_000)
    assert world.events() == []
    world.agents.say(device, {f"{UPS}.4.1.0": 5})
    world.run(60_000)
    assert Mark.ON_BATTERY in world.play.marks("d1-r")
    world.agents.say(device, {f"{UPS}.2.1.0": 3})
    world.run(60_000)
    world.agents.say(device, {f"{UPS}.2.1.0": 2, f"{UPS}.4.1.0": 3})
    world.run(60_000)
    kinds = ["ups_on_battery", "ups_battery_low", "ups_on_mains", "ups_battery_normal"]
    assert world.events() == [(kind, device) for kind in kinds]
    assert world.play.state("d1-r") == State.UP
    assert world.play.marks("d1-r") == set()


def test_heat_degrades_the_device_within_minutes() -> None:
    world = World()
    device = world.thing("d1-r")
    board, limit = "1.3.6.1.4.1.9.9.13.1.3.1.3.1", "1.3.6.1.4.1.9.9.13.1.3.1.4.1"
    world.agents.say(device, {board: 40, limit: 65})
    world.agents.called[device] = {1: "eth0"}
    world.run(60_000)
    world.hear("d1-r")
    world.run(600_000)
    world.agents.say(device, {board: 70})
    world.run(480_000)
    assert world.told("d1-r")[-1] == (State.DEGRADED, "temperature")


def onu() -> World:
    unit = Device(id="u", site="c21", role="onu", monitor="via", via="d2-r:gpon0/1/3:12")
    world = World(unit)
    olt = world.thing("d2-r")
    world.agents.called[olt] = {4194320384: "GPON 0/1/3"}
    cells = {"46.1.15": 1, "46.1.24": -1, "51.1.4": -2010, "51.1.6": 7600}
    world.agents.say(olt, {f"{HW}.{c}.4194320384.12": value for c, value in cells.items()})
    world.with_units()
    world.run(130_000)
    return world


def test_a_unit_is_judged_and_measured_by_what_its_olt_says() -> None:
    world = onu()
    olt, unit = world.thing("d2-r"), world.thing("u")
    assert world.told("u") == [(State.UP, "answers")]
    world.run(60_000)
    sensed = [one for news in world.news for one in news.sensed if one.device_id == unit]
    assert sensed[-1].values == (-20_100, -24_000)
    world.agents.say(olt, {f"{HW}.46.1.15.4194320384.12": 2, f"{HW}.46.1.24.4194320384.12": 13})
    world.run(70_000)
    assert world.told("u")[-1] == (State.DOWN, "dying_gasp")
    world.agents.say(olt, {f"{HW}.46.1.15.4194320384.12": 1})
    world.run(70_000)
    assert world.play.state("u") == State.UP


def test_a_unit_behind_a_fallen_olt_is_unreachable() -> None:
    world = onu()
    olt = world.thing("d2-r")
    cut = world.play.now
    world.play.cut = lambda link, at: link == "L-d2" and at > cut
    world.agents.silent.add(olt)
    world.run(90_000)
    assert world.told("u")[-1][0] == State.UNREACHABLE
    world.play.cut = lambda link, at: False
    world.agents.silent.clear()
    world.run(130_000)
    assert world.play.state("u") == State.UP


def test_an_olt_that_tells_nothing_leaves_its_units_unknown() -> None:
    world = onu()
    world.agents.silent.add(world.thing("d2-r"))
    world.run(190_000)
    assert world.play.state("d2-r") == State.UP
    assert world.play.state("u") == State.UNKNOWN


@pytest.mark.parametrize("rows", [{"1.3.6.1.2.1.1.7.0": 72}], ids=["another make"])
def test_an_olt_of_another_make_is_not_supported(rows: dict[str, int]) -> None:
    unit = Device(id="u", site="c21", role="onu", monitor="via", via="d2-r:gpon0/1/3:12")
    world = World(unit)
    olt = world.thing("d2-r")
    world.agents.called[olt] = {5: "GPON 0/1/3"}
    world.agents.say(olt, rows)
    world.with_units()
    world.run(190_000)
    assert world.told("u") == []
    assert Mark.NEVER_SEEN in world.play.marks("u")
    [word] = world.said
    assert word.thing_id == world.thing("u")
    assert "no table of ONUs" in word.detail


def test_what_ailed_when_the_last_monitor_stopped_is_told_once() -> None:
    before = lit()
    device, link = before.thing("d1-r"), before.thing("L-d1", "link")
    before.agents.say(device, {RX: -2300})
    before.run(240_000)
    [said] = [said for news in before.news for said in news.sensors]

    world = World()
    world.agents = before.agents
    world.sensing = Sensing(world.agents, world._stamp, world.samples, T0)
    n = world.number("L-d1")
    world.play.judge.restore(n, State.DEGRADED, T0 - 90_000, seen_to=T0 - 9_000)
    world.play.judge.nodes[n].ails = frozenset({"light"})
    world.sensing.restore({device: tuple(enumerate(said.sensors, 100))}, T0)
    world.run(10_000)
    world.hear("d1-r")
    world.run(300_000)
    assert world.play.state("L-d1", "link") == State.DEGRADED
    assert world.told("L-d1", "link") == []
    assert world.events() == []
    world.agents.say(device, {RX: -1200})
    world.run(300_000)
    assert world.play.state("L-d1", "link") == State.UP
    assert [kind for kind, about in world.events() if about == link] == ["limit_kept"] * 2

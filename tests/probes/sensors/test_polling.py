"""A device is looked through once, asked for exactly what it has, and looked through on change."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator

import pytest

from probes.results import SnmpTarget
from probes.sensors.keeping import fact_of
from probes.sensors.measure import Kind
from probes.sensors.polling import SLOW_MS, SOON_MS, Poller
from probes.snmp import SnmpClient
from store.last_values import VALUE_MISSING
from tests.probes.sensors.door import DEVICE, T0, AgentDoor, Played
from tests.snmp_agent import Agent, running_agent
from wire import ber

DOM = "1.3.6.1.4.1.2636.3.60.1.1.1.1"
RX, TX, TEMPERATURE, BOARD = (
    f"{DOM}.5.1",
    f"{DOM}.7.1",
    f"{DOM}.8.1",
    "1.3.6.1.4.1.2636.3.1.13.1.7.1",
)
PORTS = {1: "xe-0/0/0"}


class Device:
    """An agent whose numbers can be changed while it runs."""

    def __init__(self, rows: dict[str, int]) -> None:
        self.rows = {ber.arcs(ber.oid(oid)): value for oid, value in rows.items()}

    def say(self, oid: str, value: int | None) -> None:
        arcs = ber.arcs(ber.oid(oid))
        if value is None:
            del self.rows[arcs]
        else:
            self.rows[arcs] = value

    def after(self, name: tuple[int, ...]) -> ber.VarBind | None:
        beyond = [arcs for arcs in sorted(self.rows) if arcs > name]
        if not beyond:
            return None
        return ber.encode_arcs(beyond[0]), ber.INTEGER, self.rows[beyond[0]]


@pytest.fixture
def device() -> Device:
    return Device({RX: -230, TX: -188, TEMPERATURE: 42, BOARD: 41, "1.3.6.1.2.1.1.7.0": 72})


@pytest.fixture
async def client() -> AsyncIterator[SnmpClient]:
    made = SnmpClient()
    yield made
    made.close()


def played(client: SnmpClient, agent: Agent) -> Played:
    target = SnmpTarget(
        node=0,
        address="127.0.0.1",
        port=agent.port,
        version="2c",
        community="public",
        timeout_s=0.3,
        retries=0,
    )
    return Played(AgentDoor(client, target), PORTS)


async def test_what_it_has_is_found_once_and_then_asked_by_name(
    client: SnmpClient, device: Device
) -> None:
    with running_agent(device.after) as agent:
        play = played(client, agent)
        play.hear(identity="1.3.6.1.4.1.2636.1.1.1.2.82", entities_changed=10)
        await play.run(130_000)
        play.hear(entities_changed=10)
        await play.run(10_000)
    [found] = play.found
    told = {(s.kind, s.value, s.if_index) for s in found}
    assert told == {
        (Kind.RX_POWER, -2.3, 1),
        (Kind.TX_POWER, -1.88, 1),
        (Kind.TEMPERATURE, 42.0, 1),
        (Kind.TEMPERATURE, 41.0, None),
    }
    assert [roots for _, roots in play.door.walks] == [True, False]
    assert set(play.door.gets) == {2}, "light by itself, temperatures by themselves"


async def test_light_is_asked_at_each_interval_and_heat_every_five_minutes(
    client: SnmpClient, device: Device
) -> None:
    with running_agent(device.after) as agent:
        play = played(client, agent)
        play.hear()
        await play.run(SLOW_MS + 60_000)
        device.say(RX, -2500)
        device.say(TEMPERATURE, 0x7FFFFFFF)
        await play.run(SLOW_MS)
    light = [m for m in play.measured if m.sensors[0].kind is not Kind.TEMPERATURE]
    heat = [m for m in play.measured if m.sensors[0].kind is Kind.TEMPERATURE]
    assert len(light) in (10, 11)
    assert len(heat) in (2, 3)
    assert light[0].values == (-2.3, -1.88)
    assert light[-1].values == (-25.0, -1.88)
    assert array("q", light[-1].lanes()).tolist() == [-25_000, -1_880]
    assert array("q", heat[-1].lanes()).tolist()[0] == VALUE_MISSING
    assert {i for m in (*light, *heat) for i in m.ids} == {100, 101, 102, 103}


@pytest.mark.parametrize(
    "change",
    [
        {"entities_changed": 11},
        {"identity": "1.3.6.1.4.1.9.1.1"},
        {"restarted": True},
        {"ports": 2},
    ],
    ids=["entities", "another device", "restart", "interfaces"],
)
async def test_a_change_has_it_looked_through_again_but_not_at_once_twice(
    client: SnmpClient, device: Device, change: dict[str, object]
) -> None:
    with running_agent(device.after) as agent:
        play = played(client, agent)
        play.hear(identity="1.3.6.1.4.1.2636.1", entities_changed=10)
        await play.run(60_000)
        device.say(f"{DOM}.5.2", -300)
        if "ports" in change:
            play.ports = {1: "xe-0/0/0", 2: "xe-0/0/1"}
            play.hear()
        else:
            play.hear(**change)  # type: ignore[arg-type]
        await play.run(60_000)
        assert len(play.found) == 1, "it was looked through a moment ago"
        await play.run(SOON_MS)
    assert len(play.found) == 2
    assert len(play.found[1]) == 5


async def test_what_is_gone_has_it_looked_through_again(client: SnmpClient, device: Device) -> None:
    with running_agent(device.after) as agent:
        play = played(client, agent)
        play.hear()
        await play.run(SOON_MS)
        for oid in (RX, TX, TEMPERATURE):
            device.say(oid, None)
        await play.run(SOON_MS)
    assert [len(found) for found in play.found] == [4, 1]


async def test_a_device_that_is_silent_is_looked_through_when_it_is_back(
    client: SnmpClient, device: Device
) -> None:
    with running_agent(device.after) as agent:
        play = played(client, agent)
        play.door.shut = True
        play.hear()
        await play.run(10_000)
        play.door.shut = False
        await play.run(SOON_MS)
    assert len(play.found) == 1


async def test_a_device_without_sensors_costs_one_walk_a_day(client: SnmpClient) -> None:
    with running_agent(Device({"1.3.6.1.2.1.1.7.0": 72}).after) as agent:
        play = played(client, agent)
        play.hear(entities_changed=1)
        await play.run(SOON_MS)
        play.hear(entities_changed=1)
        await play.run(SOON_MS)
    assert play.door.walks == [(play.door.walks[0][0], True)]
    assert play.found == []
    assert play.door.gets == []


async def test_what_the_record_knows_is_asked_without_looking(
    client: SnmpClient, device: Device
) -> None:
    with running_agent(device.after) as agent:
        first = played(client, agent)
        first.hear()
        await first.run(20_000)
        facts = [(500 + n, fact_of(sensor)) for n, sensor in enumerate(first.found[0])]
        again = played(client, agent)
        again.poller.restore({DEVICE: facts}, T0)
        await again.run(60_000)
    assert {i for m in again.measured for i in m.ids} == {500, 501, 502, 503}
    light = next(m for m in again.measured if m.sensors[0].kind is not Kind.TEMPERATURE)
    assert light.values == (-2.3, -1.88)


async def test_what_is_forgotten_is_asked_no_more(client: SnmpClient, device: Device) -> None:
    with running_agent(device.after) as agent:
        play = played(client, agent)
        play.hear()
        await play.run(70_000)
        asked = len(play.door.gets)
        play.poller.forget([DEVICE])
        await play.run(70_000)
    assert len(play.door.gets) == asked


def test_a_start_with_many_devices_is_no_burst() -> None:
    looked: list[int] = []

    class Nobody:
        def walk(self, device_id: int, columns: object, done: object, *, roots: bool) -> bool:
            looked.append(device_id)
            return False

        def get(self, device_id: int, oids: object, done: object) -> bool:
            return False

    poller = Poller(Nobody(), T0)
    for device_id in range(1000):
        poller.heard(
            device_id, T0, ports=PORTS, identity=None, entities_changed=None, restarted=False
        )
    for tick in range(100):
        poller.tick(T0 + tick * 100)
    assert 45 <= len(looked) <= 56

"""Recordings of real devices, served by agents: optics and UPS are read as others read them.

The recordings are not part of the project. Where they are not beside it these tests are skipped.
`-s` prints the table of what was found.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from probes.results import SnmpPoll, SnmpTarget
from probes.sensors.measure import UPS, Sensor
from probes.snmp import SnmpClient
from store.sensors import ups_of
from store.thing_sheet import SensorRow
from tests.probes.sensors.door import AgentDoor, Played
from tests.snmpd import free_udp_port
from wire import ber

SHARED = Path(__file__).parents[4] / "shared"
CORPUS, REPLAY = SHARED / "corpus", SHARED / "tools" / "snmpreplay.py"
pytestmark = pytest.mark.skipif(
    not (CORPUS.is_dir() and REPLAY.is_file()), reason="the recordings of devices are not here"
)
DARK_DBM = -35.0  # at or below, and at 0: no light, no module (ORIGIN.md)
NEAR_DBM = 0.01


class Score(NamedTuple):
    """Of the fields given: how many were read alike."""

    good: int
    given: int
    wrong: tuple[str, ...] = ()


def expected() -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((CORPUS / "expected").glob("*.json"))
    }


@pytest.fixture(scope="module")
def replay() -> Iterator[int]:
    """The port of all agents; the community tells which device answers."""
    port = free_udp_port()
    command = [
        sys.executable,
        str(REPLAY),
        str(CORPUS / "snmprec"),
        "--listen",
        f"127.0.0.1:{port}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as agents:
        assert agents.stdout is not None
        while not agents.stdout.readline().startswith("READY"):
            assert agents.poll() is None
        yield port
        agents.terminate()
        agents.wait(10)


@pytest.fixture
async def client() -> AsyncIterator[SnmpClient]:
    made = SnmpClient()
    yield made
    made.close()


async def sensors_of(client: SnmpClient, port: int, device: str) -> list[Sensor]:
    """As the monitor finds them: the names of the ports, then one look."""
    target = SnmpTarget(
        node=0, address="127.0.0.1", port=port, version="2c", community=device, timeout_s=5.0
    )
    told: asyncio.Future[SnmpPoll] = asyncio.get_running_loop().create_future()
    client.poll(target, told.set_result, facts=True)
    poll = await asyncio.wait_for(told, 60)
    ports = {fact.if_index: fact.if_name for fact in poll.facts or ()}
    play = Played(AgentDoor(client, target), ports or {0: "none"})
    play.hear()
    await play.run(2_000)
    return [sensor for found in play.found for sensor in found]


def score_light(sensors: list[Sensor], told: dict[str, Any]) -> Score:
    by_oid = {ber.dotted(sensor.oid): sensor for sensor in sensors}
    good, wrong = 0, []
    given = [
        one for one in told["sensors"]["optical_dbm"] if one["value"] and one["value"] > DARK_DBM
    ]
    for one in given:
        sensor = by_oid.get(one["oid"])
        value = None if sensor is None else sensor.value
        if value is not None and abs(value - one["value"]) <= NEAR_DBM:
            good += 1
        else:
            wrong.append(f"{one['descr']}: {one['value']} read as {value}")
    return Score(good, len(given), tuple(wrong))


def wanted_ups(told: dict[str, Any]) -> dict[str, Any]:
    """By RFC 1628, from the numbers of the walk; an agent may forget the last zero."""
    raw: dict[str, Any] = (told.get("ups_rfc1628") or {}).get("oids_under_1.3.6.1.2.1.33.1", {})
    numbers = {oid.removesuffix(".0"): value for oid, value in raw.items()}
    words = {1: "unknown", 2: "normal", 3: "low", 4: "depleted"}
    found = {
        "status": words.get(numbers.get("2.1", 0)),
        "on_battery": None if "4.1" not in numbers else numbers["4.1"] == 5,
        "battery_charge_pct": numbers.get("2.4"),
        "runtime_s": None if "2.3" not in numbers else numbers["2.3"] * 60,
    }
    return {name: value for name, value in found.items() if value is not None}


def score_ups(sensors: list[Sensor], told: dict[str, Any]) -> Score:
    rows = [row_of(sensor) for sensor in sensors if sensor.kind in UPS]
    ups, wanted = ups_of(rows), wanted_ups(told)
    read = {name: getattr(ups, name, None) for name in wanted}
    wrong = [
        f"{name}: {wanted[name]} read as {read[name]}"
        for name in wanted
        if read[name] != wanted[name]
    ]
    return Score(len(wanted) - len(wrong), len(wanted), tuple(wrong))


def row_of(sensor: Sensor) -> SensorRow:
    limits = dict.fromkeys(("low_alarm", "low_warn", "high_warn", "high_alarm"))
    return SensorRow(
        id=0,
        kind=sensor.kind,
        name=sensor.name,
        unit=sensor.unit,
        value=sensor.value,
        at_ms=0,
        if_index=sensor.if_index,
        **limits,
    )


async def test_light_and_ups_of_recorded_devices_are_read_alike(
    client: SnmpClient, replay: int
) -> None:
    light, ups = Score(0, 0), Score(0, 0)
    lines = [f"{'device':<28}{'sensors':>8}{'dBm':>9}{'UPS':>7}"]
    for device, told in expected().items():
        if not (told["sensors"]["optical_dbm"] or wanted_ups(told)):
            continue
        sensors = await sensors_of(client, replay, device)
        mine, its = score_light(sensors, told), score_ups(sensors, told)
        light, ups = add(light, mine), add(ups, its)
        lines.append(f"{device:<28}{len(sensors):>8}{show(mine):>9}{show(its):>7}")
    lines.append(f"all{'':<33}{show(light):>9}{show(ups):>7}\n")
    sys.stdout.write("\n".join(lines))
    assert light.good >= 0.97 * light.given, light.wrong
    assert ups.good == ups.given, ups.wrong
    assert light.given > 20
    assert ups.given >= 12


async def test_limits_that_the_recorded_devices_give_are_read(
    client: SnmpClient, replay: int
) -> None:
    found = {s.name: s.limits for s in await sensors_of(client, replay, "junos_qfx5100")}
    told = [
        limits
        for limits in found.values()
        if None not in (limits.low_alarm, limits.low_warn, limits.high_warn, limits.high_alarm)
    ]
    assert len(told) >= 4
    for limits in told:
        four = (limits.low_alarm, limits.low_warn, limits.high_warn, limits.high_alarm)
        assert list(four) == sorted(four, key=lambda limit: limit or 0.0)


def add(one: Score, other: Score) -> Score:
    return Score(one.good + other.good, one.given + other.given, one.wrong + other.wrong)


def show(score: Score) -> str:
    return f"{score.good}/{score.given}" if score.given else "–"

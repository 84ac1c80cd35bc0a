"""`canh run` finds what a device measures, hears who calls, and believes a line terminal."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import SITES, answer, folder, start
from tests.needs import need_root
from tests.snmp_agent import if_table, running_agent, table
from tests.snmpd import free_udp_port
from wire import ber

TOKEN = "0123456789abcdef"
DOM = "1.3.6.1.4.1.2636.3.60.1.1.1.1"
UPS = "1.3.6.1.2.1.33.1"
HW = "1.3.6.1.4.1.2011.6.128.1.1.2"
NUMBERS = {
    f"{DOM}.5.1": -2300,
    f"{DOM}.7.1": -188,
    f"{DOM}.9.1": 100,
    f"{DOM}.10.1": -2000,
    f"{DOM}.11.1": -100,
    f"{DOM}.12.1": -1800,
    f"{UPS}.2.1.0": 2,
    f"{UPS}.2.3.0": 22,
    f"{UPS}.2.4.0": 97,
    f"{UPS}.4.1.0": 5,
    f"{HW}.46.1.15.9.12": 1,
    f"{HW}.51.1.4.9.12": -2010,
}
MORE = """
[snmp.office]
version = "2c"
community = "public"
port = {snmp}
timeout_s = 0.5

[[device]]
id = "h"
site = "d"
role = "kiosk"
monitor = "heartbeat"
heartbeat = "{token}"
heartbeat_interval_s = 60

[[device]]
id = "u12"
site = "d"
role = "onu"
monitor = "via"
via = "r1:gpon0/1/3:12"

[[link]]
id = "L1"
a = "r1:Gi0/1"
b = "d"
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the monitor watched an agent with optics, UPS and ONUs, and heard calls."""
    need_root()
    rows = if_table(2)
    rows.append((ber.oid("1.3.6.1.2.1.31.1.1.1.1.9"), ber.OCTET_STRING, b"GPON 0/1/3"))
    rows.append((ber.oid("1.3.6.1.2.1.2.2.1.7.9"), ber.INTEGER, 1))
    rows.append((ber.oid("1.3.6.1.2.1.2.2.1.8.9"), ber.INTEGER, 1))
    rows += [(ber.oid(oid), ber.INTEGER, value) for oid, value in NUMBERS.items()]
    where, port = tmp_path_factory.mktemp("measured"), free_udp_port()
    with running_agent(table(rows)) as agent:
        text = SITES.replace(
            'anchor = ["r1"]', f'anchor = ["r1"]\nheartbeat_listen = "127.0.0.1:{port}"'
        )
        text = text.replace("ping_timeout_s = 0.5", "ping_timeout_s = 0.5\nsnmp_interval_s = 1")
        text = text.replace('address = "127.77.0.1"', 'address = "127.0.0.1"\nsnmp = "office"')
        text += MORE.format(snmp=agent.port, token=TOKEN)
        monitor = start(folder(where, text), "run")
        try:
            call(port)
            until(lambda: settled(where))
        finally:
            monitor.terminate()
            _, err = monitor.communicate(timeout=30)
    assert monitor.returncode == 0, err
    return where


def call(port: int) -> None:
    """Until the listener is there."""

    def heard() -> bool:
        url = f"http://127.0.0.1:{port}/heartbeat/{TOKEN}"
        try:
            with urllib.request.urlopen(url, timeout=5) as told:
                return bool(told.status == 204)
        except OSError:
            return False

    until(heard)


def until(true: Any) -> None:
    end = time.monotonic() + 40
    while not true():
        assert time.monotonic() < end
        time.sleep(0.3)


def settled(where: Path) -> bool:
    states = {one["id"]: one["state"] for one in answer(where, "status")["devices"]}
    links = {one["id"]: one["state"] for one in answer(where, "status")["links"]}
    return [links["L1"], states["h"], states["u12"]] == ["degraded", "up", "up"]


def test_what_the_device_measures_is_shown_with_its_limits(ran: Path) -> None:
    [device] = answer(ran, "show", "r1")["devices"]
    rx = next(one for one in device["sensors"] if one["kind"] == "rx_power")
    assert (rx["value"], rx["unit"], rx["if_index"]) == (-23.0, "dBm", 1)
    assert (rx["low_alarm"], rx["low_warn"], rx["high_warn"], rx["high_alarm"]) == (-20, -18, -1, 1)
    assert device["ups"] == {
        "status": "normal",
        "on_battery": True,
        "battery_charge_pct": 97.0,
        "runtime_s": 1320.0,
    }


def test_light_below_its_alarm_degrades_the_link_and_the_battery_is_a_mark(ran: Path) -> None:
    [link] = [one for one in answer(ran, "status")["links"] if one["id"] == "L1"]
    assert link["state"] == "degraded"
    [outage] = [one for one in answer(ran, "outages")["outages"] if one["thing"] == "L1"]
    assert outage["reason"] == "light"
    [device] = [one for one in answer(ran, "status")["devices"] if one["id"] == "r1"]
    assert (device["state"], device["marks"]) == ("up", ["on_battery"])


def test_units_are_as_their_terminal_says(ran: Path) -> None:
    states = {one["id"]: one for one in answer(ran, "status")["devices"]}
    assert states["u12"]["state"] == "up"
    [unit] = answer(ran, "show", "u12")["devices"]
    light = {one["kind"]: one["value"] for one in unit["sensors"]}
    assert light == {"rx_power": -20.1, "olt_rx_power": None}


def test_the_token_of_a_device_is_told_nowhere(ran: Path) -> None:
    told = json.dumps(answer(ran, "show", "h"))
    assert TOKEN not in told
    kept = [path for path in (ran / "canh-data").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]

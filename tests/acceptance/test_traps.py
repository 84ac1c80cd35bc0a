"""5,000 traps a second reach `canh run`: probes stay on time, and a fallen link is acted on.

CANH_TRAP_SECONDS sets for how long; without it six seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from store.states import Kind, State
from tests.acceptance.monitor import ROOT, Monitor, Record, until
from tests.probes.traps.datagrams import COLD_START, LINK_DOWN, link_binds, v2c
from tests.probes.traps.sender import FIRST_PORT, KNOWN, MODULE
from tests.snmp_agent import Agent, if_table, running_agent, table
from tests.snmpd import free_udp_port

SECONDS = float(os.environ.get("CANH_TRAP_SECONDS", "6"))
RATE = 5_000
ACTED_MS = 2_000
PORTS = 3

SITES = """\
[network]
name = "Mạng thử"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["r1"]
[defaults]
ping_interval_s = 1
ping_timeout_s = 0.5
snmp_interval_s = 3600
[snmp.office]
community = "public"
port = {agent}
[traps]
listen = "127.0.0.1:{traps}"
[[unit]]
id = "51"
code = "51"
name = "Tỉnh"
level = "province"
[[site]]
id = "p"
name = "Trung tâm"
unit = "51"
[[device]]
id = "r1"
site = "p"
role = "router"
address = "127.0.0.1"
snmp = "office"
"""


class Loopback:
    """The commands run where the test runs."""

    def inside(self, *command: str) -> list[str]:
        return list(command)


@dataclass
class World:
    monitor: Monitor
    agent: Agent
    port: int
    data: Path
    record: Record = field(init=False)

    def start(self) -> None:
        self.monitor.start("--quiet")
        self.record = Record(self.monitor.url, within_s=60)
        up = until(lambda: self.record.state(Kind.DEVICE, "r1") == State.UP, 60)
        assert up is not None, self.monitor.log

    def introduce(self) -> None:
        """Its turn comes in an hour, but it tells that it has started."""
        assert self.agent.heard == []
        self.send(v2c(COLD_START))
        known = "SELECT count(*) FROM interface_fact"
        assert until(lambda: self.query(known) == [(PORTS,)], 60) is not None, self.monitor.log

    def query(self, sql: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.data / "record.db")) as db:
            return db.execute(sql).fetchall()

    def fallen(self) -> list[tuple[int, str, dict[str, Any]]]:
        """(when, key of the thing, body) of each linkDown."""
        return [event for event in self.events("trap") if event[2]["trap"] == "linkDown"]

    def events(self, kind: str) -> list[tuple[int, str, dict[str, Any]]]:
        """Likewise of all of this kind."""
        rows = self.query(
            "SELECT e.at, t.key, e.body FROM event e LEFT JOIN thing t ON t.id = e.thing_id"
            f" WHERE e.kind = '{kind}' ORDER BY e.id"
        )
        return [(at, key, json.loads(body)) for at, key, body in rows]

    def counts(self) -> Counter[str]:
        """What the rows of the monitor's health say of traps, together."""
        total: Counter[str] = Counter()
        for (body,) in self.query("SELECT body FROM health"):
            total.update(json.loads(body)["traps"])
        return total

    def send(self, data: bytes, source: str = KNOWN) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((source, 0))
            sock.sendto(data, (KNOWN, self.port))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_agent(table(if_table(PORTS))) as agent:
        port = free_udp_port()
        sites = SITES.format(agent=agent.port, traps=port)
        one = World(Monitor(Loopback(), tmp_path, sites), agent, port, tmp_path / "data")
        try:
            yield one
        finally:
            one.monitor.kill()


def flood(port: int) -> tuple[dict[int, int], int]:
    """Send for so long → interface: when it was told to be down (UTC ms), and how many in all."""
    words = (str(port), str(RATE), str(SECONDS), "mixed")
    said = subprocess.run(
        [sys.executable, "-m", MODULE, *words],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=SECONDS + 60,
    ).stdout.split()
    *links, _, sent = said
    epoch_ms = (time.time_ns() - time.monotonic_ns()) // 1_000_000
    times = {
        int(index): epoch_ms + int(at) // 1_000_000
        for index, at in zip(links[::2], links[1::2], strict=True)
    }
    return times, int(sent)


def test_a_flood_of_traps_delays_no_probe_and_hides_no_fallen_link(world: World) -> None:
    world.start()
    world.introduce()
    asked = len(world.agent.heard)
    began_ms = time.time_ns() // 1_000_000
    times, sent = flood(world.port)
    assert sent > RATE * SECONDS * 0.8, "this machine cannot send so many"
    assert until(lambda: len(world.fallen()) >= len(times), 20) is not None, world.monitor.log
    assert world.monitor.kill(signal.SIGTERM) == 0
    period = world.record.period(began_ms)

    acted = {body["if_index"]: at for at, _, body in world.fallen()}
    assert acted.keys() == times.keys()
    late = {index: acted[index] - at for index, at in times.items()}
    assert max(late.values()) <= ACTED_MS, late
    assert len(world.agent.heard) > asked, "the device was asked at once"

    assert len(period.coverage) == 1, "the monitor was never late enough to be blind"
    [history] = [one for one in period.histories if one.key == "r1"]
    assert {state for state, *_ in history.spans} == {State.UP}, "a trap decides no state"

    counts = world.counts()
    sent += 1  # that it has started
    assert counts["received"] + counts["kernel"] == sent
    assert counts["told"] == counts["acted_on"] == len(times) + 1
    assert counts["unknown_source"] > sent * 0.4
    dropped = counts["unknown_source"] + counts["other"] + counts["rate"]
    assert dropped + counts["told"] + counts["kernel"] == sent


def test_a_trap_of_a_known_port_stands_with_the_interface_and_is_damped(world: World) -> None:
    world.start()
    world.introduce()
    for _ in range(50):
        world.send(v2c(LINK_DOWN, link_binds(2)))
    world.send(v2c(LINK_DOWN, link_binds(FIRST_PORT)))
    assert until(lambda: len(world.fallen()) == 2, 20) is not None, world.monitor.log
    told = {key: body["if_index"] for _, key, body in world.fallen()}
    assert told == {"r1:Gi0/2": 2, "r1": FIRST_PORT}
    assert until(lambda: len(world.fallen()) == 3, 20) is not None
    assert world.fallen()[-1][2]["count"] == 49


SECOND = """
[[device]]
id = "r2"
site = "p"
role = "router"
address = "127.0.0.9"
"""


def test_a_device_that_is_added_while_the_monitor_runs_is_heard(world: World) -> None:
    world.start()
    sites = world.data.parent / "sites.toml"
    sites.write_text(sites.read_text("utf-8") + SECOND, "utf-8")
    taken = "configuration is taken up"  # the event in the record comes a moment before it
    assert until(lambda: taken in world.monitor.log, 30) is not None, world.monitor.log
    world.send(v2c(COLD_START), "127.0.0.9")
    assert until(lambda: bool(world.events("trap")), 20) is not None, world.monitor.log
    assert [(key, body["trap"]) for _, key, body in world.events("trap")] == [("r2", "coldStart")]


def test_a_port_that_is_taken_is_told_once_and_the_monitor_runs_on(world: World) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((KNOWN, world.port))
        world.start()
    assert world.monitor.running
    [told] = [line for line in world.monitor.log.splitlines() if "no traps are heard" in line]
    assert "Address already in use; remedy: " in told
    assert world.monitor.kill(signal.SIGTERM) == 0


def child_of(world: World) -> int:
    found = subprocess.run(
        ["pgrep", "-f", "probes.traps.receiver"], capture_output=True, text=True, check=False
    )
    mine = [
        int(pid)
        for pid in found.stdout.split()
        if f"PPid:\t{world.monitor.pid}\n" in Path(f"/proc/{pid}/status").read_text()
    ]
    assert len(mine) == 1, world.monitor.log
    return mine[0]


def test_a_killed_child_is_replaced_and_told_and_a_killed_monitor_takes_it_along(
    world: World,
) -> None:
    world.start()
    first = child_of(world)
    os.kill(first, signal.SIGKILL)
    assert until(lambda: bool(world.events("traps")), 20) is not None
    world.send(v2c(LINK_DOWN, link_binds(1)))
    assert until(lambda: bool(world.fallen()), 20) is not None, world.monitor.log
    second = child_of(world)
    assert second != first
    world.monitor.kill(signal.SIGKILL)
    assert until(lambda: not Path(f"/proc/{second}").exists(), 20) is not None

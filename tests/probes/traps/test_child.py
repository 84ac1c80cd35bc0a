"""The child that hears traps: real senders, its death and ours, its port, its identity."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from inventory.model import SnmpProfile
from probes.traps.child import Child
from probes.traps.desk import Desk
from probes.traps.identity import FILE, Identity
from store.changes import Happened
from tests.needs import need_program
from tests.probes.traps.datagrams import LINK_DOWN, LINK_UP, link_binds, v2c

HOST = "127.0.0.1"
ROUTER = 7
PROFILES = {
    "old": SnmpProfile(id="old", version="1", community="Bí mật 123"),
    "core": SnmpProfile(
        id="core",
        version="3",
        user="canh",
        auth="sha256",
        auth_key="mật khẩu xác thực",
        priv="aes256",
        priv_key="mật khẩu mã hoá",
    ),
}
V3: tuple[str, ...] = (
    "-v3",
    "-u",
    "canh",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "mật khẩu xác thực",
)
V3 += ("-x", "AES-256", "-X", "mật khẩu mã hoá")
ENGINE = ("-e", "0x8000000001020304")


class Monitor:
    """A desk with its child, and what it made of the traps so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.child = Child(HOST, 0, Identity(folder))
        self.desk = Desk(self.child, PROFILES)
        self.desk.know({HOST: ROUTER})
        self.events: list[Happened] = []
        self.asked: list[int] = []
        self.counts: dict[str, int] = {}
        self._now_ms = 0

    @property
    def pid(self) -> int:
        assert self.child.pid is not None
        return self.child.pid

    async def until(self, true: Callable[[], bool], within_s: float = 20.0) -> None:
        for _ in range(int(within_s / 0.05)):
            self._now_ms += 50
            news = self.desk.take(self._now_ms)
            self.events += news.events
            self.asked += news.ask
            for name, number in self.desk.health().items():
                self.counts[name] = self.counts.get(name, 0) + number
            if true():
                return
            await asyncio.sleep(0.05)
        raise AssertionError((self.events, self.counts))

    def send(self, data: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(data, (HOST, self.child.port))

    def traps(self) -> list[tuple[object, object, object]]:
        return [
            (e.body["version"], e.body["trap"], e.if_index) for e in self.events if "trap" in e.body
        ]


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[Monitor]:
    made = Monitor(tmp_path)
    yield made
    await made.desk.close()


async def net_snmp(monitor: Monitor, program: str, *words: str) -> str:
    """One of its senders; the empty word is the uptime, which it then fills in itself."""
    need_program(program)
    home = {"MIBS": "", "SNMP_PERSISTENT_DIR": str(monitor.folder), "HOME": "/"}
    process = await asyncio.create_subprocess_exec(
        program, *words,
        env=os.environ | home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    return said.decode() if process.returncode else ""


def about(port: int) -> tuple[str, ...]:
    return (LINK_DOWN, f"1.3.6.1.2.1.2.2.1.1.{port}", "i", str(port))


async def test_traps_and_informs_of_real_senders_are_told_in_all_versions(monitor: Monitor) -> None:
    place = f"{HOST}:{monitor.child.port}"
    old = ("-c", "Bí mật 123")
    sent = [
        await net_snmp(monitor, "snmptrap", "-v2c", *old, place, "", *about(2)),
        await net_snmp(monitor, "snmpinform", "-v2c", *old, place, "", *about(3)),
        await net_snmp(monitor, "snmptrap", *V3, *ENGINE, place, "", *about(4)),
        await net_snmp(monitor, "snmpinform", *V3, place, "", *about(5)),
        await net_snmp(monitor, "snmptrap", "-v1", *old, place, "1.3.6.1.4.1.9", HOST, "2", "0", "",
                       *about(1)[1:]),
    ]  # fmt: skip
    assert sent == [""] * 5
    await monitor.until(lambda: len(monitor.traps()) == 5)
    assert sorted(monitor.traps(), key=str) == [
        ("1", "linkDown", 1),
        ("2c", "linkDown", 2),
        ("2c", "linkDown", 3),
        ("3", "linkDown", 4),
        ("3", "linkDown", 5),
    ]
    assert set(monitor.asked) == {ROUTER}


async def test_an_inform_with_a_wrong_key_is_not_acknowledged(monitor: Monitor) -> None:
    wrong = (*V3[:-1], "another key", "-r", "0", "-t", "1")
    place = f"{HOST}:{monitor.child.port}"
    assert await net_snmp(monitor, "snmpinform", *wrong, place, "", *about(5))
    no_auth = ("-v3", "-u", "canh", "-l", "noAuthNoPriv", "-r", "0", "-t", "1")
    assert await net_snmp(monitor, "snmpinform", *no_auth, place, "", *about(5))
    await monitor.until(lambda: monitor.counts.get("asked_who", 0) >= 2)
    assert monitor.traps() == []


async def test_a_child_that_dies_is_told_and_started_again_and_its_port_loses_nothing(
    monitor: Monitor,
) -> None:
    await monitor.until(lambda: monitor.child.pid is not None)
    os.kill(monitor.pid, signal.SIGKILL)
    await monitor.until(lambda: any(e.kind == "traps" for e in monitor.events))
    monitor.send(v2c(LINK_DOWN, link_binds(9), community="Bí mật 123".encode()))
    await monitor.until(lambda: bool(monitor.traps()))
    assert monitor.traps() == [("2c", "linkDown", 9)]
    assert monitor.counts["restarts"] == 1
    [told] = [event.body["trouble"] for event in monitor.events if event.kind == "traps"]
    assert told == "exit code -9"


async def test_a_child_that_tells_nonsense_is_replaced(monitor: Monitor) -> None:
    await monitor.until(lambda: monitor.child.pid is not None)
    process = monitor.child._process
    assert process is not None
    assert process.stdout is not None
    process.stdout.feed_data(b"\xff\xff\xff\xffrubbish")
    await monitor.until(lambda: any(e.kind == "traps" for e in monitor.events))
    [told] = [event.body["trouble"] for event in monitor.events if event.kind == "traps"]
    assert told.startswith("it told nonsense: ")


async def test_signals_of_the_terminal_and_of_the_service_leave_the_end_to_us(
    monitor: Monitor,
) -> None:
    monitor.send(b"x")
    await monitor.until(lambda: monitor.counts.get("received") == 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(monitor.pid, number)
    assert os.getsid(monitor.pid) == monitor.pid
    monitor.send(b"y")
    await monitor.until(lambda: monitor.counts.get("received") == 2)
    pid = monitor.pid
    await monitor.desk.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert "restarts" not in monitor.counts


def told_by_kernel(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_bytes().decode()


async def test_its_secrets_stand_neither_in_its_command_nor_in_its_environment(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANH_SECRET_CORE_AUTH", "mật khẩu xác thực")
    monitor.send(b"x")
    await monitor.until(lambda: "received" in monitor.counts)
    for name in ("cmdline", "environ"):
        seen = told_by_kernel(monitor.pid, name)
        assert "mật khẩu" not in seen
        assert "Bí mật" not in seen


async def test_other_users_begin_a_new_child_without_an_alarm(monitor: Monitor) -> None:
    monitor.send(b"x")
    await monitor.until(lambda: "received" in monitor.counts)
    first = monitor.pid
    monitor.desk.profiles({"old": PROFILES["old"]})
    monitor.desk.know({HOST: ROUTER, "127.0.0.9": 8})
    await monitor.until(lambda: monitor.child.pid not in (None, first))
    monitor.send(v2c(LINK_UP, link_binds(9), community="Bí mật 123".encode()))
    await monitor.until(lambda: bool(monitor.traps()))
    assert "restarts" not in monitor.counts


async def test_devices_that_are_new_or_gone_are_known_while_it_runs(monitor: Monitor) -> None:
    data = v2c(LINK_DOWN, link_binds(9), community="Bí mật 123".encode())
    monitor.desk.know({"127.0.0.9": 8})
    await monitor.until(lambda: monitor.child.pid is not None)
    monitor.send(data)
    await monitor.until(lambda: monitor.counts.get("unknown_source") == 1)
    monitor.desk.know({"::ffff:127.0.0.9": 8, HOST: ROUTER})
    monitor.send(data)
    await monitor.until(lambda: bool(monitor.traps()))


def test_a_port_in_use_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, 0))
        with pytest.raises(OSError, match="in use"):
            Child(HOST, other.getsockname()[1], Identity(tmp_path))


def test_our_engine_keeps_its_id_and_counts_its_starts(tmp_path: Path) -> None:
    first = Identity(tmp_path)
    assert (first.boot(), first.boot()) == (1, 2)
    second = Identity(tmp_path)
    assert (second.engine_id, second.boot()) == (first.engine_id, 3)
    (tmp_path / FILE).write_text('{"engine_id": "zz"')
    assert Identity(tmp_path).engine_id != first.engine_id


PARENT = """
import asyncio, sys
from pathlib import Path
from probes.traps.child import Child
from probes.traps.identity import Identity

async def main():
    child = Child("127.0.0.1", 0, Identity(Path(sys.argv[1])))
    child.know({"sources": [], "communities": [], "users": []})
    while child.pid is None:
        await asyncio.sleep(0.01)
    print(child.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_it_does_not_outlive_a_killed_monitor(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    with contextlib.suppress(OSError):  # until it is gone, or a child of nobody that is no more
        assert select.select([os.pidfd_open(pid)], [], [], 15)[0], "it still runs"
    assert json.loads((tmp_path / FILE).read_text())["boots"] == 1

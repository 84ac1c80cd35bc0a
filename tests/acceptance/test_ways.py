"""`canh run` by each way to ask for life: what it says, believes and keeps."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.states import Kind, State
from tests.acceptance.monitor import Monitor, Record, until, watching
from tests.needs import need_program
from tests.rig import Node, Rig, Wire, need_rig

NOBODY = 65_534
NEAR, FAR, PORT = "10.1.0.1", "10.2.0.1", 7007
SITES = f"""
[network]
name = "ways"
timezone = "UTC"
[defaults]
ping_interval_s = 1
ping_timeout_s = 0.5
[[unit]]
id = "u"
code = "u"
name = "u"
level = "province"
[[site]]
id = "s"
name = "s"
unit = "u"
[[device]]
id = "near"
site = "s"
role = "router"
address = "{NEAR}"
snmp = false
[[device]]
id = "far"
site = "s"
role = "router"
address = "{FAR}"
snmp = false
uplink = ["near"]
"""
SERVICE = f"""
[[device]]
id = "service"
site = "s"
role = "server"
address = "{NEAR}"
port = {PORT}
monitor = "tcp:{PORT}"
snmp = false
"""


@dataclass(frozen=True)
class Unprivileged:
    """A node whose commands run as nobody, with no other programs than `path` has.

    What nobody keeps of root is to read every file: Python and this checkout may be root's own.
    """

    node: Node
    path: str

    def inside(self, *command: str) -> list[str]:
        ids = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        caps = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        return self.node.inside("setpriv", *ids, *caps, "env", f"PATH={self.path}", *command)


@dataclass(frozen=True)
class Running:
    monitor: Monitor
    record: Record
    near: Node
    wire: Wire  # from there to `far`

    def must_be(self, key: str, state: State, within_s: float = 40) -> None:
        found = until(lambda: self.record.state(Kind.DEVICE, key) == state, within_s)
        assert found is not None, (self.record.rows(), self.monitor.log)

    def shown(self, key: str) -> dict[str, Any]:
        """The one outage of a device, with its evidence: all of it once the monitor stops."""
        self.monitor.kill(signal.SIGTERM)
        outage = self.record.outages(since_ms=0)[f"device:{key}"]
        told = self.monitor.canh("show", f"outage:{outage.id}", "--json")
        assert told.returncode == 0, told.stderr
        found: dict[str, Any] = json.loads(told.stdout)
        return found


@contextlib.contextmanager
def running(sites: str, path: str | None = None) -> Iterator[Running]:
    """As root, or with a path as nobody."""
    need_rig()
    with Rig() as rig, tempfile.TemporaryDirectory(prefix="canh-ways-") as made:
        folder = Path(made)
        folder.chmod(0o777)
        watcher, near, far = rig.node("10.0.0.1"), rig.node(NEAR), rig.node(FAR)
        rig.wire(watcher, near)
        wire = rig.wire(near, far)
        place = watcher if path is None else Unprivileged(watcher, path)
        monitor = Monitor(place, folder, sites)
        with watching(monitor) as record:
            yield Running(monitor, record, near, wire)


def test_without_any_right_fping_finds_a_cut() -> None:
    need_program("fping")
    with running(SITES, "/usr/sbin:/usr/bin:/sbin:/bin") as canh:
        for key in ("near", "far"):
            canh.must_be(key, State.UP)
        canh.wire.unplug()
        canh.must_be("far", State.DOWN)
        assert canh.record.state(Kind.DEVICE, "near") == State.UP
        assert "canh: pings by fping: misses are known half a second later" in canh.monitor.log


def test_where_only_tcp_is_left_silence_is_unknown_and_never_down(tmp_path: Path) -> None:
    with running(SITES, str(tmp_path)) as canh:  # a path without fping
        for key in ("near", "far"):
            canh.must_be(key, State.UP)
        canh.wire.unplug()
        canh.must_be("far", State.UNKNOWN)
        assert canh.record.outages(since_ms=0) == {}
        canh.wire.mend()
        canh.must_be("far", State.UP)
        assert canh.record.state(Kind.DEVICE, "near") == State.UP
        assert "a device that is silent there is unknown, never down" in canh.monitor.log


def test_the_evidence_of_an_outage_has_the_router_that_said_unreachable() -> None:
    with running(SITES) as canh:
        canh.must_be("far", State.UP)
        canh.wire.unplug()
        canh.must_be("far", State.DOWN)
        said = f"host unreachable, says {canh.near.wires[0].ends[1]}"
        around = canh.shown("far")["evidence"]["start"]
        assert said in {one["said"] for one in around["results"] if one["how"] == "icmp"}
        assert all(set(one["ping"].values()) <= {"datagram", "raw"} for one in around["health"])


def test_a_declared_port_is_down_when_nobody_listens_and_up_when_somebody_does() -> None:
    with running(SITES + SERVICE) as canh:
        with listening(canh.near):
            canh.must_be("service", State.UP)
        canh.must_be("service", State.DOWN)
        said = f"port {PORT}: connection refused"
        with listening(canh.near):
            canh.must_be("service", State.UP)
            results = canh.shown("service")["evidence"]["start"]["results"]
        assert said in {one["said"] for one in results if one["how"] == "tcp"}
        assert canh.record.state(Kind.DEVICE, "near") == State.UP


@contextlib.contextmanager
def listening(node: Node) -> Iterator[None]:
    """Somebody answers at the port."""
    serve = f"import socket; s = socket.create_server(('', {PORT})); print()"
    words = node.inside(sys.executable, "-uc", f"{serve}\nwhile 1: s.accept()[0].close()")
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield
        finally:
            server.kill()

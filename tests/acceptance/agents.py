"""A real snmpd in the namespace of a station: it tells of the ports that are there."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.needs import need_program
from tests.rig import Node

PORT = 161
UPTIME = "1.3.6.1.2.1.1.3.0"
LONG_CS = 360_000  # an hour
CACHE_S = "1.3.6.1.4.1.8072.1.5.3.1.2.1.3.6.1.2.1.2.2"  # nsCacheTimeout of the ifTable; usually 15


class Agent:
    """Its sysUpTime counts from `start`, or says an hour where it has run `long`."""

    def __init__(self, node: Node, folder: Path) -> None:
        for program in ("snmpd", "snmpset"):
            need_program(program)
        self._node = node
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, long: bool = False) -> None:
        """Wait until it listens, and let it look at its ports for each question."""
        folder = self._folder
        conf = ["rocommunity public", "rwcommunity private", "sysObjectID 1.3.6.1.4.1.8072.3.2.10"]
        conf += [f"override {UPTIME} timeticks {LONG_CS}"] * long
        (folder / "snmpd.conf").write_text("\n".join(conf) + "\n", "utf-8")
        command = ["snmpd", "-C", "-c", str(folder / "snmpd.conf"), "-f", "-r"]
        command += ["-Lf", str(folder / "snmpd.log"), "-p", str(folder / "snmpd.pid")]
        self._child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *self._node.inside(*command, f"udp:{PORT}")],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._must_listen()
        address = self._node.addresses[0]
        self._node.run("snmpset", "-v2c", "-cprivate", "-t5", address, CACHE_S, "i", "0")

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait(10)
            self._child = None

    def _must_listen(self) -> None:
        assert self._child is not None
        table = Path(f"/proc/{self._node.pid}/net/udp")
        deadline = time.monotonic() + 20
        while not any(f":{PORT:04X} " in line for line in table.read_text("ascii").splitlines()):
            log = self._folder / "snmpd.log"
            assert self._child.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.05)


@contextlib.contextmanager
def agent(node: Node, folder: Path) -> Iterator[Agent]:
    """It has run for long and stops with the `with`; `folder` is its own, and new."""
    folder.mkdir()
    one = Agent(node, folder)
    try:
        one.start(long=True)
        yield one
    finally:
        one.stop()

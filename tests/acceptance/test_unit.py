"""`canh run` as the shipped unit file starts it: no root, one capability, a watchdog, a backup."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from store import restoring
from store.urls import sqlite_url
from tests.acceptance.monitor import until
from tests.acceptance.stations import Station, sites_toml
from tests.acceptance.unit_file import PACKAGING, UID, Manager, Unit, capabilities, open_folder
from tests.cli.running import canh
from tests.needs import need_program, need_root
from tests.rig import Node, Rig, need_rig

NET_RAW = 1 << 13
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
COMMUNES = 120
STATIONS = (
    Station("p", "10.0.0.1"),
    Station("d", "10.1.0.1", "p"),
    *(Station(f"c{n}", f"10.1.1.{n}", "d") for n in range(1, COMMUNES + 1)),
)
QUIET_S = 12  # after it nothing is judged anew of what was before
WATCHDOG_S = 2
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """It runs in `folder`; what it says stands in `folder`/log."""

    process: subprocess.Popen[bytes]
    manager: Manager
    node: Node
    peer: Node
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def config(self) -> Path:
        return self.folder / "etc" / "sites.toml"

    def ask(self, *words: str) -> Any:
        where = ("--config", str(self.config), "--data", str(self.state))
        code, out, err = canh(self.folder, *words, *where)
        assert code == 0, err
        return json.loads(out)

    def cut(self, station: Station) -> None:
        self.peer.ip(f"addr del {station.address}/32 dev lo")

    def mend(self, station: Station) -> None:
        self.peer.ip(f"addr add {station.address}/32 dev lo")

    def outages(self) -> list[Any]:
        found = self.ask("outages", "--json")["outages"]
        return [one for one in found if one["kind"] == "device"]

    @property
    def open_outages(self) -> int:
        return sum(one["ended"] is None for one in self.outages())


@contextmanager
def served(folder: Path) -> Iterator[Service]:
    need_root()
    need_rig()
    for program in ("setpriv", "unshare", "mount"):
        need_program(program)
    unit = Unit("canh.service")
    (folder / "etc").mkdir()
    (folder / "state").mkdir(mode=int(unit.one("StateDirectoryMode"), 8))
    subprocess.run(["chown", f"{UID}:{UID}", folder / "state"], check=True)
    config = folder / "etc" / "sites.toml"
    config.write_text(sites_toml(STATIONS, ping_interval_s=1, ping_timeout_s=0.3), "utf-8")
    with ExitStack() as stack:
        manager = Manager(folder / "notify")
        stack.callback(manager.close)
        rig = stack.enter_context(Rig())
        node, peer = rig.node(), rig.node(*(station.address for station in STATIONS))
        rig.wire(node, peer)
        told = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000)}
        with (folder / "log").open("wb") as out:
            process = subprocess.Popen(
                node.inside(*unit.command(config, folder / "state")),
                env=unit.environment(**told),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield Service(process, manager, node, peer, folder)


def backed_up(service: Service) -> Path:
    """As the shipped unit of the backup does it: the same user, no capability, no network."""
    unit = Unit("canh-backup.service")
    assert unit.one("PrivateNetwork") == "yes"
    words = unit.command(service.config, service.state)
    done = subprocess.run(
        ["unshare", "--net", *words],
        env=unit.environment(),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    [made] = (service.state / "backups").glob("canh-*.tar.gz")
    assert made.stat().st_mode & 0o777 == 0o600
    return made


def figures(service: Service, data: Path, began: datetime, ended: datetime) -> Any:
    """`canh report --format json` of that time."""
    period = ("--from", f"{began:%Y-%m-%dT%H:%M:%S}", "--to", f"{ended:%Y-%m-%dT%H:%M:%S}")
    out = service.folder / f"{data.name}.json"
    where = ("--config", str(service.config), "--data", str(data))
    code, _, err = canh(
        service.folder, "report", *period, "--format", "json", "-o", str(out), *where
    )
    assert code == 0, err
    told = json.loads(out.read_text("utf-8"))
    return {part: said for part, said in told.items() if part not in ("made_at", "trend")}  # of now


@pytest.mark.timeout(420)
def test_as_the_unit_file_says_it_pings_stores_lives_backs_up_and_stops_in_time() -> None:
    began = datetime.now(HERE)
    with open_folder() as folder, served(folder) as service:
        manager, process = service.manager, service.process
        assert "READY=1" in manager.heard(120, until="READY=1"), service.log
        have = capabilities(process.pid)
        assert have["Uid"] == UID
        assert have["NoNewPrivs"] == 1
        assert {have[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {NET_RAW}
        assert "ipv4 raw" in service.log
        assert manager.heard(3 * WATCHDOG_S).count("WATCHDOG=1") >= 2

        process.send_signal(signal.SIGSTOP)  # what hangs says nothing, and would be ended
        time.sleep(0.5)
        manager.heard(0.1)
        assert manager.heard(2 * WATCHDOG_S) == []
        process.send_signal(signal.SIGCONT)
        assert "WATCHDOG=1" in manager.heard(20, until="WATCHDOG=1")

        def all_up() -> bool:
            devices = service.ask("status", "--json")["devices"]
            return {device["state"] for device in devices} == {"up"}

        assert until(all_up, 60) is not None, service.log
        for number in (2, 3, 4):
            service.cut(STATIONS[number])
            assert until(lambda: service.open_outages > 0, 60) is not None, service.log
            service.mend(STATIONS[number])
            assert until(lambda: service.open_outages == 0, 60) is not None, service.log
        ended = datetime.now(HERE)
        time.sleep(QUIET_S)
        made = backed_up(service)
        count = len(service.outages())
        service.cut(STATIONS[5])  # what comes after is no part of it
        assert until(lambda: len(service.outages()) > count, 60) is not None

        manager.heard(0.2)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        log.warning("stopped %.2f s after SIGTERM", time.monotonic() - asked)
        assert code == 0, service.log
        assert "STOPPING=1" in manager.heard(1)
        assert "Traceback" not in service.log
        assert {path.stat().st_uid for path in service.state.iterdir()} == {UID}

        about, _ = restoring.restore(made, sqlite_url(folder / "new" / "record.db"), replace=False)
        assert about.samples_format is not None
        before = figures(service, service.state, began, ended)
        after = figures(service, folder / "new", began, ended)
        assert before == after
        assert sum(thing["outages"] for thing in before["things"]) >= 3


# -- the files themselves ------------------------------------------------------------------------

UNITS = ("canh.service", "canh-backup.service", "canh-backup.timer")


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    need_program("systemd-analyze")
    for name in UNITS:
        text = (PACKAGING / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/canh/bin/canh", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
    )
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "canh" in line]
    assert (done.returncode, told) == (0, [])


@pytest.mark.parametrize(("name", "most"), [("canh.service", 25), ("canh-backup.service", 10)])
def test_the_exposure_of_the_units_is_small(name: str, most: int, tmp_path: Path) -> None:
    need_program("systemd-analyze")
    text = (PACKAGING / name).read_text("utf-8")
    (tmp_path / name).write_text(text.replace("/opt/canh/bin/canh", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", tmp_path / name],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout.splitlines()[-1:]


def _dockerfile() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", " ", (PACKAGING / "Dockerfile").read_text("utf-8"))
    lines = [line.split(" ", 1) for line in text.splitlines() if line and line[0] != "#"]
    return [(word, rest) for word, rest in lines]


def test_the_dockerfile_copies_what_there_is_and_ends_without_root() -> None:
    home = PACKAGING.parent
    steps = _dockerfile()
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL"}
    assert {word for word, _ in steps} == known | {"ENTRYPOINT", "CMD"}
    copies = [rest.split() for word, rest in steps if word == "COPY" and "--from" not in rest]
    sources = [source for *found, _ in copies for source in found]
    assert [source for source in sources if not (home / source).exists()] == []
    project = tomllib.loads((home / "pyproject.toml").read_text("utf-8"))
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(rooms) <= set(sources)
    assert "--require-hashes" in next(rest for word, rest in steps if word == "RUN")
    words = [word for word, _ in steps]
    last = len(words) - 1 - words[::-1].index("FROM")
    assert words.index("USER", last) < words.index("ENTRYPOINT", last)
    assert dict(steps)["USER"] == "canh"


def test_the_times_of_the_unit_fit_each_other() -> None:
    unit = Unit("canh.service")
    assert unit.one("Type") == "notify"
    assert unit.watchdog_s >= 30
    assert int(unit.one("TimeoutStopSec")) > timedelta(seconds=30).total_seconds()

"""Recorded command lines behind a real SSH server: each platform logs in, tells version and parts.

The recordings and the server lie outside of the checkout; without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from inventory.model import SshProfile
from probes.shell.ask import ask
from probes.shell.platforms import PAGED, PLATFORMS, READ_ONLY, SETUP
from probes.shell.values import Heard, ShellAim, ShellStatus
from tests.snmpd import free_udp_port
from tests.walks import SHARED

CORPUS, REPLAY = SHARED / "corpus" / "cli", SHARED / "tools" / "sshreplay.py"
pytestmark = pytest.mark.skipif(
    not (CORPUS.is_dir() and REPLAY.is_file()), reason="the recorded command lines are not here"
)
USER, PASSWORD, ENABLE = "admin", "secret", "open-up"
# Of these nobody recorded the command that tells it.
NO_VERSION = {"dlink_ds", "hp_comware", "linux"}
NO_PARTS = {"cisco_s300", "dlink_ds", "zte_zxros"}


@dataclass
class Farm:
    places: dict[str, str] = field(default_factory=dict)  # device → address
    port: int = 0
    stats: dict[str, dict[str, int]] = field(default_factory=dict)

    def ask(self, platform: str, **more: Any) -> Heard:
        words: dict[str, Any] = {
            "username": USER,
            "password": PASSWORD,
            "enable": ENABLE,
            "timeout_s": 30.0,
        }
        profile = SshProfile(id="p", port=self.port, **words | more)
        return ask(ShellAim(address=self.places[platform], platform=platform, profile=profile))

    def ask_all(self, **more: Any) -> Mapping[str, Heard]:
        with ThreadPoolExecutor(4) as pool:
            told = pool.map(lambda platform: self.ask(platform, **more), self.places)
            return dict(zip(self.places, told, strict=True))


@contextmanager
def farm(*words: str, way: str = "ssh") -> Iterator[Farm]:
    here = Farm(port=free_udp_port())
    command = [sys.executable, "-W", "ignore", str(REPLAY), str(CORPUS)]
    command += [
        f"--{way}",
        f"127.74.0.1:{here.port}",
        "--user",
        USER,
        "--password",
        PASSWORD,
        *words,
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("READY"):
                break
            _, _, place, name, *_ = line.split()
            here.places[name] = place.rpartition(":")[0]
        try:
            yield here
        finally:
            child.terminate()
            for line in child.stdout:
                if line.startswith("STATS "):
                    here.stats = json.loads(line.removeprefix("STATS "))


@pytest.mark.parametrize("words", [(), ("--pager", "--enable-password", ENABLE)])
def test_each_platform_tells_its_version_and_parts_and_hears_only_what_reads(
    words: tuple[str, ...],
) -> None:
    with farm(*words) as here:
        told = here.ask_all()
    assert set(told) <= set(PLATFORMS)
    for platform, heard in told.items():
        assert heard.status is ShellStatus.OK, (platform, heard.detail)
        assert heard.facts is not None
        if platform not in NO_VERSION:
            assert heard.facts.identity.version, platform
        if platform not in NO_PARTS:
            assert heard.facts.modules, platform
    for platform, stats in here.stats.items():
        unknown = [name.removeprefix("unknown: ") for name in stats if name.startswith("unknown: ")]
        for line in unknown:
            assert line in READ_ONLY or SETUP.fullmatch(line), (platform, line)
        assert stats["most_sessions"] == 1
    assert set(told) >= PAGED


def test_a_session_that_is_cut_or_hangs_ends_in_its_own_word() -> None:
    for words, wanted in (
        (("--cut", "100"), ShellStatus.CUT),
        (("--hang", "100"), ShellStatus.TOO_SLOW),
    ):
        with farm(*words, "--only", "cisco_ios", "--only", "mikrotik_routeros") as here:
            told = here.ask_all(timeout_s=8.0)
        assert {heard.status for heard in told.values()} == {wanted}, told
        assert all(heard.detail for heard in told.values())


def test_who_is_refused_is_told_so() -> None:
    with farm("--refuse", "100", "--only", "huawei_vrp") as here:
        assert here.ask("huawei_vrp").status is ShellStatus.DENIED


def test_old_algorithms_are_told_and_used_where_they_are_allowed() -> None:
    with farm("--legacy", "--only", "huawei_vrp") as here:
        assert here.ask("huawei_vrp").status is ShellStatus.LEGACY
        assert here.ask("huawei_vrp", legacy=True).status is ShellStatus.OK


def test_telnet_tells_the_same() -> None:
    only = [word for name in ("cisco_ios", "huawei_vrp", "hp_comware") for word in ("--only", name)]
    with farm(*only, way="telnet") as here:
        told = here.ask_all(telnet=True)
        denied = here.ask("cisco_ios", telnet=True, password="wrong", timeout_s=20.0)
    assert {heard.status for heard in told.values()} == {ShellStatus.OK}, told
    assert told["cisco_ios"].facts is not None
    assert told["cisco_ios"].facts.identity.version
    assert denied.status is ShellStatus.DENIED


def test_a_platform_without_telnet_says_so() -> None:
    here = Farm(places={"linux": "127.0.0.1"}, port=free_udp_port())
    assert here.ask("linux", telnet=True).status is ShellStatus.UNKNOWN_PLATFORM


def test_the_commands_of_every_platform_only_read() -> None:
    changing = ("configure", "set ", "write", "save", "delete", "clear", "reset", "reload", "undo")
    for command in READ_ONLY:
        assert not command.startswith(changing), command
        assert command.split()[0] in {
            "show", "display", "get", "uname", "dmidecode", "ip", "arp", "/system", "/interface",
            "/ip", "/export",
        }, command  # fmt: skip

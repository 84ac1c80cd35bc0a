"""The simulation as a child process: its start, its end, its truth file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import demo
from demo import process
from tests.demo.running import Pinger
from tests.demo.small import province

ROOT = Path(demo.__file__).resolve().parent.parent


def alive(pid: int) -> bool:
    """Whether it runs: one that has ended and was not yet taken leave of does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_truth_file_appears_only_at_the_end(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    simulation = process.start(province(), seed=7, duration_s=60, ping_interval_s=1, truth=truth)
    simulation.start_script()
    time.sleep(0.5)
    assert list(tmp_path.iterdir()) == []
    simulation.stop()
    simulation.stop()
    told = json.loads(truth.read_text("utf-8"))
    assert list(tmp_path.iterdir()) == [truth]
    assert (told["seed"], told["faults"], told["blind"]) == (7, [], [])
    assert told["started_ms"] < told["ended_ms"]
    assert told["never_seen"] in province().devices


def test_the_one_never_seen_is_silent_and_all_others_answer(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    with process.start(
        province(), seed=3, duration_s=None, ping_interval_s=1, truth=truth
    ) as simulation:
        pinger = Pinger(simulation.ports.echo)
        for device in province().devices.values():
            assert device.address
            pinger.send(device.address)
        silent = [sent.address for sent in pinger.close() if not sent.answered]
    never = json.loads(truth.read_text("utf-8"))["never_seen"]
    assert silent == [province().devices[never].address]


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert alive(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)


PARENT = """
import time
from demo import process
from tests.demo.small import province
simulation = process.start(province(), seed=1, duration_s=60, ping_interval_s=1, truth=None)
print(simulation.pid, flush=True)
time.sleep(60)
"""


def test_control_c_is_left_to_the_parent() -> None:
    with process.start(
        province(), seed=1, duration_s=60, ping_interval_s=1, truth=None
    ) as simulation:
        os.kill(simulation.pid, signal.SIGINT)
        time.sleep(0.3)
        assert alive(simulation.pid)


def test_a_folder_named_demo_where_the_user_stands_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "__main__.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    process.start(province(), seed=1, duration_s=60, ping_interval_s=1, truth=None).stop()


def test_a_child_that_dies_is_told_of_with_its_last_words(tmp_path: Path) -> None:
    nowhere = tmp_path / "missing" / "truth.json"
    simulation = process.start(province(), seed=1, duration_s=60, ping_interval_s=1, truth=nowhere)
    with pytest.raises(process.SimulationError, match=r"code 1: .*truth\.json"):
        simulation.stop()


def test_the_ports_are_udp_and_answer_on_loopback_alone() -> None:
    with process.start(
        province(), seed=1, duration_s=60, ping_interval_s=1, truth=None
    ) as simulation:
        bound = _udp_sockets_of(simulation.pid)
        assert bound == {simulation.ports.echo, simulation.ports.snmp}


def _udp_sockets_of(pid: int) -> set[int]:
    inodes = {
        os.readlink(entry).removeprefix("socket:[").rstrip("]")
        for entry in Path(f"/proc/{pid}/fd").iterdir()
    }
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[9] in inodes}


def test_the_sample_lies_where_it_says() -> None:
    assert process.sample().name == "sites.toml"
    assert process.sample().is_file()

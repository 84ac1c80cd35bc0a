"""`canh run` on a disk that is full, whose files are deleted, shut, damaged: real faults."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.monitor import CANH, ROOT, Monitor, until
from tests.acceptance.small_disk import SmallDisk
from tests.acceptance.stations import Station, sites_toml
from tests.needs import missing, need_program
from tests.rig import Node, Rig, need_rig

STATIONS = (Station("p", "10.0.0.1"), Station("d", "10.1.0.1", "p"))
SITES = sites_toml(STATIONS, ping_interval_s=1, ping_timeout_s=0.3)
MEGABYTES = 12
LOST_S = 10  # so long after a cut the judge has long believed it


@dataclass(frozen=True)
class Here:
    """A node's network and, where there is one, a disk of its own."""

    node: Node
    disk: SmallDisk | None = None

    def inside(self, *command: str) -> list[str]:
        return self.node.inside(*(self.disk.inside(*command) if self.disk else command))


@dataclass(frozen=True)
class World:
    monitor: Monitor
    peer: Node
    data: Path

    def cut(self) -> None:
        self.peer.ip("addr del 10.1.0.1/32 dev lo")

    def mend(self) -> None:
        self.peer.ip("addr add 10.1.0.1/32 dev lo")

    @property
    def messages(self) -> list[str]:
        """What it said of its record, at the level of errors."""
        return [line for line in self.monitor.log.splitlines() if line.startswith("ERROR store.")]


@contextlib.contextmanager
def world(tmp_path: Path, disk: SmallDisk | None = None) -> Iterator[World]:
    need_rig()
    with Rig() as rig:
        watcher, peer = rig.node(), rig.node(*(station.address for station in STATIONS))
        rig.wire(watcher, peer)
        monitor = Monitor(Here(watcher, disk), tmp_path, SITES)
        try:
            yield World(monitor, peer, tmp_path / "data")
        finally:
            monitor.kill()


def query(path: Path, sql: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def outages(path: Path) -> list[tuple[int, int, int | None]]:
    return query(
        path,
        "SELECT o.id, first_bad, first_good FROM outage o JOIN thing t ON t.id = thing_id"
        " WHERE t.key = 'd-r' ORDER BY o.id",
    )


def soon(true: Callable[[], bool], what: str, world: World, within_s: float = 30) -> None:
    assert until(true, within_s) is not None, f"{what}\n{world.monitor.log}"


def seen_up(world: World) -> bool:
    done = run(world, "status", "--json")
    devices = json.loads(done.stdout)["devices"] if done.returncode == 0 else []
    return all(device["state"] == "up" for device in devices) and bool(devices)


def told(world: World, word: str, times: int) -> Callable[[], bool]:
    """The narrator read it from the record: it is committed."""
    return lambda: sum(word in line and "d-r" in line for line in _lines(world)) >= times


def _lines(world: World) -> list[str]:
    return world.monitor.log.splitlines()


DOWN, UP = "mất kết nối", "hoạt động"


def begin(world: World) -> None:
    """Running, with one outage that was told and is over."""
    world.monitor.start()
    soon(lambda: seen_up(world), "never began", world, 60)
    world.cut()
    soon(told(world, DOWN, 1), "the first cut was not told", world)
    world.mend()
    soon(told(world, UP, 1), "the first return was not told", world)


def test_a_full_disk_is_told_once_and_the_ballast_keeps_the_record_going(tmp_path: Path) -> None:
    with (
        SmallDisk(tmp_path / "data", MEGABYTES) as disk,
        world(tmp_path, disk) as world_,
    ):
        begin(world_)
        ballast = disk.seen / "record.ballast"
        assert ballast.stat().st_size > 1 << 20
        disk.fill()
        world_.cut()
        soon(told(world_, DOWN, 2), "the second cut was not told", world_)
        world_.mend()
        soon(told(world_, UP, 2), "the second return was not told", world_)
        soon(lambda: not ballast.exists(), "the ballast is still there", world_)
        assert sum("is full" in line for line in world_.messages) == 1, world_.monitor.log
        disk.fill()  # now there is really no room, the ballast is gone
        world_.cut()
        soon(lambda: "kept in memory" in world_.monitor.log, "full again, not told", world_, 60)
        time.sleep(LOST_S)
        assert world_.monitor.running
        world_.mend()
        disk.free()
        soon(told(world_, DOWN, 3), "what was in memory was not committed", world_)
        soon(told(world_, UP, 3), "what was in memory was not committed", world_)
        soon(lambda: ballast.exists(), "the ballast was not laid again", world_)
        disk.fill()
        assert world_.monitor.kill(signal.SIGTERM) == 0, world_.monitor.log
        assert "Traceback" not in world_.monitor.log
        disk.copy_to(tmp_path / "copy")
    path = tmp_path / "copy" / "record.db"
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    found = outages(path)
    assert len(found) == 3
    assert all(ended for _, _, ended in found)
    assert query(path, "SELECT stopped FROM poller") == [(1,)], "the closing word was written"
    kinds = [kind for (kind,) in query(path, "SELECT kind FROM event")]
    assert "disk_full" in kinds
    assert "disk_room" in kinds


def test_a_record_deleted_under_the_monitor_is_there_again_with_the_same_outages(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as world_:
        begin(world_)
        path = world_.data / "record.db"
        before = outages(path)
        for one in list(world_.data.iterdir()):
            one.unlink()
        world_.cut()
        soon(told(world_, DOWN, 2), "the narrator does not follow", world_)
        soon(path.exists, "the record was not brought back", world_)
        assert outages(path)[: len(before)] == before
        assert sum("deleted or moved" in line for line in world_.messages) == 1
        code = run(world_, "run")
        assert code.returncode == 1
        assert "another monitor holds" in code.stderr
        assert world_.monitor.kill(signal.SIGTERM) == 0
        found = outages(path)
        assert found[: len(before)] == before
        assert len(found) == 2
        assert query(path, "PRAGMA integrity_check") == [("ok",)]


def test_another_file_in_the_place_of_the_record_stops_the_monitor_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as world_:
        begin(world_)
        path = world_.data / "record.db"
        before = outages(path)
        for one in world_.data.glob("record.db*"):
            one.unlink()
        path.write_bytes(b"somebody's")
        soon(lambda: not world_.monitor.running, "it runs on", world_)
        assert world_.monitor.kill() == 1
        [last] = [line for line in _lines(world_) if line.startswith("canh: another file")]
        [saved] = world_.data.glob("record.saved-*.db")
        assert str(saved) in last
        assert "Traceback" not in world_.monitor.log
        assert outages(saved) == before
        assert path.read_bytes() == b"somebody's"


def run(world_: World, *words: str) -> subprocess.CompletedProcess[str]:
    """Another `canh` on the same folders, in the same namespaces."""
    where = ("--config", str(world_.data.parent / "sites.toml"), "--data", str(world_.data))
    return subprocess.run(
        world_.monitor.place.inside(*CANH, *words, *where),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def chattr(flag: str, *paths: Path) -> None:
    need_program("chattr")
    done = subprocess.run(
        ["chattr", flag, *map(str, paths)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        missing(f"files cannot be made immutable here: {done.stderr.strip()}")


def test_a_record_that_cannot_be_written_for_a_while_is_told_and_caught_up_with(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as world_:
        begin(world_)
        files = [world_.data / "record.db", world_.data / "record.db-wal"]
        chattr("+i", *files)
        try:
            world_.cut()
            soon(lambda: "kept in memory" in world_.monitor.log, "not told", world_)
            time.sleep(LOST_S)
            world_.mend()
            time.sleep(2)
        finally:
            chattr("-i", *files)
        soon(told(world_, DOWN, 2), "not caught up with", world_)
        soon(told(world_, UP, 2), "not caught up with", world_)
        assert [m for m in world_.messages if "remedy" in m][1:] == []
        assert sum("can be written again" in m for m in world_.messages) == 1
        assert world_.monitor.kill(signal.SIGTERM) == 0
        assert len(outages(files[0])) == 2


def assert_one_refusal(world_: World, *words: str) -> None:
    done = run(world_, "run", "--for", "3")
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("canh: ")
    for word in (*words, "remedy", str(world_.data)):
        assert word in done.stderr


def test_a_read_only_file_system_is_one_clear_refusal(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "data", MEGABYTES) as disk, world(tmp_path, disk) as world_:
        disk.run("mount", "-o", "remount,ro", str(world_.data))
        assert_one_refusal(world_, "Read-only file system")
        disk.run("mount", "-o", "remount,rw", str(world_.data))
        assert run(world_, "run", "--for", "2").returncode == 0
        disk.run("mount", "-o", "remount,ro", str(world_.data))
        assert_one_refusal(world_, "Read-only file system")


def test_a_disk_that_is_full_from_the_start_is_one_clear_refusal(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "data", 2) as disk, world(tmp_path, disk) as world_:
        disk.fill()
        assert_one_refusal(world_, "full")
        disk.free()
        assert run(world_, "run", "--for", "2").returncode == 0


def test_a_damaged_record_is_one_clear_refusal_and_is_left_alone(tmp_path: Path) -> None:
    with world(tmp_path) as world_:
        assert run(world_, "run", "--for", "2").returncode == 0
        path = world_.data / "record.db"
        with path.open("r+b") as file:
            file.seek(8192)
            file.write(os.urandom(40_000))
        before = path.read_bytes()
        assert_one_refusal(world_, "damaged", "restore a backup", ".recover")
        assert path.read_bytes() == before


def test_a_record_damaged_under_the_monitor_stops_it_with_one_clear_error(tmp_path: Path) -> None:
    with world(tmp_path) as world_:
        begin(world_)
        path = world_.data / "record.db"
        query(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))
        soon(lambda: not world_.monitor.running, "it runs on", world_, 60)
        assert world_.monitor.kill() == 1
        assert [line for line in _lines(world_) if "damaged" in line and "canh: " in line]
        assert "Traceback" not in world_.monitor.log
        assert [*world_.data.glob("record.pending-*.jsonl")]


@pytest.mark.parametrize("way", ["symlink", "hard link"])
def test_a_second_monitor_by_another_name_is_refused_and_starts_when_the_first_is_killed(
    tmp_path: Path, way: str
) -> None:
    with world(tmp_path) as world_:
        world_.monitor.start()
        soon(lambda: seen_up(world_), "never began", world_, 60)
        other = World(world_.monitor, world_.peer, tmp_path / "other")
        other.data.mkdir()
        for name in ("record.db", "samples.db"):
            if way == "symlink":
                (other.data / name).symlink_to(world_.data / name)
            else:
                (other.data / name).hardlink_to(world_.data / name)
        assert_one_refusal(other, "another monitor holds")
        assert world_.monitor.running
        world_.monitor.kill()
        done = run(world_, "run", "--for", "2")
        assert done.returncode == 0, done.stderr


def test_the_command_of_the_monitor_is_told_of_a_cut_and_of_its_end(tmp_path: Path) -> None:
    told = tmp_path / "told"
    append = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
    with world(tmp_path) as world_:
        command = shlex.join([sys.executable, "-c", append, str(told)])
        world_.monitor.start("--on-outage", command)
        soon(lambda: seen_up(world_), "never began", world_, 60)
        world_.cut()
        soon(told.exists, "nothing was told", world_)
        world_.mend()
        soon(lambda: len(told.read_text("utf-8").splitlines()) == 2, "no recovery", world_)
        assert world_.monitor.kill(signal.SIGTERM) == 0
        first, second = (json.loads(line) for line in told.read_text("utf-8").splitlines())
        [(number, start, _)] = outages(world_.data / "record.db")
    assert [first["event"], second["event"]] == ["outage", "recovery"]
    assert first["outage"]["id"] == second["outage"]["id"] == number
    began = datetime.fromisoformat(first["outage"]["started"]).timestamp()
    assert round(began * 1000) == start
    assert first["thing"] == {
        "id": "d-r", "kind": "device", "name": "d-r", "site": "d", "unit": "d"
    }  # fmt: skip
    assert first["outage"]["ended"] is None
    assert second["outage"]["ended"] is not None

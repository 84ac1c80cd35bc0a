"""`canh run` is killed again and again under load: what was told once stands in the record."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from store.engine import sqlite_path
from store.intervals import merge, total
from store.period import Interval
from tests.acceptance.monitor import ROOT, Monitor, Record, claimed_ms, until
from tests.acceptance.stations import Station, sites_toml
from tests.rig import Node, Rig, need_rig, now_ms

KILLS = int(os.environ.get("CANH_KILLS", "20"))
SEED = int(os.environ.get("CANH_SEED", str(time.time_ns() % 1_000_000)))
DISTRICTS, COMMUNES = 10, 19  # of each district
ROUND_MS = 1000
LIFE_S = (1.5, 4.0)
LONG_LIFE_S = 13.0  # every tenth time: longer than the heartbeat that says how far we have seen

pytestmark = pytest.mark.timeout(240 + 10 * KILLS)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Life:
    """One `canh run`: when it was started, and when it was surely dead."""

    started_ms: int
    killed_ms: int


def stations() -> list[Station]:
    found = [Station("p", "10.0.0.1")]
    for d in range(1, DISTRICTS + 1):
        found.append(Station(f"d{d}", f"10.{d}.0.1", "p"))
        found += [Station(f"d{d}c{c}", f"10.{d}.{c}.1", f"d{d}") for c in range(1, COMMUNES + 1)]
    return found


def groups() -> list[str]:
    """What falls silent: each address below the anchor alone, and each district as a whole."""
    below = stations()[1:]
    blocks: dict[str, list[str]] = {}
    for station in below:
        blocks.setdefault(station.key.partition("c")[0], []).append(station.address)
    return [station.address for station in below] + [",".join(b) for b in blocks.values()]


@contextlib.contextmanager
def beside(command: Sequence[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of these tests: it ends when its standard input is closed, at the latest then."""
    with (
        output.open("wb") as out,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT
        ) as process,
    ):
        assert process.stdin is not None
        try:
            yield process
            process.stdin.close()
            process.wait(30)
        finally:
            process.kill()


def has_begun(monitor: Monitor, since_ms: int) -> bool:
    """It holds the record and watches."""
    path = sqlite_path(monitor.url)
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return bool(query(db, f"SELECT 1 FROM poller WHERE started >= {since_ms}"))


def live(monitor: Monitor, life_s: float, *, early: bool) -> Life:
    """Start it and kill it at once when its time is over, whatever it is doing.

    Its time begins with its watch, or a busy machine would kill it before; `early`: it may.
    """
    started = now_ms()
    monitor.start()
    if not early:
        assert until(lambda: has_begun(monitor, started), 60) is not None, monitor.log
    time.sleep(life_s)
    assert monitor.running, monitor.log
    monitor.kill()
    return Life(started, now_ms())


def lives(monitor: Monitor, peer: Node, folder: Path) -> list[Life]:
    """All of them, in ever changing weather, before the eyes of a witness."""
    dice = random.Random(SEED)
    weather = peer.inside(sys.executable, "-m", "tests.acceptance.weather", str(SEED), *groups())
    witness = (sys.executable, "-m", "tests.acceptance.witness", monitor.url)
    found: list[Life] = []
    with beside(weather, folder / "weather"):
        monitor.start()
        Record(monitor.url, within_s=60).close()
        monitor.kill()
        with beside(witness, folder / "witness") as process:
            for n in range(KILLS):
                long = n % 10 == 0
                life_s = LONG_LIFE_S if long else dice.uniform(*LIFE_S)
                found.append(live(monitor, life_s, early=n % 5 == 4))
                assert process.poll() is None, (folder / "witness").read_text()
        assert process.returncode == 0, (folder / "witness").read_text()
    return found


def query(db: sqlite3.Connection, sql: str) -> list[Any]:
    return db.execute(sql).fetchall()


def assert_all_told_is_there(db: sqlite3.Connection, told: str) -> None:
    witnessed = [tuple(int(word) for word in line.split()) for line in told.splitlines()]
    outages = dict(query(db, "SELECT id, first_bad FROM outage"))
    log.warning("seed %d: %d outages, %d told", SEED, len(outages), len(witnessed))
    assert [(i, start) for i, start in witnessed if outages.get(i) != start] == []
    assert set(outages) == {i for i, _ in witnessed}
    assert len(outages) > 10 * KILLS  # there was load


def assert_intact(db: sqlite3.Connection) -> None:
    assert query(db, "PRAGMA integrity_check") == [("ok",)]
    assert query(db, "PRAGMA foreign_key_check") == []


def assert_one_unbroken_story_of_each_thing(db: sqlite3.Connection) -> None:
    """Spans follow each other without gap or overlap; the last is open, and so is its outage."""
    spans: dict[int, list[tuple[str, int, int | None]]] = {}
    rows = query(db, "SELECT thing_id, state, started, ended FROM span ORDER BY thing_id, id")
    for thing, *row in rows:
        spans.setdefault(thing, []).append((row[0], row[1], row[2]))
    for story in spans.values():
        assert [(a, b) for a, b in pairwise(story) if a[2] != b[1]] == []
        assert story[-1][2] is None
    faulty = {t for t, s in spans.items() if s[-1][0] in ("down", "unreachable", "degraded")}
    still = [t for (t,) in query(db, "SELECT thing_id FROM outage WHERE first_good IS NULL")]
    assert sorted(faulty) == sorted(still)


def assert_gaps_are_unknown(db: sqlite3.Connection, url: str, lived: Sequence[Life]) -> None:
    """From each kill until the next start and a whole round after it, nothing is claimed."""
    covered: list[Interval] = query(db, "SELECT started, ended FROM coverage ORDER BY id")
    assert [(a, b) for a, b in pairwise(covered) if a[1] > b[0]] == []
    assert total(merge(covered)) > 0
    with contextlib.closing(Record(url, within_s=10)) as record:
        period = record.period(lived[0].started_ms)
    for life, following in pairwise(lived):
        gap = (life.killed_ms, following.started_ms + ROUND_MS)
        assert claimed_ms(period, gap) == {}, gap
    assert claimed_ms(period, (lived[0].started_ms, lived[-1].killed_ms)) != {}


def test_what_was_told_before_a_kill_stands_in_an_intact_record_and_the_gap_is_unknown(
    tmp_path: Path,
) -> None:
    need_rig()
    sites = sites_toml(stations(), ping_interval_s=ROUND_MS / 1000, ping_timeout_s=0.3)
    with Rig() as rig:
        watcher, peer = rig.node(), rig.node(*(station.address for station in stations()))
        rig.wire(watcher, peer)
        monitor = Monitor(watcher, tmp_path, sites)
        try:
            lived = lives(monitor, peer, tmp_path)
        finally:
            monitor.kill()
    path = sqlite_path(monitor.url)
    assert path is not None
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert_all_told_is_there(db, (tmp_path / "witness").read_text("utf-8"))
        assert_intact(db)
        assert_one_unbroken_story_of_each_thing(db)
        assert_gaps_are_unknown(db, monitor.url, lived)

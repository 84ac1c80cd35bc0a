"""`canh run` in a namespace of the rig, and what its record says, read from outside."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import cli
from store.engine import RecordError
from store.ledger import split
from store.period import Interval, Period
from store.questions import LiveRow, OutageRow, Refusal, Watching
from store.reader import RecordReader, open_questions
from store.states import Kind, State
from store.urls import sqlite_url
from tests.rig import now_ms

ROOT = Path(cli.__file__).resolve().parent.parent
CANH = (sys.executable, "-m", "cli.main")


class Belief(NamedTuple):
    state: State
    root: str | None = None  # key of the root it is behind


class Place(Protocol):
    """Where a command runs: in the namespaces of a node, of a disk, of both."""

    def inside(self, *command: str) -> list[str]: ...


class Monitor:
    """Configuration, data and log stand in `folder`; it does not outlive the tests."""

    def __init__(self, place: Place, folder: Path, sites: str) -> None:
        self.place = place
        self._folder = folder
        self._command = (*CANH, "run", *self._where())
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "sites.toml").write_text(sites, "utf-8")

    @property
    def url(self) -> str:
        return sqlite_url(self._folder / "data" / "record.db")

    @property
    def log(self) -> str:
        """What it printed, on all its starts."""
        return (self._folder / "log").read_text("utf-8")

    def start(self, *words: str) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.place.inside(*self._command, *words)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, number: int = signal.SIGKILL) -> int | None:
        """Send the signal and wait for the end; None where it did not run."""
        if self._process is None:
            return None
        with self._process as process:
            process.send_signal(number)
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
        self._process = None
        return code

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def sites(self) -> Path:
        """Its configuration."""
        return self._folder / "sites.toml"

    def hang_up(self) -> None:
        """It is told to read its files."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def status(self) -> dict[str, Any]:
        """`canh status --json`."""
        told = self.canh("status", "--json")
        assert told.returncode == 0, told.stderr
        document: dict[str, Any] = json.loads(told.stdout)
        return document

    def canh(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same files."""
        return subprocess.run(
            [*CANH, *words, *self._where()], cwd=ROOT, capture_output=True, text=True, timeout=120
        )

    def _where(self) -> tuple[str, ...]:
        return ("--config", str(self._folder / "sites.toml"), "--data", str(self._folder / "data"))


class Record:
    """The questions of these tests, in the keys of sites.toml."""

    def __init__(self, url: str, *, within_s: float) -> None:
        self._reader = _opened(url, within_s)

    def rows(self) -> list[LiveRow]:
        rows = self._reader.snapshot().rows
        return [row for row in rows if row.kind in (Kind.DEVICE, Kind.SITE)]

    def beliefs(self) -> dict[str, Belief]:
        """`kind:key` → what is believed of it."""
        every = self._reader.snapshot().rows
        keys = {row.thing_id: row.key for row in every}
        return {
            f"{row.kind}:{row.key}": Belief(row.state, keys[row.root_id] if row.root_id else None)
            for row in every
            if row.kind in (Kind.DEVICE, Kind.SITE)
        }

    def state(self, kind: Kind, key: str) -> State:
        [row] = [r for r in self._reader.snapshot().rows if (r.kind, r.key) == (kind, key)]
        return row.state

    def watching(self) -> Watching:
        return self._reader.snapshot().watching

    def refused(self) -> Refusal | None:
        """Files that are not taken up."""
        return self._reader.snapshot().refused

    def roots(self) -> tuple[OutageRow, ...]:
        return self._reader.roots()

    def outages(self, *, since_ms: int) -> dict[str, OutageRow]:
        """`kind:key` → its outage since then; two of one thing are a fault."""
        rows = self._reader.outages(from_ms=since_ms)
        found = {f"{row.kind}:{row.key}": row for row in rows}
        assert len(found) == len(rows), rows
        return found

    def period(self, from_ms: int) -> Period:
        now = now_ms()
        return self._reader.period(from_ms, now + 1, now)

    def close(self) -> None:
        self._reader.close()


def claimed_ms(period: Period, interval: Interval) -> dict[str, int]:
    """`kind:key` → how much of the interval the ledger claims to know; only what is not 0."""
    found = {}
    for one in period.histories:
        parts = split(
            interval,
            service=one.service,
            off_hours=one.off_hours,
            maintenance=one.maintenance,
            watched=one.watched,
            spans=one.spans,
        )
        found[f"{one.kind}:{one.key}"] = parts.judged_ms
    return {key: ms for key, ms in found.items() if ms}


@contextlib.contextmanager
def watching(monitor: Monitor) -> Iterator[Record]:
    """The monitor runs; at the end it is stopped as a person would, or else killed."""
    monitor.start()
    try:
        with contextlib.closing(Record(monitor.url, within_s=60)) as record:
            yield record
    finally:
        monitor.kill(signal.SIGTERM)


def until(true: Callable[[], bool], within_s: float) -> float | None:
    """Look five times a second; after how many seconds it was true, None where it never was."""
    start = time.monotonic()
    while (waited := time.monotonic() - start) <= within_s:
        if true():
            return waited
        time.sleep(0.2)
    return None


def _opened(url: str, within_s: float) -> RecordReader:
    """The record appears, empty at first, some moments after the monitor's start."""
    deadline = time.monotonic() + within_s
    while True:
        with contextlib.suppress(RecordError):
            reader = open_questions(url)
            with contextlib.suppress(RecordError):
                if reader.snapshot().rows:
                    return reader
            reader.close()
        assert time.monotonic() < deadline, f"no record at {url}"
        time.sleep(0.2)

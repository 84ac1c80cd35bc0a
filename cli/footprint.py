"""`canh footprint`: what watching 200, 2,000 and 20,000 devices costs on this very machine."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.process import Ports

SIZES = (200, 2_000, 20_000)
MOST = 20_000
SMALL = 2_000  # so many are measured beside others; more are measured alone
INTERFACES = 24
FIRST_CONTACT_S = 75.0  # in a minute each device is asked all that it is
CROWD_CONTACT_S = (
    240.0  # of more than SMALL it takes longer, and then what came late is made up for
)
WINDOW_S = 30.0
START_LIMIT_S = 300.0
MONTH_DAYS, YEAR_DAYS = 30, 365
NOT_MEASURED = (
    "devices that are silent or far away: the simulator answers all, over loopback, and its own"
    " cost is left out",
    "ICMP itself: the simulator is pinged by the same packets over UDP, so that no rights are"
    " needed",
    "SNMP version 3, services, sensors and traps; alarms; a storm in which much fails at once",
    "PostgreSQL; the growth of the record by outages and events",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--devices", type=int, metavar="N", help="only so many, 1 to 20,000")
    parser.add_argument("--quick", action="store_true", help="without the largest, for 15 s each")
    parser.add_argument("--json", action="store_true", help="one JSON document")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one size. The disk of a month and of a year is reckoned, all else is measured."""

    devices: int
    interfaces: int
    answering: int
    start_s: float  # until the first question
    start_cpu_s: float
    first_contact_cpu_s: float
    cpu_pct: float  # of one core
    rss_mb: float
    peak_mb: float
    record_mb: float
    month_gb: float
    year_gb: float


def run(args: argparse.Namespace) -> int:
    sizes = (args.devices,) if args.devices is not None else SIZES[:2] if args.quick else SIZES
    if not all(1 <= size <= MOST for size in sizes):
        print(f"canh footprint: --devices must lie between 1 and {MOST:,}", file=sys.stderr)
        return 2
    if not Path("/proc/self/status").exists():
        print("canh footprint: this machine has no /proc, where figures stand", file=sys.stderr)
        return 1
    window_s = WINDOW_S / 2 if args.quick else WINDOW_S
    try:
        day_bytes, figures = _measure(sizes, window_s)
    except _Failed as problem:
        print(f"canh footprint: {problem}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(_document(day_bytes, figures), indent=1))
    else:
        print(_table(day_bytes, figures))
    return 0


class _Failed(RuntimeError):  # noqa: N818, it is told as it is
    """Why there are no figures."""


# ---------------------------------------------------------------- measuring


def _measure(sizes: Sequence[int], window_s: float) -> tuple[float, list[Figures]]:
    from cli.sample_day import bytes_a_day

    groups = [[size for size in sizes if size <= SMALL], *([s] for s in sizes if s > SMALL)]
    with tempfile.TemporaryDirectory(prefix="canh-footprint-") as work:
        _say("a day of samples is kept, to see what it takes")
        (day := Path(work) / "day").mkdir()
        day_bytes = bytes_a_day(day, INTERFACES)
        figures = []
        for group in groups:
            if group:
                figures += _group(group, Path(work), window_s, day_bytes)
    return day_bytes, figures


def _group(sizes: list[int], work: Path, window_s: float, day_bytes: float) -> list[Figures]:
    """Monitors side by side, each with a simulator of its own."""
    with ExitStack() as stack:
        _say(f"{_words(sizes)} devices: starting")
        found = [stack.enter_context(watched(size, work)) for size in sizes]
        first_s = contact_s(max(sizes))
        _say(f"{_words(sizes)} devices: first contact, {first_s:.0f} s")
        time.sleep(first_s)
        for one in found:
            one.begin()
        _say(f"{_words(sizes)} devices: measuring, {window_s:.0f} s")
        time.sleep(window_s)
        return [one.figures(day_bytes) for one in found]


def contact_s(devices: int) -> float:
    """How long a monitor of so many is busier than it will be."""
    return FIRST_CONTACT_S if devices <= SMALL else CROWD_CONTACT_S


@contextmanager
def watched(size: int, work: Path) -> Iterator[Watched]:
    """A simulated province and a monitor of it, in processes of their own; its data in `work`."""
    from cli.lone import PING_S, province
    from demo.process import start

    data = work / str(size)
    data.mkdir()
    with start(
        province(size),
        seed=1,
        duration_s=None,
        ping_interval_s=PING_S,
        truth=None,
        interfaces=INTERFACES,
    ) as simulation:
        one = Watched(size, data, simulation.ports)
        try:
            one.await_start()
            yield one
        finally:
            one.stop()


class Watched:
    """A monitor in a process of its own, seen from outside."""

    def __init__(self, size: int, data: Path, ports: Ports) -> None:
        self._size, self._data = size, data
        self._log = data / "log"
        words = [sys.executable, "-P", "-m", "cli.lone", str(size), str(data)]
        words += ["--echo-port", str(ports.echo), "--snmp-port", str(ports.snmp)]
        self._began = time.monotonic()
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._start_s = self._start_cpu_s = self._contact_cpu_s = 0.0
        self._window = 0.0, 0.0

    @property
    def pid(self) -> int:
        return self._child.pid

    def await_start(self) -> None:
        assert self._child.stdout is not None
        if not self._child.stdout.readline():
            raise _Failed(f"the monitor of {self._size} devices ended: {self._last_words()}")
        self._start_s, self._start_cpu_s = time.monotonic() - self._began, self._cpu_s()

    def begin(self) -> None:
        if self._child.poll() is not None:
            raise _Failed(f"the monitor of {self._size} devices ended: {self._last_words()}")
        self._window = time.monotonic(), self._cpu_s()
        self._contact_cpu_s = self._window[1] - self._start_cpu_s

    def cpu_pct(self) -> float:
        """Of one core, since `begin`."""
        began, before_s = self._window
        return 100 * (self._cpu_s() - before_s) / (time.monotonic() - began)

    def figures(self, day_bytes: float) -> Figures:
        memory = self.memory_mb()
        day_gb = day_bytes * self._size / 1e9
        return Figures(
            devices=self._size,
            interfaces=INTERFACES * self._size,
            answering=self._answering(),
            start_s=round(self._start_s, 1),
            start_cpu_s=round(self._start_cpu_s, 1),
            first_contact_cpu_s=round(self._contact_cpu_s, 1),
            cpu_pct=round(self.cpu_pct(), 1),
            rss_mb=round(memory["VmRSS"]),
            peak_mb=round(memory["VmHWM"]),
            record_mb=round(self._record_mb(), 1),
            month_gb=round(day_gb * MONTH_DAYS, 2),
            year_gb=round(day_gb * YEAR_DAYS, 2),
        )

    def stop(self) -> None:
        """The end of its standard input is its end."""
        try:
            self._child.communicate(timeout=START_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()

    def _cpu_s(self) -> float:
        """User and system time of all its threads; clock_getcpuclockid(3)."""
        return time.clock_gettime((~self._child.pid << 3) | 2)

    def memory_mb(self) -> dict[str, float]:
        """`VmRSS` now and `VmHWM` at its highest."""
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        pairs = (line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM")))
        return {name: int(value.split()[0]) / 1024 for name, value in pairs}

    def _record_mb(self) -> float:
        return sum(file.stat().st_size for file in self._data.glob("record.db*")) / 1e6

    def _answering(self) -> int:
        from cli.monitor import record_url
        from store.reader import open_questions
        from store.states import Kind, State

        reader = open_questions(record_url(self._data))
        rows = reader.snapshot().rows
        reader.close()
        return sum(row.kind == Kind.DEVICE and row.state == State.UP for row in rows)

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"it said nothing (exit code {self._child.poll()})"


# ---------------------------------------------------------------- telling


def _say(what: str) -> None:
    print(f"canh footprint: {what}", file=sys.stderr, flush=True)


def _words(sizes: Sequence[int]) -> str:
    return " and ".join(f"{size:,}" for size in sizes)


def _document(day_bytes: float, figures: list[Figures]) -> dict[str, Any]:
    from cli.lone import PING_S, SNMP_S

    return {
        "cores": os.cpu_count(),
        "ping_interval_s": PING_S,
        "snmp_interval_s": SNMP_S,
        "interfaces_each": INTERFACES,
        "sample_bytes_a_device_and_day": round(day_bytes),
        "sizes": [asdict(one) for one in figures],
        "reckoned": ["month_gb", "year_gb"],
        "not_measured": list(NOT_MEASURED),
    }


_COLUMNS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("devices", lambda f: f"{f.devices:,}"),
    ("answering", lambda f: f"{f.answering:,}"),
    ("start s", lambda f: f"{f.start_s:.0f}"),
    ("first contact, CPU s", lambda f: f"{f.first_contact_cpu_s:.0f}"),
    ("CPU, % of a core", lambda f: f"{f.cpu_pct:.1f}"),
    ("memory MB", lambda f: f"{f.rss_mb:.0f}"),
    ("highest MB", lambda f: f"{f.peak_mb:.0f}"),
    ("record MB", lambda f: f"{f.record_mb:.0f}"),
    ("GB a month*", lambda f: f"{f.month_gb:.1f}"),
    ("GB a year*", lambda f: f"{f.year_gb:.1f}"),
)


def _table(day_bytes: float, figures: list[Figures]) -> str:
    from cli.lone import PING_S, SNMP_S

    rows = [[name for name, _ in _COLUMNS], *([tell(f) for _, tell in _COLUMNS] for f in figures)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_COLUMNS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]  # noqa: B905, equally long
    return "\n".join(
        (
            f"{os.cpu_count()} cores; ping every {PING_S:.0f} s, SNMP every {SNMP_S:.0f} s,"
            f" {INTERFACES} interfaces a device",
            "",
            *lines,
            "",
            f"* Reckoned, not measured: one simulated day of a device took {day_bytes / 1e3:.0f} kB"
            " of samples; with the record of its outages it will be a little more.",
            "Not measured:",
            *(f"- {what}" for what in NOT_MEASURED),
        )
    )

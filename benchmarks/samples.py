"""A million samples: CPU to keep them, bytes that they keep, and reading a day of one series.

A sample is one number: six counters and two states an interface and poll. VictoriaMetrics is fed
in its native form, a device a request; Prometheus by remote write, half an hour of a device a
request. Both get more at once than they would in use. canh is fed each poll by itself, and keeps
them minute by minute. The cost goes up to the day being compacted, with canh's figures of hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import sample_data
from benchmarks.child import of_ours
from benchmarks.figures import Row, table, titled
from benchmarks.sample_data import Load
from benchmarks.sample_peers import Peer, Prometheus, Victoria, labels_of

PROGRAMS = ("victoria-metrics", "prometheus")
PORTS = 24
START_MS = 1_750_032_000_000  # a midnight
READS = 200
_STEP_MS = sample_data.STEP_S * 1000


@dataclass
class Program:
    """What one program took for one load."""

    row: Row
    kept: float = 0.0  # bytes a sample
    reads: dict[str, str] = field(default_factory=dict)  # p50 and p95 in ms


def compare(work: Path, *, quick: bool) -> str:
    devices, polls, rounds = (64, 180, 1) if quick else (96, 1440, 2)
    told = []
    for name, busy_only in (("half of them idle", False), ("all of them busy", True)):
        load = sample_data.load(devices, PORTS, START_MS, polls, busy_only=busy_only)
        told.append(_load(work, load, name, 1 if busy_only else rounds))
    return "\n".join(told)


def _load(work: Path, load: Load, name: str, rounds: int) -> str:
    words = f"{len(load.at_ms)} × {PORTS} interfaces, {name}, {load.at_ms.shape[1]} polls"
    programs = [Program(Row(p, words)) for p in ("canh", "VictoriaMetrics", "Prometheus")]
    with TemporaryDirectory(dir=work) as place:
        native = _native(Path(place), load)
        for _ in range(rounds):
            for program, run in zip(programs, (_canh, _victoria, _prometheus), strict=True):
                with TemporaryDirectory(dir=place) as home:
                    run(program, Path(home), load, native)
    rows = [program.row for program in programs]
    lines = [
        table(rows, rows[1], "CPU s a million"),
        "",
        "| | bytes kept a sample | reading all of one series, ms: p50, p95 |",
        "|---|--:|---|",
        *(f"| {p.row.name} | {p.kept:.2f} | {_told(p.reads)} |" for p in programs),
    ]
    return titled(f"A million samples: {words}", lines)


def _told(reads: dict[str, str]) -> str:
    return "; ".join(f"{figures} {when}" for when, figures in reads.items())


def _native(work: Path, load: Load) -> list[bytes]:
    """The load as VictoriaMetrics itself writes it for another one."""
    with TemporaryDirectory(dir=work) as home:
        source = Victoria(Path(home))
        try:
            source.take_lines(load)
            return list(source.native(len(load.at_ms)))
        finally:
            source.close()


def _canh(program: Program, work: Path, load: Load, _: list[bytes]) -> None:
    devices, polls = load.at_ms.shape
    words = ["--devices", str(devices), "--ports", str(PORTS), "--polls", str(polls)]
    words += ["--start", str(START_MS), *(["--busy"] if "busy" in program.row.load else [])]
    with of_ours("sample_monitor", str(work), *words, said=work / "said") as child:
        assert child.line() == "ready"

        def told(word: str) -> str:
            child.tell(word)
            return child.line(600)

        began = child.cpu_s()
        told("feed")
        fed = child.cpu_s()
        program.reads["while the last hour is open"] = told("read")
        again = child.cpu_s()
        program.kept = int(told("end")) / load.samples
        program.row.costs.append((fed - began + child.cpu_s() - again) / load.samples * 1e6)
        program.reads["when the day is over"] = told("read")


def _victoria(program: Program, work: Path, load: Load, native: list[bytes]) -> None:
    peer = Victoria(work)

    def feed() -> None:
        for device in native:
            peer.take_native(device)

    _measure(program, peer, load, feed, peer.compact, peer.read)


def _prometheus(program: Program, work: Path, load: Load, _: list[bytes]) -> None:
    peer = Prometheus(work)
    _measure(program, peer, load, lambda: peer.take(load), peer.compact, peer.read)


def _measure(
    program: Program,
    peer: Peer,
    load: Load,
    feed: Callable[[], None],
    compact: Callable[[], int],
    read: Callable[[dict[str, str], int, int], int],
) -> None:
    try:
        began = peer.child.cpu_s()
        feed()
        program.kept = compact() / load.samples
        program.row.costs.append((peer.child.cpu_s() - began) / load.samples * 1e6)
        program.reads["over HTTP, as JSON"] = _reads(load, read)
    finally:
        peer.close()


def _reads(load: Load, read: Callable[[dict[str, str], int, int], int]) -> str:
    dice = np.random.default_rng(7)
    devices, polls = load.at_ms.shape
    took = []
    for _ in range(READS):
        labels = labels_of(int(dice.integers(devices)), int(dice.integers(PORTS)), "in_octets")
        began = time.perf_counter()
        found = read(labels, START_MS, START_MS + polls * _STEP_MS + 1000)
        took.append(time.perf_counter() - began)
        assert found == polls, (found, polls)
    return ", ".join(f"{1000 * float(np.percentile(took[10:], p)):.1f}" for p in (50, 95))

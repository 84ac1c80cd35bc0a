"""CPU per ping, judged and stored, beside fping, which prints at its end and keeps nothing."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import networks
from benchmarks.child import Child, UselessError, of_ours
from benchmarks.figures import Row, table, titled
from cli.monitor import record_url
from store.questions import Snapshot
from store.reader import open_questions
from store.states import Kind, State

PROGRAMS = ("fping",)
TITLE = "One ping, judged and stored"


@dataclass(frozen=True, slots=True)
class Load:
    """`rounds` intervals are measured, after a first one that is not."""

    devices: int
    interval_s: float
    rounds: int
    repeats: int

    @property
    def window_s(self) -> float:
        return self.rounds * self.interval_s


FULL = (Load(2000, 2.0, 4, 3), Load(2000, 10.0, 1, 2))
QUICK = (Load(500, 2.0, 3, 2),)


def compare(work: Path, *, quick: bool) -> str:
    """All loads, our monitor and fping in turn."""
    parts = [_one_load(load, work) for load in (QUICK if quick else FULL)]
    return titled(TITLE, [part for pair in parts for part in (pair, "")])


def _one_load(load: Load, work: Path) -> str:
    asked = networks.addresses(networks.pinged(load.devices, load.interval_s))
    pings = len(asked) * load.rounds
    what = f"{len(asked)} addresses every {load.interval_s:g} s, {pings} pings"
    ours, fping, start = Row("canh", what), Row("fping", what), Row("")
    for number in range(load.repeats):
        data = work / f"ping-{load.interval_s:g}-{number}"
        data.mkdir()
        began_s, spent_s = _monitor(load, data)
        start.costs.append(began_s)
        ours.costs.append(spent_s * 1e6 / pings)
        fping_s, fpings = _fping(load, asked, data)
        fping.costs.append(fping_s * 1e6 / fpings)
    began = ", ".join(f"{seconds:.1f}" for seconds in start.costs)
    note = f"Not in the table: canh's start with its first rounds, {began} CPU s."
    return "\n".join((table([ours, fping], fping, "µs"), "", note))


def _monitor(load: Load, data: Path) -> tuple[float, float]:
    """→ CPU seconds of the start, and of the window."""
    words = ["--devices", str(load.devices), "--interval", str(load.interval_s)]
    with of_ours("monitor", "ping", str(data), *words, said=data / "monitor.log") as child:
        child.line()
        time.sleep(load.interval_s * 1.5)
        started_s = child.cpu_s()
        spent_s = child.cpu_during(load.window_s)
        child.stop()
    _check(data, load)
    return started_s, spent_s


def _check(data: Path, load: Load) -> None:
    """Was every ping sent, answered, judged and kept? Else the figure is too small."""
    reader = open_questions(record_url(data))
    now, now_ms = reader.snapshot(), time.time_ns() // 1_000_000
    whole = reader.period(0, now_ms, now_ms)
    reader.close()
    if len(whole.coverage) != 1:
        raise UselessError("canh was stalled and skipped pings: the machine is too busy")
    lost = _lost_pct(now)
    if lost > 0.1:
        raise UselessError(f"canh lost {lost:.1f} % of its pings on loopback")


def _lost_pct(now: Snapshot) -> float:
    """The mean over all devices that were asked."""
    asked = [r for r in now.rows if r.kind == Kind.DEVICE and r.state != State.NOT_MONITORED]
    return sum(100.0 if r.loss_pct is None else r.loss_pct for r in asked) / len(asked)


def _fping(load: Load, asked: list[str], data: Path) -> tuple[float, int]:
    """→ CPU seconds of the window, and the pings in it."""
    listed = data / "addresses"
    listed.write_text("\n".join(asked) + "\n")
    period_ms = load.interval_s * 1000
    gap_ms = period_ms / len(asked) * 0.8  # it waits longer than told
    words = ["fping", "-q", "-C", str(load.rounds + 2), "-p", f"{period_ms:.0f}"]
    words += ["-i", f"{gap_ms:.3f}", "-t", "500", "-f", str(listed)]
    with Child(words, data / "fping.log") as child:
        time.sleep(load.interval_s)
        spent_s = child.cpu_during(load.window_s)
        child.stop(signal.SIGINT)  # it prints what it has heard
    heard, lost = _heard((data / "fping.log").read_text())
    if lost > heard / 1000:
        raise UselessError(f"fping lost {lost} of {heard + lost} pings on loopback")
    return spent_s, heard - len(asked)  # without the first round


def _heard(said: str) -> tuple[int, int]:
    """Answers and losses in lines like `ADDRESS : 0.03 0.02 -`, one column a ping."""
    columns = [line.partition(" : ")[2].split() for line in said.splitlines() if " : " in line]
    lost = sum(words.count("-") for words in columns)
    return sum(map(len, columns)) - lost, lost

"""CPU per ping, judged and stored, beside fping, which prints at its end and keeps nothing."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import networks, rtt
from benchmarks.child import Child, UselessError, of_ours
from benchmarks.figures import Row, table, titled
from cli.monitor import record_url
from store.questions import Snapshot
from store.reader import open_questions
from store.states import Kind, State

PROGRAMS = rtt.PROGRAMS
TITLE = "One ping, judged and stored"
ATTEMPTS = 3
FOREIGN_PCT = 5.0
SIGHT_LIMIT_S = 300.0  # of a country on a busy machine


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


Measure = Callable[[Load, list[str], Path], "Spent"]
FULL = (  # four of five devices have an address to ping
    Load(2_450, 2.0, 4, 3),
    Load(2_450, 10.0, 2, 3),
    Load(24_650, 10.0, 1, 3),
)
QUICK = (Load(500, 1.0, 5, 2),)


def compare(work: Path, *, quick: bool) -> str:
    """All loads, our monitor and fping in turn."""
    parts = [_one_load(load, work) for load in (QUICK if quick else FULL)]
    costs = titled(TITLE, [part for pair in parts for part in (pair, "")])
    return f"{costs}\n{rtt.compare(quick=quick)}"


def _one_load(load: Load, work: Path) -> str:
    asked = networks.addresses(networks.pinged(load.devices, load.interval_s))
    what = f"{len(asked)} addresses every {load.interval_s:g} s, {len(asked) * load.rounds} pings"
    ours, fping, start = Row("canh", what), Row("fping", what), Row("")
    for number in range(load.repeats):
        data = work / f"ping-{load.devices}-{load.interval_s:g}-{number}"
        for row, measure in ((ours, _monitor), (fping, _fping)):
            spent = _undisturbed(measure, load, asked, data)
            row.costs.append(spent.cpu_s * 1e6 / spent.pings)
            if spent.start_s:
                start.costs.append(spent.start_s)
    began = ", ".join(f"{seconds:.1f}" for seconds in start.costs)
    note = f"Not in the table: canh's start with its first rounds, {began} CPU s."
    return "\n".join((table([ours, fping], fping, "µs"), "", note))


@dataclass(frozen=True, slots=True)
class Spent:
    """In the window; `echoes` are all pings that this machine answered in it, whoever asked."""

    cpu_s: float
    pings: int
    echoes: int
    start_s: float = 0.0

    @property
    def foreign_pct(self) -> float:
        return 100 * (self.echoes - self.pings) / self.pings


def _undisturbed(measure: Measure, load: Load, asked: list[str], data: Path) -> Spent:
    """Another program's pings wake fping too, and fewer than ours would flatter us: try again."""
    for attempt in range(ATTEMPTS):
        folder = data / f"{measure.__name__}-{attempt}"
        folder.mkdir(parents=True)
        spent = measure(load, asked, folder)
        if abs(spent.foreign_pct) < FOREIGN_PCT:
            return spent
        print(f"another try: {spent.foreign_pct:+.0f} % pings of others", file=sys.stderr)
    raise UselessError(
        "other programs ping on this machine: no figure is worth anything; "
        "run it under `unshare --net sh -c 'ip link set lo up; …'`"
    )


def _window(child: Child, seconds: float) -> tuple[float, int]:
    """→ CPU seconds of the child, and the pings that the kernel answered meanwhile."""
    before = _echoes()
    spent_s = child.cpu_during(seconds)
    return spent_s, _echoes() - before


def _echoes() -> int:
    """Echo requests that the kernel has received, RFC 4293 icmpStatsInMsgs by type."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    names, counts = (line.split() for line in lines if line.startswith("Icmp: "))
    return int(counts[names.index("InEchos")])


def _monitor(load: Load, asked: list[str], data: Path) -> Spent:
    words = ["--devices", str(load.devices), "--interval", str(load.interval_s)]
    with of_ours("monitor", "ping", str(data), *words, said=data / "monitor.log") as child:
        child.line(SIGHT_LIMIT_S)
        _await_sight(data)
        time.sleep(load.interval_s * 1.5)  # what was late at the start has been asked
        start_s = child.cpu_s()
        spent_s, echoes = _window(child, load.window_s)
        child.stop()
    _check(data)
    return Spent(spent_s, len(asked) * load.rounds, echoes, start_s)


def _await_sight(data: Path) -> None:
    """The first round is over."""
    reader = open_questions(record_url(data))
    until = time.monotonic() + SIGHT_LIMIT_S
    while reader.snapshot().watching.seen_to_ms is None and time.monotonic() < until:
        time.sleep(0.5)
    reader.close()


def _check(data: Path) -> None:
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


def _fping(load: Load, asked: list[str], data: Path) -> Spent:
    """The first round does not count; an interrupt makes it print what it has heard."""
    listed = data / "addresses"
    listed.write_text("\n".join(asked) + "\n")
    period_ms = load.interval_s * 1000
    gap_ms = period_ms / len(asked) * 0.8  # it waits longer than told
    words = ["fping", "-q", "-C", str(load.rounds + 2), "-p", f"{period_ms:.0f}"]
    words += ["-i", f"{gap_ms:.3f}", "-t", "500", "-f", str(listed)]
    with Child(words, data / "fping.log") as child:
        time.sleep(load.interval_s)
        spent_s, echoes = _window(child, load.window_s)
        child.stop(signal.SIGINT)
    heard, lost = _heard((data / "fping.log").read_text())
    if lost > heard / 1000:
        raise UselessError(f"fping lost {lost} of {heard + lost} pings on loopback")
    return Spent(spent_s, heard - len(asked), echoes)


def _heard(said: str) -> tuple[int, int]:
    """Answers and losses in lines like `ADDRESS : 0.03 0.02 -`, one column a ping."""
    columns = [line.partition(" : ")[2].split() for line in said.splitlines() if " : " in line]
    lost = sum(words.count("-") for words in columns)
    return sum(map(len, columns)) - lost, lost

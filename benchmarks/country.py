"""A country on one core: `canh run` watches 20,000 devices with 480,000 interfaces.

All of it stands in a network namespace of its own: there the kernel answers pings for every
address of 127.0.0.0/8, one process answers SNMP for them on the other core, and a set of the
firewall swallows whatever goes to the devices that are silenced.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import networks
from benchmarks.child import Child, UselessError
from benchmarks.figures import titled
from benchmarks.written import written
from cli.monitor import record_url
from inventory.model import Network
from inventory.topology import build
from store.questions import OutageRow
from store.reader import RecordReader, open_questions
from store.states import Kind, State
from tests.rig import Node, RigError

PROGRAMS = ("unshare", "nsenter", "taskset", "nft")
PORT = 16161
PING_S, SNMP_S = 10.0, 60.0
FOUND_S = 20.0
SEED = 4
LOOK_S = 10.0  # between two looks at the memory
FIRST_CONTACT_S = 600.0
CORES = ("0", "1")  # of the monitor, and of all others
FIREWALL = """
table inet silence {
  set silent { type ipv4_addr; }
  chain input { type filter hook input priority 0; ip daddr @silent drop; }
}
"""


@dataclass(frozen=True, slots=True)
class Load:
    devices: int
    interfaces: int
    silenced: int
    seconds: float

    @property
    def named(self) -> str:
        return (
            f"{self.devices} devices × {self.interfaces} interfaces, ping every {PING_S:g} s, "
            f"SNMP every {SNMP_S:g} s, for {self.seconds:g} s"
        )


FULL = Load(20_000, 24, 200, 600.0)
QUICK = Load(2_000, 24, 20, 60.0)


@dataclass(slots=True)
class Run:
    """What was seen from outside; times in seconds, memory in MB."""

    ready_s: float = 0.0  # from the start to the first question
    ready_cpu_s: float = 0.0
    contact_s: float = 0.0  # from there until every device was asked for all that it is
    contact_cpu_s: float = 0.0
    cpu_pct: float = 0.0
    agent_pct: float = 0.0
    requests: float = 0.0  # a second
    varbinds: float = 0.0
    rss: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    found_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lag_ms: list[int] = field(default_factory=list)  # of what was due, a figure a minute
    lag_p99_ms: list[int] = field(default_factory=list)


def compare(work: Path, *, quick: bool) -> str:
    """One run; what must hold stands beside what was measured."""
    load = QUICK if quick else FULL
    if len(os.sched_getaffinity(0)) < 2:
        raise UselessError("two cores are needed: one for the monitor, one for its agents")
    try:
        run = _run(load, work)
    except RigError as error:
        raise UselessError(
            f"no network namespace here ({error}); run as root, or under "
            "`unshare --user --map-root-user --net`"
        ) from error
    return titled("A country on one core", _table(load, run))


def _run(load: Load, work: Path) -> Run:
    network = networks.country(load.devices, ping_s=PING_S, snmp_s=SNMP_S, port=PORT)
    config, data = work / "sites.toml", work / "data"
    config.write_text(written(network), "utf-8")
    data.mkdir()
    os.sched_setaffinity(0, {int(CORES[1])})
    with ExitStack() as stack:
        node = Node()
        stack.callback(node.close)
        node.run("sh", "-c", "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range")
        node.run("nft", "-f", "-", told=FIREWALL)
        numbers = (str(load.devices), str(load.interfaces), "--port", str(PORT))
        agents = stack.enter_context(
            _child(node, CORES[1], "benchmarks.agent", "country", *numbers, said=work / "agents")
        )
        agents.line()
        where = ("--config", str(config), "--data", str(data))
        began = time.monotonic()
        monitor = stack.enter_context(
            _child(node, CORES[0], "cli.main", "run", "--quiet", *where, said=work / "monitor")
        )
        watched = _Watched(load, network, node, monitor, agents, work)
        watched.first_contact(began)
        watched.window()
        return watched.run


def _child(node: Node, core: str, module: str, *words: str, said: Path) -> Child:
    pinned = ("taskset", "-c", core, sys.executable, "-m", module, *words)
    return Child(node.inside(*pinned), said)


class _Watched:
    """The monitor while it runs, seen through /proc and through its record."""

    def __init__(
        self, load: Load, network: Network, node: Node, monitor: Child, agents: Child, work: Path
    ) -> None:
        self.run = Run()
        self._load, self._network, self._node = load, network, node
        self._monitor, self._agents, self._work = monitor, agents, work

    def _reader(self) -> RecordReader:
        return open_questions(record_url(self._work / "data"))

    def first_contact(self, began: float) -> None:
        """Until all devices are up, all were asked for their interfaces, and one usual round is
        over."""
        self._await(lambda: "canh: " in (self._work / "monitor").read_text(), "it does not start")
        run = self.run
        run.ready_s, run.ready_cpu_s = time.monotonic() - began, self._monitor.cpu_s()
        self._await(lambda: self._served()[2] == self._load.devices, "not all were asked by SNMP")
        run.contact_s = time.monotonic() - began - run.ready_s
        run.contact_cpu_s = self._monitor.cpu_s() - run.ready_cpu_s
        time.sleep(SNMP_S)  # one usual round: what came due meanwhile is made up for
        reader = self._reader()
        not_up = [r.key for r in reader.snapshot().rows if _is_off(r.kind, r.state)]
        reader.close()
        if not_up:
            raise UselessError(f"{len(not_up)} devices are not up: {', '.join(not_up[:5])} …")

    def _await(self, true: Callable[[], bool], problem: str) -> None:
        until = time.monotonic() + FIRST_CONTACT_S
        while not true():
            self._monitor.check()
            if time.monotonic() > until:
                raise UselessError(problem)
            time.sleep(0.5)

    def window(self) -> None:
        run, load = self.run, self._load
        began, cpu_s, agent_s = time.monotonic(), self._monitor.cpu_s(), self._agents.cpu_s()
        began_ms = time.time_ns() // 1_000_000
        served = self._served()
        self._look_until(began + load.seconds * 0.4)
        self._silence()
        self._look_until(began + load.seconds)
        took_s = time.monotonic() - began
        run.cpu_pct = 100 * (self._monitor.cpu_s() - cpu_s) / took_s
        run.agent_pct = 100 * (self._agents.cpu_s() - agent_s) / took_s
        run.requests, run.varbinds = (
            (new - old) / took_s for new, old in zip(self._served()[:2], served, strict=False)
        )
        reader = self._reader()
        outages = reader.outages(open_only=True)
        opened = reader.opened(outages[0].id) if outages else None
        reader.close()
        told = (
            [row for row in opened.start.health if row.at_ms - 60_000 >= began_ms] if opened else []
        )
        run.lag_ms = [int(row.body["lag_ms"]) for row in told]
        run.lag_p99_ms = [int(row.body["lag_p99_ms"]) for row in told]

    def _served(self) -> tuple[int, int, int]:
        self._agents.tell("count")
        requests, varbinds, known = map(int, self._agents.line().split())
        return requests, varbinds, known

    def _silence(self) -> None:
        """Leaves of the network fall silent at once; the record is read until all are on it."""
        victims = _leaves(self._network, self._load.silenced)
        elements = ", ".join(self._network.devices[key].address or "" for key in victims)
        reader = self._reader()
        before = {row.id for row in reader.outages(open_only=True)}
        self._node.run("nft", "-f", "-", told=f"add element inet silence silent {{ {elements} }}")
        began = time.monotonic()
        missing, run = set(victims), self.run
        while missing and time.monotonic() < began + 3 * FOUND_S:
            time.sleep(0.5)
            fresh = [row for row in reader.outages(open_only=True) if row.id not in before]
            found = {row.key for row in _of_devices(fresh)} & missing
            run.found_s += [time.monotonic() - began] * len(found)
            missing -= found
        time.sleep(FOUND_S)
        late = [row for row in reader.outages(open_only=True) if row.id not in before]
        run.wrong = [row.key for row in _of_devices(late) if row.key not in victims]
        reader.close()

    def _look_until(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(LOOK_S, left))
            self._monitor.check()
            told = dict(_memory(self._monitor.pid))
            self.run.rss.append(told["VmRSS"])
            self.run.peak.append(told["VmHWM"])


def _memory(pid: int) -> Iterator[tuple[str, float]]:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            yield name, int(value.split()[0]) / 1024


def _is_off(kind: Kind, state: State) -> bool:
    return kind == Kind.DEVICE and state not in (State.UP, State.NOT_MONITORED)


def _of_devices(rows: Sequence[OutageRow]) -> list[OutageRow]:
    return [row for row in rows if row.kind == Kind.DEVICE]


def _leaves(network: Network, count: int) -> list[str]:
    """Devices on which nothing hangs, the same ones in each run."""
    above = {upper for ways in build(network).ways.values() for _, upper in ways}
    return random.Random(SEED).sample(sorted(network.devices.keys() - above), count)


def _table(load: Load, run: Run) -> list[str]:
    found = len(run.found_s)
    slowest = max(run.found_s, default=0.0)
    rows = (
        ("CPU of the monitor, % of one core", f"{run.cpu_pct:.1f}", "≤ 30"),
        ("memory at the end of the window, MB", f"{run.rss[-1]:.0f}", "≤ 400"),
        ("memory at its highest since the start, MB", f"{run.peak[-1]:.0f}", "≤ 400"),
        (
            "how late was asked what was due, p99 of a minute, ms",
            _spread(run.lag_p99_ms),
            "≤ 1,000",
        ),
        ("the same, the latest of a minute, ms", _spread(run.lag_ms), ""),
        (f"of {load.silenced} silenced devices found", str(found), str(load.silenced)),
        ("the last one found after, s", f"{slowest:.1f}", f"≤ {FOUND_S:g}"),
        ("others held for down", str(len(run.wrong)), "0"),
    )
    served = f"{run.requests:.0f} SNMP requests and {run.varbinds:.0f} varbinds a second"
    start = f"{run.ready_s:.0f} s until the first question ({run.ready_cpu_s:.1f} s CPU)"
    contact = f"{run.contact_s:.0f} s until every device was asked ({run.contact_cpu_s:.1f} s CPU)"
    return [
        f"**{load.named}**",
        "",
        "| | measured | goal |",
        "|---|--:|--:|",
        *(f"| {name} | {measured} | {goal} |" for name, measured, goal in rows),
        "",
        f"In the window {served} were answered by an agent process that took "
        f"{run.agent_pct:.0f} % of the other core. Memory over time, MB: "
        f"{', '.join(f'{mb:.0f}' for mb in run.rss[:: max(1, len(run.rss) // 10)])}. "
        f"Not in the table: the start, {start}, and the first contact, {contact}.",
    ]


def _spread(figures: Sequence[int]) -> str:
    if not figures:
        return "not told"
    ordered = sorted(figures)
    return f"median {ordered[len(ordered) // 2]}, highest {ordered[-1]}"

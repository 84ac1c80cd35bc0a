"""What judging costs: everything failing at once, and a tick in which nothing happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import networks
from benchmarks.child import UselessError
from benchmarks.figures import titled
from cli.apart import spare_the_collector
from cli.monitor import YOUNG
from inventory.model import Network
from probes.graph import Graph, number
from probes.judge import Judge
from probes.judgement import Pace
from probes.openings import openings
from probes.pings import Pings
from probes.readings import Readings
from probes.results import MISSED, Ping
from probes.schedule import Schedule
from store.changes import Batch
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.reader import open_questions
from store.states import State
from store.urls import sqlite_url
from store.writer import Writer

PROGRAMS: tuple[str, ...] = ()
DEVICES = 24_450  # of which 20,000 are asked: the others are bare inventory
TICK_MS, RTT_NS = 100, 5_000_000
START_MS = 1_800_000_000_000
WARM_MS = 210_000  # the loss of every line is known: at the default interval that takes 200 s
QUIET_MS = 20_000
STORM_MS = 90_000  # by then all must be judged
AT_MOST = 400  # questions a tick, as the watch has it
BURST_S, TICK_GOAL_MS = 3.0, 20.0


@dataclass
class Drill:
    """The judge, the schedule and the writer, with time as a number and no socket.

    `lost` says which devices are silent; `judging` and `writing` count their CPU seconds.
    """

    network: Network
    work: Path
    now: int = START_MS
    judging: float = 0.0
    writing: float = 0.0
    asking: float = 0.0
    ticks: list[float] = field(default_factory=list)
    flying: dict[int, list[Ping]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.url = sqlite_url(self.work / "record.db")
        engine = open_writer(self.url)
        migrate(engine)
        with engine.begin() as conn:
            ids = agree(conn, self.network, START_MS).ids
        engine.dispose()
        self.graph: Graph = number(self.network, ids)
        defaults = self.network.defaults
        self.pace = Pace(int(defaults.ping_interval_s * 1000), int(defaults.ping_timeout_s * 1000))
        self.judge = Judge(self.graph, self.pace, self.now, openings(self.network, self.graph))
        self.readings = Readings()
        self.readings.take_up(self.judge)
        keys = [(n, key) for n, key in enumerate(self.graph.keys[: self.graph.devices])]
        self.schedule = Schedule(keys, self.pace.interval_ms, self.now, self.graph.rank)
        self.writer = Writer(open_writer(self.url), "bench")
        self.writer.start(self.now)

    def run(
        self, for_ms: int, lost: Callable[[int], bool], until: Callable[[], bool] = lambda: False
    ) -> None:
        for _ in range(for_ms // TICK_MS):
            self.now += TICK_MS
            self._tick(lost)
            if until():
                return

    def _tick(self, lost: Callable[[int], bool]) -> None:
        began = time.process_time()
        pings = Pings.of(self.flying.pop(self.now, ()))
        judged = self.judge.step(self.now, pings)
        self.readings.look(pings.nodes)
        done = time.process_time()
        self.schedule.ask(judged.asks)
        self.schedule.ask(judged.proofs, first=True)
        due = self.schedule.due(self.now, AT_MOST, self.judge.hangs)
        asked = time.process_time()
        self.judging += done - began
        self.asking += asked - done
        self.ticks.append(asked - began)
        self._send(due, lost)
        if judged.verdicts or judged.marks or judged.seeing:
            self._commit(
                Batch(
                    at_ms=self.now,
                    verdicts=tuple(judged.verdicts),
                    marks=tuple(judged.marks),
                    seeing=tuple(judged.seeing),
                )
            )

    def _send(self, due: Iterable[int], lost: Callable[[int], bool]) -> None:
        for n in due:
            silent = lost(n)
            back = self.now + (self.pace.timeout_ms if silent else TICK_MS)
            self.flying.setdefault(back, []).append((n, self.now, MISSED if silent else RTT_NS))

    def _commit(self, batch: Batch) -> None:
        """In the writer's own thread: the whole process's CPU time while we wait is its own."""
        began = time.process_time()
        self.writer.submit(batch).result()
        self.writing += time.process_time() - began

    def forget(self) -> None:
        """Begin the figures anew."""
        self.judging = self.writing = self.asking = 0.0
        self.ticks.clear()

    def believed(self, *states: State) -> int:
        devices = self.judge.nodes[: self.graph.devices]
        return sum(node.state in states for node in devices)


def compare(work: Path, *, quick: bool) -> str:
    """Two kinds of collapse, judged and committed, and the quiet before each."""
    network = networks.pinged(2_000 if quick else DEVICES, 10.0)
    bursts = (
        ("all but the anchor, one cause", _all_but_the_anchor),
        ("half of it, below 170 roots of their own", _below_many),
    )
    lines = [
        "| what fails | devices | outages | all found after s | judging s CPU | committing s CPU"
        " | together | goal |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    quiet: list[float] = []
    for i, (title, pick) in enumerate(bursts):
        (place := work / str(i)).mkdir()
        drill = Drill(network, place)
        drill.run(WARM_MS, lambda _: False)
        spare_the_collector(YOUNG)
        drill.forget()
        drill.run(QUIET_MS, lambda _: False)
        quiet += drill.ticks
        drill.forget()
        lines.append(_burst(drill, title, pick(drill.graph)))
    rows = [
        "| a tick | devices | median ms CPU | the slowest of 100 | goal |",
        "|---|--:|--:|--:|--:|",
        _quiet(quiet, network),
    ]
    return titled("Everything fails at once", lines) + "\n" + titled("A quiet tick", rows)


def _burst(drill: Drill, title: str, lost: frozenset[int]) -> str:
    began = drill.now

    def found() -> bool:
        """Looked at outside of what is measured."""
        return drill.believed(State.DOWN, State.UNREACHABLE) == len(lost)

    drill.run(STORM_MS, lost.__contains__, found)
    took_s = (drill.now - began) / 1000
    drill.writer.close(drill.now, seen_ms=drill.now)
    gone = drill.believed(State.DOWN, State.UNREACHABLE)
    if gone != len(lost):
        raise UselessError(f"{title}: {gone} of {len(lost)} devices were found")
    reader = open_questions(drill.url)
    outages = len(reader.outages(open_only=True))
    reader.close()
    judging = drill.judging + drill.asking
    both = judging + drill.writing
    return _row(title, len(lost), outages, took_s, judging, drill.writing, both, f"≤ {BURST_S:.0f}")


def _quiet(ticks: list[float], network: Network) -> str:
    slowest = sorted(ticks)[int(len(ticks) * 0.99)]
    pings = len(network.devices) // 100
    middle = 1000 * median(ticks)
    title = f"{pings} pings asked and judged"
    return _row(title, len(network.devices), middle, 1000 * slowest, f"≤ {TICK_GOAL_MS:.0f} ms")


def _row(*cells: str | float) -> str:
    shown = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells)
    return "| " + " | ".join(shown) + " |"


def _all_but_the_anchor(graph: Graph) -> frozenset[int]:
    return frozenset(range(graph.devices)) - set(graph.anchors)


def _below_many(graph: Graph) -> frozenset[int]:
    """The anchor and its own site stay; the first 170 that have most behind them fall with it."""
    tops = sorted(
        (n for n in range(graph.devices) if graph.ways[n]),
        key=lambda n: (graph.order[n], -len(graph.below[n])),
    )[:170]
    found, frontier = set(tops), tops
    while frontier:
        frontier = [
            c for n in frontier for c in graph.below[n] if c < graph.devices and c not in found
        ]
        found.update(frontier)
    return frozenset(found) - set(graph.anchors)

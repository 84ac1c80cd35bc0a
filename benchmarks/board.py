"""The live board on a real terminal line, beside Textual's DataTable: CPU, keys, bytes, freshness.

A child commits 500 changes a second to a record of 20,000 devices, four commits a second; `canh
board` runs on a pty and is measured from its far end, once over a line of 64 kbit/s.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.board_storm import RECORD
from benchmarks.child import Child, UselessError, of_ours
from benchmarks.figures import titled
from benchmarks.terminal import Line, Terminal
from store.urls import sqlite_url

PROGRAMS: tuple[str, ...] = ()
SMALL, LARGE = (80, 24), (200, 60)
SLOW = Line(rate=8_000.0, delay_s=0.05)
START_LIMIT_S, KEY_LIMIT_S = 60.0, 15.0
REST_S = 6.0  # lists that wait five seconds have caught up
STOPPED_S = 3.0  # that the monitor stopped is on the screen
SHOWN_LIMIT_S = 2.5  # a root of ours lasts three
BURST_S = 0.3  # bytes nearer than that are one paint
KEY = re.compile(r"\bd\d{5}\b")
CLOCK = re.compile(r"\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Load:
    devices: int
    settle_s: float
    window_s: float  # without keys
    keys: int
    slow_keys: int
    idle_s: float
    starts: int


FULL = Load(20_000, 6.0, 30.0, 50, 25, 30.0, 5)
QUICK = Load(1_000, 0.0, 5.0, 3, 3, 2.0, 1)


@dataclass(slots=True)
class Run:
    """One program on one terminal; times in seconds, memory in MB, CPU in % of one core."""

    first_s: list[float] = field(default_factory=list)  # from the start to the first paint
    start_s: list[float] = field(default_factory=list)  # to the rows
    cpu_pct: float = 0.0
    cpu_keys_pct: float = 0.0
    rate: float = 0.0  # bytes a second, without keys
    squeezed: float = 0.0
    keys_s: list[float] = field(default_factory=list)
    lost: int = 0  # keys that showed nothing
    shown_s: list[float] = field(default_factory=list)  # new roots, from their commit
    unseen: int = 0
    rss_mb: list[float] = field(default_factory=list)
    most_waiting: int = 0


class Storm:
    """The child that writes the record."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def begin(self) -> None:
        self._child.tell("storm")

    def end(self) -> Mapping[str, float]:
        """When each new root was committed, CLOCK_MONOTONIC. UselessError where it fell behind."""
        self._child.tell("rest")
        told = json.loads(self._child.line())
        if told["changes"] < 475 * told["seconds"]:
            raise UselessError(f"only {told['changes']} changes in {told['seconds']:.0f} s")
        return {str(key): float(at) for key, at in told["roots"].items()}

    def stop(self) -> None:
        """The record says that nobody writes it any more."""
        self._child.tell("stop")
        self._child.line()


def compare(work: Path, *, quick: bool) -> str:
    """Each program on each size, one after the other; then the slow line and the rest."""
    load = QUICK if quick else FULL
    (work / "sites.toml").write_text("[network]\n", "utf-8")
    board = [sys.executable, "-m", "cli.main", "board", "--config", str(work / "sites.toml")]
    board += ["--data", str(work)]
    peer = [sys.executable, "-m", "benchmarks.board_peer", sqlite_url(work / RECORD)]
    with of_ours("board_storm", str(work), str(load.devices), said=work / "storm") as child:
        child.line()
        storm = Storm(child)
        ours = [_run(board, size, load, storm) for size in (SMALL, LARGE)]
        theirs = [_run(peer, size, load, storm) for size in (SMALL, LARGE)]
        slow = _slow(board, load, storm)
        with Terminal(board, *SMALL) as terminal:
            _await_rows(terminal)
            quiet = _idle(terminal, REST_S, load.idle_s)
            storm.stop()
            alone = _idle(terminal, STOPPED_S, load.idle_s)
    busy = f"load average {os.getloadavg()[0]:.1f} at the end, other work on the same cores"
    said = f"**{load.devices:,} devices, 500 changes a second in 4 commits; {busy}**"
    lines = [said, "", *_table(ours, theirs), "", *_slow_lines(slow), ""]
    lines += [f"At rest, {name}: {told}." for name, told in _rests(quiet, alone)]
    return titled("The live board", lines)


# ---------------------------------------------------------------- one program on one terminal


def _run(words: Sequence[str], size: tuple[int, int], load: Load, storm: Storm) -> Run:
    run = Run()
    for _ in range(load.starts - 1):
        with Terminal(words, *size) as terminal:
            _start(terminal, run)
    with Terminal(words, *size) as terminal:
        _start(terminal, run)
        run.rss_mb.append(terminal.rss_mb())
        storm.begin()
        terminal.run(load.settle_s)
        began = time.monotonic()
        seen = _watch(terminal, load.window_s, run)
        ended = time.monotonic()
        run.cpu_keys_pct = _cpu(terminal, lambda: _press(terminal, load.keys, run))
        run.rss_mb.append(terminal.rss_mb())
        for key, at in storm.end().items():
            if began <= at <= ended - SHOWN_LIMIT_S:
                run.shown_s += [seen[key] - at] if key in seen else []
                run.unseen += key not in seen
    return run


def _start(terminal: Terminal, run: Run) -> None:
    """Something is painted, then the rows."""
    if terminal.run(
        START_LIMIT_S, lambda: any(map(str.strip, map("".join, terminal.screen.lines)))
    ):
        run.first_s.append(time.monotonic() - terminal.began)
    run.start_s.append(_await_rows(terminal))


def _await_rows(terminal: Terminal) -> float:
    """Seconds from the start until a row of the record is shown, with the cursor on it."""
    left = terminal.began + START_LIMIT_S - time.monotonic()
    if terminal.run(left, lambda: _under_cursor(terminal) is not None) is None:
        raise UselessError("no row is shown")
    return time.monotonic() - terminal.began


def _under_cursor(terminal: Terminal) -> str | None:
    """The device that the cursor stands on; that row begins with `>`."""
    rows = (KEY.search("".join(line)) for line in terminal.screen.lines if line[0] == ">")
    return next((found[0] for found in rows if found), None)


def _watch(terminal: Terminal, seconds: float, run: Run) -> Mapping[str, float]:
    """When each device was first seen on the screen, while nobody presses a key."""
    seen: dict[str, float] = {}

    def look() -> bool:
        now = time.monotonic()
        for line in terminal.screen.lines:
            for key in KEY.findall("".join(line)):
                seen.setdefault(key, now)
        return False

    written, squeezed = terminal.written, terminal.squeezed
    run.cpu_pct = _cpu(terminal, lambda: terminal.run(seconds, look))
    run.rate = (terminal.written - written) / seconds
    run.squeezed = (terminal.squeezed - squeezed) / seconds
    return seen


def _cpu(terminal: Terminal, work: Callable[[], object]) -> float:
    began, before = time.monotonic(), terminal.cpu_s()
    work()
    return 100 * (terminal.cpu_s() - before) / (time.monotonic() - began)


def _press(terminal: Terminal, keys: int, run: Run) -> None:
    """One key after the other, in no rhythm: until another device is under the cursor."""
    dice = random.Random(11)
    for _ in range(keys):
        terminal.run(dice.uniform(0.2, 1.0))
        before = _under_cursor(terminal)
        terminal.press("j")
        took = terminal.run(KEY_LIMIT_S, lambda old=before: _moved(terminal, old))  # type: ignore[misc]
        if took is None:
            run.lost += 1
        else:
            run.keys_s.append(took)


def _moved(terminal: Terminal, before: str | None) -> bool:
    return _under_cursor(terminal) not in (before, None)


def _slow(words: Sequence[str], load: Load, storm: Storm) -> Run:
    run = Run()
    with Terminal(words, *SMALL, SLOW) as terminal:
        storm.begin()
        _start(terminal, run)
        terminal.run(load.settle_s)
        _press(terminal, load.slow_keys, run)
        run.most_waiting = terminal.most_waiting
        storm.end()
    return run


# ---------------------------------------------------------------- at rest


@dataclass(slots=True)
class Rest:
    """Bytes of each paint while nothing changes, told apart by whether the clock moved."""

    seconds: float
    cpu_pct: float = 0.0
    ticks: list[int] = field(default_factory=list)
    between: list[int] = field(default_factory=list)


def _idle(terminal: Terminal, settle_s: float, seconds: float) -> Rest:
    terminal.run(settle_s)
    rest = Rest(seconds)
    until = time.monotonic() + seconds

    def listen() -> None:
        while (left := until - time.monotonic()) > 0:
            clock, written = _clock(terminal), terminal.written
            if terminal.run(left, lambda: True) is None:
                return
            terminal.run(BURST_S)
            moved = _clock(terminal) != clock
            (rest.ticks if moved else rest.between).append(terminal.written - written)

    rest.cpu_pct = _cpu(terminal, listen)
    return rest


def _clock(terminal: Terminal) -> list[str]:
    return CLOCK.findall("".join(terminal.screen.lines[0]))


# ---------------------------------------------------------------- what is printed


def _table(ours: Sequence[Run], theirs: Sequence[Run]) -> list[str]:
    rows: list[tuple[str, str, Callable[[Run], str], bool]] = [
        ("CPU, % of one core", "≤ 4, ≤ 6", lambda r: f"{r.cpu_pct:.1f}", True),
        ("the same while keys are pressed", "", lambda r: f"{r.cpu_keys_pct:.1f}", True),
        ("key → cursor moved, p50 / p95 ms", "p95 ≤ 50", _keys_ms, True),
        ("bytes a second", "", lambda r: f"{r.rate:,.0f}", True),
        ("the same over `ssh -C`", "", lambda r: f"{r.squeezed:,.0f}", True),
        ("start → first paint, p50 / max s", "≤ 1", lambda r: _spread(r.first_s), True),
        ("start → rows, p50 / max s", "≤ 1", lambda r: _spread(r.start_s), True),
        ("memory at start → end, MB", "", lambda r: " → ".join(f"{m:.0f}" for m in r.rss_mb), True),
        ("commit of a root → on screen, p50 / max s", "≤ 1", _shown_s, False),
    ]
    heads = [f"{name} {x}×{y}" for name in ("board", "DataTable") for x, y in (SMALL, LARGE)]
    lines = [f"| | goal | {' | '.join(heads)} |", "|---|--:" + "|--:" * 4 + "|"]
    for name, goal, told, of_both in rows:
        cells = [told(run) for run in ours]
        cells += [told(run) if of_both else "" for run in theirs]
        lines.append(f"| {name} | {goal} | {' | '.join(cells)} |")
    return lines


def _keys_ms(run: Run) -> str:
    if not run.keys_s:
        return "never"
    times = sorted(1000 * each for each in run.keys_s)
    lost = f", {run.lost} lost" if run.lost else ""
    return f"{median(times):.0f} / {times[int(0.95 * len(times))]:.0f}{lost}"


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} / {max(seconds):.2f}" if seconds else "never"


def _shown_s(run: Run) -> str:
    count = len(run.shown_s) + run.unseen
    return f"{_spread(run.shown_s)}, {len(run.shown_s)} of {count}"


def _slow_lines(run: Run) -> list[str]:
    return [
        f"At 64 kbit/s, 50 ms each way, 80×24, uncompressed: rows after {run.start_s[0]:.1f} s; "
        f"key → cursor moved p50 / p95 {_keys_ms(run)} ms (goal: p50 ≤ 200); "
        f"at most {run.most_waiting:,} bytes waited on the line."
    ]


def _rests(quiet: Rest, alone: Rest) -> list[tuple[str, str]]:
    return [("with a monitor that sees no change", _told(quiet)), ("without one", _told(alone))]


def _told(rest: Rest) -> str:
    return (
        f"{sum(rest.between)} bytes between the ticks of the clock in {rest.seconds:g} s (goal 0), "
        f"{rest.ticks} at the ticks, {rest.cpu_pct:.1f} % of a core"
    )

"""Round-trip times while the event loop is blocked, beside fping's and those of the line itself.

`python -m tests.probes.rtt ADDRESS COUNT`: pings once each 10 ms from a loop that is blocked 50 of
every 150 ms; prints the round-trip times in ns as JSON, null for a miss.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from probes.ping import Pinger
from tests.rig import Node, Rig
from tests.slow_line import SlowLine

ADDRESS = "10.1.0.1"
EVERY_S, TICK_S = 0.01, 0.02
BLOCKED_S, OF_S = 0.05, 0.15
DELAY_MS = 10.0
_FPING_SIZE = 40  # bytes of payload that tell its pings from ours, which have 16
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Timed:
    """Of each answered ping what was measured, and what the line saw; milliseconds."""

    measured_ms: list[float]
    true_ms: list[float]

    def error_ms(self, pct: float) -> float:
        """The percentile of the difference between both."""
        pairs = zip(self.measured_ms, self.true_ms, strict=True)
        return at_pct([abs(measured - true) for measured, true in pairs], pct)


def at_pct(values: list[float], pct: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * pct / 100))]


def measure(count: int) -> tuple[Timed, Timed]:
    """Ours in the blocked loop, and fping's in a process of its own, at the same time."""
    with Rig() as rig:
        watcher, far = rig.node(), rig.node(ADDRESS)
        line = SlowLine(1, watcher, far, [ADDRESS], pole=rig.node(), delay_ms=DELAY_MS)
        line.lay()
        fping = _started(watcher, *_fping_words(count))
        ours = _started(watcher, sys.executable, "-m", "tests.probes.rtt", ADDRESS, str(count))
        told, said = ours.communicate(timeout=60)[0], fping.communicate(timeout=60)[1]
        seen = line.seen()
    ours_ms = [None if ns is None else ns / 1e6 for ns in json.loads(told)]
    fping_ms = [None if w == "-" else float(w) for w in said.partition(" : ")[2].split()]
    return (
        _timed(ours_ms, {s: ns for size, s, ns in seen if size != _FPING_SIZE}),
        _timed(fping_ms, {s: ns for size, s, ns in seen if size == _FPING_SIZE}),
    )


def _fping_words(count: int) -> list[str]:
    every = f"{EVERY_S * 1000:.0f}"
    return [
        "fping",
        "-q",
        "-C",
        str(count),
        "-p",
        every,
        "-t",
        "1000",
        "-b",
        str(_FPING_SIZE),
        ADDRESS,
    ]


def _started(node: Node, *words: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(node.inside(*words), cwd=_ROOT, stdout=pipe, stderr=pipe, text=True)


def _timed(measured: list[float | None], seen: dict[int, int]) -> Timed:
    """Both number their pings from 0 in the order of sending."""
    both = [(ms, seen[n] / 1e6) for n, ms in enumerate(measured) if ms is not None and n in seen]
    return Timed([ms for ms, _ in both], [true for _, true in both])


async def blocked(address: str, count: int) -> list[int | None]:
    """What a Pinger measures in a loop that has other things to do."""
    pinger = Pinger(timeout_s=1.0)
    found: dict[int, int] = {}
    loop = asyncio.get_running_loop()
    busy = loop.create_task(_busy())
    began, asked = loop.time(), 0
    while len(found) < count:
        due = min(count, int((loop.time() - began) / EVERY_S))
        pinger.send((n, address) for n in range(asked, due))
        asked = max(asked, due)
        found |= {node: rtt for node, _, rtt in pinger.drain()}
        await asyncio.sleep(TICK_S)
    busy.cancel()
    pinger.close()
    return [rtt if rtt >= 0 else None for _, rtt in sorted(found.items())]


async def _busy() -> None:
    while True:
        until = time.monotonic() + BLOCKED_S
        while time.monotonic() < until:
            pass
        await asyncio.sleep(OF_S - BLOCKED_S)


if __name__ == "__main__":
    json.dump(asyncio.run(blocked(sys.argv[1], int(sys.argv[2]))), sys.stdout)

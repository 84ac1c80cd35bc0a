"""`kill -9` at any moment: at most the last minute of samples is missing, and nothing is wrong.

CANH_KILLS=200 is the long form; one in three falls between two statements of one transaction.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from store.sample_file import day, open_keeping, rollup
from store.sample_reader import SampleReader
from store.samples import DAY_MS, HOUR_MS, Measure
from tests.store.keeping import NOW
from tests.store.samples_child import (
    BEGAN,
    POLLS,
    STEP_MS,
    counter,
    degrees,
    instants,
    rtt_us,
)
from tests.store.sampling import COUNTED, NAMES, Kept, keep, looking, sensors, stock, tick

KILLS = int(os.environ.get("CANH_KILLS", "3"))


@dataclass
class Lives:
    """One child after another on the same record."""

    kept: Kept
    sensor: int
    step: int = 0
    kept_steps: set[int] = field(default_factory=set)

    def live(self, statements: int = 0) -> None:
        """Run from the next step and kill, at some moment or before that statement."""
        words = [sys.executable, "-m", "tests.store.samples_child", self.kept.url]
        numbers = (self.kept.device, self.sensor, self.step, statements)
        with subprocess.Popen([*words, *map(str, numbers)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            if not statements:
                time.sleep(random.uniform(0.1, 1.5))
                child.kill()
            lines = [first, *child.stdout.read().splitlines(keepends=True)]
        assert child.returncode == -9
        told = [int(line) for line in lines if line.endswith(b"\n")]
        self.kept_steps.update(told)
        self.step = max(told, default=self.step) + 2  # the next one may be there or not


@pytest.mark.timeout(60 + 20 * KILLS)
def test_a_kill_costs_the_last_minute_at_most_and_makes_nothing_wrong(url: str) -> None:
    kept = stock(url)
    [sensor] = sensors(url, kept.device, "inside")
    lives = Lives(kept, sensor)
    for k in range(KILLS):
        lives.live(statements=random.randint(20, 900) if k % 3 == 1 else 0)
    end = BEGAN + lives.step * STEP_MS
    with looking(url) as reader:
        seen = _steps(lives, reader, end)
        before = _hours(lives, reader, end)
    assert seen >= lives.kept_steps, "what was committed is gone"
    keep(url, *[tick(end + 2 * DAY_MS + k) for k in range(3)])
    assert _count(url, day), "no day was over"
    assert _count(url, rollup)
    with looking(url) as reader:
        assert _steps(lives, reader, end) == seen
        assert _hours(lives, reader, end) == before


def _steps(lives: Lives, reader: SampleReader, end: int) -> set[int]:
    """The steps that are there, each whole, once, and as it was measured."""
    pings = reader.series(lives.kept.device, Measure.RTT_US, NOW - DAY_MS, end)
    steps = {(at - BEGAN) // STEP_MS for at, _ in pings}
    there = [at for step in sorted(steps) for at in instants(step)]
    assert pings == tuple((at, rtt_us(at)) for at in there)
    assert len(there) == POLLS * len(steps)
    values = reader.series(lives.sensor, Measure.VALUE, NOW - DAY_MS, end)
    assert values == tuple((at, degrees(at)) for at in there)
    for port, name in enumerate(NAMES[:3]):
        for measured in COUNTED:
            found = reader.series(lives.kept.ports[name], measured, NOW - DAY_MS, end)
            assert found == tuple((at, counter(at, port, measured)) for at in there)
    return steps


def _hours(lives: Lives, reader: SampleReader, end: int) -> list[object]:
    asked = (BEGAN - HOUR_MS, end)
    ports = [lives.kept.ports[name] for name in NAMES]
    return [
        reader.hourly(lives.kept.device, Measure.RTT_US, *asked),
        reader.hourly(lives.sensor, Measure.VALUE, *asked),
        *(reader.hourly(port, Measure.OUT_OCTETS, *asked) for port in ports),
        *(reader.rates(port, Measure.OUT_OCTETS, *asked) for port in ports),
    ]


def _count(url: str, table: object) -> int:
    engine = open_keeping(url)
    with engine.connect() as conn:
        found = conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return int(found)

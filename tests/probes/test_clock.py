"""Stamps follow the monotonic clock; steps and suspends are told, once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from probes import clock
from probes.clock import Clock


@dataclass
class Hands:
    """The three clocks of a machine, set by hand."""

    mono: int = 5_000_000_000
    wall: int = 1_800_000_000_000_000_000
    boot: int = 5_000_000_000

    CLOCK_BOOTTIME = 7

    def monotonic_ns(self) -> int:
        return self.mono

    def time_ns(self) -> int:
        return self.wall

    def clock_gettime_ns(self, which: int) -> int:
        return self.boot

    def run(self, seconds: float) -> None:
        for name in ("mono", "wall", "boot"):
            setattr(self, name, getattr(self, name) + int(seconds * 1e9))


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    found = Hands()
    monkeypatch.setattr(clock, "time", found)
    return found


def test_time_runs_with_the_monotonic_clock(hands: Hands) -> None:
    watch = Clock()
    first = watch.look()
    hands.run(12.5)
    second = watch.look()
    assert second.ms - first.ms == 12_500
    assert (second.jumped_ms, second.slept_ms) == (0, 0)


@pytest.mark.parametrize("step_s", [3600, -3600])
def test_a_step_of_the_wall_clock_is_told_once_and_taken_over(hands: Hands, step_s: int) -> None:
    watch = Clock()
    watch.look()
    hands.wall += step_s * 1_000_000_000
    told = watch.look()
    assert told.jumped_ms == step_s * 1000
    assert told.ms == hands.wall // 1_000_000
    hands.run(1)
    assert watch.look().jumped_ms == 0


def test_slow_drift_below_half_a_second_is_no_jump(hands: Hands) -> None:
    watch = Clock()
    hands.wall += 400_000_000
    assert watch.look().jumped_ms == 0


def test_a_suspend_is_told(hands: Hands) -> None:
    watch = Clock()
    watch.look()
    hands.wall += 600 * 10**9
    hands.boot += 600 * 10**9
    told = watch.look()
    assert told.slept_ms == 600_000
    assert watch.look().slept_ms == 0

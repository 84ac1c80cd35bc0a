"""Counters of made-up interfaces as a monitor polls them: the same for every program measured.

Of the interfaces half are idle, 30 % carry a little (keep-alives), 20 % are busy by day and less
so by night, with lognormal noise. One in fifty counts an error now and then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

COUNTERS = 6
STEP_S = 60
DAY_S = 86_400
_IDLE, _LIGHT = 0.5, 0.8  # shares of the interfaces, up to
_PEAK_BPS = 40e6


@dataclass(frozen=True)
class Load:
    """`counters`: (devices, polls, counters, interfaces); times of the polls in UTC ms."""

    at_ms: npt.NDArray[np.int64]  # (devices, polls)
    counters: npt.NDArray[np.uint64]
    status: npt.NDArray[np.uint8]  # oper of each interface; admin is up everywhere

    @property
    def samples(self) -> int:
        """Values in it: six counters and two states an interface and poll."""
        devices, polls, _, ports = self.counters.shape
        return int(devices * polls * ports * (COUNTERS + 2))


def load(
    devices: int, ports: int, began_ms: int, polls: int, *, busy_only: bool = False, seed: int = 1
) -> Load:
    """A poll of each device a minute, at its own place in the minute, a little early or late."""
    dice = np.random.default_rng(seed)
    place = dice.uniform(0, STEP_S * 1000, devices)
    jitter = dice.normal(0, 30, (devices, polls))
    wanted = began_ms + place[:, None] + np.arange(polls) * STEP_S * 1000 + jitter
    at_ms = np.sort(np.maximum(wanted, began_ms), axis=1).astype(np.int64)
    counters = np.empty((devices, polls, COUNTERS, ports), np.uint64)
    lot = np.ones((devices, ports)) if busy_only else dice.uniform(size=(devices, ports))
    for d in range(devices):
        counters[d] = _device(dice, at_ms[d], lot[d])
    status = np.where(lot < _IDLE, 2, 1).astype(np.uint8)
    return Load(at_ms, counters, status)


def _device(
    dice: np.random.Generator, at_ms: npt.NDArray[np.int64], lot: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint64]:
    polls, ports = len(at_ms), len(lot)
    took_s = np.diff(at_ms, prepend=at_ms[0] - STEP_S * 1000)[:, None] / 1000
    hour = (at_ms / 3_600_000 + 7) % 24
    by_day = (0.15 + np.exp(-(((hour - 14) / 4.5) ** 2)))[:, None]
    found = np.empty((polls, COUNTERS, ports))
    for way in range(2):
        size = dice.lognormal(0, 1, ports) * _PEAK_BPS / 8
        busy = size * by_day * dice.lognormal(0, 0.5, (polls, ports))
        light = dice.integers(1, 40, (polls, ports)) * 64.0
        steps = np.where(lot < _IDLE, 0, np.where(lot < _LIGHT, light, busy * took_s))
        found[:, way] = steps
    faulty = dice.uniform(size=ports) < 0.02
    for k in range(2, COUNTERS):
        found[:, k] = dice.poisson(0.05, (polls, ports)) * faulty
    since = dice.integers(0, 2**42, (1, COUNTERS, ports)) * (lot >= _IDLE)
    since[:, 2:] >>= 24
    return np.cumsum(found, axis=0).astype(np.uint64) + since.astype(np.uint64)

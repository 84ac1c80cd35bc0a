"""The one module that asks for the time: monotonic inside, UTC milliseconds as the stamp."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

JUMP_MS = 500
UNSYNCED = 0x40  # STA_UNSYNC of linux/timex.h


class _Timex(ctypes.Structure):
    """struct timex of linux/timex.h, as far as it is read; the rest is room for the kernel."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """`jumped_ms`: how far the wall clock moved against the monotonic one since the last look;
    `slept_ms`: how long the machine was suspended since then."""

    ms: int
    mono_ns: int
    jumped_ms: int = 0
    slept_ms: int = 0


class Clock:
    """Stamps run with the monotonic clock from one anchor, so that a step of the wall clock never
    stretches or folds an outage; after a step the anchor is set anew."""

    def __init__(self) -> None:
        self._anchor_ms = 0
        self._asleep = 0
        self._set()

    def look(self) -> Moment:
        mono = time.monotonic_ns()
        drift = time.time_ns() // 1_000_000 - self.stamp(mono)
        asleep = _asleep_ms() - self._asleep
        jumped = drift if abs(drift) > JUMP_MS else 0
        if jumped or asleep > JUMP_MS:
            self._set()
        return Moment(self.stamp(mono), mono, jumped, asleep if asleep > JUMP_MS else 0)

    def stamp(self, mono_ns: int) -> int:
        """A monotonic instant as UTC milliseconds."""
        return self._anchor_ms + mono_ns // 1_000_000

    def stamps(self, mono_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Like `stamp`, of many."""
        return self._anchor_ms + mono_ns // 1_000_000

    def _set(self) -> None:
        self._anchor_ms = (time.time_ns() - time.monotonic_ns()) // 1_000_000
        self._asleep = _asleep_ms()


def wall_ms() -> int:
    """UTC as the wall clock has it now: what certificates are dated by."""
    return time.time_ns() // 1_000_000


def _asleep_ms() -> int:
    """Linux: the monotonic clock stands still in suspend, the boot-time clock does not."""
    boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return (boot - time.monotonic_ns()) // 1_000_000


def kernel_clock() -> tuple[bool | None, float | None]:
    """Is the wall clock disciplined, and how wrong can it be at most, in ms; None: not told.

    `modes` 0 only reads. Without a time service the kernel lets the error grow up to 16 s.
    """
    told = _Timex()
    try:
        done = ctypes.CDLL(None).adjtimex(ctypes.byref(told))
    except (AttributeError, OSError):
        return None, None
    if done < 0:
        return None, None
    return not told.status & UNSYNCED, told.maxerror / 1000

"""How long the loop of the server is held up: measured all the time, told to whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

STEP_S = 0.01
KEPT = 6_000  # steps: a minute


class Lag:
    """It sleeps a step and sees how much longer that took."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=KEPT)

    async def watch(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            due_s = time.monotonic() + STEP_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + STEP_S):
                    await stop.wait()
            self._late_s.append(max(0.0, time.monotonic() - due_s))

    def worst(self, share: float = 1.0) -> float:
        """Seconds that this share of the steps of the last minute stayed below; 1: the worst."""
        late_s = sorted(self._late_s)
        return late_s[min(len(late_s) - 1, int(share * len(late_s)))] if late_s else 0.0

"""Says on standard error what a long command is at; a short one says nothing."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from reports.at_once import harmless

QUIET_S = 3.0  # as long as that nobody wonders


class Progress:
    """A line every few seconds: the step, and for how long it has run."""

    def __init__(self, command: str, every_s: float = QUIET_S) -> None:
        self._command, self._every_s = command, every_s
        self._step, self._since = "", time.monotonic()
        self._over = threading.Event()
        self._teller = harmless(threading.Thread(target=self._tell, daemon=True))  # it only waits

    def step(self, what: str) -> None:
        self._step, self._since = what, time.monotonic()

    def __enter__(self) -> Self:
        self._teller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._teller.join()

    def _tell(self) -> None:
        while not self._over.wait(self._every_s):
            lasts_s = int(time.monotonic() - self._since)
            if self._step:
                sys.stderr.write(f"canh {self._command}: {self._step} ({lasts_s} s)\n")
                sys.stderr.flush()

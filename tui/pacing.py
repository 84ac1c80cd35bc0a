"""Never more on the line than the terminal has taken.

After a paint it is asked where its cursor is; the next paint that nobody pressed a key for waits
for the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable

ASK = "\x1b[6n"  # the cursor position report of every terminal since the VT100
PATIENCE_S = 10.0  # a line that takes longer has lost the answer
FIRST_PATIENCE_S = 2.0  # some terminals never answer: these are painted as they come
QUIET_S = 0.5  # after a key its echo goes first


class Pacing:
    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic):
        self._write = write
        self._clock = clock
        self._asked: float | None = None  # when; None: all answered
        self._answers: bool | None = None  # does it ever? None: not known yet
        self._pressed = -QUIET_S

    def ready(self) -> bool:
        """May the board paint what nobody asked for?"""
        now = self._clock()
        if now - self._pressed < QUIET_S:
            return False
        if self._asked is None or self._answers is False:
            return True
        if now - self._asked < (PATIENCE_S if self._answers else FIRST_PATIENCE_S):
            return False
        self._answers = bool(self._answers)
        return True

    def painted(self) -> None:
        if self._answers is not False:
            self._asked = self._clock()
            self._write(ASK)

    def answered(self) -> None:
        self._answers, self._asked = True, None

    def pressed(self) -> None:
        self._pressed = self._clock()

"""The monitor's own state, a row a minute and one at each trouble: evidence about the witness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from probes.clock import Moment, kernel_clock
from probes.pings import Pings
from probes.results import UNSENT
from probes.schedule import Lateness
from store.changes import Happened, Health

EVERY_MS = 60_000


class Pulse:
    """Counts what is asked and answered; `take` gives what came together since the last row."""

    def __init__(
        self,
        now_ms: int,
        waiting: Callable[[], int],
        ways: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._waiting = waiting
        self._ways = ways
        self._beside: dict[str, Callable[[], Mapping[str, int]]] = {}
        self.follow(Lateness(), Lateness(), 0)
        self._begin(now_ms)

    def _begin(self, now_ms: int) -> None:
        self._last_ms = now_ms
        self._counts = {"answered": 0, "missed": 0, "unsent": 0}
        self._lag_ms = self._jumped_ms = self._slept_ms = 0
        self._overflowed = self._trouble = False

    def follow(self, pings: Lateness, polls: Lateness, interval_ms: int) -> None:
        """Tell from now on how late these are asked; `interval_ms`: the usual one of pings."""
        self._pings, self._polls, self._interval_ms = pings, polls, interval_ms

    def tell_of(self, name: str, counts: Callable[[], Mapping[str, int]]) -> None:
        """Each row tells from now on what these are, since they were last asked."""
        self._beside[name] = counts

    def tick(self, now: Moment, lag_ms: int, *, stalled: bool) -> None:
        """How late this turn of the loop is; `stalled`: so late that the time is unknown."""
        self._lag_ms = max(self._lag_ms, lag_ms)
        self._jumped_ms += now.jumped_ms
        self._slept_ms += now.slept_ms
        self._trouble = self._trouble or stalled or bool(now.jumped_ms or now.slept_ms)

    def count(self, pings: Pings, *, overflowed: int) -> None:
        self._trouble = self._trouble or (overflowed > 0 and not self._overflowed)
        self._overflowed = self._overflowed or overflowed > 0
        if not len(pings):
            return
        answered = int(np.count_nonzero(pings.rtt >= 0))
        unsent = int(np.count_nonzero(pings.rtt == UNSENT))
        self._counts["answered"] += answered
        self._counts["unsent"] += unsent
        self._counts["missed"] += len(pings) - answered - unsent

    def take(
        self, now: Moment, events: Sequence[Happened], *, blind: bool, last: bool = False
    ) -> Health | None:
        """The row that is due, or one at once where there is trouble, and at the end."""
        if not (self._trouble or events or last) and 0 <= now.ms - self._last_ms < EVERY_MS:
            return None
        synced, error_ms = kernel_clock()
        worst_ms, p99_ms = self._pings.take()
        body = {
            "lag_ms": max(self._lag_ms, worst_ms),
            "lag_p99_ms": p99_ms,
            "snmp_lag_ms": self._polls.take()[0],
            "interval_ms": self._interval_ms,
            "sent": self._counts["answered"] + self._counts["missed"],
            **self._counts,
            "overflowed": self._overflowed,
            "ping": dict(self._ways()),
            "waiting": self._waiting(),
            "blind": blind,
            "jumped_ms": self._jumped_ms,
            "slept_ms": self._slept_ms,
            "clock_synced": synced,
            "clock_error_ms": error_ms,
            **{name: dict(counts()) for name, counts in self._beside.items()},
        }
        self._begin(now.ms)
        return Health(at_ms=now.ms, mono_ns=now.mono_ns, body=body)

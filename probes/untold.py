"""Counts silence that proves nothing: after three in a row nobody knows if a thing is there."""

from __future__ import annotations

from collections.abc import Iterable

from probes.results import Ping
from probes.tcp_ping import UNTOLD

IN_A_ROW = 3


class Untold:
    """By numbered things; an answer begins the count anew."""

    def __init__(self) -> None:
        self._silent: dict[int, int] = {}

    def silent(self, pings: Iterable[Ping]) -> list[int]:
        """Those that were silent once too often by these."""
        found = []
        for n, _, rtt in pings:
            if rtt >= 0:
                self._silent.pop(n, None)
            elif rtt == UNTOLD:
                count = self._silent[n] = self._silent.get(n, 0) + 1
                if count >= IN_A_ROW:
                    found.append(n)
        return found

"""One check while it runs: in which step it is, how long each took, what it saw on the way."""

from __future__ import annotations

import ssl
import time
from contextvars import ContextVar

from probes.services.results import Phase


class Talk:
    """Entering a step ends the one before. A redirect begins anew; TLS objects are all kept."""

    def __init__(self) -> None:
        self.asked_ns = time.monotonic_ns()
        self.phase: Phase | None = None
        self.addresses: tuple[str, ...] = ()
        self.peers: list[ssl.SSLObject] = []
        self.incomplete = ""  # what a chain lacked that was believed for its leaf alone
        self.status: int | None = None
        self.redirects = 0
        self.size: int | None = None
        self.rcode: str | None = None
        self.answers: tuple[str, ...] = ()
        self.ttl_s: int | None = None
        self._took: dict[Phase, float] = {}
        self._since_ns = self.asked_ns

    def begin(self) -> None:
        """Another request: its steps count, not those of the one before."""
        self._took.clear()
        self.phase, self._since_ns = None, time.monotonic_ns()

    def enter(self, phase: Phase | None) -> None:
        now = time.monotonic_ns()
        if self.phase is not None:
            spent = (now - self._since_ns) / 1e6
            self._took[self.phase] = self._took.get(self.phase, 0.0) + spent
        self.phase, self._since_ns = phase, now

    @property
    def phases(self) -> tuple[tuple[Phase, float], ...]:
        """Milliseconds of the steps that were begun, in their order."""
        return tuple((phase, round(self._took[phase], 3)) for phase in Phase if phase in self._took)


TALK: ContextVar[Talk | None] = ContextVar("talk", default=None)
"""Of the running task: where the TLS context finds whose handshake it begins."""

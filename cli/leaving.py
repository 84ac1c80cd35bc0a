"""Ends the process where its orderly end takes too long, or a second signal says so."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

LIMIT_S = 4.5  # after a signal; a service manager that counts to five is not kept waiting
log = logging.getLogger(__name__)


class Deadline:
    """Begins with the first signal; what the writer still commits is waited for."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._put_off = False

    def begin(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="deadline").start()

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """As long as the block runs, which has a limit of its own."""
        self._put_off = True
        try:
            yield
        finally:
            self._put_off = False

    def _run(self) -> None:
        time.sleep(self._limit_s)
        while self._put_off:
            time.sleep(0.1)
        log.error("not all of it ended within %g s: it is left as it is", self._limit_s)
        leave(1)


def leave(code: int) -> NoReturn:
    """At once, whatever still runs; a transaction that is open is none."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)

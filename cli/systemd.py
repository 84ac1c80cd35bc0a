"""Tells a service manager that the monitor watches, lives and stops: sd_notify(3)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Mapping

LOOK_S = 0.1
SAY_S = 0.2  # where the manager has no room for more at once
_SHARE = 4  # of the watchdog's time


class Notify:
    """Says nothing where nobody asked, by $NOTIFY_SOCKET and $WATCHDOG_USEC."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        within_us = environment.get("WATCHDOG_USEC", "") if meant else ""
        self._within_s = int(within_us) / 1e6 if within_us.isdecimal() else 0.0

    def say(self, *words: str) -> None:
        """Each word is a `NAME=value`; a manager that is gone is no trouble of ours."""
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out,
        ):
            out.settimeout(SAY_S)
            out.sendto("\n".join(words).encode(), self._address)

    async def keep(self, moved: Callable[[], int]) -> None:
        """READY=1 once `moved` changes, then WATCHDOG=1 as long as it goes on changing: neither
        a loop that hangs nor a watch that stands still is taken for alive."""
        if not self._address:
            return
        seen = moved()
        while moved() == seen:  # noqa: ASYNC110  nobody tells us
            await asyncio.sleep(LOOK_S)
        self.say("READY=1", "STATUS=watching")
        while self._within_s:
            if (now := moved()) != seen:
                self.say("WATCHDOG=1")
            seen = now
            await asyncio.sleep(self._within_s / _SHARE)

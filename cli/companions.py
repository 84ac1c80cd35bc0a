"""What runs beside the watch as the files want it: begun, begun anew and ended as they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.children import Child

if TYPE_CHECKING:
    from cli.monitor import Job
    from inventory.model import Network


class Companion:
    """One job. `about`: what of the files it depends on; None: they do not want it.

    `begin` makes the job of a network. When that fails, so does `run`.
    """

    def __init__(
        self, network: Network, about: Callable[[Network], object], begin: Callable[[Network], Job]
    ) -> None:
        self._network, self._about, self._begin = network, about, begin
        self._changed = asyncio.Event()

    def take_up(self, network: Network) -> None:
        """Call it on the loop, with the files that count from now on."""
        self._network = network
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            about = self._about(self._network)
            if about is None:
                await self._change(stop)
                continue
            own = asyncio.Event()
            job = asyncio.ensure_future(self._begin(self._network)(own))
            try:
                while not (stop.is_set() or job.done()) and self._about(self._network) == about:
                    await self._change(stop, job)
            finally:
                own.set()
                await job

    async def _change(self, stop: asyncio.Event, *jobs: asyncio.Future[None]) -> None:
        """Until there are other files, or a job or everything ends."""
        waits = [asyncio.ensure_future(one.wait()) for one in (stop, self._changed)]
        every: list[asyncio.Future[Any]] = [*waits, *jobs]
        try:
            await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        self._changed.clear()


def companions(
    url: str, network: Network, config: Path, tell: Callable[[str], None]
) -> list[Companion]:
    """Who makes reports, shows the pages, sends messages and events. `tell`: a line for people."""

    def child(*words: str, **own: str) -> Job:
        about = ("--config", str(config))  # where a URL stands, which may hold a password
        return Child(*words, *about, tell=tell, environment={"CANH_DATA": url, **own}).run

    def monthly(network: Network) -> Job:
        from cli.monthly import Monthly

        return Monthly(url, config, network).run

    def pages(network: Network) -> Job:
        from cli.serve import beside

        return beside(config, network, url, tell)

    def events(_: Network) -> Job:
        from cli.forward import CHILD

        return child("forward", **{CHILD: "1"})

    return [
        Companion(network, _reports, monthly),
        Companion(network, _pages, pages),
        Companion(network, _messages, lambda _: child("notify", "run")),
        Companion(network, lambda network: network.exports or None, events),
    ]


def _reports(network: Network) -> object:
    return (network.report.keep_in, network.timezone) if network.report.monthly else None


def _pages(network: Network) -> object:
    return (network.web, network.oidc, network.report.keep_in) if network.web.listen else None


def _messages(network: Network) -> object:
    """The messenger follows the files by itself."""
    return True if network.channels or network.notify.heartbeat_url is not None else None

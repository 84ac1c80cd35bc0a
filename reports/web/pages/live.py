"""`/live`: server-sent events that tell when pages may look otherwise, at most once a second."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from aiohttp import web

from reports.web.gate import visitor_of
from reports.web.limits import Seats
from reports.web.site import Site
from store.engine import RecordError

STEP_S = 1.0
ALIVE_S = 15.0  # proxies drop a connection that is silent for long
HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class Bulletin:
    """One task looks at the stamp; all readers wait for the same bell."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._bell = asyncio.Condition()
        self.stamp = ""
        self._readers = 0
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, told: str) -> str | None:
        """The stamp once it is another; None: nothing new for a while."""
        try:
            async with asyncio.timeout(ALIVE_S), self._bell:
                await self._bell.wait_for(lambda: self._is_news(told) or self._site.stop.is_set())
                return self.stamp if self._is_news(told) else None
        except TimeoutError:
            return None

    def _is_news(self, told: str) -> bool:
        return self.stamp not in ("", told)

    @contextlib.asynccontextmanager
    async def reader(self) -> AsyncIterator[None]:
        self._readers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._readers -= 1

    async def _look(self) -> None:
        while self._readers and not self._site.stop.is_set():
            stamp = self.stamp
            with contextlib.suppress(RecordError):
                stamp = self._site.stamp()
            if stamp != self.stamp:
                async with self._bell:
                    self.stamp = stamp
                    self._bell.notify_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STEP_S):
                    await self._site.stop.wait()
        self._looking = None
        async with self._bell:
            self._bell.notify_all()


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    bulletins: list[Bulletin] = []  # made where the loop runs
    seats = Seats()

    async def live(request: web.Request) -> web.StreamResponse:
        """What the page shows stands behind `?at=`."""
        if not bulletins:
            bulletins.append(Bulletin(site))
        session = visitor_of(request).csrf
        with seats.taken(session) if session else contextlib.nullcontext():
            return await tell(request, bulletins[0])

    async def tell(request: web.Request, bulletin: Bulletin) -> web.StreamResponse:
        told, answer = request.query.get("at", ""), web.StreamResponse(headers=HEADERS)
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            async with bulletin.reader():
                await answer.write(b"retry: 3000\n\n")
                while not site.stop.is_set():
                    stamp = await bulletin.wait(told)
                    if stamp is None:
                        await answer.write(b": alive\n\n")
                    else:
                        told = stamp
                        await answer.write(f"data: {stamp}\n\n".encode())
        return answer

    return [web.get("/live", live)]

"""`/live`: server-sent events that tell when pages may look otherwise, at most once a second."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator

from aiohttp import web

from reports.web.gate import visitor_of
from reports.web.limits import Seats
from reports.web.site import Site
from store.engine import RecordError

STEP_S = 1.0
FEW, SPREAD_S = 5, 0.25  # told at the same time; until all are
ALIVE_S = 15.0  # proxies drop a connection that is silent for long
HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class Bulletin:
    """One task looks at the stamp, and tells it to all that listen: a few at a time, so that
    neither they nor those who ask for pages wait for a thousand of them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listening: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None
        self.stamp = ""

    async def wait(self, bell: asyncio.Event, told: str) -> str | None:
        """The stamp once it is another; None: nothing new for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALIVE_S):
                while not (self._is_news(told) or self._site.stop.is_set()):
                    bell.clear()
                    await bell.wait()
        return self.stamp if self._is_news(told) else None

    def _is_news(self, told: str) -> bool:
        return self.stamp not in ("", told)

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """The bell of one who listens."""
        self._listening.add(bell := asyncio.Event())
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield bell
        finally:
            self._listening.discard(bell)

    async def _look(self) -> None:
        stop = self._site.stop
        while self._listening and not stop.is_set():
            stamp = self.stamp
            with contextlib.suppress(RecordError):
                stamp = self._site.stamp()
            if stamp != self.stamp:
                self.stamp = stamp
                await self._ring()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STEP_S):
                    await stop.wait()
        self._looking = None
        for bell in self._listening:
            bell.set()

    async def _ring(self) -> None:
        bells = tuple(self._listening)
        rest_s = SPREAD_S * FEW / max(len(bells), FEW)
        for n in range(0, len(bells), FEW):
            for bell in bells[n : n + FEW]:
                bell.set()
            await asyncio.sleep(rest_s)


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    bulletins: list[Bulletin] = []  # made where the loop runs
    seats = Seats()

    async def live(request: web.Request) -> web.StreamResponse:
        """What the page shows stands behind `?at=`."""
        if request.method == "HEAD":
            return web.StreamResponse(headers=HEADERS)
        if not bulletins:
            bulletins.append(Bulletin(site))
        session = visitor_of(request).csrf
        with seats.taken(session) if session else contextlib.nullcontext():
            return await tell(request, bulletins[0])

    async def tell(request: web.Request, bulletin: Bulletin) -> web.StreamResponse:
        told, answer = request.query.get("at", ""), web.StreamResponse(headers=HEADERS)
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError), bulletin.listening() as bell:
            await answer.write(b"retry: 3000\n\n")
            while not site.stop.is_set():
                stamp = await bulletin.wait(bell, told)
                if not await site.still(request):
                    await answer.write(b"data: over\n\n")  # the page asks anew for itself
                    break
                if stamp is None:
                    await answer.write(b": alive\n\n")
                else:
                    told = stamp
                    await answer.write(f"data: {stamp}\n\n".encode())
        return answer

    return [web.get("/live", live)]

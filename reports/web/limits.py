"""How much one caller may take: of time, of connections, of what is costly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from aiohttp import web

from reports.web.callers import Callers
from reports.web.gate import Handler
from store.sessions import place

TIME_S = 30.0  # until an answer begins; what streams may then go on
HEAD_S = 10.0  # until the head of the first request is complete
IDLE_S = 30.0  # between two requests of one connection
LINGER_S = 2.0  # for a body that nobody wanted
MOST_HEAD = 32 * 1024  # bytes
MOST_CONNECTIONS, MOST_EACH = 800, 256  # of all, of one address
MOST_KEPT = 10_000  # callers whose haste is remembered
AT_ONCE, QUEUE = 4, 512  # connections, and heads, taken up between two looks; that may wait
SEATS = 60  # streams that one session may have open; one that is left is noticed within 15 s
BOARDS = 4  # that it may have open; each is a process
_LIMIT = web.RequestKey("limit", asyncio.Timeout)
Marked = TypeVar("Marked", bound=Callable[..., Any])


def costly(*, each_s: float, at_once: int) -> Callable[[Marked], Marked]:
    """Mark a handler: one caller may ask it so many times at once, then every `each_s`."""

    def mark(handler: Marked) -> Marked:
        handler.pace = (each_s, at_once)  # type: ignore[attr-defined]
        return handler

    return mark


def taking(time_s: float) -> Callable[[Marked], Marked]:
    """Mark a handler that takes longer until its answer begins: a file comes in over radio."""

    def mark(handler: Marked) -> Marked:
        handler.time_s = time_s  # type: ignore[attr-defined]
        return handler

    return mark


class Paces:
    """Token buckets by handler and caller; seconds are monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at: OrderedDict[tuple[Any, str], float] = OrderedDict()

    def wait_s(self, what: Any, who: str, each_s: float, at_once: int) -> float:
        """0: it may go on, and that is counted."""
        now = self._clock()
        full_at = max(self._full_at.pop((what, who), now), now) + each_s
        wait_s = full_at - now - each_s * at_once
        if wait_s > 0:
            full_at -= each_s
        self._full_at[what, who] = full_at
        while len(self._full_at) > MOST_KEPT:
            self._full_at.popitem(last=False)
        return max(wait_s, 0.0)


class Seats:
    """How many streams of one session are open."""

    def __init__(self, most: int = SEATS) -> None:
        self._most, self._taken = most, Counter[str]()

    @contextlib.contextmanager
    def taken(self, who: str) -> Iterator[None]:
        """HTTPTooManyRequests where none is free."""
        if self._taken[who] >= self._most:
            raise web.HTTPTooManyRequests(headers={"Retry-After": "30"})
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]


def limited(callers: Callers, *, time_s: float = TIME_S) -> Any:
    """The middleware: the pace of what is costly, and the time until an answer begins."""
    paces = Paces()

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked = request.match_info.handler
        pace = getattr(asked, "pace", None)
        if pace is not None:
            wait_s = paces.wait_s(asked, place(callers.address(request)), *pace)
            if wait_s:
                headers = {"Retry-After": str(int(wait_s) + 1)}
                raise web.HTTPTooManyRequests(headers=headers)
        try:
            async with asyncio.timeout(getattr(asked, "time_s", time_s)) as until:
                request[_LIMIT] = until
                return await handler(request)
        except TimeoutError:
            if not until.expired():
                raise
            if request.content.is_eof():
                raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
            raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None
        finally:
            request.pop(_LIMIT, None)

    return limit


async def began(request: web.Request, answer: web.StreamResponse) -> None:
    """For `on_response_prepare`: from here on it may take its time."""
    until = request.get(_LIMIT)
    if until is not None:
        until.reschedule(None)


class Porch:
    """Takes connections for an aiohttp server. What aiohttp does not bound is bounded here: how
    many there are, how long the head of the first request may take, and how many begin at once.
    """

    def __init__(
        self,
        runner: web.AppRunner,
        callers: Callers,
        *,
        head_s: float = HEAD_S,
        most: int = MOST_CONNECTIONS,
        most_each: int = MOST_EACH,
    ) -> None:
        assert runner.server is not None
        self.server, self.head_s = runner.server, head_s
        self._callers, self._most, self._most_each = callers, most, most_each
        self.waiting: set[_Guest] = set()
        self._next: deque[_Guest] = deque()  # of those, they have said what they want

    def __call__(self) -> asyncio.Protocol:
        return _Guest(self)

    def has_room(self, address: str) -> bool:
        """A proxy brings many callers; it is to bound them itself."""
        inside = [handler.transport for handler in self.server.connections]
        there = [_peer(one) for one in (*inside, *(guest.transport for guest in self.waiting))]
        if len(there) >= self._most:
            return False
        return self._callers.is_proxy(address) or there.count(address) < self._most_each

    def admit(self, guest: _Guest) -> None:
        """In its turn: two hundred heads that come at one moment hold up nobody."""
        self._next.append(guest)
        if len(self._next) == 1:
            asyncio.get_running_loop().call_soon(self._open_door)

    def _open_door(self) -> None:
        for _ in range(min(AT_ONCE, len(self._next))):
            self._next.popleft().enter()
        if self._next:
            asyncio.get_running_loop().call_soon(self._open_door)

    def close(self) -> None:
        for guest in tuple(self.waiting):
            guest.leave()


async def opened(
    porch: Callable[[], asyncio.Protocol], listening: socket.socket, tls: ssl.SSLContext | None
) -> asyncio.Server:
    """Two hundred who come at one moment hold up nobody: asyncio takes up as many at a time as
    it is told may wait, and the kernel is told another number afterwards."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(porch, sock=listening, ssl=tls, backlog=AT_ONCE)
    listening.listen(QUEUE)
    return server


class _Guest(asyncio.Protocol):
    """A connection until its first head is complete; then it is aiohttp's."""

    transport: Any = None

    def __init__(self, porch: Porch) -> None:
        self._porch, self._heard = porch, bytearray()
        self._spoken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        if not self._porch.has_room(_peer(transport)):
            self.transport.abort()
            return
        self._porch.waiting.add(self)
        self._end = asyncio.get_running_loop().call_later(self._porch.head_s, self.leave)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        whole = b"\r\n\r\n" in self._heard or len(self._heard) > MOST_HEAD  # aiohttp refuses these
        if whole and not self._spoken:
            self._spoken = True
            self.transport.pause_reading()
            self._porch.admit(self)

    def enter(self) -> None:
        if self not in self._porch.waiting:  # it left meanwhile
            return
        self._gone()
        inside = self._porch.server()
        self.transport.set_protocol(inside)
        inside.connection_made(self.transport)
        self.transport.resume_reading()
        inside.data_received(bytes(self._heard))

    def connection_lost(self, error: Exception | None) -> None:
        self._gone()

    def leave(self) -> None:
        self._gone()
        self.transport.abort()

    def _gone(self) -> None:
        if self in self._porch.waiting:
            self._porch.waiting.remove(self)
            self._end.cancel()


def _peer(transport: Any) -> str:
    found: Any = None if transport is None else transport.get_extra_info("peername")
    return str(found[0]) if found else ""

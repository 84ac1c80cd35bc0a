"""Takes the calls by which devices say that they live, and tells whose calls stay out.

A device calls `http://HOST:PORT/heartbeat/TOKEN` by GET or POST; the answer is empty. What is not
read within a few seconds and a few thousand bytes is no call.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from time import monotonic_ns

log = logging.getLogger(__name__)
PATH = "/heartbeat/"
GRACE = 2.5  # intervals of silence that confirm a fault: one call may be lost, and one be late
HEAD_MAX = 4096  # bytes of a request without its body
READ_S = 5.0
OPEN_MAX = 200  # callers at once
_ANSWERS = {
    204: b"204 No Content",
    404: b"404 Not Found",
    405: b"405 Method Not Allowed",
    503: b"503 Service Unavailable",
}


class Hearts:
    """When each was last heard, and whose silence has lasted too long. Times are UTC ms. Pure."""

    def __init__(self, intervals_ms: Mapping[int, int], start_ms: int) -> None:
        self._intervals = dict(intervals_ms)
        self._last = dict.fromkeys(intervals_ms, start_ms)
        self._due = [(start_ms + int(GRACE * every), n) for n, every in intervals_ms.items()]
        heapq.heapify(self._due)

    def beat(self, n: int, at_ms: int) -> None:
        if n in self._last:
            self._last[n] = max(self._last[n], at_ms)

    def excuse(self, now_ms: int) -> None:
        """Until now we could not hear them."""
        self._last = dict.fromkeys(self._last, now_ms)

    def take_over(self, old: Hearts) -> None:
        """Who called before and is still expected to has called."""
        self._last |= {n: at for n, at in old._last.items() if n in self._last}

    def missed(self, now_ms: int) -> list[tuple[int, int]]:
        """(who, when the call that did not come was expected), once for each interval."""
        found = []
        while self._due and self._due[0][0] <= now_ms:
            _, n = heapq.heappop(self._due)
            every, last = self._intervals[n], self._last[n]
            due = last + int(GRACE * every)
            if due <= now_ms:
                expected = last + every * max(1, (now_ms - last) // every - 1)
                found.append((n, expected))
                due = now_ms + every
            heapq.heappush(self._due, (due, n))
        return found

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._last = {n: at + by_ms for n, at in self._last.items()}
        self._due = [(at + by_ms, n) for at, n in self._due]


class Listener:
    """`start` waits for calls; each known token gives `beat(who, when)` in monotonic ns."""

    def __init__(self, tokens: Mapping[str, int], beat: Callable[[int, int], None]) -> None:
        self.know(tokens)
        self._beat = beat
        self._open = 0
        self._server: asyncio.Server | None = None

    def know(self, tokens: Mapping[str, int]) -> None:
        """Whose calls are heard from now on."""
        self._by_digest = {sha256(token.encode()).digest(): n for token, n in tokens.items()}

    async def start(self, listen: str) -> None:
        """OSError where the address cannot be had. `listen`: `127.0.0.1:8417`, `[::1]:8417`."""
        host, _, port = listen.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        self._server = await asyncio.start_server(self._call, host, int(port), limit=HEAD_MAX)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            async with asyncio.timeout(READ_S):
                status = 503 if self._open > OPEN_MAX else await self._answer(reader)
                writer.write(b"HTTP/1.1 " + _ANSWERS[status] + b"\r\nConnection: close\r\n")
                writer.write(b"Content-Length: 0\r\n\r\n" if status != 204 else b"\r\n")
                await writer.drain()
                writer.write_eof()
                await reader.read(HEAD_MAX)  # a small body, so that the answer is not cut off
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it did not call
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> int:
        head = await reader.readuntil(b"\r\n\r\n")
        line = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(line) != 3 or not line[2].startswith("HTTP/1."):
            return 404
        method, target = line[0], line[1].partition("?")[0]
        if not target.startswith(PATH):
            return 404
        n = self._whose(target.removeprefix(PATH))
        if n is None:
            return 404
        if method not in ("GET", "POST", "HEAD", "PUT"):
            return 405
        self._beat(n, monotonic_ns())
        return 204

    def _whose(self, token: str) -> int | None:
        """In the same time whatever is asked: digests are looked for, not tokens."""
        asked = sha256(token.encode("latin-1")).digest()
        found = None
        for digest, n in self._by_digest.items():
            if compare_digest(digest, asked):
                found = n
        return found

"""Small real servers on loopback: HTTP, raw TCP, DNS; each closes with its context."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

from aiohttp import web

Talker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


class Town:
    """Opens servers and closes them all."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def web(self, handler: Handler, context: ssl.SSLContext | None = None) -> int:
        """Its port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        return int(runner.addresses[0][1])

    async def raw(self, talker: Talker, context: ssl.SSLContext | None = None) -> int:
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await talker(reader, writer)
            except (OSError, asyncio.CancelledError):
                pass
            finally:
                tasks.discard(task)
                writer.transport.abort()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)

        def close() -> None:
            server.close()
            for task in tasks:
                task.cancel()

        self._stack.callback(close)
        return int(server.sockets[0].getsockname()[1])

    async def dns(self) -> NameServer:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(
            NameServer, local_addr=("127.0.0.1", 0)
        )
        self._stack.callback(transport.close)
        protocol.port = transport.get_extra_info("sockname")[1]
        return protocol


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield Town(stack)


class NameServer(asyncio.DatagramProtocol):
    """Answers A questions from `zone`: addresses, or an rcode; silent while `mute`."""

    def __init__(self) -> None:
        self.zone: dict[str, list[str] | int] = {}
        self.ttl_s = 300
        self.mute = False
        self.garbage = False
        self.asked: list[str] = []
        self.port = 0

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind, question = _question(data)
        self.asked.append(name)
        if self.mute:
            return
        if self.garbage:
            self._transport.sendto(b"HTTP/1.0 400 no\r\n\r\n", addr)
            return
        held = self.zone.get(name, NXDOMAIN)
        rcode = held if isinstance(held, int) else 0
        found = held if isinstance(held, list) and kind == 1 else []
        head = data[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(found), 0, 0)
        records = [
            b"\xc0\x0c"
            + struct.pack(">HHIH", 1, 1, self.ttl_s, 4)
            + bytes(map(int, address.split(".")))
            for address in found
        ]
        self._transport.sendto(head + question + b"".join(records), addr)


def _question(data: bytes) -> tuple[str, int, bytes]:
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode())
        at += 1 + data[at]
    kind = int.from_bytes(data[at + 1 : at + 3], "big")
    return ".".join(labels).lower(), kind, data[12 : at + 5]


async def listen_and_wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads what comes and says nothing."""
    while await reader.read(4096):
        pass

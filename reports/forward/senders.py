"""The ways to a receiver: syslog over UDP, TCP, TLS, and a webhook. Each is asked for one page."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

SEND_S = 15.0
SETTLE_S = 0.5  # in which a receiver that is gone is noticed: syslog is never answered
DATAGRAM = 8_192  # bytes; longer messages are cut
PORTS = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}


class SendError(OSError):
    """It was not taken; the text names no secret."""


class Sender(Protocol):
    async def send(self, key: str, lines: Sequence[str]) -> None:
        """All of them, or SendError: then all are sent again. `key`: the same for the same page."""

    async def close(self) -> None: ...


def sender(url: str, media: str) -> Sender:
    """ValueError: it is no address; its text does not quote it, for it may be a secret."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("its url is none") from None
    if not host:
        raise ValueError("its url names no host")
    if parts.scheme in ("http", "https"):
        return Webhook(url, media)
    if parts.scheme not in PORTS:
        raise ValueError(f"its url has none of the schemes https, http, {', '.join(PORTS)}")
    where = (host, port or PORTS[parts.scheme])
    if parts.scheme == "syslog+udp":
        return Datagrams(*where)
    tls = ssl.create_default_context() if parts.scheme == "syslog+tls" else None
    return Stream(*where, tls)


class Stream:
    """RFC 6587 octet counting, over TLS as RFC 5425 has it."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, key: str, lines: Sequence[str]) -> None:
        frames = (line.encode("utf-8", "replace") for line in lines)
        told = b"".join(b"%d %s" % (len(frame), frame) for frame in frames)
        try:
            async with asyncio.timeout(SEND_S):
                reader, writer = self._open or await self._connect()
                writer.write(told)
                await writer.drain()
                await self._settle(reader)
        except (OSError, TimeoutError, ssl.SSLError) as error:
            await self.close()
            raise SendError(_why(error)) from error

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._open = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        return self._open

    async def _settle(self, reader: asyncio.StreamReader) -> None:
        """A receiver says nothing: if it says so at once, it has gone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                if not await reader.read(1024):
                    raise ConnectionResetError("the receiver closed the connection")

    async def close(self) -> None:
        if self._open is None:
            return
        _, writer = self._open
        self._open = None
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()


class Datagrams:
    """RFC 5426: what is lost on the way is lost."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port

    async def send(self, key: str, lines: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=self._where
            )
        except OSError as error:
            raise SendError(_why(error)) from error
        for line in lines:
            told = line.encode("utf-8", "replace")[:DATAGRAM].decode("utf-8", "ignore")
            transport.sendto(told.encode())
        transport.close()

    async def close(self) -> None:
        """Nothing is kept open."""


class Webhook:
    """One POST a page; 2xx takes it. Redirects are not followed: they lead where nobody said."""

    def __init__(self, url: str, media: str) -> None:
        self._url, self._media = url, media

    async def send(self, key: str, lines: Sequence[str]) -> None:
        if self._media == "application/json":
            body = f"[{','.join(lines)}]"
        else:
            body = "".join(f"{line}\n" for line in lines)
        headers = {"Content-Type": f"{self._media}; charset=utf-8", "Idempotency-Key": key}
        limit = aiohttp.ClientTimeout(total=SEND_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(
                    self._url,
                    data=body.encode("utf-8", "replace"),
                    headers=headers,
                    allow_redirects=False,
                ) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise SendError(_why(error)) from None  # its chain may name the address
        if not 200 <= status < 300:
            raise SendError(f"the receiver answers {status}")

    async def close(self) -> None:
        """Nothing is kept open."""


def _why(error: BaseException) -> str:
    """Without the address, which may be a secret."""
    if isinstance(error, TimeoutError):
        return f"it took longer than {SEND_S:.0f} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return type(error).__name__

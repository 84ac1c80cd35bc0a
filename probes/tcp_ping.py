"""Asks for life by TCP connects: a declared port, or any port where no ICMP is allowed."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import select
import socket
import struct
from collections import deque
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from time import monotonic_ns
from typing import NamedTuple

from probes.results import MISSED, UNSENT, Ping

UNTOLD = -3  # silence that proves nothing, in the place of a round-trip time
COMMON_PORTS = (443, 22, 80, 23)  # taken in turn until one of a device answers
AT_ONCE = 400
_OPEN_MAX = 512  # connects that are under way; the others wait
_SHARE_OF_FILES = 4  # of those that this process may have open
_TCP_INFO_RTT = struct.Struct("=I")
_RTT_AT = 68  # tcpi_rtt in struct tcp_info, microseconds


class Closed(NamedTuple):
    """What became of a connect that was not answered by an open port: evidence."""

    node: int
    sent_ns: int  # monotonic
    said: str  # for people

    @property
    def how(self) -> str:
        return "tcp"


class _Asked(NamedTuple):
    node: int
    address: str
    port: int
    sent_ns: int
    sock: socket.socket


class TcpPinger:
    """Like `Pinger`. With `ports` (by node) the port itself is what is asked for: one that is
    closed or silent has MISSED. Without, any answer of the device counts, also a refusal, and
    silence is UNTOLD: it proves nothing.

    Within an event loop refusals are timed when they come. Open ports are timed by the kernel.
    """

    overflowed = 0
    at_once = AT_ONCE
    kinds = {"ipv4": "tcp", "ipv6": "tcp"}  # noqa: RUF012, it is a constant

    def __init__(self, *, timeout_s: float = 2.0, ports: Mapping[int, int] | None = None) -> None:
        self.ports = ports
        self._silence = UNTOLD if ports is None else MISSED
        self._timeout_ns = int(timeout_s * 1e9)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._room = min(_OPEN_MAX, max(1, files // _SHARE_OF_FILES))
        self._waiting: deque[tuple[int, str]] = deque()
        self._waits: set[int] = set()
        self._open: dict[int, _Asked] = {}  # by file number, in the order of sending
        self._turn: dict[str, int] = {}  # address → which of the common ports
        self._pings: list[Ping] = []
        self._closed: list[Closed] = []
        self._epoll = select.epoll()
        self._loop: asyncio.AbstractEventLoop | None = None

    def send(self, asks: Iterable[tuple[int, str]]) -> None:
        """Ask (node, address) each; an address is an IPv4 or IPv6 literal. A node that still
        waits for its turn is not asked twice."""
        for node, address in asks:
            if node not in self._waits:
                self._waits.add(node)
                self._waiting.append((node, address))
        self._watch()
        self._begin()

    def drain(self) -> list[Ping]:
        """What was answered, expired or could not be sent since the last drain."""
        self._look()
        expired = monotonic_ns() - self._timeout_ns
        for asked in list(self._open.values()):
            if asked.sent_ns > expired:
                break
            self._end(asked, self._silence)
        self._begin()
        pings, self._pings = self._pings, []
        return pings

    def wait(self, timeout_s: float) -> None:
        """How long an answer may take from now on, to what is in flight too."""
        self._timeout_ns = int(timeout_s * 1e9)

    def refusals(self) -> list[Closed]:
        found, self._closed = self._closed, []
        return found

    def close(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._epoll.fileno())
        for asked in self._open.values():
            asked.sock.close()
        self._open.clear()
        self._epoll.close()

    def _watch(self) -> None:
        """Be told of refusals at once, else they would seem to take until the next drain."""
        if self._loop is None:
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._loop.add_reader(self._epoll.fileno(), self._look)

    def _begin(self) -> None:
        while self._waiting and len(self._open) < self._room:
            node, address = self._waiting.popleft()
            self._waits.discard(node)
            self._connect(node, address)

    def _connect(self, node: int, address: str) -> None:
        port = self._port(node, address)
        sent = monotonic_ns()
        sock = _socket(address)
        if sock is None or port is None:
            self._pings.append((node, sent, UNSENT))
            return
        asked = _Asked(node, address, port, sent, sock)
        self._open[sock.fileno()] = asked
        try:
            code = sock.connect_ex((address, port))
        except OSError as error:
            code = error.errno or errno.EINVAL
        if code == errno.EINPROGRESS:
            self._epoll.register(sock.fileno(), select.EPOLLOUT | select.EPOLLERR)
        elif code in (0, errno.ECONNREFUSED):
            self._ended(asked, code)
        else:
            self._end(asked, UNSENT)

    def _port(self, node: int, address: str) -> int | None:
        if self.ports is not None:
            return self.ports.get(node)
        return COMMON_PORTS[self._turn.get(address, 0) % len(COMMON_PORTS)]

    def _look(self) -> None:
        for number, _ in self._epoll.poll(0, self._room):
            asked = self._open[number]
            self._ended(asked, asked.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _ended(self, asked: _Asked, code: int) -> None:
        took = monotonic_ns() - asked.sent_ns
        if code == 0:
            self._end(asked, min(_handshake_ns(asked.sock) or took, took))
        elif code == errno.ECONNREFUSED and self.ports is None:
            self._end(asked, took)
        else:
            said = os.strerror(code).lower()
            self._closed.append(Closed(asked.node, asked.sent_ns, f"port {asked.port}: {said}"))
            self._end(asked, self._silence)

    def _end(self, asked: _Asked, rtt: int) -> None:
        del self._open[asked.sock.fileno()]
        asked.sock.close()  # an epoll forgets what is closed
        self._pings.append((asked.node, asked.sent_ns, rtt))
        if rtt == UNTOLD:
            self._turn[asked.address] = self._turn.get(asked.address, 0) + 1


def _socket(address: str) -> socket.socket | None:
    """None for what is no literal, or where there is no socket to be had."""
    try:
        family = socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6
        return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except (ValueError, OSError):
        return None


def _handshake_ns(sock: socket.socket) -> int:
    """How long the kernel saw the handshake take; 0 where it does not tell."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RTT_AT + _TCP_INFO_RTT.size)
    if len(info) < _RTT_AT + _TCP_INFO_RTT.size:
        return 0
    return int(_TCP_INFO_RTT.unpack_from(info, _RTT_AT)[0]) * 1000

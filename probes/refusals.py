"""Who refused our datagrams: ICMP errors, from the error queue of a socket.

An unconnected socket is told of such errors only when it asks (IP_RECVERR, see ip(7)).
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from probes.sockaddr import host_of
from wire import icmp

_IP_RECVERR, _IPV6_RECVERR = 11, 25
_SOL_IP, _SOL_IPV6 = 0, 41
_EXTENDED_ERROR = struct.Struct("=IBBBB")  # errno, origin, type, code, padding
_OFFENDER_AT = 16  # sizeof(struct sock_extended_err): there the offender's address begins
_FROM_ICMP = frozenset({2, 3})  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_READ_MAX = 1024  # at once; a flood of them must not hold the loop


class Refused(NamedTuple):
    """An ICMP error about a ping of ours: who said it, and what. Evidence, never a verdict."""

    node: int
    sent_ns: int  # monotonic
    type: int
    code: int
    offender: str

    @property
    def how(self) -> str:
        return "icmp"

    @property
    def said(self) -> str:
        """For people, as `host unreachable, says 10.0.0.1`."""
        v6 = ":" in self.offender
        return f"{icmp.error_name(self.type, self.code, v6=v6)}, says {self.offender}"


class Told(NamedTuple):
    """One error from the queue: what it is, and of which packet to whom."""

    errno: int
    type: int
    code: int
    offender: str
    quoted: bytes  # our own packet, without IP header, as far as it was quoted
    place: tuple[Any, ...]  # where that was sent


def ask_for_refusals(sock: socket.socket) -> None:
    """From now on errors queue up, each with the address that it is about."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(_SOL_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(_SOL_IP, _IP_RECVERR, 1)


def read_errors(sock: socket.socket, size: int = 0) -> Iterator[Told]:
    """The ICMP errors told since the last time; `size`: how much of our packet to give back."""
    for _ in range(_READ_MAX):
        try:
            quoted, control, _, place = sock.recvmsg(size, 256, socket.MSG_ERRQUEUE)
        except OSError:  # the queue is empty
            return
        for level, _, content in control:
            if level not in (_SOL_IP, _SOL_IPV6) or len(content) < _EXTENDED_ERROR.size:
                continue
            number, origin, kind, code, _ = _EXTENDED_ERROR.unpack_from(content)
            if origin in _FROM_ICMP:
                yield Told(number, kind, code, host_of(content[_OFFENDER_AT:]), quoted, place)


def read_refusals(sock: socket.socket) -> set[tuple[str, int]]:
    """The (address, port) pairs at which nobody listens, as told since the last time."""
    return {
        (str(told.place[0]), int(told.place[1]))
        for told in read_errors(sock)
        if told.errno == errno.ECONNREFUSED
    }

"""Who refused our datagrams: ICMP port unreachable, from the error queue of a UDP socket.

An unconnected UDP socket is told of such errors only when it asks (IP_RECVERR, see ip(7)).
"""

from __future__ import annotations

import errno
import socket
import struct

_IP_RECVERR, _IPV6_RECVERR = 11, 25
_SOL_IP, _SOL_IPV6 = 0, 41
_EXTENDED_ERROR = struct.Struct("=IBBBB")  # errno, origin, type, code, padding
_FROM_ICMP = frozenset({2, 3})  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_READ_MAX = 1024  # at once; a flood of them must not hold the loop


def ask_for_refusals(sock: socket.socket) -> None:
    """From now on errors queue up, each with the address that it is about."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(_SOL_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(_SOL_IP, _IP_RECVERR, 1)


def read_refusals(sock: socket.socket) -> set[tuple[str, int]]:
    """The (address, port) pairs at which nobody listens, as told since the last time."""
    refused = set()
    for _ in range(_READ_MAX):
        try:
            _, control, _, place = sock.recvmsg(0, 256, socket.MSG_ERRQUEUE)
        except OSError:  # the queue is empty
            break
        if any(_is_refusal(content) for _, _, content in control):
            refused.add((str(place[0]), int(place[1])))
    return refused


def _is_refusal(content: bytes) -> bool:
    if len(content) < _EXTENDED_ERROR.size:
        return False
    number, origin, _, _, _ = _EXTENDED_ERROR.unpack_from(content)
    return number == errno.ECONNREFUSED and origin in _FROM_ICMP

"""What the probing sockets share: a large receive buffer, and what the kernel dropped from it."""

from __future__ import annotations

import contextlib
import socket
import struct

_SO_RCVBUFFORCE = 33
_SO_MEMINFO = 55
_SO_TIMESTAMPNS = 35
_MEMINFO = struct.Struct("=9I")
_MEMINFO_DROPS = 8

RECEIVE_BUFFER = 16 << 20  # bytes; holds some 18,000 pings or 7,000 full SNMP answers


def raise_receive_buffer(sock: socket.socket, size: int = RECEIVE_BUFFER) -> int:
    """Ask for a large buffer, and say what we got (the kernel counts its own overhead in).

    Without CAP_NET_ADMIN the limit is net.core.rmem_max, on a stock kernel 208 KiB.
    """
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def stamp_arrivals(sock: socket.socket) -> None:
    """Have the kernel add the wall time of arrival to each packet, in nanoseconds."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def dropped(sock: socket.socket) -> int:
    """Packets that the kernel threw away so far because the receive buffer was full.

    The same counter as SO_RXQ_OVFL, which however tells it only along with a later packet.
    """
    raw = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    return int(_MEMINFO.unpack(raw)[_MEMINFO_DROPS]) if len(raw) == _MEMINFO.size else 0

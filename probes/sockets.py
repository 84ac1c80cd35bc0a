"""What the probing sockets share: a large receive buffer, and what the kernel dropped from it."""

from __future__ import annotations

import contextlib
import socket
import struct
import time

_SO_RCVBUFFORCE = 33
_SO_MEMINFO = 55
SO_TIMESTAMPNS = 35
_MEMINFO = struct.Struct("=9I")
_MEMINFO_DROPS = 8

TIMESPEC = struct.Struct("@2l")
_STAMPS_WITHIN_S, _STAMPS_NAP_S = 0.25, 0.001

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
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def stamps_come() -> bool:
    """Wait until the kernel really stamps arrivals, with a packet to ourselves over loopback.

    It begins only a moment after the first socket of the whole machine asked for it: what arrived
    before is stamped when it is read, and a round trip would look as long as our own delay. A few
    milliseconds as a rule; False where loopback is down or the kernel takes a quarter of a second.
    """
    until = time.monotonic() + _STAMPS_WITHIN_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.settimeout(_STAMPS_WITHIN_S)
        stamp_arrivals(own)
        try:
            own.bind(("127.0.0.1", 0))
            own.connect(own.getsockname())
            while time.monotonic() < until:
                own.send(b"?")
                time.sleep(_STAMPS_NAP_S)
                looked = time.time_ns()
                _, control, _, _ = own.recvmsg(1, 64)
                if control and arrival_ns(control[0][2]) < looked:
                    return True
        except OSError:
            return False
    return False


def arrival_ns(timespec: bytes) -> int:
    """The kernel's stamp (SO_TIMESTAMPNS): wall time in nanoseconds."""
    seconds, nanoseconds = TIMESPEC.unpack_from(timespec)
    return int(seconds * 1_000_000_000 + nanoseconds)


def dropped(sock: socket.socket) -> int:
    """Packets that the kernel threw away so far because the receive buffer was full.

    The same counter as SO_RXQ_OVFL, which however tells it only along with a later packet.
    """
    raw = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    return int(_MEMINFO.unpack(raw)[_MEMINFO_DROPS]) if len(raw) == _MEMINFO.size else 0

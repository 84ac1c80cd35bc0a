"""Two UDP sockets that stand for every address of 127.0.0.0/8 and for nothing else.

Only a socket bound to 0.0.0.0 hears all of 127.0.0.0/8, so three locks keep the rest of the world
out: the socket is tied to the loopback interface where the kernel lets us, whatever was not both
sent from and sent to 127.0.0.0/8 is dropped, and answers leave from the address that was asked.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

IP_PKTINFO = 8  # linux/in.h; the socket module names it only since Python 3.14
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
RECEIVE_BUFFER = 4 << 20  # a whole round of pings may arrive while conditions change
LONGEST = 9_000  # bytes; longer questions are nobody's
_PKTINFO = struct.Struct("=I4s4s")  # interface, our address, address asked
_STAMP = struct.Struct("=qq")  # timespec: seconds, nanoseconds
_CMSG_SPACE = socket.CMSG_SPACE(_PKTINFO.size) + socket.CMSG_SPACE(_STAMP.size)


class Asked(NamedTuple):
    """One datagram; `address` is whom it was sent to, as four bytes.

    `arrived_ns` is the kernel's wall-clock stamp, which no scheduling of ours can delay.
    """

    data: bytes
    address: bytes
    source: tuple[str, int]
    arrived_ns: int


def open_socket(port: int = 0) -> socket.socket:
    """This port, or a free one, on every loopback address; non-blocking."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    with contextlib.suppress(OSError):  # older kernels want CAP_NET_RAW; `drain` checks anyway
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.bind(("0.0.0.0", port))  # noqa: S104  (see above)
    return sock


def drain(sock: socket.socket) -> Iterator[Asked]:
    """Every datagram that is waiting, up to the moment when none is."""
    while True:
        try:
            data, ancillary, _, source = sock.recvmsg(LONGEST, _CMSG_SPACE)
        except BlockingIOError:
            return
        address, arrived_ns = _details(ancillary)
        if address[:1] == b"\x7f" and source[0].startswith("127."):
            yield Asked(data, address, source, arrived_ns)


def answer(sock: socket.socket, data: bytes, asked: Asked) -> None:
    """Send from the address that was asked; a full buffer loses it, as a network would."""
    pktinfo = _PKTINFO.pack(0, asked.address, bytes(4))
    with contextlib.suppress(OSError):
        sock.sendmsg([data], [(socket.IPPROTO_IP, IP_PKTINFO, pktinfo)], 0, asked.source)


def _details(ancillary: list[tuple[int, int, bytes]]) -> tuple[bytes, int]:
    """The address asked (empty: not told) and when."""
    address, arrived_ns = b"", 0
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
            address = _PKTINFO.unpack(data)[2]
        elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, ns = _STAMP.unpack(data)
            arrived_ns = seconds * 1_000_000_000 + ns
    return address, arrived_ns

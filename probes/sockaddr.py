"""Addresses as the kernel writes them: struct sockaddr_in and sockaddr_in6."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any

SIZE = 32  # bytes of an address here: struct sockaddr_in6 has 28, the rest is zero
SIZE_V4 = 16
_IN = struct.Struct("=H2s4s")  # family, port, address; the last two in network order
_IN6 = struct.Struct("=H2sI16sI")  # family, port, flow, address, scope
SIZE_V6 = _IN6.size


def packed(family: int, place: tuple[Any, ...]) -> bytes:
    """Of an address as Python's sockets have it, padded with zeros."""
    port = int(place[1]).to_bytes(2, "big")
    if family == socket.AF_INET6:
        host = socket.inet_pton(family, place[0].partition("%")[0])
        made = _IN6.pack(family, port, socket.htonl(place[2]), host, place[3])
    else:
        made = _IN.pack(family, port, socket.inet_pton(family, place[0]))
    return made.ljust(SIZE, b"\0")


def host_of(name: bytes) -> str:
    """The host, without scope; empty where it is no address of either family."""
    family = int.from_bytes(name[:2], sys.byteorder)
    if family == socket.AF_INET6 and len(name) >= _IN6.size:
        return socket.inet_ntop(family, name[8:24])
    if family == socket.AF_INET and len(name) >= _IN.size:
        return socket.inet_ntop(family, name[4:8])
    return ""


def port_of(name: bytes) -> int:
    return int.from_bytes(name[2:4], "big")

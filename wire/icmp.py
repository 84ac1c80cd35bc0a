"""ICMP and ICMPv6 echo packets as bytes; no sockets. Sources: RFC 792, RFC 1071, RFC 4443.

The ICMPv6 checksum covers the IP addresses, and the kernel fills it in: here it stays zero.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

ECHO_REPLY_V4, ECHO_REQUEST_V4 = 0, 8
ECHO_REQUEST_V6, ECHO_REPLY_V6 = 128, 129

HEADER = struct.Struct("!BBHHH")  # type, code, checksum, ident, sequence
_REPLY_TO = {ECHO_REQUEST_V4: ECHO_REPLY_V4, ECHO_REQUEST_V6: ECHO_REPLY_V6}


class Echo(NamedTuple):
    """An echo request or reply; `type` is one of the four constants above."""

    type: int
    ident: int
    sequence: int
    payload: bytes


class EchoRequests:
    """Echo requests that differ only in their sequence number, at the cost of one `pack`."""

    def __init__(self, *, ident: int, payload: bytes, v6: bool = False) -> None:
        self._type = ECHO_REQUEST_V6 if v6 else ECHO_REQUEST_V4
        self._ident = ident
        self._payload = payload
        self._first = 0 if v6 else checksum(HEADER.pack(self._type, 0, 0, ident, 0) + payload)
        self._v6 = v6

    def packet(self, sequence: int) -> bytes:
        """The packet of this sequence number (0..65535); its checksum is worked out from the
        one of sequence 0 in ones' complement (RFC 1624)."""
        total = 0 if self._v6 else self._first - sequence
        if total < 0:
            total += 0xFFFF
        return HEADER.pack(self._type, 0, total, self._ident, sequence) + self._payload


def request(*, ident: int, sequence: int, payload: bytes = b"", v6: bool = False) -> bytes:
    """One echo request."""
    return _with_checksum(ECHO_REQUEST_V6 if v6 else ECHO_REQUEST_V4, ident, sequence, payload)


def reply_to(packet: bytes) -> bytes | None:
    """The echo reply to an echo request (IPv4 or IPv6); None for anything else."""
    asked = parse(packet)
    if asked is None or asked.type not in _REPLY_TO:
        return None
    return _with_checksum(_REPLY_TO[asked.type], asked.ident, asked.sequence, asked.payload)


def parse(packet: bytes) -> Echo | None:
    """An echo request or reply without IP header; None for anything else or a wrong checksum."""
    if len(packet) < HEADER.size or packet[1] != 0:
        return None
    kind, _, _, ident, sequence = HEADER.unpack_from(packet)
    if kind in (ECHO_REQUEST_V4, ECHO_REPLY_V4):
        sound = checksum(packet) == 0
    else:
        sound = kind in (ECHO_REQUEST_V6, ECHO_REPLY_V6)
    return Echo(kind, ident, sequence, packet[HEADER.size :]) if sound else None


def checksum(packet: bytes) -> int:
    """The Internet checksum (RFC 1071); 0 over a packet that carries its right checksum."""
    if len(packet) % 2:
        packet += b"\0"
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def _with_checksum(kind: int, ident: int, sequence: int, payload: bytes) -> bytes:
    blank = HEADER.pack(kind, 0, 0, ident, sequence) + payload
    if kind in (ECHO_REQUEST_V6, ECHO_REPLY_V6):
        return blank
    return HEADER.pack(kind, 0, checksum(blank), ident, sequence) + payload

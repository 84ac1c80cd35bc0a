"""ICMP and ICMPv6 messages as bytes; no sockets. Sources: RFC 792, RFC 1071, RFC 4443.

The ICMPv6 checksum covers the IP addresses, and the kernel fills it in: here it stays zero.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

ECHO_REPLY_V4, ECHO_REQUEST_V4 = 0, 8
ECHO_REQUEST_V6, ECHO_REPLY_V6 = 128, 129

HEADER = struct.Struct("!BBHHH")  # type, code, checksum, ident, sequence
_REPLY_TO = {ECHO_REQUEST_V4: ECHO_REPLY_V4, ECHO_REQUEST_V6: ECHO_REPLY_V6}

# What routers and hosts say of a packet that went no further: the names by (type, code).
ERRORS_V4, ERRORS_V6 = frozenset({3, 11, 12}), frozenset({1, 2, 3, 4})
_NAMES_V4 = {
    (3, 0): "network unreachable",
    (3, 1): "host unreachable",
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 4): "fragmentation needed",
    (3, 5): "source route failed",
    (3, 6): "network unknown",
    (3, 7): "host unknown",
    (3, 9): "network prohibited",
    (3, 10): "host prohibited",
    (3, 13): "prohibited",
    (11, 0): "TTL exceeded",
    (11, 1): "reassembly time exceeded",
}
_NAMES_V6 = {
    (1, 0): "no route",
    (1, 1): "prohibited",
    (1, 2): "beyond the scope of the source",
    (1, 3): "address unreachable",
    (1, 4): "port unreachable",
    (1, 5): "source address refused",
    (1, 6): "route rejects",
    (3, 0): "hop limit exceeded",
    (3, 1): "reassembly time exceeded",
}
_KINDS_V4 = {3: "unreachable", 11: "time exceeded", 12: "parameter problem"}
_KINDS_V6 = {1: "unreachable", 2: "packet too big", 3: "time exceeded", 4: "parameter problem"}
_IPV4_SIZE, _IPV6_SIZE = 20, 40
_IS_ICMP, _IS_ICMPV6 = 1, 58  # IP protocol numbers


class Echo(NamedTuple):
    """An echo request or reply; `type` is one of the four constants above."""

    type: int
    ident: int
    sequence: int
    payload: bytes


class Error(NamedTuple):
    """An ICMP error about an echo request: what it says, and which request it quotes."""

    type: int
    code: int
    ident: int
    sequence: int
    destination: str  # to which the request was sent, without scope


class EchoRequests:
    """Echo requests that differ only in their sequence number, many at once; `size` bytes each."""

    def __init__(self, ident: int, payload: bytes, *, v6: bool = False) -> None:
        kind = ECHO_REQUEST_V6 if v6 else ECHO_REQUEST_V4
        first = request(ident=ident, sequence=0, payload=payload, v6=v6)
        self._first: npt.NDArray[np.uint8] = np.frombuffer(first, np.uint8)
        self._sum = None if v6 else checksum(HEADER.pack(kind, 0, 0, ident, 0) + payload)
        self.size = len(first)

    def write(self, into: npt.NDArray[np.uint8], sequences: npt.NDArray[np.int64]) -> None:
        """The packets of these sequence numbers (0..65535), a row each; the checksum is worked
        out from the one of sequence 0 in ones' complement (RFC 1624)."""
        into[:] = self._first
        _put(into, 6, sequences)
        if self._sum is not None:
            total = self._sum - sequences
            _put(into, 2, np.where(total < 0, total + 0xFFFF, total))


def heads(
    packets: npt.NDArray[np.uint8], at: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Type, ident and sequence of messages, a row each, that begin at these bytes of theirs."""
    octets = np.take_along_axis(packets, at[:, None] + np.arange(HEADER.size), axis=1)
    words = octets.view(">u2")
    return octets[:, 0], words[:, 2].astype(np.int64), words[:, 3].astype(np.int64)


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


def error(packet: bytes, *, v6: bool = False) -> Error | None:
    """An ICMP error that quotes an echo request (at least its IP header and 8 bytes); packets
    begin with the ICMP header, as in RFC 792 and RFC 4443 section 3. None for anything else."""
    inner = HEADER.size
    if len(packet) < inner + _IPV4_SIZE or packet[0] not in (ERRORS_V6 if v6 else ERRORS_V4):
        return None
    if v6:
        at, kind = inner + _IPV6_SIZE, _IS_ICMPV6
        sound = packet[inner] >> 4 == 6 and packet[inner + 6] == kind
    else:
        at, kind = inner + (packet[inner] & 15) * 4, _IS_ICMP
        sound = packet[inner] >> 4 == 4 and at >= inner + _IPV4_SIZE and packet[inner + 9] == kind
    if not sound or len(packet) < at + HEADER.size:
        return None
    asked, _, _, ident, sequence = HEADER.unpack_from(packet, at)
    if asked != (ECHO_REQUEST_V6 if v6 else ECHO_REQUEST_V4):
        return None
    if v6:
        destination = str(IPv6Address(packet[inner + 24 : inner + _IPV6_SIZE]))
    else:
        destination = str(IPv4Address(packet[inner + 16 : inner + _IPV4_SIZE]))
    return Error(packet[0], packet[1], ident, sequence, destination)


def error_name(kind: int, code: int, *, v6: bool = False) -> str:
    """What an error of this type and code says, for people."""
    names, kinds = (_NAMES_V6, _KINDS_V6) if v6 else (_NAMES_V4, _KINDS_V4)
    name = names.get((kind, code))
    return name or f"{kinds.get(kind, 'ICMP error')} ({kind}/{code})"


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


def _put(packets: npt.NDArray[np.uint8], at: int, numbers: npt.NDArray[np.int64]) -> None:
    """Sixteen bits of each, highest byte first."""
    packets[:, at] = numbers >> 8
    packets[:, at + 1] = numbers & 0xFF

"""SNMP traps and informs of versions 1 and 2c as bytes, and the answer that an inform waits for.

Whatever is wrong with received bytes raises `Malformed` and nothing else. Sources: RFC 1157
section 4.1.6, RFC 3416 sections 4.2.6 and 4.2.7, RFC 3584 section 3.1.
"""

from __future__ import annotations

from typing import NamedTuple

from wire.ber import (
    IP_ADDRESS,
    MAX_ARCS,
    OCTET_STRING,
    OID,
    RESPONSE,
    SEQUENCE,
    TIME_TICKS,
    V1,
    V2C,
    Malformed,
    enter,
    oid,
    read_integer,
    subids,
    walk,
)

TRAP_V1, INFORM, TRAP = 0xA4, 0xA6, 0xA7
ENTERPRISE_SPECIFIC = 6  # generic-trap of version 1

SYS_UPTIME = oid("1.3.6.1.2.1.1.3.0")
TRAP_OID = oid("1.3.6.1.6.3.1.1.4.1.0")
_GENERIC = tuple(oid(f"1.3.6.1.6.3.1.1.5.{number}") for number in range(1, 7))
TICKS_BYTES, OID_BYTES = 5, MAX_ARCS * 5
_FIRST = ((SYS_UPTIME, TIME_TICKS, TICKS_BYTES), (TRAP_OID, OID, OID_BYTES))


class Notice(NamedTuple):
    """A trap or inform up to its varbinds, which lie in `data[start:end]`.

    `trap` says what happened, as an encoded OID, in the words of version 2; those of version 1 are
    translated. `pdu_at` is where the type of the PDU stands.
    """

    version: int  # V1, V2C
    community: bytes
    pdu: int  # TRAP_V1, TRAP, INFORM
    trap: bytes
    start: int
    end: int
    pdu_at: int


def is_version_3(data: bytes) -> bool:
    """Does this begin as an SNMPv3 message? `wire.usm` reads those."""
    size = data[1] if len(data) > 1 else 0
    start = 2 + (size & 127 if size > 127 else 0)
    return data[start : start + 3] == b"\x02\x01\x03"


def parse(data: bytes) -> Notice:
    """A message of version 1 or 2c; checks that all nested lengths end at the same byte."""
    try:
        at, end = enter(data, 0, len(data), SEQUENCE)
        version, at = read_integer(data, at, end)
        if version not in (V1, V2C):
            raise Malformed(f"SNMP version number {version}")
        start, at = enter(data, at, end, OCTET_STRING)
        return _notice(data, at, end, version, data[start:at])
    except IndexError:
        raise Malformed("message ends early") from None


def parse_pdu(pdu: bytes) -> Notice:
    """The same of what lies in an SNMPv3 message: a PDU of version 2 alone."""
    try:
        return _notice(pdu, 0, len(pdu), V2C, b"")
    except IndexError:
        raise Malformed("PDU ends early") from None


def acknowledgement(data: bytes, notice: Notice) -> bytes:
    """The Response to an inform: the same bytes under another type of PDU."""
    return data[: notice.pdu_at] + bytes((RESPONSE,)) + data[notice.pdu_at + 1 : notice.end]


def _notice(data: bytes, at: int, end: int, version: int, community: bytes) -> Notice:
    pdu = data[at]
    if pdu not in ((TRAP_V1,) if version == V1 else (TRAP, INFORM)):
        raise Malformed(f"PDU of type 0x{pdu:02x} is no trap of this version")
    pdu_at = at
    at, pdu_end = enter(data, at, end, pdu)
    read = _version_1 if version == V1 else _version_2
    trap, start, stop = read(data, at, pdu_end)
    if not stop == pdu_end == end:
        raise Malformed("nested lengths do not agree")
    return Notice(version, community, pdu, trap, start, stop, pdu_at)


def _version_1(data: bytes, at: int, end: int) -> tuple[bytes, int, int]:
    """→ trap, and where the varbinds stand."""
    start, at = enter(data, at, end, OID)
    enterprise = data[start:at]
    _, at = _value(data, at, end, IP_ADDRESS, 4)
    generic, at = read_integer(data, at, end)
    specific, at = read_integer(data, at, end)
    _, at = _value(data, at, end, TIME_TICKS, TICKS_BYTES)
    start, stop = enter(data, at, end, SEQUENCE)
    return _translated(enterprise, generic, specific), start, stop


def _translated(enterprise: bytes, generic: int, specific: int) -> bytes:
    if 0 <= generic < ENTERPRISE_SPECIFIC:
        return _GENERIC[generic]
    if generic != ENTERPRISE_SPECIFIC or specific < 0 or not 0 < len(enterprise) <= OID_BYTES:
        raise Malformed(f"generic trap {generic}, specific trap {specific}")
    return enterprise + b"\x00" + subids((specific,))


def _version_2(data: bytes, at: int, end: int) -> tuple[bytes, int, int]:
    """→ trap, and where the varbinds stand behind those that each trap begins with."""
    _, at = read_integer(data, at, end)  # the request id
    status, at = read_integer(data, at, end)
    index, at = read_integer(data, at, end)
    if status or index:
        raise Malformed("a trap that reports an error")
    at, stop = enter(data, at, end, SEQUENCE)
    for name, tag, longest in _FIRST:
        at, bind_end = enter(data, at, stop, SEQUENCE)
        start, at = enter(data, at, bind_end, OID)
        if data[start:at] != name:
            raise Malformed("a trap that does not begin with its time and name")
        start, at = _value(data, at, bind_end, tag, longest)
        if at != bind_end:
            raise Malformed("a value that does not end with its varbind")
    return data[start:at], at, stop


def _value(data: bytes, at: int, limit: int, tag: int, longest: int) -> tuple[int, int]:
    start, stop = enter(data, at, limit, tag)
    if not 1 <= stop - start <= longest:
        raise Malformed(f"a value of {stop - start} bytes")
    return start, stop


def varbinds(data: bytes, notice: Notice) -> list[tuple[bytes, int, int | bytes | None]]:
    """What it carries beside its time and name: encoded OID, tag, value."""
    return list(zip(*walk(data, notice.start, notice.end), strict=True))

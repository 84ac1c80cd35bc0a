"""SNMP v1 and v2c messages as bytes (BER), for the one who asks and the one who answers.

OIDs travel as their encoded content bytes; `oid` and `dotted` translate for people. Whatever is
wrong with received bytes raises `Malformed` and nothing else. Sources: RFC 1157, RFC 3416, X.690.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wire.oids import MAX_ARCS as MAX_ARCS
from wire.oids import Malformed as Malformed
from wire.oids import arcs as arcs
from wire.oids import dotted as dotted
from wire.oids import encode_arcs as encode_arcs
from wire.oids import oid as oid
from wire.oids import subids as subids
from wire.oids import suffix_arcs as suffix_arcs

V1, V2C = 0, 1

INTEGER, OCTET_STRING, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

GET, GETNEXT, RESPONSE, SET, GETBULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
_PDUS = frozenset({GET, GETNEXT, RESPONSE, SET, GETBULK})

NO_ERROR, TOO_BIG, NO_SUCH_NAME, GEN_ERR = 0, 1, 2, 5  # error-status

MAX_MESSAGE = 65_507  # what fits into one UDP datagram

_UNSIGNED_MAX = {
    COUNTER32: 0xFFFF_FFFF,
    GAUGE32: 0xFFFF_FFFF,
    TIME_TICKS: 0xFFFF_FFFF,
    COUNTER64: 0xFFFF_FFFF_FFFF_FFFF,
}
# By tag: up to this many bytes are a number that cannot be too large.
_PLAIN_SIZE = bytes(
    4 if tag in (INTEGER, COUNTER32, GAUGE32, TIME_TICKS) else 8 if tag == COUNTER64 else 0
    for tag in range(256)
)
_BYTES = frozenset({OCTET_STRING, OID, IP_ADDRESS, OPAQUE})
_EMPTY = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW})

# int for INTEGER, Counter, Gauge, TimeTicks; bytes for strings, addresses and OIDs; else None.
Value = int | bytes | None
VarBind = tuple[bytes, int, Value]  # encoded OID, tag, value


class Head(NamedTuple):
    """A message up to its varbinds, which lie in `data[start:end]`."""

    version: int  # V1, V2C
    community: bytes
    pdu: int  # GET, GETNEXT, RESPONSE, SET, GETBULK
    request_id: int
    error_status: int  # in a GETBULK: non-repeaters
    error_index: int  # in a GETBULK: max-repetitions
    start: int
    end: int
    id_at: int  # where the bytes of the request id stand

    @property
    def non_repeaters(self) -> int:
        return max(0, self.error_status)  # RFC 3416 section 4.2.3: below zero means zero

    @property
    def max_repetitions(self) -> int:
        return max(0, self.error_index)


class Template(NamedTuple):
    """A request that lacks only its request id."""

    before: bytes
    after: bytes

    def message(self, request_id: int) -> bytes:
        """The datagram; the id must lie in 0x0100_0000 .. 0x7FFF_FFFF (always four bytes)."""
        return self.before + request_id.to_bytes(4, "big") + self.after


# ---------------------------------------------------------------- encoding


def request(
    pdu: int,
    community: bytes,
    oids: Iterable[bytes],
    *,
    version: int = V2C,
    non_repeaters: int = 0,
    max_repetitions: int = 0,
) -> Template:
    """A GET, GETNEXT or GETBULK without its request id; the last two numbers are for GETBULK."""
    varbinds = b"".join(varbind(encoded, NULL, None) for encoded in oids)
    numbers = integer(non_repeaters) + integer(max_repetitions)
    tail = numbers + tlv(SEQUENCE, varbinds)
    pdu_head = bytes((pdu,)) + length(6 + len(tail)) + b"\x02\x04"
    middle = integer(version) + tlv(OCTET_STRING, community)
    size = len(middle) + len(pdu_head) + 4 + len(tail)
    return Template(bytes((SEQUENCE,)) + length(size) + middle + pdu_head, tail)


def varbind(encoded_oid: bytes, tag: int, value: Value) -> bytes:
    """One encoded varbind; `value` is an int, bytes, or None, as the tag demands."""
    return tlv(SEQUENCE, tlv(OID, encoded_oid) + _encoded_value(tag, value))


def response(
    asked: Head, varbinds: Iterable[bytes], *, error_status: int = 0, error_index: int = 0
) -> bytes:
    """The answer to `asked`, made of varbinds that `varbind` encoded."""
    pdu = (
        integer(asked.request_id)
        + integer(error_status)
        + integer(error_index)
        + tlv(SEQUENCE, b"".join(varbinds))
    )
    head = integer(asked.version) + tlv(OCTET_STRING, asked.community)
    return tlv(SEQUENCE, head + tlv(RESPONSE, pdu))


def _encoded_value(tag: int, value: Value) -> bytes:
    if tag == INTEGER and isinstance(value, int):
        return integer(value)
    if isinstance(value, int) and 0 <= value <= _UNSIGNED_MAX.get(tag, -1):
        return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))
    if tag in _BYTES and isinstance(value, bytes):
        return tlv(tag, value)
    if tag in _EMPTY and value is None:
        return bytes((tag, 0))
    raise ValueError(f"no value for tag 0x{tag:02x}: {value!r}")


def integer(number: int) -> bytes:
    """An encoded INTEGER."""
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise ValueError(f"not a 32-bit INTEGER: {number}")
    bits = number.bit_length() if number >= 0 else (~number).bit_length()
    return tlv(INTEGER, number.to_bytes(bits // 8 + 1, "big", signed=True))


def tlv(tag: int, content: bytes) -> bytes:
    """An encoded element: tag, length, content."""
    return bytes((tag,)) + length(len(content)) + content


def length(size: int) -> bytes:
    """An encoded length field."""
    if size < 0x80:
        return bytes((size,))
    if size < 0x100:
        return bytes((0x81, size))
    if size < 0x1_0000:
        return b"\x82" + size.to_bytes(2, "big")
    raise ValueError(f"{size} bytes do not fit into a datagram")


# ---------------------------------------------------------------- decoding


def parse_head(data: bytes) -> Head:
    """Everything before the varbinds; checks that all nested lengths end at the same byte."""
    try:
        return _head(data)
    except IndexError:
        raise Malformed("message ends early") from None


def _head(data: bytes) -> Head:
    at, end = enter(data, 0, len(data), SEQUENCE)
    version, at = read_integer(data, at, end)
    if version not in (V1, V2C):
        raise Malformed(f"SNMP version number {version}")
    start, at = enter(data, at, end, OCTET_STRING)
    community = data[start:at]
    pdu = data[at]
    if pdu not in _PDUS:
        raise Malformed(f"PDU of type 0x{pdu:02x}")
    at, pdu_end = enter(data, at, end, pdu)
    id_at = at + 2
    request_id, at = read_integer(data, at, end)
    status, at = read_integer(data, at, end)
    index, at = read_integer(data, at, end)
    at, list_end = enter(data, at, end, SEQUENCE)
    if not list_end == pdu_end == end:
        raise Malformed("nested lengths do not agree")
    return Head(version, community, pdu, request_id, status, index, at, list_end, id_at)


def enter(data: bytes, at: int, limit: int, tag: int) -> tuple[int, int]:
    """Step into the element of this tag → (where its content starts, where it ends).

    IndexError where the bytes end before its length is told.
    """
    if data[at] != tag:
        raise Malformed(f"tag 0x{data[at]:02x} at byte {at}, expected 0x{tag:02x}")
    size, start = data[at + 1], at + 2
    if size > 127:
        size, start = _size(data, at + 1)
    if start + size > limit:
        raise Malformed(f"element at byte {at} reaches beyond its container")
    return start, start + size


def _size(data: bytes, at: int) -> tuple[int, int]:
    """Length field at `at` → (length, where the content starts)."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise Malformed(f"length field of form 0x{first:02x}")
    stop = at + 1 + count
    if stop > len(data):
        raise Malformed("message ends within a length field")
    return int.from_bytes(data[at + 1 : stop], "big"), stop


def read_integer(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """A 32-bit INTEGER at `at` → (number, where it ends)."""
    size = data[at + 1]
    end = at + 2 + size
    if data[at] != INTEGER or size > 127 or end > limit:
        raise Malformed(f"no INTEGER that fits at byte {at}")
    return _signed(data, at + 2, end), end


def _signed(data: bytes, start: int, end: int) -> int:
    if not 1 <= end - start <= 8:
        raise Malformed(f"INTEGER of {end - start} bytes")
    number = int.from_bytes(data[start:end], "big", signed=True)
    if not -0x8000_0000 <= number <= 0x7FFF_FFFF:
        raise Malformed("INTEGER above 32 bits")
    return number


def walk(data: bytes, start: int, end: int) -> tuple[list[bytes], bytearray, list[Value]]:
    """The varbinds in `data[start:end]` as three equally long columns: OIDs, tags, values.

    OIDs are cut out, not looked into: `arcs` tells whether they are sound.
    """
    try:
        return _walk(data, start, end)
    except IndexError:
        raise Malformed("varbinds end early") from None


def _walk(data: bytes, at: int, end: int) -> tuple[list[bytes], bytearray, list[Value]]:
    """One flat loop, because it is the hottest one of the poller.

    Each step only moves forward and must end exactly where the varbind's own length said, which
    lies inside the list: so no step in between can have read outside of it.
    """
    oids: list[bytes] = []
    tags = bytearray()
    values: list[Value] = []
    add_oid, add_tag, add_value = oids.append, tags.append, values.append
    number, plain_size = int.from_bytes, _PLAIN_SIZE
    while at < end:
        size = data[at + 1]
        if data[at] != 0x30:
            raise Malformed(f"no varbind at byte {at}")
        at += 2
        if size > 127:
            size, at = _size(data, at - 1)
        stop = at + size
        size = data[at + 1]
        if data[at] != 0x06 or stop > end:
            raise Malformed(f"no varbind that fits at byte {at}")
        at += 2
        if size > 127:
            size, at = _size(data, at - 1)
        name_end = at + size
        tag = data[name_end]
        size = data[name_end + 1]
        value_at = name_end + 2
        if size > 127:
            size, value_at = _size(data, value_at - 1)
        if value_at + size != stop:
            raise Malformed(f"the value at byte {name_end} does not end with its varbind")
        add_oid(data[at:name_end])
        add_tag(tag)
        if 0 < size <= plain_size[tag]:
            value = number(data[value_at:stop], "big")
            if tag == 0x02 and data[value_at] > 127:
                value -= 1 << 8 * size
            add_value(value)
        else:
            add_value(_value(data, value_at, stop, tag))
        at = stop
    return oids, tags, values


def _value(data: bytes, start: int, end: int, tag: int) -> Value:
    if tag == INTEGER:
        return _signed(data, start, end)
    if tag in _BYTES:
        return data[start:end]
    if tag in _UNSIGNED_MAX:
        return _wide(data, start, end, tag)
    if tag in _EMPTY:
        return None
    raise Malformed(f"value of type 0x{tag:02x}")


def _wide(data: bytes, start: int, end: int, tag: int) -> int:
    """An unsigned number with leading zero bytes that keep it positive."""
    if not 1 <= end - start <= 9:
        raise Malformed(f"number of {end - start} bytes")
    found = int.from_bytes(data[start:end], "big")
    if found > _UNSIGNED_MAX[tag]:
        raise Malformed(f"number too large for its type 0x{tag:02x}")
    return found


def places(data: bytes, start: int, end: int) -> tuple[list[int], list[int]]:
    """Of each varbind that `walk` has read: where its value ends, and of how many bytes it is."""
    ends, sizes = [], []
    at = start
    while at < end:
        size, at = _size(data, at + 1)
        stop = at + size
        size, at = _size(data, at + 1)
        size, at = _size(data, at + size + 1)
        ends.append(stop)
        sizes.append(size)
        at = stop
    return ends, sizes


def varbinds(data: bytes, head: Head) -> list[VarBind]:
    """The varbinds one by one, where convenience counts more than speed."""
    return list(zip(*walk(data, head.start, head.end), strict=True))

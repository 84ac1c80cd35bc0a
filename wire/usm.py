"""SNMPv3 messages with user-based security, as bytes. Sources: RFC 3412, RFC 3414, RFC 3826.

Inside of one lies the same PDU as in a v2c message: `pdu_of` and `plain` turn one into the other,
so that whoever asks need not know how the question travels. Whatever is wrong with received bytes
raises `Malformed` and nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from hmac import compare_digest
from typing import NamedTuple

from wire.ber import (
    GET,
    OCTET_STRING,
    OID,
    SEQUENCE,
    Malformed,
    enter,
    integer,
    length,
    oid,
    read_integer,
    tlv,
)
from wire.usm_keys import SALT_SIZE, Keys

AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4  # flags
REPORT = 0xA8

# What an engine reports instead of an answer: counters below usmStats, RFC 3414 section 5.
(
    UNSUPPORTED_LEVEL,
    NOT_IN_TIME_WINDOW,
    UNKNOWN_USER,
    UNKNOWN_ENGINE,
    WRONG_DIGEST,
    DECRYPTION_ERROR,
) = (oid(f"1.3.6.1.6.3.15.1.1.{number}.0") for number in range(1, 7))

_MAX_SIZE = 65_507
_USER_BASED = 3
_VERSION = integer(3)
_BLANK = tlv(OCTET_STRING, b"")
_V2C = integer(1) + _BLANK  # version and community
_MODEL = integer(_USER_BASED)
_LIMIT = integer(_MAX_SIZE)
_FLAGS = tuple(tlv(OCTET_STRING, bytes((flags,))) for flags in range(8))


class Engine(NamedTuple):
    """An SNMP engine, and its clock: starts so far, and seconds since the last one."""

    id: bytes
    boots: int
    time: int


class Envelope(NamedTuple):
    """An SNMPv3 message up to its scoped PDU, which lies in `data[start:end]`."""

    message_id: int
    flags: int
    engine: Engine
    user: bytes
    signature_at: int
    signature_size: int
    salt: bytes
    start: int
    end: int

    @property
    def level(self) -> int:
        """AUTHENTICATED and ENCRYPTED, where they are."""
        return self.flags & (AUTHENTICATED | ENCRYPTED)


class Scoped(NamedTuple):
    """A PDU and the context that it is about."""

    engine_id: bytes
    context: bytes
    kind: int  # GET …, RESPONSE, REPORT
    pdu: bytes  # with tag and length


# ---------------------------------------------------------------- writing


def scoped(engine_id: bytes, context: bytes, pdu: bytes) -> bytes:
    """A scoped PDU, encoded."""
    return tlv(SEQUENCE, tlv(OCTET_STRING, engine_id) + tlv(OCTET_STRING, context) + pdu)


def discovery(message_id: int) -> bytes:
    """Any agent that speaks SNMPv3 answers this with a Report, whoever asks."""
    pdu = tlv(GET, integer(message_id) + integer(0) + integer(0) + tlv(SEQUENCE, b""))
    return message(message_id, REPORTABLE, Engine(b"", 0, 0), b"", scoped(b"", b"", pdu))


def message(
    message_id: int,
    flags: int,
    engine: Engine,
    user: bytes,
    content: bytes,
    signature: bytes = b"",
    salt: bytes = b"",
) -> bytes:
    """A whole message; `content` is the scoped PDU, encrypted or not."""
    before, after = _framed(message_id, flags, engine, user, content, len(signature), salt)
    return before + signature + after


def sealed(
    message_id: int,
    flags: int,
    engine: Engine,
    user: bytes,
    content: bytes,
    keys: Keys,
    salt: bytes,
) -> bytes:
    """The same, encrypted and signed as the flags and keys say; `salt` is new for each."""
    if flags & ENCRYPTED:
        content = keys.encrypted(content, engine.boots, engine.time, salt)
    else:
        salt = b""
    size = keys.signature_size if flags & AUTHENTICATED else 0
    before, after = _framed(message_id, flags, engine, user, content, size, salt)
    if not size:
        return before + after
    return before + keys.signature(before + bytes(size) + after) + after


def _framed(
    message_id: int,
    flags: int,
    engine: Engine,
    user: bytes,
    content: bytes,
    signature_size: int,
    salt: bytes,
) -> tuple[bytes, bytes]:
    """What stands before and after the signature. All that may be long is `content`."""
    known = _known(engine, user) + bytes((OCTET_STRING, signature_size))
    salted = tlv(OCTET_STRING, salt)
    inside = tlv(OCTET_STRING, content) if flags & ENCRYPTED else content
    security_size = len(known) + signature_size + len(salted)
    sequence = b"\x30" + length(security_size)
    security = b"\x04" + length(len(sequence) + security_size) + sequence
    head = integer(message_id) + _LIMIT + _FLAGS[flags] + _MODEL
    opening = _VERSION + b"\x30" + bytes((len(head),)) + head + security
    size = len(opening) + security_size + len(inside)
    return b"\x30" + length(size) + opening + known, salted + inside


@lru_cache(maxsize=4096)
def _known(engine: Engine, user: bytes) -> bytes:
    """Engine, its clock, and user: the same for all questions of one second."""
    clock = integer(engine.boots) + integer(engine.time)
    return tlv(OCTET_STRING, engine.id) + clock + tlv(OCTET_STRING, user)


def plain(pdu: bytes) -> bytes:
    """The v2c message, without a community, that holds this PDU."""
    return tlv(SEQUENCE, _V2C + pdu)


def pdu_of(plain_message: bytes) -> bytes:
    """The PDU in a v2c message that we have made ourselves."""
    at, end = enter(plain_message, 0, len(plain_message), SEQUENCE)
    _, at = read_integer(plain_message, at, end)
    _, at = enter(plain_message, at, end, OCTET_STRING)
    return plain_message[at:]


# ---------------------------------------------------------------- reading


def parse(data: bytes) -> Envelope:
    """Everything but the scoped PDU; checks that all nested lengths end where they must."""
    try:
        return _parse(data)
    except IndexError:
        raise Malformed("message ends early") from None


def _parse(data: bytes) -> Envelope:
    at, end = enter(data, 0, len(data), SEQUENCE)
    version, at = read_integer(data, at, end)
    if version != 3:
        raise Malformed(f"SNMP version number {version}")
    at, head_end = enter(data, at, end, SEQUENCE)
    message_id, at = read_integer(data, at, head_end)
    _, at = read_integer(data, at, head_end)  # how much it can take
    start, at = enter(data, at, head_end, OCTET_STRING)
    model, stop = read_integer(data, at, head_end)
    if at - start != 1 or model != _USER_BASED or stop != head_end:
        raise Malformed("no SNMPv3 message with user-based security")
    flags = data[start]
    at, security_end = enter(data, head_end, end, OCTET_STRING)
    engine, user, signature, salt = _security(data, at, security_end)
    start, stop = security_end, end
    if flags & ENCRYPTED:
        start, stop = enter(data, security_end, end, OCTET_STRING)
    else:
        _, stop = enter(data, security_end, end, SEQUENCE)
    if stop != end:
        raise Malformed("nested lengths do not agree")
    _check_flags(flags, signature, salt)
    at, size = signature[0], signature[1] - signature[0]
    return Envelope(message_id, flags, engine, user, at, size, salt, start, stop)


def _security(data: bytes, at: int, limit: int) -> tuple[Engine, bytes, tuple[int, int], bytes]:
    """The security parameters → engine, user, where the signature stands, salt."""
    at, end = enter(data, at, limit, SEQUENCE)
    start, at = enter(data, at, end, OCTET_STRING)
    engine_id = data[start:at]
    boots, at = read_integer(data, at, end)
    time, at = read_integer(data, at, end)
    start, at = enter(data, at, end, OCTET_STRING)
    user = data[start:at]
    signature = enter(data, at, end, OCTET_STRING)
    start, stop = enter(data, signature[1], end, OCTET_STRING)
    if not stop == end == limit or boots < 0 or time < 0 or len(engine_id) > 32:
        raise Malformed("security parameters that do not fit")
    return Engine(engine_id, boots, time), user, signature, data[start:stop]


def _check_flags(flags: int, signature: tuple[int, int], salt: bytes) -> None:
    if flags & ENCRYPTED and not flags & AUTHENTICATED:
        raise Malformed("encrypted without a signature")
    if flags & ENCRYPTED and len(salt) != SALT_SIZE:
        raise Malformed(f"a salt of {len(salt)} bytes")
    if flags & AUTHENTICATED and signature[0] == signature[1]:
        raise Malformed("signed, but without a signature")


def is_authentic(data: bytes, envelope: Envelope, keys: Keys) -> bool:
    """Was it signed with these keys?"""
    at, size = envelope.signature_at, envelope.signature_size
    if not envelope.flags & AUTHENTICATED or size != keys.signature_size:
        return False
    blank = data[:at] + bytes(size) + data[at + size :]
    return compare_digest(keys.signature(blank), data[at : at + size])


def opened(data: bytes, envelope: Envelope, keys: Keys) -> Scoped:
    """What is inside, decrypted where it is encrypted."""
    content = data[envelope.start : envelope.end]
    if envelope.flags & ENCRYPTED:
        engine = envelope.engine
        content = keys.decrypted(content, engine.boots, engine.time, envelope.salt)
    try:
        return _scoped(content)
    except IndexError:
        raise Malformed("scoped PDU ends early") from None


def _scoped(content: bytes) -> Scoped:
    """Bytes that fill up the last block of a cipher may follow it."""
    at, end = enter(content, 0, len(content), SEQUENCE)
    start, at = enter(content, at, end, OCTET_STRING)
    engine_id = content[start:at]
    start, at = enter(content, at, end, OCTET_STRING)
    kind = content[at]
    _, stop = enter(content, at, end, kind)
    if stop != end:
        raise Malformed("nested lengths do not agree")
    return Scoped(engine_id, content[start:at], kind, content[at:end])


def reported(pdu: bytes) -> bytes:
    """The counter that a Report names, as an encoded OID."""
    try:
        at, end = enter(pdu, 0, len(pdu), REPORT)
        for _ in range(3):  # id, status, index
            _, at = read_integer(pdu, at, end)
        at, end = enter(pdu, at, end, SEQUENCE)
        at, end = enter(pdu, at, end, SEQUENCE)
        start, stop = enter(pdu, at, end, OID)
    except IndexError:
        raise Malformed("report ends early") from None
    return pdu[start:stop]

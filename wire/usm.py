"""The one SNMPv3 message that needs no key: engine discovery (RFC 3414 section 4)."""

from __future__ import annotations

from wire.ber import GET, OCTET_STRING, SEQUENCE, integer, tlv

_MAX_SIZE = 65_507
_REPORTABLE = b"\x04"
_USER_BASED = 3


def discovery(message_id: int) -> bytes:
    """Any agent that speaks SNMPv3 answers this with a Report, whoever asks."""
    head = integer(message_id) + integer(_MAX_SIZE)
    head += tlv(OCTET_STRING, _REPORTABLE) + integer(_USER_BASED)
    blank = tlv(OCTET_STRING, b"")
    # engine id, boots, time, user, authentication, privacy: all of them unknown
    security = tlv(SEQUENCE, blank + integer(0) + integer(0) + blank * 3)
    pdu = tlv(GET, integer(message_id) + integer(0) + integer(0) + tlv(SEQUENCE, b""))
    scoped = tlv(SEQUENCE, blank + blank + pdu)
    message = integer(3) + tlv(SEQUENCE, head) + tlv(OCTET_STRING, security) + scoped
    return tlv(SEQUENCE, message)


def is_v3(data: bytes) -> bool:
    """Does this begin as an SNMPv3 message: a sequence, and in it the version number 3?"""
    return data[:1] == b"\x30" and b"\x02\x01\x03" in data[2:9]

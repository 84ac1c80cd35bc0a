"""Traps and informs as devices send them, encoded for tests and for the load of benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

from wire import ber, trap, usm
from wire.usm_keys import keys_at

LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
COLD_START, AUTH_FAILURE = "1.3.6.1.6.3.1.1.5.1", "1.3.6.1.6.3.1.1.5.5"
SENDER = usm.Engine(b"\x80\0\0\0\x01\x02\x03\x04", 3, 1000)
IF_INDEX, IF_ADMIN, IF_OPER = (f"1.3.6.1.2.1.2.2.1.{column}" for column in (1, 7, 8))


def link_binds(if_index: int) -> list[bytes]:
    """The varbinds of linkDown, RFC 2863."""
    return [
        ber.varbind(ber.oid(f"{column}.{if_index}"), ber.INTEGER, value)
        for column, value in ((IF_INDEX, if_index), (IF_ADMIN, 1), (IF_OPER, 2))
    ]


def pdu(kind: int, name: str, binds: Sequence[bytes] = (), *, request_id: int = 7) -> bytes:
    """A trap or inform of version 2."""
    head = ber.integer(request_id) + ber.integer(0) + ber.integer(0)
    first = ber.varbind(trap.SYS_UPTIME, ber.TIME_TICKS, 12_345)
    first += ber.varbind(trap.TRAP_OID, ber.OID, ber.oid(name))
    return ber.tlv(kind, head + ber.tlv(ber.SEQUENCE, first + b"".join(binds)))


def v2c(
    name: str,
    binds: Sequence[bytes] = (),
    *,
    community: bytes = b"public",
    kind: int = trap.TRAP,
    request_id: int = 7,
) -> bytes:
    content = pdu(kind, name, binds, request_id=request_id)
    return ber.tlv(
        ber.SEQUENCE, ber.integer(ber.V2C) + ber.tlv(ber.OCTET_STRING, community) + content
    )


def v1(
    generic: int,
    specific: int = 0,
    binds: Sequence[bytes] = (),
    *,
    community: bytes = b"public",
    enterprise: str = "1.3.6.1.4.1.9.1.1",
) -> bytes:
    content = (
        ber.tlv(ber.OID, ber.oid(enterprise))
        + ber.tlv(ber.IP_ADDRESS, b"\x7f\0\0\x01")
        + ber.integer(generic)
        + ber.integer(specific)
        + ber.tlv(ber.TIME_TICKS, b"\x30\x39")
        + ber.tlv(ber.SEQUENCE, b"".join(binds))
    )
    head = ber.integer(ber.V1) + ber.tlv(ber.OCTET_STRING, community)
    return ber.tlv(ber.SEQUENCE, head + ber.tlv(trap.TRAP_V1, content))


def v3(
    name: str,
    binds: Sequence[bytes] = (),
    *,
    engine: usm.Engine = SENDER,
    user: str = "canh",
    auth: tuple[str, str] = ("sha256", "authauth"),
    priv: tuple[str, str] = ("aes128", "privpriv"),
    salt: bytes = b"saltsalt",
) -> bytes:
    """Signed, and encrypted where `priv` is not empty."""
    keys = keys_at(engine.id, *auth, *priv)
    flags = usm.AUTHENTICATED | (usm.ENCRYPTED if priv[0] else 0)
    content = usm.scoped(engine.id, b"", pdu(trap.TRAP, name, binds))
    return usm.sealed(9, flags, engine, user.encode(), content, keys, salt)

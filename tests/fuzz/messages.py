"""Sound messages to start from: what agents, devices and people in the middle send."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from probes import mib
from probes.results import SnmpTarget
from tests.snmp_agent import answered, if_table, table
from wire import ber, icmp, trap, usm
from wire.usm import Engine
from wire.usm_keys import Keys, keys_at

RECORDINGS = Path(__file__).parents[3] / "shared" / "corpus" / "pcap"
TARGET = SnmpTarget(node=1, address="127.0.0.1", port=161, version="2c", community="public")
V3_TARGET = SnmpTarget(
    node=1,
    address="127.0.0.1",
    port=161,
    version="3",
    user="canh",
    auth="sha256",
    auth_key="authentication",
    priv="aes128",
    priv_key="and privacy",
)
ID = 0x0123_4567
ENGINE = Engine(bytes.fromhex("80001f8804deadbeef"), 3, 1000)
USER = b"canh"
KEYS: Keys = keys_at(ENGINE.id, "sha256", "authentication", "aes128", "and privacy")

_LINK_TYPES = {1: 14, 113: 16, 0: 4, 12: 0, 101: 0}  # pcap link type → bytes before the IP header
_MAGIC = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}


def snmp() -> list[bytes]:
    """Questions and answers of versions 1 and 2c, from a table with every type of value."""
    found: list[bytes] = list(recorded())
    agent = table([*if_table(6), *_every_type()])
    for version in (ber.V1, ber.V2C):
        asked = [
            ber.request(ber.GET, b"public", mib.SCALARS, version=version),
            ber.request(ber.GETNEXT, b"public", mib.COLUMNS[:4], version=version),
            ber.request(ber.GET, b"", [ber.oid("1.3.6.1.4.1.99.1.0")] * 3, version=version),
        ]
        if version == ber.V2C:
            asked.append(ber.request(ber.GETBULK, b"public", mib.FACTS_COLUMNS, max_repetitions=3))
            asked.append(
                ber.request(ber.GETBULK, b"p", [ber.oid("1.3.6.1.4.1.99")], max_repetitions=20)
            )
        for number, template in enumerate(asked):
            message = template.message(0x0123_4560 + number)
            found += [message, answered(agent, message)]
    return found


def oids() -> list[bytes]:
    texts = ("0.0", "1.3.6.1.2.1.1.5.0", "2.999.3", "1.3.4294967295.128.16384.2097152")
    long = ber.encode_arcs((1, 3, *range(120, 246)))
    return [*map(ber.oid, texts), *mib.COLUMNS, long]


def is_notice(data: bytes) -> bool:
    try:
        trap.parse(data)
    except ber.Malformed:
        return False
    return True


def traps() -> list[bytes]:
    """Traps of both versions and an inform, and the recorded ones."""
    uptime = ber.varbind(trap.SYS_UPTIME, ber.TIME_TICKS, 12_345)
    link_down = ber.varbind(trap.TRAP_OID, ber.OID, ber.oid("1.3.6.1.6.3.1.1.5.3"))
    port = ber.varbind(ber.oid("1.3.6.1.2.1.2.2.1.1.7"), ber.INTEGER, 7)
    head = ber.tlv(ber.OCTET_STRING, b"public")
    found = [data for data in recorded() if is_notice(data)]
    for kind in (trap.TRAP, trap.INFORM):
        varbinds = ber.tlv(ber.SEQUENCE, uptime + link_down + port)
        pdu = ber.tlv(kind, ber.integer(ID) + ber.integer(0) + ber.integer(0) + varbinds)
        found.append(ber.tlv(ber.SEQUENCE, ber.integer(1) + head + pdu))
    for generic in (2, 6):
        old = ber.tlv(ber.OID, ber.oid("1.3.6.1.4.1.99")) + ber.tlv(ber.IP_ADDRESS, bytes(4))
        old += ber.integer(generic) + ber.integer(12) + ber.tlv(ber.TIME_TICKS, b"\x01\x00")
        pdu = ber.tlv(trap.TRAP_V1, old + ber.tlv(ber.SEQUENCE, port))
        found.append(ber.tlv(ber.SEQUENCE, ber.integer(0) + head + pdu))
    return found


def _every_type() -> Iterator[ber.VarBind]:
    values: list[tuple[int, ber.Value]] = [
        (ber.INTEGER, -1),
        (ber.INTEGER, 0x7FFF_FFFF),
        (ber.OCTET_STRING, b""),
        (ber.OCTET_STRING, bytes(range(200))),
        (ber.OID, ber.oid("1.3.6.1.4.1.4294967295.1")),
        (ber.IP_ADDRESS, b"\x7f\0\0\1"),
        (ber.COUNTER32, 0xFFFF_FFFF),
        (ber.GAUGE32, 0),
        (ber.TIME_TICKS, 0x8000_0000),
        (ber.OPAQUE, b"\x9f\x78\x04\x42\xf6\x00\x00"),
        (ber.COUNTER64, 0xFFFF_FFFF_FFFF_FFFF),
        (ber.COUNTER64, 1 << 63),
    ]
    for number, (tag, value) in enumerate(values, start=1):
        yield ber.oid(f"1.3.6.1.4.1.99.{number}.0"), tag, value


def recorded() -> Iterator[bytes]:
    """The UDP payloads of the recordings, where these are there."""
    for path in sorted(RECORDINGS.glob("*.pcap")) if RECORDINGS.is_dir() else ():
        yield from datagrams(path.read_bytes())


def datagrams(capture: bytes) -> Iterator[bytes]:
    """What is in a pcap file: of each UDP frame over IPv4 or IPv6 the payload, as far as it was
    captured; of any other the whole frame, which is as good a nonsense as any."""
    order = _MAGIC.get(capture[:4])
    if order is None:
        return
    (link,) = struct.unpack_from(order + "I", capture, 20)
    at = 24
    while at + 16 <= len(capture):
        (size,) = struct.unpack_from(order + "I", capture, at + 8)
        frame = capture[at + 16 : at + 16 + size]
        at += 16 + size
        payload = _payload(frame[_LINK_TYPES.get(link, 14) :]) or frame
        if payload:
            yield payload


def _payload(packet: bytes) -> bytes:
    if packet[:1] and packet[0] >> 4 == 4 and packet[9:10] == b"\x11":
        return packet[(packet[0] & 15) * 4 + 8 :]
    if packet[:1] and packet[0] >> 4 == 6 and packet[6:7] == b"\x11":
        return packet[48:]
    return b""


def sealed() -> list[bytes]:
    """SNMPv3 messages at each level, reports and discoveries."""
    agent = table(if_table(3))
    asked = ber.request(ber.GET, b"", mib.SCALARS).message(ID)
    pdu = usm.pdu_of(answered(agent, asked))
    content = usm.scoped(ENGINE.id, b"", pdu)
    found = [usm.discovery(ID)]
    for flags in (0, usm.AUTHENTICATED, usm.AUTHENTICATED | usm.ENCRYPTED):
        found.append(usm.sealed(ID, flags, ENGINE, USER, content, KEYS, b"saltsalt"))
    for counter in (usm.UNKNOWN_ENGINE, usm.NOT_IN_TIME_WINDOW, usm.WRONG_DIGEST):
        found += [report(counter, 0), report(counter, usm.AUTHENTICATED)]
    return found


def report(counter: bytes, flags: int, engine: Engine = ENGINE, keys: Keys = KEYS) -> bytes:
    """An engine's report, signed as the flags say."""
    varbind = ber.varbind(counter, ber.COUNTER32, 7)
    numbers = ber.integer(ID) + ber.integer(0) + ber.integer(0)
    pdu = ber.tlv(usm.REPORT, numbers + ber.tlv(ber.SEQUENCE, varbind))
    content = usm.scoped(engine.id, b"", pdu)
    return usm.sealed(ID, flags, engine, USER, content, keys, b"saltsalt")


def pings() -> list[bytes]:
    """Echo requests and replies of both families, and ICMP errors about them."""
    found = []
    for v6 in (False, True):
        asked = icmp.request(ident=0x1234, sequence=7, payload=b"0123456789abcdef", v6=v6)
        answer = icmp.reply_to(asked)
        assert answer is not None
        found += [asked, answer]
    header = bytes.fromhex("4500002c000040004001000a7f0000017f000001")
    for kind, code in ((3, 1), (3, 3), (11, 0), (5, 1)):
        body = bytes((kind, code, 0, 0, 0, 0, 0, 0)) + header + found[0]
        found += [body, header + body]
    return found

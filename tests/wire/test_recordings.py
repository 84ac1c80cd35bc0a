"""Recorded SNMP traffic of others, sound and malicious, goes through the decoder."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from wire import ber

FOLDER = Path(__file__).parents[2].parent / "shared" / "corpus" / "pcap"
SNMP_PORTS = {161, 162}


def datagrams(capture: bytes) -> Iterator[bytes]:
    """The SNMP payloads in a pcap file (Ethernet, IPv4, UDP); short captures are cut short."""
    at = 24
    while at + 16 <= len(capture):
        size = struct.unpack_from("<I", capture, at + 8)[0]
        frame = capture[at + 16 : at + 16 + size]
        at += 16 + size
        if frame[12:14] != b"\x08\x00" or frame[23:24] != b"\x11":
            continue
        udp = 14 + (frame[14] & 15) * 4
        if len(frame) >= udp + 8 and SNMP_PORTS & set(struct.unpack_from("!HH", frame, udp)):
            yield frame[udp + 8 :]


def verdicts(name: str) -> list[str]:
    """Per datagram: the PDU type it has, or `malformed`."""
    if not FOLDER.is_dir():
        pytest.skip(f"the recordings are not there: {FOLDER}")
    found = []
    for payload in datagrams((FOLDER / f"{name}.pcap").read_bytes()):
        try:
            head = ber.parse_head(payload)
            for encoded, _, _ in ber.varbinds(payload, head):
                ber.dotted(encoded)
            found.append(f"{head.pdu:x}")
        except ber.Malformed:
            found.append("malformed")
    return found


@pytest.mark.parametrize(
    ("name", "pdu"),
    [
        ("zeek_snmpv1_get", "a0"),
        ("zeek_snmpv1_get_short", "a0"),
        ("zeek_snmpv2_get_bulk", "a5"),
        ("zeek_snmpv2_get_next", "a1"),
        ("zeek_snmpwalk-short", "a1"),
    ],
)
def test_sound_recordings_are_read(name: str, pdu: str) -> None:
    found = set(verdicts(name))
    assert pdu in found
    assert found <= {pdu, "a0", "a2", "a3"}


@pytest.mark.parametrize(
    "name", ["tcpdump_snmp-heapoverflow-1", "zeek_snmp-oid-subidentifier-too-long"]
)
def test_malicious_recordings_are_refused(name: str) -> None:
    assert set(verdicts(name)) == {"malformed"}

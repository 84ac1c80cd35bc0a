"""ICMP echo packets: right checksums, replies that fit, and nothing read that is not one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import icmp

WORDS = st.integers(0, 0xFFFF)


def test_the_checksum_of_rfc_1071s_example_is_right() -> None:
    assert icmp.checksum(bytes.fromhex("0001f203f4f5f6f7")) == ~0xDDF2 & 0xFFFF


def test_a_request_is_laid_out_as_rfc_792_says() -> None:
    packet = icmp.request(ident=0x1234, sequence=1, payload=b"abcdefgh")
    assert packet.hex(" ", 2) == "0800 5435 1234 0001 6162 6364 6566 6768"


@given(ident=WORDS, sequence=WORDS, payload=st.binary(max_size=80), v6=st.booleans())
def test_a_prepared_request_equals_one_built_from_scratch(
    ident: int, sequence: int, payload: bytes, v6: bool
) -> None:
    prepared = icmp.EchoRequests(ident=ident, payload=payload, v6=v6).packet(sequence)
    scratch = icmp.request(ident=ident, sequence=sequence, payload=payload, v6=v6)
    assert icmp.parse(prepared) == icmp.parse(scratch) is not None
    assert v6 or icmp.checksum(prepared) == 0


@given(ident=WORDS, sequence=WORDS, payload=st.binary(max_size=80), v6=st.booleans())
def test_a_reply_carries_what_was_asked(
    ident: int, sequence: int, payload: bytes, v6: bool
) -> None:
    reply = icmp.reply_to(icmp.request(ident=ident, sequence=sequence, payload=payload, v6=v6))
    assert reply is not None
    kind = icmp.ECHO_REPLY_V6 if v6 else icmp.ECHO_REPLY_V4
    assert icmp.parse(reply) == (kind, ident, sequence, payload)
    assert icmp.reply_to(reply) is None


@given(st.binary(max_size=100))
def test_random_bytes_are_read_or_nothing(packet: bytes) -> None:
    found = icmp.parse(packet)
    assert found is None or len(found.payload) == len(packet) - 8
    icmp.reply_to(packet)


@pytest.mark.parametrize("place", range(16))
def test_a_changed_byte_is_noticed(place: int) -> None:
    packet = bytearray(icmp.request(ident=7, sequence=9, payload=b"12345678"))
    packet[place] ^= 0x10
    assert icmp.parse(bytes(packet)) is None

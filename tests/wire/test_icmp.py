"""ICMP echo packets: right checksums, replies that fit, and nothing read that is not one."""

from __future__ import annotations

import numpy as np
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
    requests = icmp.EchoRequests(ident, payload, v6=v6)
    rows = np.full((2, requests.size), 0xAA, np.uint8)
    requests.write(rows, np.array([0, sequence]))
    prepared = rows[1].tobytes()
    assert rows[0].tobytes() == icmp.request(ident=ident, sequence=0, payload=payload, v6=v6)
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


def quoting(request: bytes, *, v6: bool, options: int = 0) -> bytes:
    """Our packet as a router quotes it: behind its IP header, which may have options."""
    if v6:
        ends = bytes(16) + bytes.fromhex("20010db8" + "00" * 11 + "07")
        return b"\x60\0\0\0" + len(request).to_bytes(2, "big") + bytes((58, 63)) + ends + request
    head = bytes((0x45 + options, 0)) + bytes(7) + b"\x01\0\0" + bytes(4) + bytes((10, 9, 8, 7))
    return head + bytes(4 * options) + request


def an_error(kind: int, code: int, quoted: bytes) -> bytes:
    return bytes((kind, code)) + bytes(6) + quoted


@given(
    ident=WORDS,
    sequence=WORDS,
    v6=st.booleans(),
    options=st.integers(0, 10),
    code=st.integers(0, 255),
    more=st.integers(0, 40),
    data=st.data(),
)
def test_an_error_tells_which_request_it_quotes_even_if_it_quotes_8_bytes_of_it(
    ident: int, sequence: int, v6: bool, options: int, code: int, more: int, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(icmp.ERRORS_V6 if v6 else icmp.ERRORS_V4)))
    request = icmp.request(ident=ident, sequence=sequence, payload=bytes(40), v6=v6)
    message = an_error(kind, code, quoting(request[: 8 + more], v6=v6, options=options))
    expected = (kind, code, ident, sequence, "2001:db8::7" if v6 else "10.9.8.7")
    assert icmp.error(message, v6=v6) == expected
    assert icmp.error(message, v6=not v6) is None
    short = len(message) - more - 1
    assert all(icmp.error(message[:end], v6=v6) is None for end in range(short + 1))


@given(st.binary(max_size=120), st.booleans(), st.integers(0, 255))
def test_random_bytes_quote_an_echo_request_or_nothing(packet: bytes, v6: bool, kind: int) -> None:
    found = icmp.error(bytes((kind,)) + packet, v6=v6)
    assert found is None or found.type in (icmp.ERRORS_V6 if v6 else icmp.ERRORS_V4)


@pytest.mark.parametrize("v6", [False, True])
def test_an_error_about_something_else_quotes_no_echo_request(v6: bool) -> None:
    kind = 1 if v6 else 3
    request = icmp.request(ident=7, sequence=9, payload=bytes(8), v6=v6)
    reply = icmp.reply_to(request)
    assert reply is not None
    assert icmp.error(an_error(kind, 0, quoting(request, v6=v6)), v6=v6) is not None
    assert icmp.error(an_error(kind, 0, quoting(reply, v6=v6)), v6=v6) is None
    other = bytearray(quoting(request, v6=v6))
    other[6 if v6 else 9] = 17  # UDP
    assert icmp.error(an_error(kind, 0, bytes(other)), v6=v6) is None
    assert icmp.error(an_error(129 if v6 else 0, 0, quoting(request, v6=v6)), v6=v6) is None


def test_errors_have_the_names_of_their_rfcs_and_unknown_ones_their_numbers() -> None:
    assert icmp.error_name(3, 1) == "host unreachable"
    assert icmp.error_name(3, 13) == "prohibited"
    assert icmp.error_name(11, 0) == "TTL exceeded"
    assert icmp.error_name(3, 99) == "unreachable (3/99)"
    assert icmp.error_name(1, 3, v6=True) == "address unreachable"
    assert icmp.error_name(2, 0, v6=True) == "packet too big (2/0)"
    assert icmp.error_name(77, 1) == "ICMP error (77/1)"

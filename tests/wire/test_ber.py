"""BER: what we encode we decode; whatever else comes is a result or `Malformed`."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.needs import need_program
from wire import ber

OIDS = st.builds(
    lambda first, second, rest: ber.encode_arcs((first, second, *rest)),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(st.integers(0, 0xFFFF_FFFF), max_size=20),
)
VALUES = st.one_of(
    st.tuples(st.just(ber.INTEGER), st.integers(-0x8000_0000, 0x7FFF_FFFF)),
    st.tuples(
        st.sampled_from((ber.COUNTER32, ber.GAUGE32, ber.TIME_TICKS)), st.integers(0, 0xFFFF_FFFF)
    ),
    st.tuples(st.just(ber.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(
        st.sampled_from((ber.OCTET_STRING, ber.OPAQUE, ber.IP_ADDRESS)), st.binary(max_size=400)
    ),
    st.tuples(st.just(ber.OID), OIDS),
    st.tuples(
        st.sampled_from((ber.NULL, ber.NO_SUCH_OBJECT, ber.NO_SUCH_INSTANCE, ber.END_OF_MIB_VIEW)),
        st.none(),
    ),
)
VARBINDS = st.lists(st.builds(lambda name, value: (name, *value), OIDS, VALUES), max_size=12)
COMMUNITIES = st.binary(max_size=200)
REQUEST_IDS = st.integers(0x0100_0000, 0x7FFF_FFFF)
ASKED = ber.parse_head(ber.request(ber.GET, b"public", []).message(0x0102_0304))


def read(data: bytes) -> tuple[ber.Head, list[ber.VarBind]]:
    head = ber.parse_head(data)
    return head, ber.varbinds(data, head)


def read_or_refuse(data: bytes) -> None:
    """Anything but Malformed lets the test fail; what is read must be sound."""
    try:
        _, varbinds = read(data)
    except ber.Malformed:
        return
    assert sum(len(name) + 4 for name, _, _ in varbinds) <= len(data)
    for _, tag, value in varbinds:
        assert ber.varbind(b"\x2b", tag, value)


@given(OIDS)
def test_an_oid_survives_being_written_and_read(encoded: bytes) -> None:
    assert ber.oid(ber.dotted(encoded)) == encoded


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("1.3.6.1.2.1.1.5.0", "2b06010201010500"),
        (".1.3.6.1.4.1.2636", "2b06010401944c"),
        ("2.999.3", "883703"),  # the example of X.690 section 8.19
        ("0.0", "00"),
        ("1.3.4294967295", "2b8fffffff7f"),
    ],
)
def test_known_oids_have_their_known_bytes(text: str, encoded: str) -> None:
    assert ber.oid(text) == bytes.fromhex(encoded)
    assert ber.dotted(bytes.fromhex(encoded)) == text.removeprefix(".")


@pytest.mark.parametrize(
    "text", ["", "1", "1.40", "3.1", "1.3.-1", "1.3.4294967296", "1.x", "1..3"]
)
def test_a_text_that_is_no_oid_is_refused(text: str) -> None:
    with pytest.raises(ber.Malformed):
        ber.oid(text)


@pytest.mark.parametrize("encoded", ["", "2b86", "2b8006", "2b9080808000", "2b" * 129])
def test_bytes_that_are_no_oid_are_refused(encoded: str) -> None:
    with pytest.raises(ber.Malformed):
        ber.dotted(bytes.fromhex(encoded))


@given(OIDS, OIDS)
def test_oids_are_ordered_by_their_numbers(one: bytes, other: bytes) -> None:
    numbers = [tuple(map(int, ber.dotted(each).split("."))) for each in (one, other)]
    assert (ber.arcs(one) < ber.arcs(other)) == (numbers[0] < numbers[1])


@given(VARBINDS, COMMUNITIES, REQUEST_IDS, st.sampled_from((ber.V1, ber.V2C)))
def test_a_response_is_read_as_it_was_written(
    varbinds: list[ber.VarBind], community: bytes, request_id: int, version: int
) -> None:
    asked = ber.parse_head(ber.request(ber.GET, community, [], version=version).message(request_id))
    data = ber.response(
        asked, [ber.varbind(*each) for each in varbinds], error_status=5, error_index=2
    )
    head, found = read(data)
    assert found == varbinds
    assert head[:6] == (version, community, ber.RESPONSE, request_id, 5, 2)


@given(
    st.lists(OIDS, max_size=20), COMMUNITIES, REQUEST_IDS, st.integers(0, 127), st.integers(0, 9999)
)
def test_an_agent_reads_a_getbulk_as_it_was_asked(
    oids: list[bytes], community: bytes, request_id: int, alone: int, repetitions: int
) -> None:
    template = ber.request(
        ber.GETBULK, community, oids, non_repeaters=alone, max_repetitions=repetitions
    )
    head, varbinds = read(template.message(request_id))
    assert (head.version, head.community, head.pdu) == (ber.V2C, community, ber.GETBULK)
    assert (head.request_id, head.non_repeaters, head.max_repetitions) == (
        request_id,
        alone,
        repetitions,
    )
    assert varbinds == [(encoded, ber.NULL, None) for encoded in oids]


def heard_from_snmpget() -> bytes:
    """The datagram that Net-SNMP's own tool sends."""
    need_program("snmpget")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)
        agent = f"127.0.0.1:{sock.getsockname()[1]}"
        asking = ["snmpget", "-v2c", "-c", "public", "-r", "0", "-t", "0.1", agent]
        environment = {**os.environ, "MIBS": "", "SNMPCONFPATH": "/nonexistent"}
        subprocess.run([*asking, "1.3.6.1.2.1.1.5.0"], env=environment, capture_output=True)
        return sock.recv(65_535)


def test_we_ask_with_the_same_bytes_as_snmpget() -> None:
    heard = heard_from_snmpget()
    head, varbinds = read(heard)
    assert (head.version, head.community, head.pdu) == (ber.V2C, b"public", ber.GET)
    assert varbinds == [(ber.oid("1.3.6.1.2.1.1.5.0"), ber.NULL, None)]
    if head.request_id >= 0x0100_0000:  # a shorter one has other lengths around it
        template = ber.request(ber.GET, b"public", [ber.oid("1.3.6.1.2.1.1.5.0")])
        assert template.message(head.request_id) == heard


@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@settings(max_examples=600)
@given(VARBINDS, st.data())
def test_changed_messages_are_read_or_refused(
    varbinds: list[ber.VarBind], data: st.DataObject
) -> None:
    message = bytearray(ber.response(ASKED, [ber.varbind(*each) for each in varbinds]))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(message))


@given(VARBINDS)
def test_a_message_cut_anywhere_is_refused(varbinds: list[ber.VarBind]) -> None:
    message = ber.response(ASKED, [ber.varbind(*each) for each in varbinds])
    for size in range(len(message)):
        with pytest.raises(ber.Malformed):
            read(message[:size])


@pytest.mark.parametrize(
    ("what", "varbind"),
    [
        ("a varbind longer than its list", "300a06022b010201"),
        ("a value that ends before its varbind", "300906022b0102010100"),
        ("a value that ends after its varbind", "300706022b01020201"),
        ("an INTEGER of no bytes", "300606022b010200"),
        ("an INTEGER of nine bytes", "300f06022b010209010101010101010101"),
        ("an INTEGER above 32 bits", "300b06022b0102050100000000"),
        ("a Counter32 above 32 bits", "300b06022b0141050100000000"),
        ("a Counter64 above 64 bits", "300f06022b014609010000000000000000"),
        ("a type that SNMP does not have", "300706022b01010101"),
        ("a length field of no definite form", "308006022b010500"),
        ("a length field of five bytes", "3085000000000606022b010500"),
    ],
)
def test_a_bad_varbind_is_refused(what: str, varbind: str) -> None:
    content = bytes.fromhex(varbind)
    with pytest.raises(ber.Malformed):
        ber.walk(content, 0, len(content))


def test_agents_that_write_numbers_their_own_way_are_understood() -> None:
    """Leading zero bytes, unsigned numbers without one, long length fields for short things."""
    written = (
        "300a06022b014104ffffffff",
        "300906022b010203000007",
        "3082000f068200022b01428200050000000009",
    )
    content = b"".join(map(bytes.fromhex, written))
    _, _, values = ber.walk(content, 0, len(content))
    assert values == [0xFFFF_FFFF, 7, 9]


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (ber.INTEGER, 2**31),
        (ber.COUNTER32, 2**32),
        (ber.COUNTER32, -1),
        (ber.COUNTER64, 2**64),
        (ber.OCTET_STRING, 7),
        (ber.NULL, 0),
        (0x99, 1),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_not_written(tag: int, value: ber.Value) -> None:
    with pytest.raises(ValueError, match=r"value|INTEGER"):
        ber.varbind(b"\x2b", tag, value)

"""Damaged datagrams: nothing crashes, hangs or reads nonsense. Millions by hand: tests/fuzz."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import messages
from tests.fuzz.claims import DECODERS
from tests.fuzz.mutator import stream
from tests.fuzz.run import run
from wire import ber, usm
from wire.usm_keys import keys_at

SHORT = {  # so many that each takes about a second
    "ber": 20_000,
    "oid": 20_000,
    "trap": 30_000,
    "usm": 30_000,
    "peer": 30_000,
    "talk": 6_000,
    "usual": 30_000,
    "icmp": 40_000,
}


@pytest.mark.parametrize("decoder", DECODERS)
def test_damaged_messages_are_refused_or_read_soundly(decoder: str) -> None:
    accepted = run(decoder, SHORT[decoder], seed=2026)
    assert isinstance(accepted, int), str(accepted)
    assert 0 < accepted < SHORT[decoder]


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_sound_messages_that_are_damaged_are_sound(decoder: str) -> None:
    """Or else all would be refused for something else."""
    claim = DECODERS[decoder].claim()
    for data in DECODERS[decoder].messages():
        claim(data)
    if decoder not in ("talk", "usual"):
        assert any(map(claim, DECODERS[decoder].messages()))


@pytest.mark.parametrize("decoder", ["ber", "trap", "usm"])
def test_whatever_was_recorded_is_refused_or_read_soundly(decoder: str) -> None:
    if not messages.RECORDINGS.is_dir():
        pytest.skip(f"the recordings are not there: {messages.RECORDINGS}")
    claim = DECODERS[decoder].claim()
    recorded = list(messages.recorded())
    assert len(recorded) > 100
    read = sum(map(claim, recorded))
    assert decoder != "ber" or read > 100


def test_the_same_seed_gives_the_same_damage() -> None:
    streams = [list(islice(stream(messages.pings(), 7), 50)) for _ in range(2)]
    assert streams[0] == streams[1]
    assert len(set(streams[0])) > 40


# ---------------------------------------------------------------- another decoder's opinion


@lru_cache(maxsize=1)
def _library() -> tuple[Any, Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecations
        from pyasn1.codec.ber import decoder  # type: ignore[import-untyped]
        from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]
        from pysnmp.proto import api
    return decoder, api, PyAsn1Error


def _by_pysnmp(data: bytes, version: int) -> tuple[int, list[tuple[str, Any]]] | None:
    """Request id, and name and value of each varbind; None where it refuses."""
    decoder, api, error = _library()
    words = api.PROTOCOL_MODULES[version]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            message, _ = decoder.decode(data, asn1Spec=words.Message())
            pdu = words.apiMessage.get_pdu(message)
            found = words.apiPDU.get_varbinds(pdu)
            return int(words.apiPDU.get_request_id(pdu)), [(str(n), v) for n, v in found]
        except (error, IndexError, ValueError):
            return None


def _accepted(count: int) -> Iterator[tuple[bytes, ber.Head, list[ber.VarBind]]]:
    for data in stream(messages.snmp(), 11):
        if len(data) > 300:
            continue  # the other one takes its time
        try:
            head = ber.parse_head(data)
            varbinds = ber.varbinds(data, head)
            for name, _, _ in varbinds:
                ber.arcs(name)
        except ber.Malformed:
            continue
        yield data, head, varbinds
        count -= 1
        if not count:
            return


def test_what_is_read_means_the_same_to_pysnmp() -> None:
    agreed = 0
    for data, head, varbinds in _accepted(400):
        other = _by_pysnmp(data, head.version)
        if other is None:  # it takes no numbers as some agents write them
            continue
        request_id, found = other
        assert request_id == head.request_id
        assert [ber.dotted(name) for name, _, _ in varbinds] == [name for name, _ in found]
        for (_, tag, value), (_, theirs) in zip(varbinds, found, strict=True):
            if tag == ber.OID and isinstance(value, bytes):
                assert str(theirs) == ber.dotted(value), data.hex()
            elif isinstance(value, bytes):
                assert bytes(theirs) == value, data.hex()
            elif isinstance(value, int):
                assert int(theirs) == value, data.hex()
        agreed += 1
    assert agreed > 200


# ---------------------------------------------------------------- SNMPv3 by structure

ENGINES = st.builds(
    usm.Engine,
    st.binary(min_size=5, max_size=32),
    st.integers(0, 0x7FFF_FFFF),
    st.integers(0, 0x7FFF_FFFF),
)
PDUS = st.builds(
    lambda number, content: ber.tlv(ber.RESPONSE, ber.integer(number) + content),
    st.integers(0, 0x7FFF_FFFF),
    st.binary(max_size=3000),
)


@given(
    engine=ENGINES,
    user=st.binary(max_size=32),
    context=st.binary(max_size=40),
    pdu=PDUS,
    level=st.sampled_from((0, 1, 3)),
    protocols=st.sampled_from((("sha1", "aes128"), ("sha256", "aes256"), ("sha512", "aes128"))),
    message_id=st.integers(0, 0x7FFF_FFFF),
    salt=st.binary(min_size=8, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_a_sealed_message_opens_to_what_was_put_in_and_to_nobody_else(
    engine: usm.Engine,
    user: bytes,
    context: bytes,
    pdu: bytes,
    level: int,
    protocols: tuple[str, str],
    message_id: int,
    salt: bytes,
) -> None:
    auth, priv = protocols
    keys = keys_at(engine.id, auth, "a first password", priv, "a second password")
    others = keys_at(engine.id, auth, "another password", priv, "a second password")
    content = usm.scoped(engine.id, context, pdu)
    data = usm.sealed(message_id, level | usm.REPORTABLE, engine, user, content, keys, salt)
    envelope = usm.parse(data)
    assert (envelope.message_id, envelope.engine, envelope.user) == (message_id, engine, user)
    assert envelope.level == level
    assert usm.opened(data, envelope, keys) == (engine.id, context, ber.RESPONSE, pdu)
    assert usm.is_authentic(data, envelope, keys) == bool(level)
    assert not usm.is_authentic(data, envelope, others)
    assert usm.pdu_of(usm.plain(pdu)) == pdu


def test_keys_are_those_of_the_rfc() -> None:
    """RFC 3414 section A.3.2."""
    keys = keys_at(bytes.fromhex("000000000000000000000002"), "sha1", "maplesyrup")
    assert keys.auth_key.hex() == "6695febc9288e36282235fc7151f128497b38f3f"
    assert len(keys.signature(b"message")) == keys.signature_size == 12

"""What must hold of each decoder, whatever bytes it is given: one function a decoder.

A claim takes a damaged message; True: it was accepted, and what was read is sound. AssertionError,
or any exception but the decoder's own, is a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from probes.usm_peer import Peer, Stale
from tests.fuzz import messages, talking
from wire import ber, icmp, trap, usm

Claim = Callable[[bytes], bool]


class Decoder(NamedTuple):
    """Where to start from, and what must hold."""

    messages: Callable[[], list[bytes]]
    claim: Callable[[], Claim]


def _ber() -> Claim:
    """What is read says the same when written anew, and is no longer than what came."""

    def claim(data: bytes) -> bool:
        try:
            head = ber.parse_head(data)
            oids, tags, values = ber.walk(data, head.start, head.end)
        except ber.Malformed:
            return False
        assert 0 < head.start <= head.end <= len(data)
        assert len(oids) == len(tags) == len(values)
        found = list(zip(oids, tags, values, strict=True))
        written = ber.response(head, [ber.varbind(*each) for each in found])
        assert len(written) <= len(data) + 8 * len(found) + 16
        again = ber.parse_head(written)
        assert ber.varbinds(written, again) == found
        assert again[:2] == head[:2]
        assert again.request_id == head.request_id
        ends, sizes = ber.places(data, head.start, head.end)
        assert [len(v) for v in values if isinstance(v, bytes)] == [
            size for size, value in zip(sizes, values, strict=True) if isinstance(value, bytes)
        ]
        assert not ends or ends[-1] == head.end
        for name in oids:
            _oid(name)
        return True

    return claim


def _oid(encoded: bytes) -> bool:
    """A sound OID has one spelling, and neither too many nor too large numbers."""
    try:
        arcs = ber.arcs(encoded)
    except ber.Malformed:
        return False
    assert 2 <= len(arcs) <= ber.MAX_ARCS
    assert max(arcs) <= 0xFFFF_FFFF
    assert arcs[0] <= 2
    assert ber.oid(ber.dotted(encoded)) == encoded
    return True


def _trap() -> Claim:
    """A notice lies inside of its message, and names what happened by a sound OID."""

    def claim(data: bytes) -> bool:
        try:
            notice = trap.parse(data)
            trap.varbinds(data, notice)
            ber.arcs(notice.trap)
        except ber.Malformed:
            return False
        assert 0 < notice.start <= notice.end <= len(data)
        assert data[notice.pdu_at] == notice.pdu
        if notice.pdu == trap.INFORM:
            assert ber.parse_head(trap.acknowledgement(data, notice)).pdu == ber.RESPONSE
        return True

    return claim


def _usm() -> Claim:
    """An envelope's parts lie inside of it, and what it holds is a PDU with sound lengths."""

    def claim(data: bytes) -> bool:
        try:
            envelope = usm.parse(data)
            assert 0 < envelope.signature_at <= envelope.start <= envelope.end <= len(data)
            assert envelope.signature_at + envelope.signature_size <= envelope.start
            inside = usm.opened(data, envelope, messages.KEYS)
            if inside.kind == usm.REPORT:
                usm.reported(inside.pdu)
        except ber.Malformed:
            return False
        assert inside.pdu[0] == inside.kind
        assert usm.pdu_of(usm.plain(inside.pdu)) == inside.pdu
        return True

    return claim


def _peer() -> Claim:
    """No response is believed but the very one that was signed; a report never gives a value."""
    peer = Peer(messages.V3_TARGET)
    peer.learn(messages.ENGINE, 0)
    signed = {data for data in messages.sealed() if usm.parse(data).level == peer.level}

    def claim(data: bytes) -> bool:
        try:
            inside = peer.opened(data, usm.parse(data), peer.level, 0)
        except (ber.Malformed, Stale):
            return False
        assert inside.kind == usm.REPORT or data in signed
        return True

    return claim


def _icmp() -> Claim:
    """An echo is as long as its packet; an error quotes a request; nothing else is read."""

    def claim(data: bytes) -> bool:
        echo = icmp.parse(data)
        assert echo is None or len(echo.payload) == len(data) - icmp.HEADER.size
        answer = icmp.reply_to(data)
        assert answer is None or (echo is not None and icmp.parse(answer) is not None)
        errors = [icmp.error(data, v6=v6) for v6 in (False, True)]
        for v6, error in zip((False, True), errors, strict=True):
            if error is not None:
                assert icmp.error_name(error.type, error.code, v6=v6)
        return echo is not None or any(errors)

    return claim


DECODERS = {
    "ber": Decoder(messages.snmp, _ber),
    "oid": Decoder(messages.oids, lambda: _oid),
    "trap": Decoder(messages.traps, _trap),
    "usm": Decoder(messages.sealed, _usm),
    "peer": Decoder(messages.sealed, _peer),
    "talk": Decoder(talking.answers, talking.asking),
    "usual": Decoder(talking.usual_answers, talking.usually),
    "icmp": Decoder(messages.pings, _icmp),
}

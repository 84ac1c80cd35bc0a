"""Mutated traps: no crash, no hang, no nonsense that is told. CANH_MUTATIONS sets how many."""

from __future__ import annotations

import os

import pytest

from probes.traps import frames
from probes.traps.known import ABOUT_A_PORT, ACTED_ON
from probes.traps.sift import Plan, Sift, Taken
from probes.traps.v3 import User, Versions3
from tests.probes.traps.datagrams import COLD_START, LINK_DOWN, link_binds, v1, v2c, v3
from tests.probes.traps.mutator import mutated
from wire import ber, trap, usm
from wire.usm_keys import keys_at

COUNT = int(os.environ.get("CANH_MUTATIONS", "20000"))
SOURCE, OURS = "192.0.2.1", b"\x80\0\x4f\xb8\x05canh"
CANH = User("canh", "sha256", "authauth", "aes128", "privpriv")
EXTRA = [ber.varbind(ber.oid("1.3.6.1.4.1.9.2.2.1.1.20.3"), ber.OCTET_STRING, b"down")]


def informed() -> bytes:
    """An inform of version 3 for us."""
    engine = usm.Engine(OURS, 1, 5)
    message = v2c(LINK_DOWN, link_binds(3), kind=trap.INFORM)
    content = usm.scoped(OURS, b"", message[trap.parse(message).pdu_at :])
    flags = usm.AUTHENTICATED | usm.ENCRYPTED | usm.REPORTABLE
    keys = keys_at(OURS, "sha256", "authauth", "aes128", "privpriv")
    return usm.sealed(5, flags, engine, b"canh", content, keys, b"saltsalt")


PLAIN = [
    v1(2, 0, link_binds(5) + EXTRA),
    v1(6, 5, enterprise="1.3.6.1.4.1.318"),
    v2c(LINK_DOWN, link_binds(700) + EXTRA),
    v2c(LINK_DOWN, link_binds(3), kind=trap.INFORM),
    v2c(COLD_START),
]
SEALED = [
    v3(LINK_DOWN, link_binds(8)),
    v3(COLD_START, auth=("sha512", "authauth"), priv=("", "")),
    informed(),
    usm.discovery(77),
]


def sift() -> Sift:
    made = Sift(Versions3(OURS, 1, [CANH]))
    made.know(Plan(frozenset({SOURCE}), frozenset({b"public"})))
    return made


def check(data: bytes, taken: Taken) -> None:
    """What is told is a trap that we know, and the other side of the pipe takes it."""
    heard = taken.heard
    if heard is None:
        return
    assert ACTED_ON[ber.oid(heard.oid)] == heard.trap, data.hex()
    assert heard.if_index is None or heard.trap in ABOUT_A_PORT, data.hex()
    [document] = frames.Frames(frames.FROM_CHILD).feed(frames.encode(heard.document()))
    assert frames.heard(document["heard"]) == heard, data.hex()


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("seeds", [PLAIN, SEALED], ids=["plain", "sealed"])
def test_no_mutation_breaks_the_sift_or_makes_it_tell_nonsense(seeds: list[bytes]) -> None:
    one = sift()
    for number, data in enumerate(mutated(seeds, COUNT // 2, seed=len(seeds))):
        taken = one.take(data, SOURCE, number * 1_000_000)
        check(data, taken)
        one.again(number * 1_000_000)
    counts = one.counts()
    assert counts["received"] == COUNT // 2
    assert counts["malformed"] > COUNT // 20


def test_no_mutation_of_a_signed_message_is_believed() -> None:
    sealed = SEALED[:1]
    one = sift()
    for number, data in enumerate(mutated(sealed, min(COUNT // 4, 100_000), seed=5)):
        if data[: len(sealed[0])] != sealed[0]:
            assert one.take(data, SOURCE, number * 1_000_000).heard is None, data.hex()


def test_no_mutation_of_a_frame_breaks_the_monitor() -> None:
    heard = sift().take(v2c(LINK_DOWN, link_binds(5) + EXTRA), SOURCE, 0).heard
    assert heard is not None
    frame = frames.encode(heard.document())
    for data in mutated([frame, frames.encode({"counts": {"told": 1}})], COUNT // 4, seed=6):
        stream = frames.Frames(frames.FROM_CHILD)
        try:
            for document in stream.feed(data):
                frames.heard(document.get("heard"))
        except frames.BadFrame:
            continue

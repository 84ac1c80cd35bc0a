"""What becomes of each datagram: few are told, all are counted."""

from __future__ import annotations

import pytest

from probes.traps.frames import MAX_BINDS, Heard
from probes.traps.sift import Plan, Sift
from probes.traps.v3 import User, Versions3
from tests.probes.traps.datagrams import (
    AUTH_FAILURE,
    COLD_START,
    LINK_DOWN,
    LINK_UP,
    link_binds,
    v1,
    v2c,
    v3,
)
from tests.wire.test_recordings import FOLDER, datagrams
from wire import ber, trap, usm

ROUTER, OTHER = "192.0.2.1", "192.0.2.2"
OURS = b"\x80\0\x4f\xb8\x05canh"
CANH = User("canh", "sha256", "authauth", "aes128", "privpriv")
SECOND_NS = 1_000_000_000


def sift(*users: User) -> Sift:
    made = Sift(Versions3(OURS, 1, users))
    made.know(Plan(frozenset({ROUTER}), frozenset({b"public"})))
    return made


def fate(data: bytes, source: str = ROUTER, *users: User) -> str:
    """What it is counted as, beside having been received."""
    one = sift(*users)
    one.take(data, source, 0)
    counts = one.counts()
    assert counts.pop("received") == 1
    assert sum(counts.values()) == 1, counts
    return next(iter(counts))


FATES = {
    "of an unknown source": (v2c(LINK_DOWN, link_binds(1)), OTHER, "unknown_source"),
    "of an unknown source, broken": (b"\xff" * 40, OTHER, "unknown_source"),
    "a trap that asks nothing of us": (v2c("1.3.6.1.4.1.9.9.41.2.0.1"), ROUTER, "other"),
    "a failed login, version 2c": (v2c(AUTH_FAILURE), ROUTER, "auth_failure"),
    "a failed login, version 1": (v1(4), ROUTER, "auth_failure"),
    "wrong community": (v2c(COLD_START, community=b"privat"), ROUTER, "wrong_community"),
    "no community": (v1(0, community=b""), ROUTER, "wrong_community"),
    "empty": (b"", ROUTER, "malformed"),
    "cut short": (v2c(LINK_DOWN, link_binds(1))[:-1], ROUTER, "malformed"),
    "a question": (v2c(COLD_START, kind=ber.GET), ROUTER, "malformed"),
    "a trap of version 1 that says 2c": (
        v1(0).replace(b"\x02\x01\x00\x04\x06", b"\x02\x01\x01\x04\x06"),
        ROUTER,
        "malformed",
    ),
    "generic trap 7": (v1(7), ROUTER, "malformed"),
    "a varbind that is none": (v2c(LINK_DOWN, [b"\x30\x01\x06"]), ROUTER, "malformed"),
    "version 3 without users": (v3(COLD_START), ROUTER, "wrong_user"),
}


@pytest.mark.parametrize("name", FATES)
def test_what_is_not_told_is_counted_by_its_reason(name: str) -> None:
    data, source, counted = FATES[name]
    assert fate(data, source) == counted


def heard(data: bytes, *users: User) -> Heard:
    taken = sift(*users).take(data, ROUTER, 0)
    assert taken.heard is not None
    return taken.heard


@pytest.mark.parametrize("data", [v1(2, 0, link_binds(5)), v2c(LINK_DOWN, link_binds(5))])
def test_a_fallen_link_is_told_with_its_interface(data: bytes) -> None:
    told = heard(data)
    assert (told.source, told.trap, told.oid, told.if_index) == (ROUTER, "linkDown", LINK_DOWN, 5)
    assert told.binds == tuple(
        (f"1.3.6.1.2.1.2.2.1.{column}.5", value) for column, value in ((1, "5"), (7, "1"), (8, "2"))
    )


def test_an_interface_is_known_by_the_row_of_any_of_its_columns() -> None:
    name = ber.varbind(ber.oid("1.3.6.1.2.1.31.1.1.1.1.300"), ber.OCTET_STRING, b"Gi0/3")
    assert heard(v2c(LINK_UP, [name])).if_index == 300
    assert heard(v2c(LINK_UP)).if_index is None
    assert heard(v2c(LINK_UP, link_binds(0))).if_index is None


ON_BATTERY = {
    "RFC 1628": v2c("1.3.6.1.2.1.33.2.1"),
    "RFC 1628 in version 1": v1(6, 1, enterprise="1.3.6.1.2.1.33.2"),
    "APC": v1(6, 5, enterprise="1.3.6.1.4.1.318"),
    "Voltronic": v1(6, 5, enterprise="1.3.6.1.4.1.935"),
    "Eaton": v2c("1.3.6.1.4.1.534.1.11.4.1.0.3"),
    "MGE": v1(6, 11, enterprise="1.3.6.1.4.1.705.1.11"),
}


@pytest.mark.parametrize("name", ON_BATTERY)
def test_a_ups_on_battery_is_told(name: str) -> None:
    assert heard(ON_BATTERY[name]).trap.endswith("OnBattery")


def test_what_a_trap_carries_is_bounded_and_fit_to_be_shown() -> None:
    hostile = [
        ber.varbind(ber.oid("1.3.6.1.4.1.1.1"), ber.OCTET_STRING, value)
        for value in (b"\x1b[2J", "\u202egnp".encode(), b"x" * 60_000, b"\xff\xfe", b"ok\0")
    ]
    long_name = ber.encode_arcs([1, 3, *[0xFFFF_FFFF] * 126])
    hostile += [ber.varbind(long_name, ber.OID, long_name)] * 20
    told = heard(v2c(COLD_START, hostile[:2] + hostile[3:]))
    assert len(told.binds) == MAX_BINDS
    assert all(value.isprintable() and len(value) <= 110 for _, value in told.binds)
    assert [value for _, value in told.binds[:4]] == [
        "0x1b5b324a",
        "0xe280ae676e70",
        "0xfffe",
        "ok",
    ]
    [(_, text)] = heard(v2c(COLD_START, hostile[2:3])).binds
    assert text == "x" * 100


def test_the_same_is_told_once_a_second_and_then_with_its_number() -> None:
    one = sift()
    down, up = v2c(LINK_DOWN, link_binds(5)), v2c(LINK_UP, link_binds(5))
    told = [one.take(data, ROUTER, n * 1000).heard for n, data in enumerate([down, up] * 500)]
    assert [each.trap for each in told if each] == ["linkDown", "linkUp"]
    assert one.again(SECOND_NS // 2) == []
    assert [(each.trap, each.more) for each in one.again(SECOND_NS + 1000)] == [
        ("linkDown", 499),
        ("linkUp", 499),
    ]
    assert one.again(3 * SECOND_NS) == []
    assert one.counts() == {"received": 1000, "told": 2, "repeated": 998}


def test_a_flood_of_one_device_drowns_neither_its_fallen_link_nor_that_of_another() -> None:
    one = sift()
    one.know(Plan(frozenset({ROUTER, OTHER}), frozenset({b"public"})))
    noise, down = v2c("1.3.6.1.4.1.9.9.41.2.0.1"), v2c(LINK_DOWN, link_binds(7))
    for n in range(50_000):  # ten seconds
        assert one.take(noise, ROUTER, n * SECOND_NS // 5_000).heard is None
    for source in (ROUTER, OTHER):
        assert one.take(down, source, 10 * SECOND_NS).heard is not None


def test_a_flood_that_is_too_much_is_not_even_looked_at() -> None:
    one = sift()
    for _ in range(30_000):
        one.take(b"\x30", ROUTER, 0)
    counts = one.counts()
    assert counts["malformed"] + counts["rate"] == counts["received"] == 30_000
    assert counts["rate"] >= 10_000


def test_many_ports_of_one_device_are_told_up_to_a_rate() -> None:
    one = sift()
    for n in range(1, 1001):
        one.take(v2c(LINK_DOWN, link_binds(n)), ROUTER, 0)
    assert one.counts() == {"received": 1000, "told": 300, "rate": 700}
    assert one.take(v2c(LINK_DOWN, link_binds(2000)), ROUTER, SECOND_NS).heard is not None


def test_an_inform_gets_its_answer_and_only_if_it_is_sound_and_known() -> None:
    inform = v2c(LINK_DOWN, link_binds(3), kind=trap.INFORM, request_id=77)
    [answer] = sift().take(inform, ROUTER, 0).answers
    head = ber.parse_head(answer)
    assert (head.pdu, head.request_id, head.error_status) == (ber.RESPONSE, 77, 0)
    assert ber.varbinds(answer, head)[2:] == trap.varbinds(inform, trap.parse(inform))
    assert sift().take(inform, OTHER, 0).answers == ()
    assert sift().take(v2c(LINK_DOWN, kind=trap.INFORM, community=b"x"), ROUTER, 0).answers == ()
    broken = v2c(LINK_DOWN, [b"\x30\x01\x06"], kind=trap.INFORM)
    assert sift().take(broken, ROUTER, 0).answers == ()


# ---------------------------------------------------------------- version 3


def test_a_signed_trap_of_a_known_user_is_told() -> None:
    assert heard(v3(LINK_DOWN, link_binds(8)), CANH).if_index == 8
    plain = User("canh", "sha1", "authauth")
    signed = v3(LINK_DOWN, link_binds(8), auth=("sha1", "authauth"), priv=("", ""))
    assert heard(signed, plain).version == "3"


FORGED = {
    "another user": v3(COLD_START, user="root"),
    "another key": v3(COLD_START, auth=("sha256", "authautx")),
    "another algorithm": v3(COLD_START, auth=("sha1", "authauth")),
    "signed, but not encrypted": v3(COLD_START, priv=("", "")),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_no_known_user_has_signed_is_not_told(name: str) -> None:
    assert fate(FORGED[name], ROUTER, CANH) == "wrong_user"


def test_a_message_without_a_signature_is_not_believed_of_a_user_with_keys() -> None:
    engine = usm.Engine(b"\x80\0\0\0\x01\x02\x03\x04", 1, 1)
    from_pdu = trap_pdu(v2c(COLD_START))
    unsigned = usm.message(1, 0, engine, b"canh", usm.scoped(engine.id, b"", from_pdu))
    assert fate(unsigned, ROUTER, CANH) == "wrong_user"


def trap_pdu(message: bytes) -> bytes:
    return message[trap.parse(message).pdu_at :]


def test_a_trap_with_a_wrong_privacy_key_is_no_trap() -> None:
    sealed = v3(COLD_START, priv=("aes128", "privprix"))
    assert fate(sealed, ROUTER, CANH) in ("malformed", "wrong_user")


def test_of_two_keys_for_one_user_each_is_believed() -> None:
    other = User("canh", "sha512", "otherother", "aes256", "privpriv")
    sealed = v3(COLD_START, auth=("sha512", "otherother"), priv=("aes256", "privpriv"))
    assert heard(sealed, CANH, other).trap == "coldStart"
    assert heard(v3(COLD_START), other, CANH).trap == "coldStart"


def at(boots: int, time: int) -> bytes:
    engine = usm.Engine(b"\x80\0\0\0\x01\x02\x03\x04", boots, time)
    return v3("1.3.6.1.4.1.9.9.41.2.0.1", engine=engine)


def test_a_recorded_trap_is_not_believed_a_second_time() -> None:
    one = sift(CANH)

    def fate_at(data: bytes, now_s: float) -> str:
        one.take(data, ROUTER, int(now_s * SECOND_NS))
        counts = one.counts()
        return next(name for name in counts if name != "received")

    assert fate_at(at(3, 1000), 0) == "other"
    assert fate_at(at(3, 1000), 149) == "other"  # late, or sent again
    assert fate_at(at(3, 1000), 151) == "not_in_time"
    assert fate_at(at(3, 1151), 151) == "other"
    assert fate_at(at(4, 5), 160) == "other"  # it has restarted
    assert fate_at(at(3, 1160), 161) == "not_in_time"
    assert fate_at(at(1, 10), 170) == "not_in_time"
    assert fate_at(at(1, 700), 170 + 601) == "other"  # it was reset, and counts anew


def test_who_we_are_is_told_to_whoever_asks_but_not_often() -> None:
    one = sift(CANH)
    answers = [one.take(usm.discovery(n), ROUTER, 0).answers for n in range(1, 60)]
    [report] = answers[0]
    assert usm.parse(report).engine.id == OURS
    assert sum(map(len, answers)) == 40
    assert one.counts() == {"received": 59, "asked_who": 40, "rate": 19}


# ---------------------------------------------------------------- recordings


def test_recorded_traps_of_others_are_read() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"the recordings are not there: {FOLDER}")
    found = list(datagrams((FOLDER / "zeek_snmpv1_trap.pcap").read_bytes()))
    assert found
    assert {heard(data).trap for data in found} == {"coldStart"}


@pytest.mark.parametrize(
    "name", ["tcpdump_snmp-heapoverflow-1", "zeek_snmp-oid-subidentifier-too-long"]
)
def test_malicious_recordings_are_not_told(name: str) -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"the recordings are not there: {FOLDER}")
    one = sift(CANH)
    for data in datagrams((FOLDER / f"{name}.pcap").read_bytes()):
        assert one.take(data, ROUTER, 0) == (None, ())

"""SNMPv3 against a real snmpd: right answers, and each reason for none under its own name."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.diagnose import SILENCE_V3
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from tests.snmp_ask import polled
from tests.snmpd import (
    AUTH_KEY,
    COMMUNITY,
    NAME,
    PRIV_KEY,
    USERS,
    Snmpd,
    free_udp_port,
    running_snmpd,
)


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with running_snmpd(tmp_path_factory.mktemp("snmpd")) as agent:
        yield agent


@pytest.fixture
async def client() -> AsyncIterator[SnmpV3Client]:
    made = SnmpV3Client(limit_s=5.0)
    yield made
    made.close()


def aim(port: int, user: str = "sha256aes128", **changes: Any) -> SnmpTarget:
    auth, priv = USERS[user][:2] if user in USERS else ("sha256", "aes128")
    asked: dict[str, Any] = {"node": 7, "address": "127.0.0.1", "port": port, "version": "3"}
    asked |= {"user": user, "auth": auth, "auth_key": AUTH_KEY, "priv": priv, "priv_key": PRIV_KEY}
    return SnmpTarget(**asked | {"timeout_s": 0.3} | changes)


@pytest.mark.parametrize("user", USERS)
async def test_a_real_agent_says_the_same_over_v3_as_over_v2c(
    client: SnmpV3Client, snmpd: Snmpd, user: str
) -> None:
    plain = SnmpClient()
    target = SnmpTarget(
        node=7, address="127.0.0.1", port=snmpd.port, version="2c", community=COMMUNITY
    )
    expected = await polled(plain, target, facts=True)
    plain.close()
    poll = await polled(client, aim(snmpd.port, user), facts=True)
    assert (poll.node, poll.status, poll.detail) == (7, SnmpStatus.OK, "")
    assert (poll.sys_name, poll.sys_descr) == (NAME, "A switch for tests")
    assert (poll.facts, poll.sys_object_id) == (expected.facts, expected.sys_object_id)
    assert [each[:3] for each in poll.interfaces] == [each[:3] for each in expected.interfaces]
    assert all(isinstance(each.in_octets, int) for each in poll.interfaces)
    assert poll.uptime_s is not None
    assert expected.uptime_s is not None
    assert 0 <= poll.uptime_s - expected.uptime_s < 60


async def test_a_session_is_kept_from_poll_to_poll(client: SnmpV3Client, snmpd: Snmpd) -> None:
    first = await polled(client, aim(snmpd.port))
    second = await polled(client, aim(snmpd.port))
    assert (first.status, second.status) == (SnmpStatus.OK, SnmpStatus.OK)
    assert second.facts is None
    assert [each[:3] for each in second.interfaces] == [each[:3] for each in first.interfaces]


async def test_an_agent_that_started_anew_is_known_again_at_the_next_poll(
    client: SnmpV3Client, tmp_path: Path
) -> None:
    port = free_udp_port()
    for start in ("first", "second"):
        (tmp_path / start).mkdir()
        with running_snmpd(tmp_path / start, port):
            polls = [await polled(client, aim(port)) for _ in range(2)]
        assert [poll.status for poll in polls] == [SnmpStatus.OK] * 2


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"user": "nobody"}, SnmpStatus.UNKNOWN_USER, "does not know the user 'nobody'"),
        (
            {"auth_key": "a wrong key"},
            SnmpStatus.WRONG_AUTH_KEY,
            "wrong authentication key or protocol (sha256) for user 'sha256aes128'",
        ),
        ({"auth": "sha512"}, SnmpStatus.WRONG_AUTH_KEY, "protocol (sha512)"),
        (
            {"priv_key": "a wrong key"},
            SnmpStatus.WRONG_PRIV_KEY,
            "wrong privacy key or protocol (aes128) for user 'sha256aes128'",
        ),
        (
            {"user": "sha512aes256", "priv_key": "a wrong key"},
            SnmpStatus.WRONG_PRIV_KEY,
            "protocol (aes256)",
        ),
    ],
)
async def test_each_wrong_secret_is_told_by_its_name(
    client: SnmpV3Client, snmpd: Snmpd, changes: dict[str, str], status: SnmpStatus, words: str
) -> None:
    poll = await polled(client, aim(snmpd.port, **changes))
    assert poll.status is status
    assert words in poll.detail
    assert poll.answered_ns is not None  # the device lives
    assert not any(secret in repr(poll) for secret in (AUTH_KEY, PRIV_KEY, "a wrong key"))


async def test_a_verdict_is_reused_without_a_second_diagnosis(
    client: SnmpV3Client, snmpd: Snmpd
) -> None:
    target = aim(snmpd.port, auth_key="a wrong key")
    first = await polled(client, target)
    began = time.process_time()
    polls = [await polled(client, target) for _ in range(10)]
    assert {(poll.status, poll.detail) for poll in polls} == {(first.status, first.detail)}
    assert time.process_time() - began < 0.5  # a diagnosis takes 0.1 s of CPU


async def test_a_closed_port_is_told_at_once(client: SnmpV3Client) -> None:
    target = aim(free_udp_port(), timeout_s=30.0)
    poll = await polled(client, target)
    assert poll.status is SnmpStatus.PORT_UNREACHABLE
    assert str(target.port) in poll.detail


async def test_silence_is_told_as_silence(client: SnmpV3Client) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        poll = await polled(client, aim(deaf.getsockname()[1], timeout_s=0.1))
    assert (poll.status, poll.detail) == (SnmpStatus.NO_ANSWER, SILENCE_V3)
    assert poll.answered_ns is None


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"auth_key": ""}, SnmpStatus.WRONG_AUTH_KEY, "fewer than 8 bytes"),
        ({"priv_key": "short"}, SnmpStatus.WRONG_PRIV_KEY, "fewer than 8 bytes"),
        ({"auth": "md6"}, SnmpStatus.BAD_ANSWER, "auth is one of sha1, sha256, sha512"),
        ({"auth": None}, SnmpStatus.BAD_ANSWER, "privacy without authentication"),
        ({"context": "vrf1"}, SnmpStatus.BAD_ANSWER, "contexts are not supported"),
        ({"address": "localhost"}, SnmpStatus.NO_ANSWER, "'localhost' is not an IP address"),
    ],
)
async def test_a_profile_that_cannot_work_is_not_even_tried(
    client: SnmpV3Client, changes: dict[str, Any], status: SnmpStatus, words: str
) -> None:
    poll = await polled(client, aim(161, **changes))
    assert poll.status is status
    assert words in poll.detail


# ---------------------------------------------------------------- a hostile agent

Answer = Callable[[bytes], list[bytes]]


@pytest.fixture
def hostile() -> Iterator[Callable[[Answer], int]]:
    """Start a UDP socket that answers so; gives its port."""
    running: list[tuple[socket.socket, threading.Thread]] = []

    def serve(sock: socket.socket, answer: Answer) -> None:
        while (received := sock.recvfrom(65_535))[0] != b"end":
            for each in answer(received[0]):
                sock.sendto(each, received[1])

    def start(answer: Answer) -> int:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serve, args=(sock, answer))
        thread.start()
        running.append((sock, thread))
        return int(sock.getsockname()[1])

    yield start
    for sock, thread in running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"end", sock.getsockname())
        thread.join()
        sock.close()


@pytest.mark.parametrize("kind", ["noise", "echo", "empty", "flood"])
async def test_a_hostile_agent_ends_in_one_status_in_bounded_time(
    client: SnmpV3Client, hostile: Callable[[Answer], int], kind: str
) -> None:
    dice = random.Random(7)
    answers: dict[str, Answer] = {
        "noise": lambda asked: [dice.randbytes(len(asked))],
        "echo": lambda asked: [asked],
        "empty": lambda _: [b""],
        "flood": lambda asked: [dice.randbytes(len(asked)) for _ in range(200)],
    }
    began = time.monotonic()
    poll = await polled(client, aim(hostile(answers[kind]), timeout_s=0.1))
    assert time.monotonic() - began < 15
    assert poll.status in (SnmpStatus.BAD_ANSWER, SnmpStatus.NO_ANSWER)
    assert poll.detail
    assert kind == "echo" or poll.answered_ns is None  # noise proves nothing alive


async def test_a_relay_that_damages_answers_never_breaks_the_client(
    client: SnmpV3Client, snmpd: Snmpd, hostile: Callable[[Answer], int]
) -> None:
    dice = random.Random(11)

    def damaged(asked: bytes) -> list[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as onward:
            onward.settimeout(0.2)
            onward.sendto(asked, ("127.0.0.1", snmpd.port))
            try:
                answer = bytearray(onward.recv(65_535))
            except TimeoutError:
                return []
        for _ in range(dice.randrange(3)):
            answer[dice.randrange(len(answer))] = dice.randrange(256)
        return [bytes(answer)]

    port = hostile(damaged)
    polls: list[SnmpPoll] = [
        await polled(client, aim(port, timeout_s=0.1, retries=0)) for _ in range(8)
    ]
    assert all(isinstance(poll.status, SnmpStatus) for poll in polls)


async def test_closing_forgets_polls_in_flight(snmpd: Snmpd) -> None:
    client = SnmpV3Client()
    told: list[SnmpPoll] = []
    client.poll(aim(snmpd.port), told.append, facts=True)
    client.close()
    await asyncio.sleep(0.2)
    assert told == []

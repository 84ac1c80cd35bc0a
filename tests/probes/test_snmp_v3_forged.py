"""SNMPv3 answers that are forged, damaged or unprotected are never believed."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import pytest

from probes.results import SnmpPoll, SnmpStatus
from probes.snmp_v3 import SnmpV3Client
from probes.usm_peer import Peer, Stale
from tests.snmp_agent import if_table, table
from tests.snmp_ask import polled
from tests.snmp_v3_agent import AUTH_KEY as AUTH_V3
from tests.snmp_v3_agent import PRIV_KEY as PRIV_V3
from tests.snmp_v3_agent import USER, Quirk, V3Agent, running_v3_agent
from tests.snmp_v3_ask import aim, own
from tests.snmpd import (
    Snmpd,
)
from wire import ber, usm
from wire.usm import Engine
from wire.usm_keys import keys_at

TABLE = table(if_table(4))


@pytest.fixture
async def client() -> AsyncIterator[SnmpV3Client]:
    made = SnmpV3Client(limit_s=5.0)
    yield made
    made.close()


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


def flipped(agent: V3Agent, asked: usm.Envelope, answer: bytes) -> Sequence[bytes]:
    """The last byte of what is encrypted changes a value and nothing else."""
    return [answer[:-1] + bytes((answer[-1] ^ 1,))] if asked.engine.id else [answer]


def unsigned(agent: V3Agent, asked: usm.Envelope, answer: bytes) -> Sequence[bytes]:
    """The true answer, but neither signed nor encrypted."""
    return [stripped(agent, asked, answer, 0)] if asked.engine.id else [answer]


def unencrypted(agent: V3Agent, asked: usm.Envelope, answer: bytes) -> Sequence[bytes]:
    return [stripped(agent, asked, answer, usm.AUTHENTICATED)] if asked.engine.id else [answer]


def resigned(agent: V3Agent, asked: usm.Envelope, answer: bytes) -> Sequence[bytes]:
    """Signed with the key of another engine."""
    if not asked.engine.id:
        return [answer]
    inside = usm.opened(answer, usm.parse(answer), agent.keys)
    other = Engine(b"\x80\0\0\0\x04enemy", 3, 1000)
    keys = keys_at(other.id, "sha256", AUTH_V3, "aes128", PRIV_V3)
    content = usm.scoped(other.id, b"", inside.pdu)
    return [usm.sealed(asked.message_id, 3, other, USER.encode(), content, keys, b"saltsalt")]


def stripped(agent: V3Agent, asked: usm.Envelope, answer: bytes, level: int) -> bytes:
    return agent.sealed(asked, usm.opened(answer, usm.parse(answer), agent.keys).pdu, level)


@pytest.mark.parametrize("quirk", [flipped, unsigned, unencrypted, resigned])
async def test_an_answer_that_is_not_protected_as_the_question_was_is_not_believed(
    client: SnmpV3Client, quirk: Quirk
) -> None:
    with running_v3_agent(TABLE, quirk) as agent:
        poll = await polled(client, own(agent.port, timeout_s=0.1))
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert poll.detail.startswith("what came was no sound SNMPv3: it")
    assert (poll.sys_name, poll.interfaces) == (None, ())
    assert client.stray > 0


async def test_an_honest_answer_behind_a_forged_one_is_taken(client: SnmpV3Client) -> None:
    def both(agent: V3Agent, asked: usm.Envelope, answer: bytes) -> Sequence[bytes]:
        return [*flipped(agent, asked, answer), answer]

    with running_v3_agent(TABLE, both) as agent:
        poll = await polled(client, own(agent.port))
    assert (poll.status, poll.sys_name) == (SnmpStatus.OK, "sw")


def test_a_signed_answer_of_an_earlier_time_is_no_answer_until_asked_again() -> None:
    """It may be a recording; or the clock was set, which the next answer shows as well."""
    peer, second = Peer(own(161)), 1_000_000_000
    engine = Engine(b"\x80\0\x1f\x88\x04test", 3, 1000)
    keys = keys_at(engine.id, "sha256", AUTH_V3, "aes128", PRIV_V3)
    asked = usm.plain(ber.tlv(ber.RESPONSE, ber.integer(7) + ber.integer(0) * 2 + b"\x30\0"))
    content = usm.scoped(engine.id, b"", usm.pdu_of(asked))

    def opened(at: Engine, now_s: int) -> int:
        data = usm.sealed(7, 3, at, USER.encode(), content, keys, b"saltsalt")
        return peer.opened(data, usm.parse(data), 3, now_s * second).kind

    peer.learn(engine, 0)
    assert opened(engine, 0) == ber.RESPONSE
    assert opened(engine._replace(time=1500), 500) == ber.RESPONSE
    assert opened(engine._replace(time=1450), 590) == ber.RESPONSE  # within the window
    for old in (engine._replace(time=1300), engine._replace(boots=2, time=9000)):
        with pytest.raises(Stale):
            opened(old, 590)
    peer.believe_anew()
    assert opened(engine._replace(boots=2, time=9000), 591) == ber.RESPONSE


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

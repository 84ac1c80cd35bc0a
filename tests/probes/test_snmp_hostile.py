"""A hostile agent costs bounded time and ends in one clear status."""

from __future__ import annotations

import random
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Sequence

import pytest

from probes import mib
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_talk import Talk
from tests.snmp_agent import Quirk, Successor, if_table, running_agent, table
from tests.snmp_ask import polled
from wire import ber

LIMIT_S = 3.0
HONEST = table(if_table(24))


@pytest.fixture
async def client() -> AsyncIterator[SnmpClient]:
    made = SnmpClient(limit_s=LIMIT_S)
    yield made
    made.close()


async def poll_of(
    client: SnmpClient, after: Successor, quirk: Quirk | None = None, *, version: str = "2c"
) -> SnmpPoll:
    """Ask for everything, and demand that it ends within the limit of a poll."""
    with running_agent(after, quirk) as agent:
        target = SnmpTarget(
            node=1,
            address="127.0.0.1",
            port=agent.port,
            version=version,
            community="public",
            timeout_s=0.2,
        )
        began = time.monotonic()
        poll = await polled(client, target, facts=True)
        assert time.monotonic() - began < LIMIT_S + 10.0
    return poll


def again(head: ber.Head, answer: bytes, request_id: int) -> bytes:
    """The same answer under another request id."""
    varbinds = ber.varbinds(answer, ber.parse_head(answer))
    other = head._replace(request_id=request_id)
    return ber.response(other, [ber.varbind(*each) for each in varbinds])


def wrong_id(head: ber.Head, answer: bytes) -> Sequence[bytes]:
    return [again(head, answer, head.request_id ^ 0xFFFF)]


def cut(_: ber.Head, answer: bytes) -> Sequence[bytes]:
    return [answer[: len(answer) // 2]]


def noise(_: ber.Head, answer: bytes) -> Sequence[bytes]:
    return [random.randbytes(len(answer)) for _ in range(20)]


def empty(_: ber.Head, __: bytes) -> Sequence[bytes]:
    return [b""]


@pytest.mark.parametrize(
    ("quirk", "detail"),
    [
        (wrong_id, "the answers carry another request id, or come too late"),
        (cut, "what came was no sound SNMP: "),
        (noise, "what came was no sound SNMP: "),
        (empty, "what came was no sound SNMP: message ends early"),
    ],
)
async def test_what_is_no_answer_is_told_as_such(
    client: SnmpClient, quirk: Quirk, detail: str
) -> None:
    poll = await poll_of(client, HONEST, quirk)
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert poll.detail.startswith(detail)
    assert poll.answered_ns is None
    assert client.stray > 0


async def test_an_answer_from_another_address_is_not_believed(client: SnmpClient) -> None:
    def from_elsewhere(_: ber.Head, answer: bytes) -> Sequence[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
            other.sendto(answer, agent.asker)
        return []

    with running_agent(HONEST, from_elsewhere) as agent:
        target = SnmpTarget(
            node=1, address="127.0.0.1", port=agent.port, version="2c", timeout_s=0.2
        )
        poll = await polled(client, target)
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert poll.detail.startswith("the answer came from 127.0.0.2 port ")


async def test_an_honest_answer_between_lies_is_taken(client: SnmpClient) -> None:
    def lies(head: ber.Head, answer: bytes) -> Sequence[bytes]:
        return [b"", answer[:30], again(head, answer, 0x0100_0000), answer, answer]

    poll = await poll_of(client, HONEST, lies)
    assert (poll.status, len(poll.interfaces)) == (SnmpStatus.OK, 24)


def looping(name: tuple[int, ...]) -> ber.VarBind | None:
    """After the tenth oper status comes the second again."""
    found = HONEST(name)
    tenth, second = (ber.oid(f"1.3.6.1.2.1.2.2.1.8.{row}") for row in (11, 2))
    return (second, ber.INTEGER, 1) if found and found[0] == tenth else found


def backwards(name: tuple[int, ...]) -> ber.VarBind | None:
    """After the interfaces comes the system group again."""
    found = HONEST(name)
    left = found is not None and found[0].startswith(ber.oid("1.3.6.1.2.1.99"))
    return (ber.oid("1.3.6.1.2.1.1.1.0"), ber.INTEGER, 1) if left else found


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("after", [looping, backwards])
async def test_a_walk_in_a_circle_is_noticed(
    client: SnmpClient, after: Successor, version: str
) -> None:
    poll = await poll_of(client, after, version=version)
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert poll.detail.startswith("unusable SNMP answer: OIDs do not increase at 1.3.6.1.2.1.")
    assert poll.sys_name == "sw"


def endless(name: tuple[int, ...]) -> ber.VarBind | None:
    """Every column has a next row, for ever."""
    entry = name[:10] if name[:8] == (1, 3, 6, 1, 2, 1, 2, 2) else name[:11]
    if len(entry) < 10 or name[:7] == (1, 3, 6, 1, 2, 1, 1):
        return HONEST(name)
    index = name[len(entry)] + 1 if len(name) > len(entry) else 1
    return ber.encode_arcs((*entry, index)), ber.INTEGER, 1


async def test_an_endless_table_is_given_up(client: SnmpClient) -> None:
    poll = await poll_of(client, endless)
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert "does not end after" in poll.detail or "did not come to an end" in poll.detail


async def test_an_agent_that_answers_slowly_for_ever_is_given_up(client: SnmpClient) -> None:
    def slow(_: ber.Head, answer: bytes) -> Sequence[bytes]:
        time.sleep(0.15)
        return [answer]

    poll = await poll_of(client, endless, slow)
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert poll.detail == "the agent did not come to an end within 3 s"


async def test_an_agent_that_dies_amid_the_table_has_still_answered(client: SnmpClient) -> None:
    def dying(head: ber.Head, answer: bytes) -> Sequence[bytes]:
        return [answer] if head.pdu == ber.GET else []

    poll = await poll_of(client, HONEST, dying)
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert poll.detail == "the agent fell silent in the middle of its answers"
    assert (poll.sys_name, poll.uptime_s) == ("sw", 123.45)
    assert poll.answered_ns is not None


async def test_values_of_the_wrong_type_are_left_out(client: SnmpClient) -> None:
    swapped = [
        (name, ber.OCTET_STRING, b"\xff\x1b[2J") if tag == ber.INTEGER else (name, ber.INTEGER, -1)
        for name, tag, _ in if_table(3)
    ]
    poll = await poll_of(client, table(swapped))
    assert poll.status is SnmpStatus.OK
    assert {each[1:] for each in poll.interfaces} == {(None,) * 8}
    assert (poll.sys_name, poll.sys_object_id, poll.uptime_s) == (None, None, None)


@pytest.mark.parametrize("error", [ber.TOO_BIG, ber.NO_SUCH_NAME, ber.GEN_ERR, 99, -1])
async def test_an_agent_that_only_reports_errors_is_given_up(
    client: SnmpClient, error: int
) -> None:
    def refusing(head: ber.Head, _: bytes) -> Sequence[bytes]:
        return [ber.response(head, [], error_status=error, error_index=-5)]

    for version in ("1", "2c"):
        poll = await poll_of(client, HONEST, refusing, version=version)
        assert poll.status is SnmpStatus.BAD_ANSWER
        assert poll.detail.startswith("unusable SNMP answer: ")


async def test_mutated_answers_never_break_the_client(client: SnmpClient) -> None:
    dice = random.Random(7)

    def mutated(_: ber.Head, answer: bytes) -> Sequence[bytes]:
        changed = bytearray(answer)
        for _change in range(dice.randrange(3)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        return [bytes(changed)]

    for _ in range(12):
        poll = await poll_of(client, HONEST, mutated)
        assert isinstance(poll.status, SnmpStatus)


def test_long_answers_that_are_never_alike_leave_nothing_behind_in_memory() -> None:
    """What all devices of a make say alike is kept for all; no device may fill that store."""
    target = SnmpTarget(node=1, address="127.0.0.1", port=161, version="2c")
    dice = random.Random(7)
    tracemalloc.start()
    for _ in range(40):
        talk = Talk(target, (), [mib.STATUS])
        indexes = sorted(dice.sample(range(1, 1 << 30), 1500))
        rows = [
            ber.varbind(column + ber.subids((index,)), ber.INTEGER, 1)
            for index in indexes
            for column in mib.STATUS
        ]
        asked = ber.parse_head(talk.request().message(0x0100_0000))
        answer = ber.response(asked, rows)
        assert talk.take(ber.parse_head(answer), answer, 1) is None
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 4 << 20

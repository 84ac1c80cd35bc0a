"""SNMPv3 against a real snmpd: right answers, and each reason for none under its own name."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from probes.diagnose import SILENCE_V3
from probes.results import Said, SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from tests.snmp_agent import if_table, table
from tests.snmp_ask import polled
from tests.snmp_v3_agent import V3Agent, running_v3_agent
from tests.snmp_v3_ask import aim, own
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
from wire import ber, usm
from wire.usm import Engine

TABLE = table(if_table(4))


@pytest.fixture
async def client() -> AsyncIterator[SnmpV3Client]:
    made = SnmpV3Client(limit_s=5.0)
    yield made
    made.close()


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


async def test_a_known_engine_is_asked_at_once(client: SnmpV3Client) -> None:
    with running_v3_agent(TABLE) as agent:
        polls = [await polled(client, own(agent.port)) for _ in range(3)]
    assert [poll.status for poll in polls] == [SnmpStatus.OK] * 3
    assert (agent.discovered, agent.resynced) == (1, 0)


async def test_a_community_beside_the_user_changes_nothing(client: SnmpV3Client) -> None:
    with running_v3_agent(TABLE) as agent:
        polls = [await polled(client, own(agent.port, community="public")) for _ in range(3)]
    assert [(poll.status, poll.sys_name) for poll in polls] == [(SnmpStatus.OK, "sw")] * 3


async def test_what_moves_is_read_from_poll_to_poll(client: SnmpV3Client) -> None:
    rows = if_table(3)
    octets = ber.oid("1.3.6.1.2.1.31.1.1.1.6.2")
    moving = {name: value for name, _, value in rows}

    def after(name: tuple[int, ...]) -> ber.VarBind | None:
        found = table(rows)(name)
        return found and (found[0], found[1], moving[found[0]])

    with running_v3_agent(after) as agent:
        for value in (2000, 2001, 0xFFFF_FFFF_FFFF, 5):
            moving[octets] = value
            poll = await polled(client, own(agent.port))
            assert [port.in_octets for port in poll.interfaces] == [1000, value, 3000]


async def test_an_agent_that_started_anew_is_asked_on_within_the_same_poll(
    client: SnmpV3Client, tmp_path: Path
) -> None:
    """snmpd counts its starts; that of another folder knows of none, but has the same engine id."""
    port, engine_id = free_udp_port(), "80001f88" + "ab" * 8
    other = tmp_path / "other"
    other.mkdir()
    boots = []
    for folder in (tmp_path, tmp_path, other):
        with running_snmpd(folder, port, engine_id=engine_id):
            polls = [await polled(client, aim(port)) for _ in range(2)]
        assert [poll.status for poll in polls] == [SnmpStatus.OK] * 2
        boots.append(polls[1].boots)
    assert boots == [1, 2, 1]


async def test_a_replaced_device_is_known_by_its_new_engine(
    client: SnmpV3Client, tmp_path: Path
) -> None:
    port = free_udp_port()
    for digit in ("a", "b"):
        (tmp_path / digit).mkdir()
        with running_snmpd(tmp_path / digit, port, engine_id="80001f88" + digit * 8):
            polls = [await polled(client, aim(port)) for _ in range(2)]
        assert [poll.status for poll in polls] == [SnmpStatus.OK] * 2


async def test_two_devices_with_the_same_engine_id_do_not_disturb_each_other(
    client: SnmpV3Client,
) -> None:
    names = [table(if_table(2, name=name)) for name in ("one", "two")]
    clocks = [Engine(b"\x80\0\x1f\x88\x04same", *clock) for clock in ((3, 1000), (90, 77_000))]
    with (
        running_v3_agent(names[0], engine=clocks[0]) as one,
        running_v3_agent(names[1], engine=clocks[1]) as two,
    ):
        polls = [await polled(client, own(agent.port)) for _ in range(3) for agent in (one, two)]
    assert [poll.sys_name for poll in polls] == ["one", "two"] * 3
    assert (one.resynced, two.resynced) == (0, 0)
    assert (one.discovered, two.discovered) == (1, 1)


@pytest.mark.parametrize(
    "clock", [(3, 0), (3, 500), (3, 100_000), (4, 2), (2, 1000), (2**31 - 1, 0)]
)
async def test_whatever_clock_an_engine_shows_next_it_is_asked_on(
    client: SnmpV3Client, clock: tuple[int, int]
) -> None:
    """Devices that keep no count of their starts go back in time; others are set by hand."""
    with running_v3_agent(TABLE) as agent:
        assert (await polled(client, own(agent.port))).status is SnmpStatus.OK
        agent.engine = Engine(agent.engine.id, *clock)
        polls = [await polled(client, own(agent.port)) for _ in range(2)]
    assert [poll.status for poll in polls] == [SnmpStatus.OK] * 2
    assert agent.resynced == 1


async def test_an_engine_that_never_agrees_is_given_up(client: SnmpV3Client) -> None:
    def never(agent: V3Agent, asked: usm.Envelope, answer: bytes) -> Sequence[bytes]:
        late = agent.report(asked, usm.NOT_IN_TIME_WINDOW, usm.AUTHENTICATED)
        return [late if asked.engine.id else answer]

    with running_v3_agent(TABLE, never) as agent:
        poll = await polled(client, own(agent.port))
    assert poll.status is SnmpStatus.BAD_ANSWER
    assert "does not agree with itself" in poll.detail


async def test_a_context_travels_with_the_question(client: SnmpV3Client) -> None:
    with running_v3_agent(TABLE) as agent:
        poll = await polled(client, own(agent.port, context="vrf 1"))
    assert poll.status is SnmpStatus.OK
    assert set(agent.contexts) == {b"vrf 1"}


async def test_a_context_that_an_agent_lacks_is_named(client: SnmpV3Client, snmpd: Snmpd) -> None:
    poll = await polled(client, aim(snmpd.port, context="nowhere"))
    assert poll.status is SnmpStatus.NO_ANSWER
    assert poll.answered_ns is not None
    assert "or its context 'nowhere'" in poll.detail


async def test_columns_and_objects_are_the_same_over_v3_as_over_v2c(
    client: SnmpV3Client, snmpd: Snmpd
) -> None:
    plain = SnmpClient()
    target = SnmpTarget(
        node=7, address="127.0.0.1", port=snmpd.port, version="2c", community=COMMUNITY
    )
    columns = [ber.oid("1.3.6.1.2.1.2.2.1.2"), ber.oid("1.3.6.1.2.1.31.1.1.1.1")]
    oids = [ber.oid("1.3.6.1.2.1.1.5.0"), ber.oid("1.3.6.1.2.1.1.99.0")]
    for ask, what in (("walk", columns), ("get", oids)):
        said = [await asked_of(each, ask, at, what) for each, at in
                ((plain, target), (client, aim(snmpd.port)))]  # fmt: skip
        assert said[0].values == said[1].values
        assert said[1].values
        assert {each.status for each in said} == {SnmpStatus.OK}
    plain.close()


async def asked_of(client: SnmpClient, how: str, target: SnmpTarget, oids: Sequence[bytes]) -> Said:
    told: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
    getattr(client, how)(target, oids, told.set_result)
    return await asyncio.wait_for(told, 10)


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


async def test_wrong_secrets_are_told_without_a_slow_library(
    client: SnmpV3Client, snmpd: Snmpd
) -> None:
    began = time.process_time()
    target = aim(snmpd.port, auth_key="a wrong key")
    polls = [await polled(client, target) for _ in range(10)]
    assert {poll.status for poll in polls} == {SnmpStatus.WRONG_AUTH_KEY}
    assert time.process_time() - began < 0.5  # a full library takes 0.1 s for each


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
        ({"address": "localhost"}, SnmpStatus.NO_ANSWER, "'localhost' is not an IP address"),
    ],
)
async def test_a_profile_that_cannot_work_is_not_even_tried(
    client: SnmpV3Client, changes: dict[str, Any], status: SnmpStatus, words: str
) -> None:
    poll = await polled(client, aim(161, **changes))
    assert poll.status is status
    assert words in poll.detail


async def test_closing_forgets_polls_in_flight(snmpd: Snmpd) -> None:
    client = SnmpV3Client()
    told: list[SnmpPoll] = []
    client.poll(aim(snmpd.port), told.append, facts=True)
    client.close()
    await asyncio.sleep(0.2)
    assert told == []

"""SNMP v1 and v2c against a real snmpd, and against agents with the quirks of real devices."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from probes.results import InterfaceFacts, InterfaceStatus, SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from tests.needs import need_program
from tests.snmp_agent import Agent, if_table, running_agent, table
from tests.snmp_ask import polled
from tests.snmpd import COMMUNITY, NAME, Snmpd, free_udp_port, running_snmpd
from wire import ber

SILENCE = "no SNMP answer: wrong community, source not allowed or agent off"


@pytest.fixture
async def client() -> AsyncIterator[SnmpClient]:
    made = SnmpClient()
    yield made
    made.close()


def aim(agent: Snmpd | Agent | int, **changes: Any) -> SnmpTarget:
    port = agent if isinstance(agent, int) else agent.port
    asked: dict[str, Any] = {"node": 7, "address": "127.0.0.1", "port": port, "version": "2c"}
    asked |= {"community": COMMUNITY, "timeout_s": 0.3}
    return SnmpTarget(**asked | changes)


def links_of_this_machine() -> dict[int, dict[str, Any]]:
    need_program("ip")
    told = subprocess.run(["ip", "-j", "link"], capture_output=True, check=True).stdout
    return {link["ifindex"]: link for link in json.loads(told)}


def octets(name: str, direction: str) -> int:
    return int(Path(f"/sys/class/net/{name}/statistics/{direction}_bytes").read_text("utf-8"))


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_real_agent_tells_its_name_uptime_and_interfaces(
    client: SnmpClient, snmpd: Snmpd, version: str
) -> None:
    before = links_of_this_machine()
    poll = await polled(client, aim(snmpd, version=version), facts=True)
    stable = {i: link for i, link in links_of_this_machine().items() if before.get(i) == link}
    assert (poll.node, poll.status, poll.detail) == (7, SnmpStatus.OK, "")
    assert (poll.sys_name, poll.sys_descr) == (NAME, "A switch for tests")
    assert poll.sys_object_id == "1.3.6.1.4.1.8072.3.2.10"
    assert poll.uptime_s is not None
    assert 0 <= poll.uptime_s < 300
    facts = {each.if_index: each for each in poll.facts or ()}
    status = {each.if_index: each for each in poll.interfaces}
    assert stable
    for index, link in stable.items():
        assert facts[index].if_name == link["ifname"]
        assert facts[index].mac in (link.get("address"), None)
        assert status[index].admin_status == (1 if "UP" in link["flags"] else 2)
        assert isinstance(status[index].in_octets, int)


async def test_the_counters_of_a_real_agent_are_those_of_the_kernel(
    client: SnmpClient, tmp_path: Path
) -> None:
    before = octets("lo", "rx")
    with running_snmpd(tmp_path) as agent:
        poll = await polled(client, aim(agent))
    loopback = next(each for each in poll.interfaces if each.if_index == 1)
    assert loopback.in_octets is not None
    assert before <= loopback.in_octets <= octets("lo", "rx")


async def test_an_agent_on_ipv6_is_asked_likewise(client: SnmpClient, snmpd: Snmpd) -> None:
    poll = await polled(client, aim(snmpd, address="::1"))
    assert (poll.status, poll.sys_name) == (SnmpStatus.OK, NAME)


async def test_a_wrong_community_says_what_silence_may_mean(
    client: SnmpClient, snmpd: Snmpd
) -> None:
    poll = await polled(client, aim(snmpd, community="wrong"))
    assert (poll.status, poll.detail) == (SnmpStatus.NO_ANSWER, SILENCE)
    assert poll.answered_ns is None


async def test_silence_says_the_same(client: SnmpClient) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        poll = await polled(client, aim(deaf.getsockname()[1]))
    assert (poll.status, poll.detail) == (SnmpStatus.NO_ANSWER, SILENCE)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_closed_port_is_told_at_once(client: SnmpClient, address: str) -> None:
    target = aim(free_udp_port(), address=address, timeout_s=30.0)
    poll = await polled(client, target)
    assert poll.status is SnmpStatus.PORT_UNREACHABLE
    assert poll.detail == (f"nothing listens on UDP port {target.port} (ICMP port unreachable)")


async def test_one_closed_port_does_not_disturb_the_polls_of_others(
    client: SnmpClient, snmpd: Snmpd
) -> None:
    closed = [aim(free_udp_port(), address=f"127.0.0.{n}", timeout_s=5.0) for n in range(1, 30)]
    polls = await asyncio.gather(
        *(polled(client, target) for each in closed for target in (each, aim(snmpd)))
    )
    assert {poll.status for poll in polls[::2]} == {SnmpStatus.PORT_UNREACHABLE}
    assert {poll.status for poll in polls[1::2]} == {SnmpStatus.OK}


async def test_a_name_is_never_looked_up(client: SnmpClient) -> None:
    poll = await polled(client, aim(161, address="localhost"))
    assert poll.status is SnmpStatus.NO_ANSWER
    assert poll.detail == "could not ask: 'localhost' is not an IP address"


# ---------------------------------------------------------------- quirks of devices


def whole(poll: SnmpPoll, interfaces: int) -> None:
    """The poll told all of `if_table(interfaces)`."""
    assert (poll.status, poll.detail) == (SnmpStatus.OK, "")
    assert (poll.sys_name, poll.uptime_s) == ("sw", 123.45)
    assert poll.interfaces == tuple(
        InterfaceStatus(n, 1, 2 - n % 2, n * 1000, n * 2000) for n in range(1, interfaces + 1)
    )


@pytest.mark.parametrize("interfaces", [0, 1, 9, 10, 11, 24, 600])
async def test_tables_of_any_size_are_read_to_the_end(client: SnmpClient, interfaces: int) -> None:
    with running_agent(table(if_table(interfaces))) as agent:
        for _ in range(2):  # the second time it is known how many rows there are
            whole(await polled(client, aim(agent)), interfaces)


async def test_facts_are_named_and_measured_as_the_device_says(client: SnmpClient) -> None:
    with running_agent(table(if_table(12))) as agent:
        poll = await polled(client, aim(agent), facts=True)
    whole(poll, 12)
    assert poll.facts is not None
    assert len(poll.facts) == 12
    assert poll.facts[2] == InterfaceFacts(
        3, "Gi0/3", "port 3", "đường trục", 6, "02:00:00:00:00:03", 1_000_000_000
    )


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_device_without_the_64_bit_table_gives_its_old_counters(
    client: SnmpClient, version: str
) -> None:
    with running_agent(table(if_table(12, wide=False))) as agent:
        poll = await polled(client, aim(agent, version=version), facts=True)
    whole(poll, 12)
    assert poll.facts is not None
    assert poll.facts[2][1:] == ("port 3", "port 3", None, 6, "02:00:00:00:00:03", 100_000_000)


@pytest.mark.parametrize("limit", [1, 3, 7, 59])
async def test_an_agent_that_cuts_answers_short_is_still_read_to_the_end(
    client: SnmpClient, limit: int
) -> None:
    with running_agent(table(if_table(24)), max_varbinds=limit) as agent:
        whole(await polled(client, aim(agent)), 24)


@pytest.mark.parametrize("limit", [150, 250, 400])
async def test_an_agent_that_says_too_big_is_asked_for_less(client: SnmpClient, limit: int) -> None:
    def too_big(head: ber.Head, answer: bytes) -> list[bytes]:
        refusal = ber.response(head, [], error_status=ber.TOO_BIG)
        return [answer if len(answer) <= limit else refusal]

    with running_agent(table(if_table(24)), too_big) as agent:
        whole(await polled(client, aim(agent)), 24)
        asked = len(agent.heard)
        whole(await polled(client, aim(agent)), 24)
        assert len(agent.heard) - asked < asked  # it is remembered


async def test_a_path_that_loses_long_answers_is_asked_for_less(client: SnmpClient) -> None:
    def lossy(_: ber.Head, answer: bytes) -> list[bytes]:
        return [answer] if len(answer) <= 500 else []

    with running_agent(table(if_table(24)), lossy) as agent:
        whole(await polled(client, aim(agent, timeout_s=0.1)), 24)


async def test_an_agent_that_ignores_getbulk_is_asked_row_by_row(client: SnmpClient) -> None:
    def old(head: ber.Head, answer: bytes) -> list[bytes]:
        return [] if head.pdu == ber.GETBULK else [answer]

    with running_agent(table(if_table(5)), old) as agent:
        whole(await polled(client, aim(agent, timeout_s=0.1)), 5)


async def test_a_lost_datagram_is_asked_again(client: SnmpClient) -> None:
    lost = itertools.cycle((True, False))  # by datagram, not by id: a changed question has a new id

    def every_second(_: ber.Head, answer: bytes) -> list[bytes]:
        return [] if next(lost) else [answer]

    with running_agent(table(if_table(12)), every_second) as agent:
        whole(await polled(client, aim(agent, timeout_s=0.1)), 12)


async def test_a_late_answer_to_the_long_opening_spoils_no_question_after_it(
    client: SnmpClient,
) -> None:
    held: list[bytes] = []

    def slow_at_first(_: ber.Head, answer: bytes) -> list[bytes]:
        """The first answer comes only when the next question is there, just before its own."""
        held.append(answer)
        return [] if len(held) == 1 else held if len(held) == 2 else [answer]

    with running_agent(table(if_table(12)), slow_at_first) as agent:
        whole(await polled(client, aim(agent, timeout_s=0.1)), 12)


async def test_rows_that_one_column_lacks_are_kept(client: SnmpClient) -> None:
    gone = {ber.oid(f"1.3.6.1.2.1.{each}") for each in ("2.2.1.8.3", "31.1.1.1.6.5", "2.2.1.10.5")}
    rows = [row for row in if_table(6) if row[0] not in gone]
    with running_agent(table(rows)) as agent:
        poll = await polled(client, aim(agent))
    assert [each.if_index for each in poll.interfaces] == [1, 2, 3, 4, 5, 6]
    assert poll.interfaces[2][:5] == (3, 1, None, 3000, 6000)
    assert poll.interfaces[4][:5] == (5, 1, 1, None, 10_000)


async def test_far_more_polls_than_fit_at_once_are_all_answered(client: SnmpClient) -> None:
    with running_agent(table(if_table(2))) as agent:
        target = aim(agent, retries=60)  # the agent's own buffer is small
        polls = await asyncio.gather(*(polled(client, target) for _ in range(1500)))
    assert {poll.status for poll in polls} == {SnmpStatus.OK}


async def test_whoever_fails_at_an_answer_costs_the_others_none_of_theirs(
    client: SnmpClient, snmpd: Snmpd, caplog: pytest.LogCaptureFixture
) -> None:
    """All answers of one reading have left the socket by then."""
    told: list[int] = []
    all_told = asyncio.Event()

    def done(poll: SnmpPoll) -> None:
        if poll.node % 3 == 0:
            raise RuntimeError("a fault of ours")
        told.append(poll.node)
        if len(told) == 8:
            all_told.set()

    for node in range(12):
        client.poll(aim(snmpd, node=node, timeout_s=30.0), done, facts=False)
    await asyncio.wait_for(all_told.wait(), 10)
    assert sorted(told) == [n for n in range(12) if n % 3]
    assert "a fault of ours" in caplog.text

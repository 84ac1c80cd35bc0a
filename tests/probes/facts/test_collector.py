"""A table that is endless, damaged or silent costs that table; the rest of the device is read."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping

import pytest

from inventory.model import SnmpProfile
from probes import snmp_talk
from probes.facts import collector
from probes.facts.collector import Collector, Facts
from probes.facts.merging import facts_said
from probes.facts.stations import QFDB_PORT
from probes.results import SnmpStatus
from tests.snmp_agent import Agent, Successor, answered, if_table, table
from wire import ber

ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
PARTS: list[ber.VarBind] = [
    (ber.oid(f"{ENTITY}.5.1"), ber.INTEGER, 3),
    (ber.oid(f"{ENTITY}.11.1"), ber.OCTET_STRING, b"S1"),
]
HONEST = table([*if_table(2), *PARTS])
FDB = ber.arcs(QFDB_PORT)


def endless(name: tuple[int, ...]) -> ber.VarBind | None:
    """A bridge table in which another row always follows."""
    if name[: len(FDB)] == FDB:
        number = name[len(FDB)] + 1 if len(name) > len(FDB) else 1
        return QFDB_PORT + ber.subids((number,)), ber.INTEGER, 1
    found = HONEST(name)
    if name < FDB and (found is None or ber.arcs(found[0]) > FDB):
        return QFDB_PORT + ber.subids((1,)), ber.INTEGER, 1
    return found


class DeadError(Exception):
    pass


class Mortal(Agent):
    """It dies within the question that comes to this part of its tables."""

    def __init__(self, part: str) -> None:
        self._part, self._dead = ber.arcs(ber.oid(part)), False
        super().__init__(self._step)

    def answer(self, data: bytes) -> bytes | None:
        with contextlib.suppress(DeadError):
            return None if self._dead else super().answer(data)
        self._dead = True
        return None

    def _step(self, name: tuple[int, ...]) -> ber.VarBind | None:
        if name[: len(self._part)] == self._part:
            raise DeadError
        return HONEST(name)


async def collected(agent: Agent) -> Facts:
    one = Collector()
    profile = SnmpProfile(id="p", community="public", timeout_s=0.2, retries=0)
    try:
        facts = await asyncio.wait_for(one.collect("127.0.0.1", [profile], port=agent.port), 60)
    finally:
        one.close()
    assert facts is not None
    return facts


async def test_an_endless_table_costs_that_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snmp_talk, "MAX_ROWS", 2_000)
    agent = Agent(endless)
    began = time.monotonic()
    try:
        facts = await collected(agent)
    finally:
        agent.close()
    assert time.monotonic() - began < 30
    assert "does not end" in facts.missing[collector.BRIDGE]
    assert facts.identity.serial == "S1"
    said = facts_said(1, facts, None)
    assert said.macs is None, "what is on record stays"
    assert said.modules is not None


async def test_a_device_that_dies_meanwhile_is_not_asked_on() -> None:
    agent = Mortal("1.0.8802")
    try:
        facts = await collected(agent)
    finally:
        agent.close()
    assert facts.poll.status is SnmpStatus.OK
    assert collector.REST in facts.missing
    assert len(agent.heard) < 40
    said = facts_said(1, facts, None)
    assert said.serial == "S1"
    assert (said.neighbours, said.macs, said.arp) == (None, None, None)


async def test_nobody_there_is_told_by_the_poll() -> None:
    agent = Agent(HONEST)
    agent.close()
    facts = await collected(agent)
    assert facts.poll.status in (SnmpStatus.NO_ANSWER, SnmpStatus.PORT_UNREACHABLE)
    assert facts.poll.detail


class Catalyst(Agent):
    """An agent with a bridge table for each VLAN, behind `community@VLAN`."""

    def __init__(self, plain: Successor, vlans: Mapping[int, Successor]) -> None:
        self.vlans = {f"public@{vlan}".encode(): after for vlan, after in vlans.items()}
        super().__init__(plain)

    def answer(self, data: bytes) -> bytes | None:
        community = ber.parse_head(data).community
        if community != b"public" and community not in self.vlans:
            return None
        return answered(self.vlans.get(community, self._after), data)


def vlan_rows(vlan: int, host: int) -> Successor:
    mac = f"0.26.43.0.0.{host}"
    return table(
        [
            (ber.oid("1.3.6.1.2.1.17.1.4.1.2.7"), ber.INTEGER, 2),
            (ber.oid(f"1.3.6.1.2.1.17.4.3.1.2.{mac}"), ber.INTEGER, 7),
            (ber.oid(f"1.3.6.1.2.1.17.4.3.1.3.{mac}"), ber.INTEGER, 3),
        ]
    )


CATALYST: list[ber.VarBind] = [
    (ber.oid("1.3.6.1.2.1.1.2.0"), ber.OID, ber.oid("1.3.6.1.4.1.9.1.1208")),
    *(
        (ber.oid(f"1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.{vlan}"), ber.INTEGER, 1)
        for vlan in (10, 20, 1002)
    ),
]


def of_cisco() -> Successor:
    replaced = {row[0] for row in CATALYST}
    kept = [row for row in [*if_table(2), *PARTS] if row[0] not in replaced]
    return table([*kept, *CATALYST])


async def test_a_switch_that_tells_one_vlan_at_a_time_is_asked_for_each() -> None:
    agent = Catalyst(of_cisco(), {10: vlan_rows(10, 1), 20: vlan_rows(20, 2)})
    try:
        facts = await collected(agent)
    finally:
        agent.close()
    assert [(s.mac, s.vlan, s.if_index) for s in facts.macs] == [
        ("00:1a:2b:00:00:01", 10, 2),
        ("00:1a:2b:00:00:02", 20, 2),
    ]


async def test_one_that_knows_no_such_community_is_asked_once_in_vain() -> None:
    agent = Catalyst(of_cisco(), {})
    try:
        facts = await collected(agent)
    finally:
        agent.close()
    assert facts.macs == ()
    assert facts.missing == {}
    assert facts.identity.serial == "S1"

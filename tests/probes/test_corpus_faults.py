"""Recorded walks of real devices, replayed with and without faults: one status, no wrong value.

The short form asks each device once, under one fault that a seed has chosen for it; with
CANH_CORPUS=full each device is asked under each fault.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Mapping, Sequence

import pytest

from probes import mib
from probes.results import InterfaceFacts, InterfaceStatus, SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from tests.snmp_agent import table
from tests.snmp_ask import polled
from tests.snmp_v3_agent import AUTH_KEY, PRIV_KEY, USER, running_v3_agent
from tests.snmpd import free_udp_port
from tests.walks import COMMUNITY, Place, Walk, names, need_walks, replayed, walk
from wire import ber

FULL = os.environ.get("CANH_CORPUS") == "full"
SEED = int(os.environ.get("CANH_CORPUS_SEED", "4"))
LIMIT_S = 30.0 if FULL else 15.0  # of a poll; on top comes the answer to the last question
RATE = 1000  # of the octets, in the tests that let them run

ALWAYS = {  # faults that a poller gets over
    "none": "",
    "delay": "delay=30,jitter=60",
    "duplicate": "duplicate=60",
    "no_bulk": "no_bulk=1",
    "maxrep": "maxrep=3",
}
MAYBE = {  # faults that it may or may not get over, or that it must notice
    "drop": "drop=25",
    "wrong_id": "wrong_id=25",
    "truncate": "truncate=25",
    "garbage": "garbage=25",
    "loop_at": "loop_at=1.3.6.1.2.1.2.2.1.8",
    "silent_at": "silent_at=1,silent_for=600",
}
FAULTS = ALWAYS | MAYBE


def chosen() -> dict[str, str]:
    """Device → fault, each fault as often as any other."""
    dice, devices = random.Random(SEED), names()
    dice.shuffle(devices)
    kinds = list(FAULTS)
    return {device: kinds[number % len(kinds)] for number, device in enumerate(devices)}


def target(place: Place, version: str = "2c") -> SnmpTarget:
    return SnmpTarget(
        node=1,
        address=place.address,
        port=place.port,
        version=version,
        community=COMMUNITY,
        timeout_s=0.4,
        retries=2,
    )


async def asked(
    places: Sequence[Place], *, version: str = "2c", polls: int = 3
) -> dict[str, list[SnmpPoll]]:
    """Of each device its facts once, then its status: the second time in the quick way."""
    client = SnmpClient(limit_s=LIMIT_S)

    async def ask(place: Place) -> list[SnmpPoll]:
        who = target(place, version)
        return [await polled(client, who, facts=number == 0) for number in range(polls)]

    try:
        found = await asyncio.gather(*map(ask, places))
    finally:
        client.close()
    return {place.name: polls for place, polls in zip(places, found, strict=True)}


# ---------------------------------------------------------------- what may be said


def number(said: Walk, column: bytes, index: int) -> int | None:
    found = said.get(column + ber.subids((index,)))
    return found if isinstance(found, int) and 0 <= found < 2**64 - 1 else None


def text(said: Walk, column: bytes, index: int) -> str | None:
    return mib.text(said.get(column + ber.subids((index,))))


def octets(said: Walk, wide: bytes, old: bytes, index: int, version: str) -> int | None:
    found = number(said, wide, index) if version != "1" else None
    return number(said, old, index) if found is None else found


def status(said: Walk, column: bytes, index: int) -> int | None:
    found = number(said, column, index)
    return found if found and found <= 127 else None


def expected_row(said: Walk, index: int, version: str) -> InterfaceStatus:
    (wide_in, wide_out), (old_in, old_out) = mib.OCTETS, mib.OCTETS_32
    return InterfaceStatus(
        index,
        status(said, mib.IF_ADMIN, index),
        status(said, mib.IF_OPER, index),
        octets(said, wide_in, old_in, index, version),
        octets(said, wide_out, old_out, index, version),
        *(number(said, column, index) for column in mib.ERRORS),
    )


def indexes(said: Walk, *columns: bytes) -> set[int]:
    """The interfaces of which a column says anything."""
    starts = tuple(columns)
    return {ber.arcs(oid)[-1] for oid in said if oid.startswith(starts)}


def check_values(poll: SnmpPoll, said: Walk, version: str) -> None:
    """Nothing but what the walk says."""
    for row in poll.interfaces:
        assert row == expected_row(said, row.if_index, version)
    for fact in poll.facts or ():
        check_facts(fact, said)
    assert poll.sys_name in (None, mib.text(said.get(mib.SYS_NAME)))
    assert poll.sys_descr in (None, mib.text(said.get(mib.SYS_DESCR)))
    assert poll.sys_object_id in (None, mib.object_id(said.get(mib.SYS_OBJECT_ID)))
    assert poll.uptime_s in (None, mib.uptime_s(said.get(mib.SYS_UPTIME)))


def check_facts(fact: InterfaceFacts, said: Walk) -> None:
    index = fact.if_index
    assert fact.if_descr == text(said, mib.IF_DESCR, index)
    assert fact.if_alias == text(said, mib.IFX_ALIAS, index)
    assert fact.if_name in (text(said, mib.IFX_NAME, index), fact.if_descr, str(index))
    assert fact.if_type == number(said, mib.IF_TYPE, index)
    assert fact.mac == mib.mac(said.get(mib.IF_MAC + ber.subids((index,))))
    speeds = number(said, mib.IF_SPEED, index), number(said, mib.IFX_HIGH_SPEED, index)
    assert fact.speed_bps in (speeds[0], (speeds[1] or 0) * 1_000_000)


def check_complete(poll: SnmpPoll, said: Walk) -> None:
    """All that the walk says."""
    listed = {row.if_index for row in poll.interfaces}
    assert listed >= indexes(said, *mib.STATUS)
    assert poll.sys_name == mib.text(said.get(mib.SYS_NAME))
    assert poll.uptime_s == mib.uptime_s(said.get(mib.SYS_UPTIME))
    if poll.facts is not None:
        assert {fact.if_index for fact in poll.facts} >= indexes(said, mib.IF_DESCR)


def check(polls: Mapping[str, list[SnmpPoll]], kinds: Mapping[str, str], version: str) -> None:
    for device, found in polls.items():
        said, fault = walk(device, version), kinds[device]
        for poll in found:
            where = device, fault, poll.status, poll.detail
            assert (poll.detail == "") == (poll.status is SnmpStatus.OK), where
            assert poll.detail.isprintable(), where
            assert poll.status is SnmpStatus.OK or fault in MAYBE, where
            check_values(poll, said, version)
            if poll.status is SnmpStatus.OK:
                check_complete(poll, said)


# ---------------------------------------------------------------- claims


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", [*FAULTS, "all mixed"] if FULL else ["all mixed"])
async def test_a_recorded_device_ends_in_one_status_without_a_wrong_value(fault: str) -> None:
    need_walks()
    kinds = chosen() if fault == "all mixed" else dict.fromkeys(names(), fault)
    faults = {device: FAULTS[kind] for device, kind in kinds.items() if FAULTS[kind]}
    began = time.monotonic()
    count = 3 if FULL else 2
    with replayed(names(), faults, first="127.93.0.1", port=free_udp_port()) as places:
        polls = await asked(places, polls=count)
    assert len(polls) == len(names())
    assert time.monotonic() - began < count * (LIMIT_S + 10) + 55
    check(polls, kinds, "2c")


async def test_a_recorded_device_says_the_same_in_version_1() -> None:
    need_walks()
    some = names() if FULL else names()[SEED % 4 :: 4]
    with replayed(some, {}, first="127.94.0.1", port=free_udp_port()) as places:
        polls = await asked(places, version="1", polls=2)
    check(polls, dict.fromkeys(some, "none"), "1")


def tag_of(value: ber.Value) -> int:
    """A type that can hold it; which of those makes no difference to us."""
    if isinstance(value, int):
        return ber.COUNTER64 if value >= 0 else ber.INTEGER
    return ber.NULL if value is None else ber.OCTET_STRING


async def test_a_recorded_device_says_the_same_in_version_3() -> None:
    need_walks()
    client = SnmpV3Client(limit_s=60.0)
    for device in names() if FULL else names()[SEED % 8 :: 8]:
        said = walk(device)
        rows = [(oid, tag_of(value), value) for oid, value in said.items()]
        with running_v3_agent(table(rows)) as agent:
            who = SnmpTarget(
                node=1,
                address="127.0.0.1",
                port=agent.port,
                version="3",
                user=USER,
                auth="sha256",
                auth_key=AUTH_KEY,
                priv="aes128",
                priv_key=PRIV_KEY,
            )
            polls = [await polled(client, who, facts=facts) for facts in (True, False, False)]
        check({device: polls}, {device: "none"}, "3")
    client.close()


async def test_a_device_that_reboots_amid_its_polls_shows_its_own_numbers_only() -> None:
    """Its counters run, and begin anew: each is from before or from after, and says which."""
    need_walks()
    some = names() if FULL else names()[SEED % 6 :: 6]
    words = ("--live", str(RATE))
    port = free_udp_port()
    with replayed(some, {"*": "reboot_at=1.0"}, *words, first="127.95.0.1", port=port) as places:
        began = time.monotonic()
        polls = await asked(places, polls=12)
        most = int((time.monotonic() - began + 10) * RATE)
    for device, found in polls.items():
        said = walk(device)
        assert {poll.status for poll in found} == {SnmpStatus.OK}, device
        uptimes = [poll.uptime_s for poll in found if poll.uptime_s is not None]
        recorded = mib.uptime_s(said.get(mib.SYS_UPTIME)) or 0
        assert all(up < 60 or up >= recorded for up in uptimes)
        for poll in found:
            for row in poll.interfaces:
                before = expected_row(said, row.if_index, "2c")
                for value, base in zip(row[3:5], before[3:5], strict=True):
                    assert value is None or base is None or _ran(value, base, most)


def _ran(value: int, base: int, most: int) -> bool:
    return value <= most or base <= value <= base + most or value == base

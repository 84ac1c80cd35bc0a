"""Claims about polls that ask again what was answered before, against a small real agent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes import mib
from probes.results import NO_VALUE, SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_usual import Shape
from tests.snmp_agent import Agent, if_table, running_agent, table
from tests.snmp_ask import polled
from tests.snmp_device import Device
from wire import ber


@pytest.fixture
async def client() -> AsyncIterator[SnmpClient]:
    made = SnmpClient()
    yield made
    made.close()


def aim(agent: Agent, **changes: Any) -> SnmpTarget:
    values: dict[str, Any] = {"node": 7, "address": "127.0.0.1", "port": agent.port}
    return SnmpTarget(**({"community": "public", "version": "2c"} | values | changes))


@contextmanager
def agent_of(device: Device, **options: Any) -> Iterator[Agent]:
    with running_agent(device.after, **options) as agent:
        yield agent


def asked(agent: Agent) -> list[tuple[int, int, int]]:
    """The requests since last asked, as (type, OIDs, rows)."""
    heard, agent.heard[:] = agent.heard[:], []
    return heard


async def both(client: SnmpClient, agent: Agent, **changes: Any) -> tuple[SnmpPoll, SnmpPoll]:
    """The usual poll, and what a client says that knows nothing of the device."""
    usual = await polled(client, aim(agent, **changes))
    fresh = SnmpClient()
    try:
        return usual, await polled(fresh, aim(agent, **changes))
    finally:
        fresh.close()


def told(poll: SnmpPoll) -> tuple[Any, ...]:
    """All but the times of asking."""
    return poll._replace(asked_ns=0, answered_ns=0)


@pytest.mark.parametrize(("interfaces", "questions"), [(1, 3), (24, 4), (60, 9)])
async def test_what_is_known_of_a_device_is_asked_in_few_questions(
    client: SnmpClient, interfaces: int, questions: int
) -> None:
    with agent_of(Device(interfaces)) as agent:
        first = await polled(client, aim(agent))
        asked(agent)
        second = await polled(client, aim(agent))
        assert told(first) == told(second)
        assert len(asked(agent)) == questions
        assert (second.status, second.boots, second.engine_s) == (SnmpStatus.OK, 5, 123)
        assert (second.interfaces_changed, second.entities_changed) == (77, 88)


def _flap(device: Device) -> None:
    device.set(mib.IF_OPER, 3, 7)


def _count(device: Device) -> None:
    device.set(mib.IFX_HC_IN, 3, 3001)


def _grow(device: Device) -> None:
    device.set(mib.IFX_HC_OUT, 24, 1 << 40)


def _overflow(device: Device) -> None:
    device.set(mib.IFX_HC_IN, 5, (1 << 64) - 2)


def _all_ones(device: Device) -> None:
    device.set(mib.IFX_HC_IN, 5, (1 << 64) - 1)


def _err(device: Device) -> None:
    device.set(mib.IF_IN_ERRORS, 9, 4_000_000_000)


def _rename(device: Device) -> None:
    device.put(mib.SYS_NAME, ber.OCTET_STRING, "sw-mới".encode())


def _run(device: Device) -> None:
    device.put(mib.SYS_UPTIME, ber.TIME_TICKS, 12_345_678)


def _new_last(device: Device) -> None:
    device.add(25)


def _new_between(device: Device) -> None:
    device.remove(12)


def _none(device: Device) -> None:
    for index in range(1, 25):
        device.remove(index)


def _negative(device: Device) -> None:
    device.set(mib.IF_ADMIN, 4, -5)


def _wide_status(device: Device) -> None:
    device.set(mib.IF_ADMIN, 4, 300)


def _word(device: Device) -> None:
    device.put(mib.IFX_HC_IN + b"\x04", ber.OCTET_STRING, b"many")


def _null(device: Device) -> None:
    device.put(mib.IFX_HC_IN + b"\x04", ber.NO_SUCH_INSTANCE, None)


CHANGES = (
    *(_flap, _count, _grow, _overflow, _all_ones, _err, _rename, _run, _new_last, _new_between),
    *(_none, _negative, _wide_status, _word, _null),
)


@pytest.mark.parametrize(
    ("version", "change"),
    [*(("2c", change) for change in CHANGES), *(("1", c) for c in (_flap, _count, _new_last))],
)
async def test_whatever_changes_is_told_as_one_would_who_knows_nothing(
    client: SnmpClient, change: Any, version: str
) -> None:
    device = Device(24)
    with agent_of(device) as agent:
        for _ in range(2):
            before = await polled(client, aim(agent, version=version))
        change(device)
        for _ in range(2):
            usual, fresh = await both(client, agent, version=version)
            assert told(usual) == told(fresh)
        if version == "2c" and change is not _all_ones:
            assert told(usual) != told(before) or change is _overflow
        assert usual.status is SnmpStatus.OK


async def test_a_port_that_came_is_asked_along_from_the_next_poll_on(client: SnmpClient) -> None:
    device = Device(24)
    with agent_of(device) as agent:
        for _ in range(2):
            await polled(client, aim(agent))
        device.add(25)
        assert len((await polled(client, aim(agent))).interfaces) == 25
        asked(agent)
        assert len((await polled(client, aim(agent))).interfaces) == 25
        assert len(asked(agent)) == 4


async def test_interfaces_with_old_counters_among_others_are_told_whole(client: SnmpClient) -> None:
    device = Device(24)
    for index in (3, 17):
        for column in mib.OCTETS:
            del device.rows[column + ber.subids((index,))]
    with agent_of(device) as agent:
        first = await polled(client, aim(agent))
        asked(agent)
        for _ in range(3):
            usual, fresh = await both(client, agent)
            assert told(usual) == told(fresh) == told(first)
        assert usual.interfaces[2].in_octets == 3000
        assert [i for i, old in enumerate(usual.ports.narrow, start=1) if old] == [3, 17]


async def test_a_column_with_holes_is_asked_cell_by_cell(client: SnmpClient) -> None:
    device = Device(24)
    del device.rows[mib.IF_OUT_ERRORS + b"\x05"]
    with agent_of(device) as agent:
        await polled(client, aim(agent))
        asked(agent)
        usual, fresh = await both(client, agent)
        assert told(usual) == told(fresh)
        assert usual.interfaces[4].out_errors is None
        assert usual.interfaces[5].out_errors == 6
        assert ber.GET in [kind for kind, _, _ in asked(agent)]


async def test_a_device_whose_interfaces_have_a_status_alone_tells_its_uptime_each_time(
    client: SnmpClient,
) -> None:
    kept = (mib.SYS_UPTIME, mib.SYS_NAME, *mib.STATUS)
    with running_agent(table([row for row in if_table(3) if row[0].startswith(kept)])) as agent:
        polls = [await polled(client, aim(agent)) for _ in range(3)]
    assert [(poll.uptime_s, len(poll.interfaces)) for poll in polls] == [(123.45, 3)] * 3


def _deaf_to_single_objects(head: ber.Head, answer: bytes) -> list[bytes]:
    """It gives single objects of a GETBULK the value of what was asked, not of what follows."""
    if head.pdu != ber.GETBULK or not head.non_repeaters:
        return [answer]
    read = ber.parse_head(answer)
    rows = [
        (n[:-1] if k == 0 else n, t, v) for k, (n, t, v) in enumerate(ber.varbinds(answer, read))
    ]
    return [ber.response(head, [ber.varbind(*row) for row in rows])]


async def test_an_agent_that_knows_no_single_objects_in_getbulk_is_asked_for_them_apart(
    client: SnmpClient,
) -> None:
    with agent_of(Device(24), quirk=_deaf_to_single_objects) as agent:
        for _ in range(2):
            first = await polled(client, aim(agent))
        asked(agent)
        second = await polled(client, aim(agent))
        assert told(first) == told(second)
        assert [kind for kind, _, _ in asked(agent)] == [ber.GET, *[ber.GETBULK] * 4]


async def test_an_agent_that_answers_fewer_rows_each_time_is_asked_for_fewer(
    client: SnmpClient,
) -> None:
    with agent_of(Device(24), max_varbinds=30) as agent:
        for _ in range(4):
            poll = await polled(client, aim(agent))
            assert (poll.status, len(poll.interfaces)) == (SnmpStatus.OK, 24)
        asked(agent)
        await polled(client, aim(agent))
        questions = asked(agent)
        assert all(single + rows * 2 <= 32 for _, single, rows in questions if rows)
        assert len(questions) < 10


async def test_no_more_rows_are_asked_than_the_profile_allows(client: SnmpClient) -> None:
    with agent_of(Device(24)) as agent:
        for _ in range(3):
            await polled(client, aim(agent, max_repetitions=5))
        assert {rows for _, _, rows in asked(agent)} <= {0, 1, 2, 3, 4, 5, 6}


async def test_a_device_that_was_away_is_not_asked_for_less_when_it_is_back(
    client: SnmpClient,
) -> None:
    away = False

    def quirk(_: ber.Head, answer: bytes) -> list[bytes]:
        return [] if away else [answer]

    with agent_of(Device(24), quirk=quirk) as agent:
        await polled(client, aim(agent))
        away = True
        for _ in range(3):
            silent = await polled(client, aim(agent, timeout_s=0.1))
            assert silent.status is SnmpStatus.NO_ANSWER
        away = False
        for _ in range(2):
            await polled(client, aim(agent))
        asked(agent)
        await polled(client, aim(agent))
        assert len(asked(agent)) == 4


NUMBERS = st.one_of(
    st.tuples(st.just(ber.COUNTER64), st.integers(0, (1 << 64) - 1)),
    st.tuples(
        st.sampled_from([ber.COUNTER32, ber.GAUGE32, ber.TIME_TICKS]), st.integers(0, (1 << 32) - 1)
    ),
    st.tuples(st.just(ber.INTEGER), st.integers(-(1 << 31), (1 << 31) - 1)),
    st.tuples(st.just(ber.OCTET_STRING), st.binary(max_size=9)),
    st.tuples(st.just(ber.NO_SUCH_INSTANCE), st.none()),
)
ROWS = st.lists(NUMBERS, min_size=1, max_size=30)


def _message(request_id: int, rows: list[tuple[int, ber.Value]]) -> bytes:
    asked_for = ber.request(ber.GET, b"public", []).message(request_id)
    names = (mib.IF_IN + ber.subids((n,)) for n in range(1, len(rows) + 1))
    bound = [ber.varbind(name, tag, value) for name, (tag, value) in zip(names, rows, strict=True)]
    return ber.response(ber.parse_head(asked_for), bound)


def _plainly(data: bytes) -> list[int]:
    head = ber.parse_head(data)
    _, _, values = ber.walk(data, head.start, head.end)
    return [NO_VALUE if mib.counter(value) is None else int(value or 0) for value in values]


@given(first=ROWS, data=st.data())
@settings(max_examples=300)
def test_numbers_taken_from_their_places_are_those_that_are_read_byte_by_byte(
    first: list[tuple[int, ber.Value]], data: st.DataObject
) -> None:
    """Of two answers to one question; where the shape does not fit, nothing is claimed."""
    second = [
        data.draw(st.one_of(st.just(row), NUMBERS), label=f"row {n}") for n, row in enumerate(first)
    ]
    old, new = _message(0x0100_0000, first), _message(0x7FFF_FFFF, second)
    head = ber.parse_head(old)
    shape = Shape(head, old, ber.walk(old, head.start, head.end)[1])
    own = shape.numbers(old)
    assert own is not None
    assert own.tolist() == _plainly(old)
    taken = shape.numbers(new)
    if taken is not None:
        assert taken.tolist() == _plainly(new)


@given(rows=ROWS, place=st.integers(0, 2000), bits=st.integers(1, 255))
@settings(max_examples=500)
def test_an_answer_with_a_spoilt_byte_gives_the_same_numbers_as_byte_by_byte_or_none(
    rows: list[tuple[int, ber.Value]], place: int, bits: int
) -> None:
    sound = _message(0x0100_0000, rows)
    head = ber.parse_head(sound)
    shape = Shape(head, sound, ber.walk(sound, head.start, head.end)[1])
    spoilt = bytearray(sound)
    spoilt[place % len(sound)] ^= bits
    data = bytes(spoilt)
    taken = shape.numbers(data)
    if taken is not None and not head.id_at <= place % len(sound) < head.id_at + 4:
        assert taken.tolist() == _plainly(data)

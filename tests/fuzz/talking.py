"""The pollers without their sockets, given damaged answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from probes import mib
from probes.results import Ports, SnmpStatus
from probes.snmp_plan import plan_of
from probes.snmp_talk import START, End, Talk
from probes.snmp_usual import Unusual, Usual
from tests.fuzz.messages import ID, TARGET
from tests.snmp_agent import answered, if_table, table
from wire import ber

_ROUNDS = 200  # far more than a table of a few interfaces needs


_AGENT = table(
    [
        *if_table(5),
        *(
            (column + ber.subids((index,)), ber.COUNTER32, index * 70_000)
            for column in mib.ERRORS
            for index in range(1, 6)
        ),
        (mib.IF_NUMBER, ber.INTEGER, 5),
        (mib.ENGINE_BOOTS, ber.INTEGER, 5),
        (mib.ENGINE_TIME, ber.INTEGER, 123_456),
    ]
)


@lru_cache(maxsize=4096)
def honest(question: bytes) -> bytes:
    """The answer of one and the same agent with five interfaces."""
    return answered(_AGENT, question)


def answers() -> list[bytes]:
    """Those of an honest conversation, all under one id."""
    talk, found = new_talk(), []
    while True:
        data = honest(talk.request().message(ID))
        found.append(data)
        if talk.take(ber.parse_head(data), data, 1) is not None:
            return found


def usual_answers() -> list[bytes]:
    return [honest(step.template.message(ID)) for step in usual().plan.steps]


def asking() -> Callable[[bytes], bool]:
    """A damaged answer, then an honest one or two: it ends soon, in one status, soundly."""
    talk, rounds = new_talk(), 0

    def claim(data: bytes) -> bool:
        nonlocal talk, rounds
        rounds += 1
        assert rounds < _ROUNDS, "the conversation does not end"
        for answer in (data, None, None)[: 2 + len(data) % 2]:
            end = _take(talk, answer or honest(talk.request().message(ID)))
            if end is not None:
                finished, talk, rounds = talk, new_talk(), 0
                return _sound(finished, end)
        return False

    return claim


def new_talk() -> Talk:
    return Talk(TARGET, mib.SCALARS, mib.groups(ber.V2C, facts=True), cells=START)


def _take(talk: Talk, data: bytes) -> End | None:
    try:
        head = ber.parse_head(data)
    except ber.Malformed:
        return talk.silent()
    return talk.take(head, data, 1)


def _sound(talk: Talk, end: End) -> bool:
    assert isinstance(end.status, SnmpStatus)
    assert (end.detail == "") == (end.status is SnmpStatus.OK)
    assert end.detail.isprintable()
    for column in talk.table.values():
        rows = [ber.suffix_arcs(suffix) for suffix in column.suffixes]
        assert rows == sorted(set(rows))
        assert len(rows) == len(column.values)
    if end.status is not SnmpStatus.OK:
        return False
    try:
        sound_ports(mib.ports(talk.table))
        facts = mib.interface_facts(talk.table)
    except mib.NotAnIndexError:
        return False
    for fact in facts:
        assert fact.if_name
        assert fact.speed_bps is None or fact.speed_bps >= 0
    return True


def sound_ports(ports: Ports) -> None:
    count = len(ports.indexes)
    assert list(ports.indexes) == sorted(set(ports.indexes))
    assert len(ports.admin) == len(ports.oper) == len(ports.narrow) == count
    assert len(ports.counters) == 6 * 8 * count
    assert max(ports.admin + ports.oper, default=0) <= mib.HIGHEST_STATUS


def usual() -> Usual:
    """What the agent says as usual, after a patient conversation."""
    talk = new_talk()
    end = None
    while end is None:
        end = _take(talk, honest(talk.request().message(ID)))
    assert end.status is SnmpStatus.OK
    ports = mib.ports(talk.table)
    plan = plan_of(TARGET, talk.said, talk.table, ports, 1000, along=True)
    assert plan is not None
    return Usual(plan, ports.narrow)


def usually() -> Callable[[bytes], bool]:
    """Whatever is accepted without being read byte by byte says the same when it is."""
    sound = usual_answers()
    id_bytes = ID.to_bytes(4, "big")
    sizes = list(map(len, sound))

    def reset() -> tuple[Usual, Usual]:
        fresh = usual(), usual()
        for one in fresh:
            for number, data in enumerate(sound):
                one.read(number, ber.parse_head(data), data)
        return fresh

    quick, slow = reset()

    def claim(data: bytes) -> bool:
        nonlocal quick, slow
        step = min(range(len(sizes)), key=lambda k: abs(sizes[k] - len(data)))
        try:
            accepted = quick.hear(step, data, id_bytes)
        except Unusual:
            quick, slow = reset()
            return False
        if not accepted:
            return False
        slow.read(step, ber.parse_head(data), data)
        assert quick.scalars == slow.scalars
        ports = quick.taken()
        assert ports == slow.taken()
        sound_ports(ports)
        return data not in sound

    return claim

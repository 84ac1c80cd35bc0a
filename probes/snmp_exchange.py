"""One SNMP question in flight, and what is told of it in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probes import mib
from probes.mailbox import Mailbox, Place
from probes.results import InterfaceFacts, Ports, Said, SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp_talk import End, Talk
from probes.snmp_usual import Repeat
from wire import ber

Polled = Callable[[SnmpPoll], None]
Answered = Callable[[Said], None]


@dataclass(slots=True, eq=False)
class Exchange:
    """One poll or other question in flight: one request is open at any time."""

    target: SnmpTarget
    talk: Talk | Repeat
    conclude: Callable[[Exchange, End], None]
    box: Mailbox | None  # None: it cannot even be asked
    name: bytes  # of the place, for the box
    place: Place
    asked_ns: int
    ends_ns: int  # of the whole
    timeout_ns: int  # of one request
    request_id: int = 0
    id_bytes: bytes = b""
    deadline_ns: int = 0
    unsent: str = ""  # why our own machine did not let the question out
    garbage: str = ""  # what came instead of an answer
    fell: bool = False  # it began in the usual way, and had to begin anew
    not_along: bool = False  # because single objects do not come along with a table

    def may_be_answered_by(self, source: Place) -> bool:
        if self.place == source:
            return True
        others = self.target.answers_from
        return source[0] in others or "any" in others


def poll_of(exchange: Exchange, end: End, *, facts: bool) -> SnmpPoll:
    """What a poll has found."""
    talk, ports = exchange.talk, Ports()
    said: dict[bytes, ber.Value] = {}
    found: tuple[InterfaceFacts, ...] | None = None
    ok = end.status is SnmpStatus.OK
    if isinstance(talk, Repeat):
        if ok:
            talk.usual.strikes = 0
            ports, said = talk.usual.taken(), talk.usual.scalars
    else:
        said = talk.said
        try:
            ports = mib.ports(talk.table) if ok else ports
            found = mib.interface_facts(talk.table) if ok and facts else None
        except (mib.NotAnIndexError, ber.Malformed) as problem:
            end = End(SnmpStatus.BAD_ANSWER, f"unusable SNMP answer: {problem}")
    return SnmpPoll(
        exchange.target.node,
        exchange.asked_ns,
        talk.answered_ns,
        end.status,
        end.detail,
        mib.text(said.get(mib.SYS_NAME)),
        mib.uptime_s(said.get(mib.SYS_UPTIME)),
        mib.number(said.get(mib.ENGINE_TIME)),
        mib.number(said.get(mib.ENGINE_BOOTS)),
        mib.number(said.get(mib.IF_TABLE_CHANGED)),
        mib.number(said.get(mib.ENTITIES_CHANGED)),
        ports,
        mib.text(said.get(mib.SYS_DESCR)),
        mib.object_id(said.get(mib.SYS_OBJECT_ID)),
        found,
    )


def telling(done: Answered) -> Callable[[Exchange, End], None]:
    """For any OIDs: all that was found, by OID."""

    def conclude(exchange: Exchange, end: End) -> None:
        talk = exchange.talk
        assert isinstance(talk, Talk)
        values: dict[bytes, ber.Value] = {o: v for o, v in talk.said.items() if v is not None}
        for column, found in talk.table.items():
            values |= {column + s: v for s, v in zip(found.suffixes, found.values, strict=True)}
        said = Said(
            node=exchange.target.node,
            asked_ns=exchange.asked_ns,
            answered_ns=talk.answered_ns,
            status=end.status,
            detail=end.detail,
            values=values,
        )
        done(said)

    return conclude

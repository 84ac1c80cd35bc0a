"""What SNMP agents have shown: how they answer as usual, and what they cannot do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic_ns

from probes.mailbox import Place
from probes.mib import Column
from probes.results import Ports, SnmpTarget
from probes.snmp_exchange import Exchange
from probes.snmp_plan import plan_of
from probes.snmp_talk import START, Talk
from probes.snmp_usual import Usual
from wire.ber import Value

_Agent = tuple[Place, str, str | None, str | None, str]  # and how it is spoken to

STRIKES = 2  # polls in a row that did not end as usual, after which less is asked at once
LEARNED_NS = 3_600_000_000_000  # for an hour; what was lost by chance is not held against it
UNLIMITED = 1000  # values: a frame holds fewer


@dataclass(slots=True, frozen=True)
class Limits:
    """What an agent has shown that it cannot do."""

    cells: int = UNLIMITED  # more values at once; 0: GETBULK
    quick: bool = True  # the questions of `Repeat`
    along: bool = True  # single objects along with a table
    until_ns: int = 0x7FFF_FFFF_FFFF_FFFF  # believed so long


_NONE = Limits()


class Known:
    """All agents that were asked."""

    def __init__(self) -> None:
        self._limits: dict[Place, Limits] = {}
        self._usual: dict[_Agent, Usual] = {}

    def usual(self, target: SnmpTarget, place: Place) -> Usual | None:
        return self._usual.get(_agent(target, place))

    def limits(self, place: Place) -> Limits:
        limits = self._limits.get(place, _NONE)
        if limits.until_ns < monotonic_ns():
            del self._limits[place]
            return _NONE
        return limits

    def learn(self, exchange: Exchange, talk: Talk, ports: Ports) -> None:
        """Ask next time at once in the way that worked in the end."""
        target, place = exchange.target, exchange.place
        limits, until = self.limits(place), monotonic_ns() + LEARNED_NS
        if talk.cells < min(START, limits.cells):
            limits = replace(limits, cells=talk.cells, until_ns=until)
        if exchange.not_along:
            limits = replace(limits, along=False, until_ns=until)
        agent = _agent(target, place)
        old = self._usual.pop(agent, None)
        if old is not None and exchange.fell and not exchange.not_along:
            old.strikes += 1
            if old.strikes >= STRIKES and old.plan.indexes == ports.indexes:
                limits = _less(limits, old, until)
        if limits is not _NONE:
            self._limits[place] = limits
        usual = _usual(talk, ports, limits, old)
        if usual is not None:
            self._usual[agent] = usual


def _agent(target: SnmpTarget, place: Place) -> _Agent:
    return place, target.version, target.community, target.user, target.context


def _usual(talk: Talk, ports: Ports, limits: Limits, old: Usual | None) -> Usual | None:
    """The old one as long as it asks the same."""
    if not limits.quick:
        return None
    said: dict[bytes, Value] = talk.said
    table: dict[bytes, Column] = talk.table
    plan = plan_of(talk.target, said, table, ports, limits.cells, along=limits.along)
    if plan is None:
        return None
    if old is not None and plan.steps == old.plan.steps and ports.narrow == old.narrow:
        return old
    return Usual(plan, ports.narrow)


def _less(limits: Limits, usual: Usual, until_ns: int) -> Limits:
    """Half of what was asked at once; then cell by cell; then in small steps alone."""
    if limits.cells == 0:
        return replace(limits, quick=False, until_ns=until_ns)
    at_once = max(step.cells for step in usual.plan.steps)
    return replace(limits, cells=at_once // 2, until_ns=until_ns)

"""A play in which services are checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from inventory.model import Network, Service
from probes.carry import move
from probes.judgement import Judgement
from probes.portals import Served
from probes.schedule import Schedule
from probes.services.results import SILENT, Fault
from store.states import State
from tests.probes.play import T0, Play, province

BROKEN, MENDED = 200_000, 500_000
AT = {"portal": "d1", "axis": "p", "far": "c11"}


def with_services(network: Network) -> Network:
    services = {
        key: Service(id=key, name=key, site=site, url=f"https://{key}.example/")
        for key, site in AT.items()
    }
    return replace(network, services=services)


@dataclass
class Office(Play):
    """A play with services: `fault(key, ms)` is what a check finds; a cut site answers nothing."""

    fault: Callable[[str, int], Fault] = lambda key, at: Fault.NONE
    takes_ms: Callable[[Fault], int] = lambda fault: 10_000 if fault in SILENT else 40
    around: bool = False  # checks take another way than pings
    checks: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.homes = list(self.graph.homes)
        self.desk = Schedule([(n, self.graph.keys[n]) for n in self.homes], 60_000, T0)
        self.found: list[tuple[int, Served]] = []
        self.busy: set[int] = set()

    def reload(self, network: Network) -> None:
        """Checks go on under their new numbers; what is gone is dropped."""
        old, desk = self.graph, self.desk
        super().reload(network)
        moved = move(old, self.graph).numbers
        self.homes = list(self.graph.homes)
        self.desk = Schedule([(n, self.graph.keys[n]) for n in self.homes], 60_000, T0 + self.now)
        self.desk.take_over(desk, moved)
        self.found = [
            (at, one._replace(node=moved[one.node])) for at, one in self.found if one.node in moved
        ]
        self.busy = {moved[n] for n in self.busy if n in moved}

    def _tick(self, now: int) -> Judgement:
        done = [served for at, served in self.found if at <= now]
        self.found = [item for item in self.found if item[0] > now]
        self.busy -= {served.node for served in done}
        self.judge.served(done, now)
        judged = super()._tick(now)
        self.desk.ask(judged.checks)
        for n in self.desk.due(now, 100):
            if n not in self.busy:
                self.busy.add(n)
                self._check(n, now)
        return judged

    def _check(self, n: int, now: int) -> None:
        at, key = now - T0, self.graph.keys[n]
        self.checks.append((at, n))
        gateway = self.graph.keys.index(f"{AT[key]}-r")
        fault = self.fault(key, at)
        if not self.can_send(at):
            fault = Fault.UNSENT
        elif not (self.around or (self.sees(at) and self.reaches(gateway, at))):
            fault = Fault.NO_ANSWER
        ended = now + self.takes_ms(fault)
        self.found.append((ended, Served(n, now, ended, fault, 40_000)))

    def last(self, key: str) -> tuple[State, str | None, str]:
        """State, root and reason of the last verdict."""
        _, verdict = self.told(key, "service")[-1]
        return verdict.state, self.root(verdict), verdict.reason


def play(**about: object) -> Office:
    return Office(with_services(province()), **about)  # type: ignore[arg-type]


def broken(fault: Fault, until: int = MENDED) -> Office:
    def found(key: str, at: int) -> Fault:
        return fault if BROKEN <= at < until and key == "portal" else Fault.NONE

    return play(fault=found)

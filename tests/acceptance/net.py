"""Stations as namespaces with a monitor above them, and what must be believed of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.questions import OutageRow
from store.states import Kind, Mark, State
from tests.acceptance.monitor import Belief, Monitor, Record, until, watching
from tests.acceptance.stations import Station, sites_toml
from tests.rig import Act, Node, Rig, Wire

ROUND_S, TIMEOUT_S = 2.0, 0.5  # where the rule does not depend on them: short tests
FOUND_S = 20
BACK_S = 12
CALM_S = 60  # the first round, and the start of a monitor on a busy machine
SLEW_MS = 100  # stamps run with the monotonic clock, the test reads the wall clock


@dataclass(frozen=True)
class Net:
    stations: tuple[Station, ...]
    rig: Rig
    monitor: Monitor
    record: Record
    nodes: dict[str, Node]
    wires: dict[str, Wire]  # by the station at the lower end
    spares: dict[str, Wire]  # the second ones, likewise

    def calm(self, but: frozenset[Mark] = frozenset({Mark.FLAPPING})) -> bool:
        """All up and the monitor sees; no mark `but` that of the faults of tests before."""
        watched = self.record.watching()
        rows = self.record.rows()
        up = all(row.state == State.UP and row.marks <= but for row in rows)
        return up and watched.running and not watched.blind and watched.seen_to_ms is not None

    def must_calm(self) -> None:
        assert until(self.calm, CALM_S) is not None, self.said()

    def must_believe(
        self, roots: Mapping[str, str], within_s: float = FOUND_S
    ) -> dict[str, Belief]:
        """`roots`: station → key of its root; of all others, that they are up."""
        expected = beliefs(self.stations, roots)
        found = until(lambda: self.record.beliefs() == expected, within_s)
        assert found is not None, self.said()
        return expected

    def must_be_back(self) -> None:
        self.must_believe({}, BACK_S)

    def must_hold(self, times: Mapping[str, tuple[Act, Act]]) -> None:
        """`times`: station → cut and repair: its router and site have one outage each, whose
        brackets hold these; nothing else was not up."""
        since_ms = min(cut.before_ms for cut, _ in times.values())
        outages = self.record.outages(since_ms=since_ms)
        assert set(outages) == self.not_up(since_ms) == of(times)
        wrong = {
            key: (outages[key], times[station])
            for station in times
            for key in of([station])
            if not contains(outages[key], *times[station])
        }
        assert wrong == {}

    def restore(self) -> None:
        """What a failed test left cut or dark is no fault of the next."""
        if not self.calm():
            for node in self.nodes.values():  # routes need the addresses of both ends
                node.take_addresses()
            for node in self.nodes.values():
                node.power_on()

    def said(self) -> tuple[object, str]:
        """For a failed assertion."""
        return self.record.beliefs(), self.monitor.log

    def not_up(self, since_ms: int) -> set[str]:
        """What had another state than up at any moment since then."""
        return {
            f"{one.kind}:{one.key}"
            for one in self.record.period(since_ms).histories
            if one.kind in (Kind.DEVICE, Kind.SITE)
            and {state for state, *_ in one.spans} != {State.UP}
        }

    def behind(self, *keys: str) -> dict[str, str]:
        """Station → the router that is its root, where these have failed."""
        found: dict[str, str] = {}
        for station in self.stations:  # each stands after what it hangs on
            if station.key in keys and station.above not in found:
                found[station.key] = station.router
            elif station.above in found:
                found[station.key] = found[station.above]
        return found


@contextlib.contextmanager
def network(
    stations: Sequence[Station],
    folder: Path,
    *,
    ping_interval_s: float = ROUND_S,
    ping_timeout_s: float = TIMEOUT_S,
    links: str = "",
) -> Iterator[Net]:
    """Lay the wires, start `canh run` above the first station; all ends with the `with`."""
    sites = sites_toml(
        stations, ping_interval_s=ping_interval_s, ping_timeout_s=ping_timeout_s, links=links
    )
    with Rig() as rig:
        watcher = rig.node()
        nodes = {station.key: rig.node(station.address) for station in stations}
        wires = {}
        for station in stations:
            hang = rig.fibre if station.snmp else rig.wire  # an agent tells of carriers
            upper = nodes.get(station.above or "", watcher)
            wires[station.key] = hang(upper, nodes[station.key])
        spares = {
            station.key: rig.spare(nodes[station.second], nodes[station.key])
            for station in stations
            if station.second
        }
        monitor = Monitor(watcher, folder, sites)
        with watching(monitor) as record:
            yield Net(tuple(stations), rig, monitor, record, nodes, wires, spares)


def beliefs(stations: Sequence[Station], roots: Mapping[str, str]) -> dict[str, Belief]:
    """All up, but those behind a root unreachable, and the root itself down."""
    found: dict[str, Belief] = {}
    for station in stations:
        root = roots.get(station.key)
        belief = site = Belief(State.UP)
        if root == station.router:
            belief, site = Belief(State.DOWN), Belief(State.DOWN, root)
        elif root is not None:
            belief = site = Belief(State.UNREACHABLE, root)
        found |= {f"device:{station.router}": belief, f"site:{station.key}": site}
    return found


def of(stations: Iterable[str]) -> set[str]:
    """`kind:key` of the routers and sites of these stations."""
    return {f"device:{key}-r" for key in stations} | {f"site:{key}" for key in stations}


def contains(outage: OutageRow, cut: Act, mended: Act) -> bool:
    """Do its brackets hold the true times?"""
    return starts(outage, cut) and ends(outage, mended)


def starts(outage: OutageRow, cut: Act) -> bool:
    assert outage.last_good_ms is not None
    return outage.last_good_ms <= cut.after_ms + SLEW_MS and (
        cut.before_ms - SLEW_MS <= outage.first_bad_ms
    )


def ends(outage: OutageRow, mended: Act) -> bool:
    assert outage.first_good_ms is not None
    return outage.last_bad_ms <= mended.after_ms + SLEW_MS and (
        mended.before_ms - SLEW_MS <= outage.first_good_ms
    )

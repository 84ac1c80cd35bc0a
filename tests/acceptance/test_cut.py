"""A real three-tier network of namespaces: a cut, a silent router, a blind monitor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from store.questions import OutageRow
from store.states import Kind, Mark, State
from tests.acceptance.monitor import Belief, Monitor, Record, claimed_ms, until, watching
from tests.acceptance.stations import Station, sites_toml
from tests.rig import Act, Node, Rig, Wire, need_rig, now_ms

STATIONS = (
    Station("p", "10.0.0.1"),
    Station("d1", "10.1.0.1", "p"),
    Station("d1c1", "10.1.1.1", "d1"),
    Station("d1c2", "10.1.2.1", "d1"),
    Station("d1c3", "10.1.3.1", "d1"),
    Station("d2", "10.2.0.1", "p"),
    Station("d2c1", "10.2.1.1", "d2"),
    Station("d2c2", "10.2.2.1", "d2"),
)
ROOT = "d1-r"
BEHIND = ("d1c1", "d1c2", "d1c3")
ROUND_S = 10
FOUND_S = 20
BACK_S = 12
SIGHT_S = 40  # an answer at the latest after a round, and then a whole round; a busy machine
SLEW_MS = 100  # stamps run with the monotonic clock, the test reads the wall clock


@dataclass(frozen=True)
class Net:
    monitor: Monitor
    record: Record
    nodes: dict[str, Node]
    wires: dict[str, Wire]  # by the station at the lower end

    def calm(self) -> bool:
        """All up without a mark, and the monitor sees."""
        watched = self.record.watching()
        up = all(row.state == State.UP and not row.marks for row in self.record.rows())
        return up and watched.running and not watched.blind and watched.seen_to_ms is not None

    def marks(self, router: str) -> frozenset[Mark]:
        [found] = [row.marks for row in self.record.rows() if row.key == router]
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    """One network and one `canh run` for all tests of this file; each leaves it as it was."""
    need_rig()
    sites = sites_toml(STATIONS, ping_interval_s=ROUND_S, ping_timeout_s=2)
    with Rig() as rig:
        watcher = rig.node()
        nodes = {station.key: rig.node(station.address) for station in STATIONS}
        wires = {
            station.key: rig.wire(nodes.get(station.above or "", watcher), nodes[station.key])
            for station in STATIONS
        }
        monitor = Monitor(watcher, tmp_path_factory.mktemp("cut"), sites)
        with watching(monitor) as record:
            yield Net(monitor, record, nodes, wires)


@pytest.fixture
def net(running: Net) -> Net:
    assert until(running.calm, SIGHT_S) is not None, (running.record.beliefs(), running.monitor.log)
    return running


def states(root: str | None = None) -> dict[str, Belief]:
    """What must be believed: all up, or one root down and all behind it unreachable."""
    found: dict[str, Belief] = {}
    for station in STATIONS:
        belief = site = Belief(State.UP)
        if root and station.key in BEHIND:
            belief = site = Belief(State.UNREACHABLE, root)
        elif root == station.router:
            belief, site = Belief(State.DOWN), Belief(State.DOWN, root)
        found |= {f"device:{station.router}": belief, f"site:{station.key}": site}
    return found


def not_up(net: Net, since_ms: int) -> set[str]:
    """What had another state than up at any moment since then."""
    return {
        f"{one.kind}:{one.key}"
        for one in net.record.period(since_ms).histories
        if one.kind in (Kind.DEVICE, Kind.SITE) and {state for state, *_ in one.spans} != {State.UP}
    }


def contains(outage: OutageRow, cut: Act, mended: Act) -> bool:
    """Do its brackets hold the true times?"""
    assert outage.last_good_ms is not None
    assert outage.first_good_ms is not None
    begin = outage.last_good_ms <= cut.after_ms + SLEW_MS and (
        cut.before_ms - SLEW_MS <= outage.first_bad_ms
    )
    end = outage.last_bad_ms <= mended.after_ms + SLEW_MS and (
        mended.before_ms - SLEW_MS <= outage.first_good_ms
    )
    return begin and end


def test_a_cut_has_one_root_within_20_s_and_ends_within_12_s_of_the_repair(net: Net) -> None:
    concerned = set(states()) - {key for key, belief in states(ROOT).items() if belief.root is None}
    concerned.add(f"device:{ROOT}")
    cut = net.wires["d1"].cut()
    try:
        found = until(lambda: net.record.beliefs() == states(ROOT), FOUND_S)
        assert found is not None, (net.record.beliefs(), net.monitor.log)
        [root] = net.record.roots()
        assert (root.key, root.state, root.members_by_kind) == (
            ROOT,
            State.DOWN,
            {"device": 3, "site": 4},
        )
    finally:
        mended = net.wires["d1"].mend()
    back = until(lambda: net.record.beliefs() == states(), BACK_S)
    assert back is not None, (net.record.beliefs(), net.monitor.log)
    outages = net.record.outages(since_ms=cut.before_ms)
    assert set(outages) == concerned
    assert [o for o in outages.values() if not contains(o, cut, mended)] == []
    assert not_up(net, cut.before_ms) == concerned


def test_a_router_that_ignores_ping_but_forwards_stays_up_with_a_mark(net: Net) -> None:
    start = now_ms()
    net.nodes["d2"].sysctl("net/ipv4/icmp_echo_ignore_all", 1)
    try:
        marked = until(lambda: net.marks("d2-r") == {Mark.NO_ICMP}, FOUND_S)
        assert marked is not None, (net.record.rows(), net.monitor.log)
        time.sleep(ROUND_S)
        assert net.marks("d2-r") == {Mark.NO_ICMP}
    finally:
        net.nodes["d2"].sysctl("net/ipv4/icmp_echo_ignore_all", 0)
    assert until(lambda: net.marks("d2-r") == set(), BACK_S) is not None
    assert not_up(net, start) == set()
    assert net.record.outages(since_ms=start) == {}


@pytest.mark.parametrize("how", ["the port is down", "the cable is out"])
def test_a_monitor_that_lost_its_own_uplink_is_blind_and_blames_nobody(net: Net, how: str) -> None:
    start = now_ms()
    uplink = net.wires["p"]
    lost = uplink.cut() if how == "the port is down" else uplink.unplug()
    try:
        assert until(lambda: net.record.watching().blind, SIGHT_S) is not None, net.monitor.log
        status = net.monitor.status()
        assert (status["running"], status["blind"]) == (True, True)
    finally:
        mended = uplink.mend()
    assert until(net.calm, SIGHT_S) is not None, net.monitor.log
    period = net.record.period(start - 2 * ROUND_S * 1000)
    spell = lost.after_ms, mended.before_ms
    before = [c for c in period.coverage if c[0] < spell[0]]
    after = [c for c in period.coverage if c[0] >= spell[0]]
    assert before[-1][1] <= spell[0] + SLEW_MS <= before[-1][1] + ROUND_S * 1000
    assert after[0][0] >= spell[1] - SLEW_MS
    assert claimed_ms(period, spell) == {}
    assert not_up(net, start) == set()
    assert net.record.outages(since_ms=start) == {}

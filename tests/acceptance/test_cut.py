"""A real three-tier network of namespaces: a cut, a silent router, a blind monitor."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from store.states import Mark, State
from tests.acceptance.monitor import Belief, claimed_ms, until
from tests.acceptance.net import BACK_S, FOUND_S, SLEW_MS, Net, beliefs, contains, network
from tests.acceptance.stations import Station
from tests.rig import need_rig, now_ms

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
SIGHT_S = 40  # an answer at the latest after a round, and then a whole round; a busy machine


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    """One network and one `canh run` for all tests of this file; each leaves it as it was."""
    need_rig()
    folder = tmp_path_factory.mktemp("cut")
    with network(STATIONS, folder, ping_interval_s=ROUND_S, ping_timeout_s=2) as net:
        yield net


@pytest.fixture
def net(running: Net) -> Net:
    assert until(lambda: running.calm(frozenset()), SIGHT_S) is not None, running.said()
    return running


def states(root: str | None = None) -> dict[str, Belief]:
    """What must be believed: all up, or one root down and all behind it unreachable."""
    return beliefs(STATIONS, dict.fromkeys(("d1", *BEHIND), root) if root else {})


def marks(net: Net, router: str) -> frozenset[Mark]:
    [found] = [row.marks for row in net.record.rows() if row.key == router]
    return found


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
    assert net.not_up(cut.before_ms) == concerned


def test_a_router_that_ignores_ping_but_forwards_stays_up_with_a_mark(net: Net) -> None:
    start = now_ms()
    net.nodes["d2"].sysctl("net/ipv4/icmp_echo_ignore_all", 1)
    try:
        marked = until(lambda: marks(net, "d2-r") == {Mark.NO_ICMP}, FOUND_S)
        assert marked is not None, (net.record.rows(), net.monitor.log)
        time.sleep(ROUND_S)
        assert marks(net, "d2-r") == {Mark.NO_ICMP}
    finally:
        net.nodes["d2"].sysctl("net/ipv4/icmp_echo_ignore_all", 0)
    assert until(lambda: marks(net, "d2-r") == set(), BACK_S) is not None
    assert net.not_up(start) == set()
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
    assert until(lambda: net.calm(frozenset()), SIGHT_S) is not None, net.monitor.log
    period = net.record.period(start - 2 * ROUND_S * 1000)
    spell = lost.after_ms, mended.before_ms
    before = [c for c in period.coverage if c[0] < spell[0]]
    after = [c for c in period.coverage if c[0] >= spell[0]]
    assert before[-1][1] <= spell[0] + SLEW_MS <= before[-1][1] + ROUND_S * 1000
    assert after[0][0] >= spell[1] - SLEW_MS
    assert claimed_ms(period, spell) == {}
    assert net.not_up(start) == set()
    assert net.record.outages(since_ms=start) == {}

"""A service behind a real line: its own fault is its own, that of the line is the line's."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.states import Kind, State
from tests.acceptance.monitor import Belief, until
from tests.acceptance.net import Net, ends, network, starts
from tests.acceptance.stations import Station
from tests.rig import Act, Node, need_rig, now_ms

STATIONS = (
    Station("p", "10.0.0.1"),
    Station("d", "10.1.0.1", "p"),
    *(Station(key, f"10.{n}.0.1", "p") for n, key in enumerate("efghij", 2)),
)
SERVICES = """
[[service]]
id = "portal"
name = "Cổng"
site = "d"
url = "http://10.1.0.1:8080/"
interval_s = 2
timeout_s = 1
[[service]]
id = "axis"
name = "Trục"
site = "e"
url = "tcp://10.2.0.1:8080"
interval_s = 2
timeout_s = 1
"""
FOUND_S, BACK_S = 30, 15


class Server:
    """Python's own, in a namespace."""

    def __init__(self, node: Node, folder: Path) -> None:
        self._command = node.inside(sys.executable, "-m", "http.server", "8080")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        command = ["setpriv", "--pdeathsig", "KILL", *self._command]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=quiet, stderr=quiet)

    def stop(self) -> Act:
        assert self._process is not None
        before = now_ms()
        self._process.kill()
        self._process.wait()
        self._process = None
        return Act(before, now_ms())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Net, Server]]:
    need_rig()
    folder = tmp_path_factory.mktemp("service")
    (page := folder / "page").mkdir()
    with network(STATIONS, folder, links=SERVICES) as net, contextlib.ExitStack() as stack:
        portal, axis = (Server(net.nodes[key], page) for key in "de")
        for server in (portal, axis):
            server.start()
            stack.callback(server.stop)
        yield net, portal


def believed(net: Net, key: str, state: State) -> bool:
    return net.record.state(Kind.SERVICE, key) == state


def must_be_calm(net: Net) -> None:
    net.must_calm()
    both = ("portal", "axis")
    calm = until(lambda: all(believed(net, key, State.UP) for key in both), 30)
    assert calm is not None, net.said()


def test_a_cut_line_takes_the_service_along_and_gives_it_back(place: tuple[Net, Server]) -> None:
    net, _ = place
    must_be_calm(net)
    cut = net.wires["d"].cut()
    net.must_believe({"d": "d-r"})
    found = until(lambda: believed(net, "portal", State.UNREACHABLE), FOUND_S)
    assert found is not None, net.said()
    mended = net.wires["d"].mend()
    net.must_be_back()
    assert until(lambda: believed(net, "portal", State.UP), BACK_S) is not None, net.said()
    outages = net.record.outages(since_ms=cut.before_ms)
    assert set(outages) == {"device:d-r", "site:d", "service:portal"}
    outage = outages["service:portal"]
    assert (outage.state, outage.root_key) == (State.UNREACHABLE, "d-r")
    assert starts(outage, cut)
    assert ends(outage, mended)


def test_a_server_that_stops_is_down_by_itself_while_its_site_is_up(
    place: tuple[Net, Server],
) -> None:
    net, portal = place
    must_be_calm(net)
    stopped = portal.stop()
    assert until(lambda: believed(net, "portal", State.DOWN), FOUND_S) is not None, net.said()
    assert net.record.beliefs()["site:d"] == Belief(State.UP)
    before = now_ms()
    portal.start()
    assert until(lambda: believed(net, "portal", State.UP), BACK_S) is not None, net.said()
    [outage] = net.record.outages(since_ms=stopped.before_ms).values()
    assert (outage.key, outage.root_id, outage.reason) == ("portal", None, "refused")
    assert starts(outage, stopped)
    assert outage.first_good_ms is not None
    assert outage.last_bad_ms < outage.first_good_ms
    assert outage.first_good_ms >= before

"""A line whose ports real agents tell of: it is the root, and what they say proposes its cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from store.questions import OutageRow
from store.states import Kind, State
from tests.acceptance.agents import Agent, agent
from tests.acceptance.monitor import until
from tests.acceptance.net import Net, contains, network, of
from tests.acceptance.stations import Station
from tests.rig import Act, need_rig

STATIONS = (
    Station("p", "10.0.0.1", snmp=True),
    Station("d", "10.1.0.1", "p", snmp=True),
    Station("dc", "10.1.1.1", "d"),
    *(Station(key, f"10.{n}.0.1", "p") for n, key in enumerate("efgh", 2)),
)
LINE = "p-d"
LINKS = f"""
[[provider]]
id = "vt"
name = "Viễn thông"
[[link]]
id = "{LINE}"
a = "p-r:down2"
b = "d-r:up0"
provider = "vt"
medium = "fibre"
"""
BEHIND = dict.fromkeys(("d", "dc"), LINE)
TOLD_S = 30  # the agents are asked every fourth second, and a busy machine


@dataclass(frozen=True)
class Told:
    """The network and the agent at the far end of the line."""

    net: Net
    far: Agent

    def line(self, since_ms: int) -> OutageRow:
        return self.net.record.outages(since_ms=since_ms)[f"link:{LINE}"]

    def must_be_explained(self, since_ms: int, cause: str) -> OutageRow:
        found = until(lambda: self.line(since_ms).cause == cause, TOLD_S)
        assert found is not None, (self.line(since_ms), self.net.said())
        return self.line(since_ms)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    need_rig()
    folder = tmp_path_factory.mktemp("ports")
    with (
        network(STATIONS, folder, links=LINKS) as net,
        agent(net.nodes["p"], folder / "p"),
        agent(net.nodes["d"], folder / "d") as far,
    ):
        yield Told(net, far)


@pytest.fixture
def told(running: Told) -> Iterator[Told]:
    net = running.net
    net.must_calm()
    up = until(lambda: net.record.state(Kind.LINK, LINE) == State.UP, TOLD_S)
    assert up is not None, net.said()
    yield running
    net.restore()


def test_a_fibre_that_is_cut_is_the_root_by_its_port_and_what_stayed_alive_explains_it(
    told: Told,
) -> None:
    net = told.net
    cut = net.wires["d"].cut()
    must_be_root(told, cut)
    mended = net.wires["d"].mend()
    net.must_be_back()
    line = told.must_be_explained(cut.before_ms, "fibre")
    assert (line.side, line.provider) == ("provider", "Viễn thông")
    assert codes(line) == {"one_end_dark", "stayed_alive"}
    must_hold(told, cut, mended)


def test_a_line_to_a_station_that_lost_its_power_is_explained_by_the_new_start(told: Told) -> None:
    net = told.net
    told.far.stop()
    off, dark = net.nodes["d"].power_off(), net.wires["d"].cut()  # no light from there any more
    cut = Act(off.before_ms, dark.after_ms)
    must_be_root(told, cut)
    mended = net.nodes["d"].power_on()
    told.far.start()
    net.must_be_back()
    line = told.must_be_explained(cut.before_ms, "power")
    assert line.side == "office"
    assert codes(line) == {"one_end_dark", "all_restarted"}
    must_hold(told, cut, mended)


def must_be_root(told: Told, cut: Act) -> None:
    """Nobody knows yet why: the far end is silent, as without power."""
    told.net.must_believe(BEHIND)
    [root] = told.net.record.roots()
    assert (root.kind, root.key, root.state, root.reason) == (
        Kind.LINK,
        LINE,
        State.DOWN,
        "port_down",
    )
    assert root.members_by_kind == {"device": 2, "site": 2}
    line = told.must_be_explained(cut.before_ms, "undetermined")
    assert (line.side, codes(line)) == (None, {"one_end_dark"})


def must_hold(told: Told, cut: Act, mended: Act) -> None:
    """All are behind the line, and the brackets hold cut and repair."""
    outages = told.net.record.outages(since_ms=cut.before_ms)
    line = outages[f"link:{LINE}"]
    assert set(outages) == of(BEHIND) | {f"link:{LINE}"}
    assert {one.root_id for one in outages.values() if one is not line} == {line.id}
    assert line.root_id is None
    wrong = {key: one for key, one in outages.items() if not contains(one, cut, mended)}
    assert wrong == {}, (cut, mended)
    assert told.net.not_up(cut.before_ms) == of(BEHIND)


def codes(line: OutageRow) -> set[Any]:
    return {reason["code"] for reason in line.cause_reasons}

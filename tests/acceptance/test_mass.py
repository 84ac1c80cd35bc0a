"""Half of the network gone at once while the anchor answers: one incident with one root."""

from __future__ import annotations

from pathlib import Path

from store.questions import OutageRow
from store.states import Kind, State
from tests.acceptance.net import Net, contains, network, of
from tests.acceptance.stations import Station
from tests.rig import Act, need_rig

ANCHOR = "p-r"  # what lies beyond it has its key
STATIONS = (
    Station("p", "10.0.0.1"),
    *(Station(f"d{d}", f"10.{d}.0.1", "p") for d in (1, 2)),
    *(Station(f"d{d}c{c}", f"10.{d}.{c}.1", f"d{d}") for d in (1, 2) for c in (1, 2, 3)),
)
ONE_ABOVE_ALL = (
    Station("p", "10.0.0.1"),
    Station("x", "10.1.0.1", "p"),
    *(Station(f"c{c}", f"10.1.{c}.1", "x") for c in range(1, 7)),
)


def one_incident(outages: dict[str, OutageRow], kind: str) -> OutageRow:
    """All lie in one; gives the outage of its root."""
    [root] = [row for row in outages.values() if row.root_id is None]
    assert root.incident is not None
    assert root.incident.kind == kind
    assert {row.incident_id for row in outages.values()} == {root.incident_id}
    assert root.incident.started_ms == min(row.first_bad_ms for row in outages.values())
    return root


def test_two_halves_cut_at_once_have_one_root_beyond_the_answering_anchor(net: Net) -> None:
    gone = [station.key for station in STATIONS[1:]]
    cut = both(net, cut=True)
    net.must_believe(dict.fromkeys(gone, ANCHOR))
    root = one_incident(net.record.outages(since_ms=cut.before_ms), "mass")
    assert (root.kind, root.key, root.state, root.reason) == (
        Kind.BEYOND,
        ANCHOR,
        State.DOWN,
        "mass",
    )
    assert root.incident is not None
    assert root.incident.ended_ms is None
    mended = both(net, cut=False)
    net.must_be_back()
    outages = net.record.outages(since_ms=cut.before_ms)
    assert set(outages) == of(gone) | {f"beyond:{ANCHOR}"}
    assert [o for o in outages.values() if not contains(o, cut, mended)] == []
    ended = one_incident(outages, "mass").incident
    assert ended is not None
    assert ended.ended_ms == max(o.first_good_ms or 0 for o in outages.values())
    assert net.not_up(cut.before_ms) == of(gone)
    assert not net.record.watching().blind


def test_the_half_that_stays_away_when_the_other_returns_has_its_own_root(net: Net) -> None:
    cut = both(net, cut=True)
    net.must_believe({station.key: ANCHOR for station in STATIONS[1:]})
    first = net.wires["d1"].mend()
    net.must_believe(net.behind("d2"))
    second = net.wires["d2"].mend()
    net.must_be_back()
    outages = net.record.outages(since_ms=cut.before_ms)
    beyond = outages.pop(f"beyond:{ANCHOR}")
    assert contains(beyond, cut, first)
    for key, outage in outages.items():
        assert contains(outage, cut, second if "d2" in key else first), key


def test_a_silent_node_above_all_members_is_the_root_of_the_mass_outage(tmp_path: Path) -> None:
    need_rig()
    with network(ONE_ABOVE_ALL, tmp_path) as net:
        net.must_calm()
        cut = net.wires["x"].cut()
        net.must_believe(net.behind("x"))
        root = one_incident(net.record.outages(since_ms=cut.before_ms), "mass")
        assert (root.kind, root.key, root.reason) == (Kind.DEVICE, "x-r", "mass")
        mended = net.wires["x"].mend()
        net.must_be_back()
        outages = net.record.outages(since_ms=cut.before_ms)
        assert set(outages) == of([station.key for station in ONE_ABOVE_ALL[1:]])
        assert [o for o in outages.values() if not contains(o, cut, mended)] == []
        ended = one_incident(outages, "mass").incident
        assert ended is not None
        assert ended.ended_ms is not None


def both(net: Net, *, cut: bool) -> Act:
    acts = [net.wires[key].cut() if cut else net.wires[key].mend() for key in ("d1", "d2")]
    return Act(acts[0].before_ms, acts[1].after_ms)

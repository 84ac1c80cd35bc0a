"""A site with two uplinks: any one will do, and the root is what closed the last."""

from __future__ import annotations

import time

import pytest

from store.states import State
from tests.acceptance.net import ROUND_S, TIMEOUT_S, Net
from tests.acceptance.stations import Station

STATIONS = (
    Station("p", "10.0.0.1"),
    Station("u1", "10.1.0.1", "p"),
    Station("u2", "10.2.0.1", "p"),
    Station("s", "10.3.0.1", "u1", second="u2"),
    Station("t", "10.3.1.1", "s"),
    *(Station(key, f"10.{n}.0.1", "p") for n, key in enumerate("efgh", 4)),
)
A_WHILE_S = 2 * ROUND_S + TIMEOUT_S  # all have been asked twice


@pytest.mark.parametrize(
    ("order", "mended_first"),
    [(("u1", "u2"), "u1"), (("u2", "u1"), "u1")],
    ids=["lost first, mended first", "lost last, mended first"],
)
def test_the_uplink_lost_last_is_the_root_and_the_outage_starts_there(
    net: Net, order: tuple[str, str], mended_first: str
) -> None:
    first, last = order
    cuts = {first: net.wires[first].cut()}
    net.must_believe({first: f"{first}-r"})
    time.sleep(A_WHILE_S)
    net.must_believe({first: f"{first}-r"}, 1)
    cuts[last] = net.wires[last].cut()
    own = {key: f"{key}-r" for key in order}
    net.must_believe({**own, **dict.fromkeys("st", own[last])})
    roots = {root.key: root for root in net.record.roots()}
    assert {key: root.state for key, root in roots.items()} == dict.fromkeys(
        own.values(), State.DOWN
    )
    assert roots[own[last]].members_by_kind == {"device": 2, "site": 3}
    assert roots[own[first]].members_by_kind == {"site": 1}
    mended_last = order[order[0] == mended_first]
    mended = {mended_first: net.wires[mended_first].mend()}
    net.must_believe({mended_last: own[mended_last]})  # one way will do
    mended[mended_last] = net.wires[mended_last].mend()
    net.must_be_back()
    behind = cuts[last], mended[mended_first]
    net.must_hold({**{key: (cuts[key], mended[key]) for key in order}, "s": behind, "t": behind})


def test_one_of_its_two_cables_is_nobodys_outage_and_both_are_its_own(net: Net) -> None:
    first = net.wires["s"].unplug()
    time.sleep(A_WHILE_S)
    net.must_believe({}, 1)
    assert net.not_up(first.before_ms) == set()
    last = net.spares["s"].cut()
    net.must_believe(net.behind("s"))
    mended = net.wires["s"].mend()
    net.must_be_back()
    net.spares["s"].mend()
    time.sleep(A_WHILE_S)
    net.must_believe({}, 1)
    net.must_hold({"s": (last, mended), "t": (last, mended)})

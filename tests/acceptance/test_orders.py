"""Several faults at once, above and beside each other, and their repair in every order."""

from __future__ import annotations

import itertools

import pytest

from store.states import State
from tests.acceptance.net import Net
from tests.acceptance.stations import Station
from tests.rig import Act

STATIONS = (
    Station("p", "10.0.0.1"),
    Station("a", "10.1.0.1", "p"),
    Station("a2", "10.1.2.1", "a"),
    Station("b", "10.1.1.1", "a"),
    Station("c", "10.1.1.2", "b"),
    *(Station(key, f"10.{n}.0.1", "p") for n, key in enumerate("efghi", 2)),
)


@pytest.mark.parametrize("order", ["the lower first", "the upper first", "both at once"])
def test_a_cut_above_a_cut_keeps_two_roots_until_each_is_mended(net: Net, order: str) -> None:
    lower = net.wires["b"].cut()
    net.must_believe(net.behind("b"))
    upper = net.wires["a"].cut()
    two = {**net.behind("a"), **net.behind("b")}
    net.must_believe(two)
    assert {(root.key, root.state) for root in net.record.roots()} == {
        ("a-r", State.DOWN),
        ("b-r", State.DOWN),
    }
    if order == "the lower first":
        net.wires["b"].mend()
        net.must_believe(two)  # nobody can see that yet
        of_upper = of_lower = net.wires["a"].mend()
    else:
        of_upper = net.wires["a"].mend()
        if order == "the upper first":
            net.must_believe(net.behind("b"))
        of_lower = net.wires["b"].mend()
    net.must_be_back()
    net.must_hold(
        {
            "a": (upper, of_upper),
            "a2": (upper, of_upper),
            "b": (lower, of_lower),
            "c": (lower, of_lower),
        },
    )


def test_a_cut_below_a_cut_comes_to_light_when_the_upper_one_is_mended(net: Net) -> None:
    upper = net.wires["a"].cut()
    net.must_believe(net.behind("a"))
    net.wires["b"].cut()
    of_upper = net.wires["a"].mend()
    net.must_believe(net.behind("b"))
    of_lower = net.wires["b"].mend()
    net.must_be_back()
    net.must_hold(
        {
            "a": (upper, of_upper),
            "a2": (upper, of_upper),
            "b": (upper, of_lower),
            "c": (upper, of_lower),
        },
    )


def test_a_station_without_power_is_the_root_of_all_that_hangs_on_it(net: Net) -> None:
    lost = net.nodes["a"].power_off()
    net.must_believe(net.behind("a"))
    [root] = net.record.roots()
    assert (root.key, root.state, root.members_by_kind) == (
        "a-r",
        State.DOWN,
        {"device": 3, "site": 4},
    )
    back = net.nodes["a"].power_on()
    net.must_be_back()
    net.must_hold(dict.fromkeys(("a", "a2", "b", "c"), (lost, back)))


@pytest.mark.parametrize("order", ["".join(some) for some in itertools.permutations("ebg")])
def test_three_independent_cuts_have_three_roots_and_end_one_by_one(net: Net, order: str) -> None:
    cuts = {key: net.wires[key].cut() for key in "ebg"}
    net.must_believe(net.behind(*cuts))
    assert {root.key for root in net.record.roots()} == {"e-r", "b-r", "g-r"}
    mended: dict[str, Act] = {}
    for key in order:
        mended[key] = net.wires[key].mend()
        net.must_believe(net.behind(*(cuts.keys() - mended)))
    times = {key: (cuts[key], mended[key]) for key in cuts}
    net.must_hold({**times, "c": times["b"]})

"""ICMP errors are evidence of who said "unreachable", and cost no other ping anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from probes.results import MISSED
from tests.needs import need_program
from tests.rig import Node, Rig, need_rig

NEAR, FAR = ("10.1.0.1", "fd00:1::1"), ("10.2.0.1", "fd00:2::1")
RANGES = {"datagram": "0 0", "raw": "1 0"}
FIREWALL = """
table inet firewall
flush table inet firewall
table inet firewall {
  chain in {
    type filter hook prerouting priority 0;
    ip daddr 10.9.64.0/18 reject with icmp host-unreachable
    ip6 daddr fd00:9:64::/48 reject with icmpv6 no-route
  }
}
"""


@pytest.fixture(scope="module")
def watcher() -> Iterator[Node]:
    """Above a router that refuses what begins with 10.9, 10.8, fd00:9 or fd00:8."""
    need_rig()
    with Rig() as rig:
        top, near, far = rig.node("10.0.0.1", v6=True), rig.node(*NEAR), rig.node(*FAR)
        first = rig.wire(top, near)
        rig.wire(near, far)
        refused = {"10.9.0.0/16": "unreachable", "10.8.0.0/16": "prohibit"}
        refused |= {"fd00:9::/32": "unreachable", "fd00:8::/32": "prohibit"}
        top.ip(*first.ways_in("10.1.0.0/16", *refused), "addr add fd00::1/128 dev lo")
        near.ip(*(f"route replace {how} {net}" for net, how in refused.items()))
        yield top


def told(watcher: Node, kind: str, asks: list[tuple[int, str]], **more: Any) -> Any:
    """What a pinger of this kind of socket tells of these."""
    words = ["sh", "-ec", 'echo "$1" >/proc/sys/net/ipv4/ping_group_range; shift; exec "$@"', "sh"]
    order = json.dumps({"asks": asks, "user": None, "timeout_s": 0.5} | more)
    child = (sys.executable, "-m", "tests.probes.ping_child", order)
    found = json.loads(watcher.run(*words, RANGES[kind], *child))
    assert set(found["kinds"].values()) == {kind}
    return found


@pytest.mark.parametrize("kind", RANGES)
def test_both_families_are_pinged_through_a_router(watcher: Node, kind: str) -> None:
    asks = list(enumerate((*NEAR, *FAR)))
    found = told(watcher, kind, asks)
    assert sorted(node for node, _, rtt in found["pings"] if rtt >= 0) == [0, 1, 2, 3]
    assert found["refusals"] == []


@pytest.mark.parametrize("kind", RANGES)
def test_a_neighbour_is_pinged_by_its_link_local_address(watcher: Node, kind: str) -> None:
    near = watcher.wires[0].lower
    shown = near.run("ip", "-6", "-o", "addr", "show", "dev", "up0", "scope", "link")
    address = shown.split(" inet6 ")[1].split("/")[0]
    [(node, _, rtt)] = told(watcher, kind, [(7, f"{address}%down1")])["pings"]
    assert (node, rtt >= 0) == (7, True)


@pytest.mark.parametrize("kind", RANGES)
def test_the_router_that_said_unreachable_is_named_and_gives_no_verdict(
    watcher: Node, kind: str
) -> None:
    asks = [(0, "10.9.0.1"), (1, "10.8.0.1"), (2, "fd00:9::1"), (3, "fd00:8::1")]
    found = told(watcher, kind, asks)
    assert {(node, rtt) for node, _, rtt in found["pings"]} == {(n, MISSED) for n, _ in asks}
    assert sorted(found["refusals"]) == [
        [0, f"host unreachable, says {watcher.wires[0].ends[1]}"],
        [1, f"prohibited, says {watcher.wires[0].ends[1]}"],
        [2, f"no route, says {watcher.wires[0].ends_v6[1]}"],
        [3, f"prohibited, says {watcher.wires[0].ends_v6[1]}"],
    ]


@pytest.mark.parametrize("kind", RANGES)
def test_an_error_that_comes_after_the_timeout_is_still_told(watcher: Node, kind: str) -> None:
    """A router looks for its neighbour for some three seconds."""
    near = watcher.wires[0].lower
    near.ip("link add d0 type veth peer name d1", "link set d0 up", "link set d1 up")
    try:
        near.ip("addr add 10.1.7.1/24 dev d0")
        found = told(watcher, kind, [(5, "10.1.7.9")], seconds=3.8)
    finally:
        near.ip("link del d0")
    assert [(node, rtt) for node, _, rtt in found["pings"]] == [(5, MISSED)]
    assert found["refusals"] == [[5, f"host unreachable, says {watcher.wires[0].ends[1]}"]]


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize(
    ("there", "refused"), [(FAR[0], "10.9.64.{}"), (FAR[1], "fd00:9:64::{}")], ids=["ipv4", "ipv6"]
)
def test_refused_pings_between_answered_ones_cost_these_nothing(
    watcher: Node, kind: str, there: str, refused: str
) -> None:
    """On a datagram socket an error that is pending is told by the next send, in its place."""
    need_program("nft")  # of what has no route Linux tells once a second, of what is rejected more
    watcher.wires[0].lower.run("nft", "-f", "-", told=FIREWALL)
    asks = [(n, there if n % 2 else refused.format(n // 2 + 1)) for n in range(400)]
    found = told(watcher, kind, asks)
    rtts = {node: rtt for node, _, rtt in found["pings"]}
    assert all((rtt >= 0) == (node % 2 == 1) for node, rtt in rtts.items())
    assert {rtt for node, rtt in rtts.items() if node % 2 == 0} == {MISSED}
    named = {node for node, _ in found["refusals"]}
    assert {0} < named <= set(range(0, 400, 2))  # Linux limits how many it sends a second

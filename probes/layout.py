"""All that follows from what is declared, numbered: made anew when the files change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.model import Network
from inventory.topology import tcp_port
from probes.graph import Graph, number
from probes.intervals import Intervals, intervals
from probes.judge import Judge
from probes.judgement import Pace
from probes.names import literal
from probes.openings import openings
from probes.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Layout:
    """`node`: thing id → number. `addresses` are those to ask, once names are looked up, and
    `named` those names; `pinged`: whom to ask by ping, the others never are; `ports`: thing id →
    the TCP port that is asked instead. `judge` and `schedule` are fresh."""

    network: Network
    graph: Graph
    node: Mapping[int, int]
    pace: Pace
    every: Intervals
    addresses: dict[int, str]
    named: Mapping[int, str]
    pinged: set[int]
    ports: Mapping[int, int]
    judge: Judge
    schedule: Schedule


def lay_out(
    network: Network, ids: Mapping[tuple[str, str], int], now_ms: int, origin_ms: int = 0
) -> Layout:
    """Pure; takes a second for 20,000 devices. `ids`: (kind, key) → thing id; `origin_ms`: where
    rounds are counted from."""
    graph = number(network, ids)
    usual = network.defaults
    every = intervals(network, graph)
    pace = Pace(int(usual.ping_interval_s * 1000), int(usual.ping_timeout_s * 1000), every.heard_ms)
    addresses = {
        n: address
        for n, key in enumerate(graph.keys[: graph.devices])
        if (address := network.devices[key].address) is not None
    } | dict(graph.probes)
    declared = {n: tcp_port(network.devices[graph.keys[n]]) for n in range(graph.devices)}
    ports = {n: port for n, port in declared.items() if port is not None}
    keys = [
        (n, graph.keys[n])
        for n in addresses
        if n in graph.probes or n in ports or network.devices[graph.keys[n]].monitor == "icmp"
    ]
    schedule = Schedule(
        keys,
        pace.interval_ms,
        now_ms,
        graph.rank,
        own=every.ping_ms,
        places=addresses,
        origin_ms=origin_ms,
    )
    return Layout(
        network=network,
        graph=graph,
        node={thing_id: n for n, thing_id in enumerate(graph.thing_ids)},
        pace=pace,
        every=every,
        addresses=addresses,
        named={n: address for n, address in addresses.items() if not literal(address)},
        pinged={n for n, _ in keys},
        ports={graph.thing_ids[n]: port for n, port in ports.items()},
        judge=Judge(graph, pace, now_ms, openings(network, graph)),
        schedule=schedule,
    )

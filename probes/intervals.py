"""How often each judged thing is asked: in its own interval, seldom where each byte costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.model import Network
from inventory.topology import build, metered, tcp_port
from probes.graph import Graph
from probes.heartbeats import GRACE
from store.states import Kind

# A SIM card for telemetry has some hundred megabytes a month. A ping and its answer are 88 bytes on
# the line, which providers round up to some 200: 52 MB a month every 10 s, 9 MB every minute. A
# poll of 24 interfaces is some 8 kB: 345 MB a month every minute, 23 MB every quarter of an hour.
METERED_PINGS = 6  # times the usual interval
METERED_POLLS = 15
METERED_POLL_LEAST_MS = 300_000


@dataclass(frozen=True, slots=True)
class Intervals:
    """Milliseconds between two questions to each numbered node, where they differ from the usual.

    `heard_ms`: at the longest between two that could tell of it, whoever is asked.
    """

    ping_ms: Mapping[int, int]
    snmp_ms: Mapping[int, int]
    heard_ms: Mapping[int, int]


def intervals(network: Network, graph: Graph) -> Intervals:
    """Metered is a device reached over metered links alone, and the probe of such a link."""
    usual = network.defaults
    ping_usual, snmp_usual = _ms(usual.ping_interval_s), _ms(usual.snmp_interval_s)
    spared = metered(network, build(network).ways)
    ping: dict[int, int] = {}
    snmp: dict[int, int] = {}
    heard: dict[int, int] = {}
    terminals: dict[int, str] = {}  # of what is known by its OLT alone
    for n, (kind, key) in enumerate(zip(graph.kinds, graph.keys, strict=True)):
        if kind == Kind.DEVICE:
            device = network.devices[key]
            ping[n] = _of(device.ping_interval_s, _pings(ping_usual, device.id in spared))
            snmp[n] = _of(device.snmp_interval_s, _polls(snmp_usual, device.id in spared))
            pinged = device.monitor == "icmp" or tcp_port(device) is not None
            heard[n] = ping[n] if pinged else snmp[n]
            if device.monitor == "via":
                terminals[n] = (device.via or "").partition(":")[0]
            elif device.monitor == "heartbeat":
                heard[n] = int(GRACE * _ms(device.heartbeat_interval_s))
        elif kind == Kind.SERVICE:
            heard[n] = _ms(network.services[key].interval_s + network.services[key].timeout_s)
        elif kind == Kind.LINK and n in graph.probes:
            ping[n] = heard[n] = _pings(ping_usual, network.links[key].metered)
        elif kind == Kind.LINK:
            heard[n] = max(snmp[end] for end, _ in graph.ends[n])
    number = {key: n for n, key in enumerate(graph.keys[: graph.devices])}
    heard |= {n: snmp[number[key]] for n, key in terminals.items() if key in number}
    return Intervals(
        _other(ping, ping_usual),
        _other(snmp, snmp_usual),
        _other(heard, ping_usual),
    )


def _other(found: Mapping[int, int], usual_ms: int) -> dict[int, int]:
    return {n: ms for n, ms in found.items() if ms != usual_ms}


def _pings(usual_ms: int, spared: bool) -> int:
    return usual_ms * METERED_PINGS if spared else usual_ms


def _polls(usual_ms: int, spared: bool) -> int:
    return max(METERED_POLL_LEAST_MS, usual_ms * METERED_POLLS) if spared else usual_ms


def _of(own_s: float | None, else_ms: int) -> int:
    return else_ms if own_s is None else _ms(own_s)


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))

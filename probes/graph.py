"""The judged things as numbered nodes: devices, links, sites, services, in this order; frozen."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from inventory.model import End, Link, Network
from inventory.topology import Topology, build
from store.states import Kind

Way = tuple[int | None, int]  # (link crossed or None, device it leads to)


class Entry(NamedTuple):
    """One declared way into a site: a device or a link, on the state network or the Internet."""

    node: int
    network: str  # state, internet
    need: int  # how many such ways must be up


@dataclass(frozen=True, slots=True)
class Graph:
    """`ways[n]` of a device: any one suffices to reach it; empty: nothing above it.

    `ends[n]` of a link: the askable devices at its ends, with the interface; `probes[n]`: the
    address that only this link leads to; `far[n]`: the gateways at its lower end. `gateways[n]` and
    `members[n]` of a site: the devices whose answer means that it is there, and the others;
    `entries[n]`: its declared entry paths. `touches[n]`: the sites that a device or link bears on.
    `homes[n]` of a service: its site, None where nothing tells how that is; `needs[n]`: the
    services without which it cannot work.
    """

    keys: tuple[str, ...]
    kinds: tuple[Kind, ...]
    thing_ids: tuple[int, ...]
    ways: tuple[tuple[Way, ...], ...]
    below: tuple[tuple[int, ...], ...]  # devices that have a way over this device or link
    ends: Mapping[int, tuple[tuple[int, str], ...]]
    gateways: Mapping[int, tuple[int, ...]]
    members: Mapping[int, tuple[int, ...]]
    touches: Mapping[int, tuple[int, ...]]
    anchors: tuple[int, ...]
    order: tuple[int, ...]  # rank of each device from the monitor outwards
    devices: int  # nodes below this number are devices
    backups: frozenset[int] = frozenset()  # links that stand by
    probes: Mapping[int, str] = field(default_factory=dict)
    far: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    entries: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    homes: Mapping[int, int | None] = field(default_factory=dict)
    needs: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    beyond: int | None = None  # the synthetic root of a mass outage

    def rank(self, n: int) -> int:
        """How far from the monitor; a link that is asked itself goes before all devices."""
        return self.order[n] if n < self.devices else 0

    def links_at(self, device: int) -> tuple[tuple[int, str], ...]:
        """(link, interface) of the declared links that end at this device."""
        return tuple(
            (link, name) for link, ends in self.ends.items() for end, name in ends if end == device
        )


def number(network: Network, ids: Mapping[tuple[str, str], int]) -> Graph:
    """Number what can be judged: askable devices, links with an askable end or a probe, sites,
    services."""
    topology = build(network)
    devices = [key for key in network.devices if key in topology.askable]
    ends = {
        link.id: tuple(
            (end.device, end.interface)
            for end in (link.a, link.b)
            if _asked_by_snmp(network, end) and end.device in topology.askable
        )
        for link in network.links.values()
    }
    links = [key for key, askable in ends.items() if askable or network.links[key].probe]
    judged = {*devices, *links}
    paths = _paths(network, judged)
    sites = [
        key
        for key, gateways in topology.gateways.items()
        if paths.get(key) or any(gateway in topology.askable for gateway in gateways)
    ]
    beyond = [key for key in network.anchor[:1] if (Kind.BEYOND, key) in ids]
    services = list(network.services)
    keys = (*devices, *links, *sites, *services, *beyond)
    kinds = (
        *(Kind.DEVICE for _ in devices),
        *(Kind.LINK for _ in links),
        *(Kind.SITE for _ in sites),
        *(Kind.SERVICE for _ in services),
        *(Kind.BEYOND for _ in beyond),
    )
    numbers = {pair: n for n, pair in enumerate(zip(kinds, keys, strict=True))}
    device = {key: numbers[Kind.DEVICE, key] for key in devices}
    link_no = {key: numbers[Kind.LINK, key] for key in links}
    site_no = {key: numbers[Kind.SITE, key] for key in sites}
    ways = tuple(
        tuple(
            (link_no.get(link) if link else None, device[upper])
            for link, upper in _asked_above(topology, key)
        )
        for key in devices
    ) + ((),) * (len(keys) - len(devices))
    at_site: dict[str, list[int]] = {}
    for key in devices:
        at_site.setdefault(network.devices[key].site, []).append(device[key])
    gateways = {
        no: tuple(device[g] for g in topology.gateways[key] if g in device)
        for key, no in site_no.items()
    }
    entries = {
        site_no[key]: tuple(Entry(device.get(k, link_no.get(k, -1)), net, n) for k, net, n in found)
        for key, found in paths.items()
        if key in site_no and found
    }
    order = _ranks(ways)
    return Graph(
        keys=keys,
        kinds=kinds,
        thing_ids=tuple(ids[kind, key] for kind, key in zip(kinds, keys, strict=True)),
        ways=ways,
        below=_below(ways),
        ends={
            link_no[key]: tuple((device[d], i) for d, i in found if d and i)
            for key, found in ends.items()
            if found
        },
        gateways=gateways,
        members={
            no: tuple(n for n in at_site.get(key, ()) if n not in gateways[no])
            for key, no in site_no.items()
        },
        touches=_touches(at_site, site_no, gateways, entries, ways),
        anchors=tuple(device[key] for key in network.anchor if key in device),
        order=order,
        devices=len(devices),
        backups=frozenset(no for key, no in link_no.items() if network.links[key].role == "backup"),
        probes={no: probe for key, no in link_no.items() if (probe := network.links[key].probe)},
        far={no: _far(network.links[key], topology, device, order) for key, no in link_no.items()},
        entries=entries,
        homes={
            numbers[Kind.SERVICE, key]: site_no.get(one.site)
            for key, one in network.services.items()
        },
        needs={
            numbers[Kind.SERVICE, key]: tuple(numbers[Kind.SERVICE, need] for need in one.needs)
            for key, one in network.services.items()
            if one.needs
        },
        beyond=numbers[Kind.BEYOND, beyond[0]] if beyond else None,
    )


def _paths(network: Network, judged: Container[str]) -> dict[str, list[tuple[str, str, int]]]:
    """site → (device or link, network, need) of those entry paths that can be judged."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for path in network.paths:
        node = path.device or path.link or ""
        if node in judged:
            found.setdefault(path.site, []).append((node, path.network, path.need))
    return found


def _touches(
    at_site: Mapping[str, Sequence[int]],
    site_no: Mapping[str, int],
    gateways: Mapping[int, Sequence[int]],
    entries: Mapping[int, Sequence[Entry]],
    ways: Sequence[tuple[Way, ...]],
) -> dict[int, tuple[int, ...]]:
    found: dict[int, dict[int, None]] = {}
    for key, no in site_no.items():
        crossed = (link for g in gateways[no] for link, _ in ways[g] if link is not None)
        bears = (*at_site.get(key, ()), *gateways[no], *crossed)
        for n in (*bears, *(entry.node for entry in entries.get(no, ()))):
            found.setdefault(n, {})[no] = None
    return {n: tuple(sites) for n, sites in found.items()}


def _far(
    link: Link, topology: Topology, device: Mapping[str, int], order: Sequence[int]
) -> tuple[int, ...]:
    """The gateways of the end that lies further from the monitor."""
    a, b = (
        tuple(device[g] for g in topology.gateways.get(end.site, ()) if g in device)
        for end in (link.a, link.b)
    )
    if not a or not b:
        return ()
    return max(b, a, key=lambda found: min(order[g] for g in found))


def _asked_above(topology: Topology, key: str) -> Iterator[tuple[str | None, str]]:
    """The ways up to devices that we can ask, past those that we cannot."""
    seen, todo = {key}, list(topology.ways[key])[::-1]
    while todo:
        link, upper = todo.pop()
        if upper in topology.askable:
            yield link, upper
        elif upper not in seen:
            seen.add(upper)
            todo += [(over or link, further) for over, further in topology.ways[upper][::-1]]


def _asked_by_snmp(network: Network, end: End) -> bool:
    if not end.device or not end.interface:
        return False
    device = network.devices[end.device]
    return bool(device.snmp and device.address)


def _below(ways: Sequence[tuple[Way, ...]]) -> tuple[tuple[int, ...], ...]:
    below: list[dict[int, None]] = [{} for _ in ways]
    for n, alternatives in enumerate(ways):
        for link, upper in alternatives:
            below[upper][n] = None
            if link is not None:
                below[link][n] = None
    return tuple(tuple(found) for found in below)


def _ranks(ways: Sequence[tuple[Way, ...]]) -> tuple[int, ...]:
    """Distance from the monitor; rings are cut where they close."""
    below: list[set[int]] = [set() for _ in ways]
    for n, alternatives in enumerate(ways):
        for _, upper in alternatives:
            below[upper].add(n)
    ranks = {n: 0 for n, alternatives in enumerate(ways) if not alternatives}
    frontier, rank = list(ranks), 0
    while frontier:
        rank += 1
        frontier = sorted({c for n in frontier for c in below[n] if c not in ranks})
        ranks |= dict.fromkeys(frontier, rank)
    return tuple(ranks.get(n, len(ways)) for n in range(len(ways)))

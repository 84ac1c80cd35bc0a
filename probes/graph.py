"""The judged things as numbered nodes: devices first, then links, then sites; frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inventory.model import End, Network
from inventory.topology import Topology, build
from store.states import Kind

Way = tuple[int | None, int]  # (link crossed or None, device it leads to)


@dataclass(frozen=True, slots=True)
class Graph:
    """`ways[n]` of a device: any one suffices to reach it; empty: nothing above it.

    `ends[n]` of a link: the askable devices at its ends, with the interface. `gateways[n]` and
    `members[n]` of a site: the devices whose answer means that it is there, and the others.
    """

    keys: tuple[str, ...]
    kinds: tuple[Kind, ...]
    thing_ids: tuple[int, ...]
    ways: tuple[tuple[Way, ...], ...]
    below: tuple[tuple[int, ...], ...]  # devices that have a way over this device or link
    ends: Mapping[int, tuple[tuple[int, str], ...]]
    gateways: Mapping[int, tuple[int, ...]]
    members: Mapping[int, tuple[int, ...]]
    site_of: Mapping[int, int]
    anchors: tuple[int, ...]
    order: tuple[int, ...]  # rank of each device from the monitor outwards

    def links_at(self, device: int) -> tuple[tuple[int, str], ...]:
        """(link, interface) of the declared links that end at this device."""
        return tuple(
            (link, name) for link, ends in self.ends.items() for end, name in ends if end == device
        )


def number(network: Network, ids: Mapping[tuple[str, str], int]) -> Graph:
    """Number what can be judged: askable devices, links with an askable end, sites with both."""
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
    links = [key for key, askable in ends.items() if askable]
    sites = [
        key
        for key, gateways in topology.gateways.items()
        if any(gateway in topology.askable for gateway in gateways)
    ]
    keys = (*devices, *links, *sites)
    kinds = (Kind.DEVICE,) * len(devices) + (Kind.LINK,) * len(links) + (Kind.SITE,) * len(sites)
    numbers = {pair: n for n, pair in enumerate(zip(kinds, keys, strict=True))}
    device = {key: numbers[Kind.DEVICE, key] for key in devices}
    link_no = {key: numbers[Kind.LINK, key] for key in links}
    ways = tuple(
        tuple(
            (link_no.get(link) if link else None, device[upper])
            for link, upper in _asked_above(topology, key)
        )
        for key in devices
    ) + ((),) * (len(links) + len(sites))
    at_site = {network.devices[key].site: list[int]() for key in devices}
    for key in devices:
        at_site[network.devices[key].site].append(device[key])
    gateways = {
        numbers[Kind.SITE, key]: tuple(device[g] for g in topology.gateways[key] if g in device)
        for key in sites
    }
    members = {
        numbers[Kind.SITE, key]: tuple(
            n for n in at_site.get(key, ()) if n not in gateways[numbers[Kind.SITE, key]]
        )
        for key in sites
    }
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
        members=members,
        site_of={
            n: site
            for groups in (gateways, members)
            for site, found in groups.items()
            for n in found
        },
        anchors=tuple(device[key] for key in network.anchor if key in device),
        order=_ranks(ways),
    )


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
    return bool(end.device and end.interface and network.devices[end.device].snmp)


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

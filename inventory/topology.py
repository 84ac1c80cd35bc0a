"""What hangs on what: the ways from each device and link up to the monitor, as a frozen graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.model import Device, Link, Network

Way = tuple[str | None, str]  # (link crossed or None, device it leads to)


@dataclass(frozen=True, slots=True)
class Topology:
    """Ids are those of sites.toml.

    `ways[device]`: the alternatives towards the monitor, any one suffices; empty = nothing
    above it. `gateways[site]`: the devices whose answer means that the site is there.
    """

    ways: Mapping[str, tuple[Way, ...]]
    gateways: Mapping[str, tuple[str, ...]]
    askable: frozenset[str]  # devices that we can ask anything


def askable(device: Device) -> bool:
    """By a question of ours, through its OLT, or by its own calls."""
    if device.monitor == "via":
        return device.via is not None
    if device.monitor == "heartbeat":
        return device.heartbeat is not None
    asks = device.monitor in ("icmp", "snmp") or tcp_port(device) is not None
    return asks and device.address is not None


def tells(network: Network, link: Link) -> bool:
    """Does a probe of its own or the port at one of its ends say whether it is up?"""
    return link.probe is not None or any(
        end.device is not None and end.interface and network.devices[end.device].snmp
        for end in (link.a, link.b)
    )


def tcp_port(device: Device) -> int | None:
    """The port that is watched, where that is how the device is asked."""
    kind, _, port = device.monitor.partition(":")
    return int(port) if kind == "tcp" else None


def build(network: Network) -> Topology:
    """Derive the graph. A site without `gateway` has its first askable device as gateway."""
    can_ask = frozenset(d.id for d in network.devices.values() if askable(d))
    gateways = gateways_of(network, can_ask)
    links_between: dict[frozenset[str], list[str]] = {}
    for link in network.links.values():
        links_between.setdefault(frozenset((link.a.site, link.b.site)), []).append(link.id)

    def above(site_id: str) -> tuple[Way, ...]:
        """The ways out of a site: to the gateways of its uplinks, over each declared link."""
        found: list[Way] = []
        seen, todo = {site_id}, [(site_id, upper) for upper in network.sites[site_id].uplink[::-1]]
        while todo:
            lower, upper = todo.pop()
            for gateway in gateways[upper]:
                crossed = links_between.get(frozenset((lower, upper)), [])
                found.extend((link, gateway) for link in crossed or (None,))
            if not gateways[upper] and upper not in seen:  # a hub without gear: one site further
                seen.add(upper)
                todo.extend((upper, further) for further in network.sites[upper].uplink[::-1])
        return tuple(dict.fromkeys(found))

    ways: dict[str, tuple[Way, ...]] = {}
    for device in network.devices.values():
        own = gateways[device.site]
        holds = any(device.id in network.devices[gateway].members for gateway in own)
        named = _named_above(device)
        if named:
            ways[device.id] = tuple((None, upper) for upper in named)
        elif device.id in own or not own or holds:
            ways[device.id] = above(device.site)
        else:
            ways[device.id] = tuple((None, gateway) for gateway in own)
    return Topology(ways=ways, gateways=gateways, askable=can_ask)


def gateways_of(network: Network, can_ask: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Those that are named, else the first device at the site that can be asked."""
    first: dict[str, str] = {}
    for device in network.devices.values():
        if device.id in can_ask:
            first.setdefault(device.site, device.id)
    return {
        site.id: site.gateway or ((first[site.id],) if site.id in first else ())
        for site in network.sites.values()
    }


def _named_above(device: Device) -> tuple[str, ...]:
    """What it hangs on by its own words."""
    if device.role == "vip" and device.members:  # it stands on whichever member holds it
        return device.members
    if not device.uplink and device.monitor == "via" and device.via:
        return (device.via.partition(":")[0],)
    return device.uplink


def metered(network: Network, ways: Mapping[str, tuple[Way, ...]]) -> frozenset[str]:
    """The devices that are reached over links alone on which each byte is paid for."""
    below: dict[str, list[str]] = {}
    for node, alternatives in ways.items():
        for link, upper in alternatives:
            if link is None or not network.links[link].metered:
                below.setdefault(upper, []).append(node)
    free = {node for node, alternatives in ways.items() if not alternatives}
    todo = list(free)
    while todo:
        fresh = [node for node in below.get(todo.pop(), ()) if node not in free]
        free.update(fresh)
        todo += fresh
    return frozenset(ways.keys() - free)


def stranded(ways: Mapping[str, tuple[Way, ...]]) -> dict[str, tuple[Way, ...]]:
    """What no way leads out of: circles without an exit, and all that hangs on them alone.

    A ring of which any member has a way to the top is sound: it is reached either way round.
    """
    below: dict[str, list[str]] = {}
    for node, alternatives in ways.items():
        for _, upper in alternatives:
            below.setdefault(upper, []).append(node)
    reached = {node for node, alternatives in ways.items() if not alternatives}
    reached |= {upper for upper in below if upper not in ways}
    todo = list(reached)
    while todo:
        fresh = [node for node in below.get(todo.pop(), ()) if node not in reached]
        reached.update(fresh)
        todo += fresh
    return {
        node: tuple(way for way in alternatives if way[1] not in reached)
        for node, alternatives in ways.items()
        if node not in reached
    }


def cycles(ways: Mapping[str, tuple[Way, ...]]) -> list[tuple[str, ...]]:
    """Each loop once, as the devices along it; empty for a sound graph."""
    loops: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in ways:
        trail: list[str] = []
        on_trail: set[str] = set()
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                trail.pop()
                on_trail.discard(node)
                done.add(node)
            elif node in on_trail:
                loops.append(tuple(trail[trail.index(node) :]))
            elif node not in done:
                trail.append(node)
                on_trail.add(node)
                stack.append((node, True))
                stack.extend((upper, False) for _, upper in ways.get(node, ()))
    return loops

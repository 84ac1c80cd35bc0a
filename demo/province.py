"""Makes a province larger or smaller: more or fewer sites of the same shape."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from inventory.model import Device, End, Link, Network, Site
from inventory.topology import askable

FIRST = int(ipaddress.IPv4Address("127.51.0.1"))
LAST = int(ipaddress.IPv4Address("127.60.255.254"))
USED_BY_NOBODY = (0, 255)  # last bytes that look like network and broadcast


@dataclass(frozen=True, slots=True)
class Copy:
    """The names of one copy of the province's sites; what stays single keeps its name."""

    number: int
    sites: Mapping[str, str]
    devices: Mapping[str, str]

    def site(self, name: str) -> str:
        return self.sites.get(name, name)

    def clashes(self, network: Network) -> bool:
        """Whether a name that it would give is already somebody's."""
        links = {f"{link}.{self.number}" for link in network.links}
        return not (
            network.sites.keys().isdisjoint(self.sites.values())
            and network.devices.keys().isdisjoint(self.devices.values())
            and network.links.keys().isdisjoint(links)
        )


def grow(network: Network, devices: int) -> Network:
    """The network with copies of its sites until it has so many devices, never fewer than now.

    Sites without an uplink stay single; their ports towards copies get names of their own.
    Raises ValueError where the loopback addresses do not suffice.
    """
    sites, found, links = dict(network.sites), dict(network.devices), dict(network.links)
    free = _free_addresses(network)
    number = 1
    while (missing := devices - len(found)) > 0:
        number += 1
        room = _copied_devices(network, missing)
        if not room:
            raise ValueError("nothing to copy: no device stands at a site with an uplink")
        copy = _copy(network, number, room)
        if copy.clashes(network):
            continue
        sites |= {site.id: site for site in _sites(network, copy)}
        found |= {device.id: device for device in _devices(room, copy, free)}
        links |= {link.id: link for link in _links(network, copy)}
    return replace(network, sites=sites, devices=found, links=links)


def sized(network: Network, devices: int) -> Network:
    """The province with exactly so many devices, all of which can be asked; no services."""
    kept = {key: device for key, device in network.devices.items() if askable(device)}
    place = {site: number for number, site in enumerate(_from_the_top(network))}
    first = sorted(kept.values(), key=lambda device: place[device.site])[:devices]
    return grow(_only(network, {device.id: device for device in first}), devices)


def _only(network: Network, devices: Mapping[str, Device]) -> Network:
    """The part of the network that bears on these devices."""
    sites = {device.site for device in devices.values()}
    links = {
        link.id: replace(link, a=_end_of(link.a, devices), b=_end_of(link.b, devices), probe=None)
        for link in network.links.values()
        if {link.a.site, link.b.site} <= sites
    }
    return replace(
        network,
        anchor=_here(network.anchor, devices),
        sites={
            site: replace(
                network.sites[site],
                uplink=_here(network.sites[site].uplink, sites),
                gateway=_here(network.sites[site].gateway, devices),
            )
            for site in network.sites
            if site in sites
        },
        devices={
            key: replace(
                device,
                uplink=_here(device.uplink, devices),
                members=_here(device.members, devices),
                via=None,
                seen_by=None,
            )
            for key, device in devices.items()
        },
        links=links,
        services={},
        paths=(),
    )


def _here(names: tuple[str, ...], there: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in there)


def _end_of(end: End, devices: Mapping[str, Device]) -> End:
    return end if end.device in devices else End(site=end.site)


def _copied_devices(network: Network, most: int) -> list[Device]:
    """Branch after branch, each from its top: no copied device hangs on a missing one."""
    place = {site: number for number, site in enumerate(_branches(network))}
    devices = [device for device in network.devices.values() if device.site in place]
    devices.sort(key=lambda device: place[device.site])
    return devices[:most]


def _branches(network: Network) -> list[str]:
    """The sites below the top, each after the one that it hangs on."""
    tops = {site.id for site in network.sites.values() if not site.uplink}
    return [site_id for site_id in _from_the_top(network) if site_id not in tops]


def _from_the_top(network: Network) -> list[str]:
    """All sites, each after the one that it hangs on."""
    below: dict[str, list[str]] = {}
    for site in network.sites.values():
        below.setdefault(site.uplink[0] if site.uplink else "", []).append(site.id)
    tops = below.pop("", [])
    found: list[str] = []
    waiting = list(reversed(tops))
    while waiting:
        site_id = waiting.pop()
        found.append(site_id)
        waiting.extend(reversed(below.get(site_id, ())))
    return found


def _copy(network: Network, number: int, devices: list[Device]) -> Copy:
    sites = {device.site: f"{device.site}.{number}" for device in devices}
    return Copy(number, sites, {device.id: f"{device.id}.{number}" for device in devices})


def _sites(network: Network, copy: Copy) -> Iterator[Site]:
    for old, new in copy.sites.items():
        site = network.sites[old]
        yield replace(
            site,
            id=new,
            name=f"{site.name} ({copy.number})",
            uplink=tuple(map(copy.site, site.uplink)),
            gateway=tuple(copy.devices[name] for name in site.gateway if name in copy.devices),
            was=(),
        )


def _devices(devices: list[Device], copy: Copy, free: Iterator[str]) -> Iterator[Device]:
    for device in devices:
        yield replace(
            device,
            id=copy.devices[device.id],
            site=copy.site(device.site),
            address=next(free) if device.address else None,
            uplink=tuple(copy.devices[name] for name in device.uplink if name in copy.devices),
            members=tuple(copy.devices[name] for name in device.members if name in copy.devices),
            serial=device.serial and f"{device.serial}-{copy.number}",
            asset_tag=device.asset_tag and f"{device.asset_tag}-{copy.number}",
            mac=None,
            via=None,
            seen_by=None,
            was=(),
        )


def _links(network: Network, copy: Copy) -> Iterator[Link]:
    """The circuits of the copied sites; a circuit between two single sites stays single."""
    for link in network.links.values():
        if copy.sites.keys() & {link.a.site, link.b.site}:
            circuit = link.circuit_id and f"{link.circuit_id}-{copy.number}"
            a, b = _end(link.a, copy), _end(link.b, copy)
            new = f"{link.id}.{copy.number}"
            yield replace(link, id=new, a=a, b=b, circuit_id=circuit, probe=None, was=())


def _end(end: End, copy: Copy) -> End:
    """At a single site a port of its own; where the device was not copied, the site alone."""
    if end.site not in copy.sites:
        return replace(end, interface=end.interface and f"{end.interface}.{copy.number}")
    if end.device is None or end.device not in copy.devices:
        return End(site=copy.site(end.site))
    return replace(end, site=copy.site(end.site), device=copy.devices[end.device])


def _free_addresses(network: Network) -> Iterator[str]:
    used = {device.address for device in network.devices.values()}
    used |= {link.probe for link in network.links.values()}
    for number in range(FIRST, LAST):
        address = str(ipaddress.IPv4Address(number))
        if number & 0xFF not in USED_BY_NOBODY and address not in used:
            yield address
    raise ValueError("127.51.0.0 to 127.60.255.255 has no free address left")

"""The networks that are watched while we measure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from demo.process import sample
from demo.province import grow
from inventory.model import Defaults, Device, End, Link, Network, Site, SnmpProfile, Unit
from inventory.sites_toml import read
from inventory.topology import build

LAN_PORTS = 4  # that the simulator gives to a router beside the ports of its links
PROFILE = "bench"


def pinged(devices: int, interval_s: float) -> Network:
    """The sample province grown to so many devices, asked by ping alone."""
    found = read(sample()).network
    assert found is not None
    grown = grow(found, devices)
    silent = {key: replace(device, snmp=()) for key, device in grown.devices.items()}
    return replace(grown, devices=silent, defaults=Defaults(ping_interval_s=interval_s))


def country(devices: int, *, ping_s: float, snmp_s: float, port: int) -> Network:
    """The sample province grown to so many devices, all of which answer ping and SNMP."""
    found = read(sample()).network
    assert found is not None
    askable = build(found).askable
    grown = grow(replace(found, devices=_asked_by_all(found, askable)), devices)
    return replace(
        grown,
        defaults=Defaults(ping_interval_s=ping_s, snmp_interval_s=snmp_s),
        snmp={PROFILE: SnmpProfile(id=PROFILE, community="public", port=port)},
        services={},
        calendars={},
        sites={key: replace(site, calendar=None) for key, site in grown.sites.items()},
    )


def _asked_by_all(network: Network, askable: Container[str]) -> dict[str, Device]:
    return {
        key: replace(device, snmp=(PROFILE,), ssh=None, calendar=None, via=None, seen_by=None)
        for key, device in network.devices.items()
        if key in askable
    }


def addresses(network: Network) -> list[str]:
    """Those that are pinged."""
    devices = network.devices.values()
    return [d.address for d in devices if d.address and d.monitor == "icmp"]


def polled(devices: int, interfaces: int, interval_s: float, port: int = 161) -> Network:
    """Routers of one make, one declared link each, asked by SNMP v2c alone."""
    return Network(
        name="SNMP",
        timezone="Asia/Ho_Chi_Minh",
        defaults=Defaults(ping_interval_s=interval_s, snmp_interval_s=interval_s),
        snmp={PROFILE: SnmpProfile(id=PROFILE, community="public", port=port)},
        units={"51": Unit(id="51", code="51", name="51", level="province")},
        sites={"near": Site(id="near", name="near", unit="51")},
        devices={device.id: device for device in _routers(devices)},
        links={link.id: link for n in range(devices) for link in _links(n, interfaces)},
    )


def as_declared(network: Network) -> Network:
    """Of each router one link, as sites.toml would have it: the others are ports to its LAN."""
    return replace(
        network, links={key: link for key, link in network.links.items() if link.role == "primary"}
    )


def _routers(count: int) -> Iterator[Device]:
    for n in range(count):
        yield Device(
            id=f"router{n}",
            site="near",
            role="router",
            vendor="Juniper",
            model="MX204",
            address=f"127.61.{n // 200}.{n % 200 + 1}",
            snmp=(PROFILE,),
            monitor="snmp",
        )


def _links(n: int, interfaces: int) -> Iterator[Link]:
    """The simulator makes a port for each link that ends at a router."""
    for port in range(interfaces - LAN_PORTS):
        here = End(site="near", device=f"router{n}", interface=f"xe-0/0/{port}")
        role = "backup" if port else "primary"
        yield Link(id=f"L{n}-{port}", a=here, b=End(site="near"), role=role, capacity_mbps=1000)

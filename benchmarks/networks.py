"""The networks that are watched while we measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from demo.process import sample
from demo.province import grow, sized
from inventory.model import Defaults, Device, End, Link, Network, Site, SnmpProfile, Unit
from inventory.sites_toml import read

LAN_PORTS = 4  # that the simulator gives to a router beside the ports of its links
PROFILE = "bench"
SEALED = SnmpProfile(
    id=PROFILE,
    version="3",
    user="canh",
    auth="sha256",
    auth_key="an authentication key",
    priv="aes128",
    priv_key="and a privacy key",
)


def pinged(devices: int, interval_s: float) -> Network:
    """The sample province grown to so many devices, asked by ping alone."""
    found = read(sample()).network
    assert found is not None
    grown = grow(found, devices)
    silent = {key: replace(device, snmp=()) for key, device in grown.devices.items()}
    usual = Defaults(ping_interval_s=interval_s)
    return replace(grown, devices=silent, services={}, defaults=usual)


def country(devices: int, *, ping_s: float, snmp_s: float, port: int) -> Network:
    """The sample province grown to so many devices, all of which answer ping and SNMP."""
    found = read(sample()).network
    assert found is not None
    grown = sized(found, devices)
    asked = {
        key: replace(device, snmp=(PROFILE,), ssh=None, calendar=None)
        for key, device in grown.devices.items()
    }
    return replace(
        grown,
        defaults=Defaults(ping_interval_s=ping_s, snmp_interval_s=snmp_s),
        snmp={PROFILE: SnmpProfile(id=PROFILE, community="public", port=port)},
        sites={key: replace(site, calendar=None) for key, site in grown.sites.items()},
        devices=asked,
        links={key: replace(link, metered=False) for key, link in grown.links.items()},
        calendars={},
    )


def addresses(network: Network) -> list[str]:
    """Those that are pinged."""
    devices = network.devices.values()
    return [d.address for d in devices if d.address and d.monitor == "icmp"]


def polled(
    devices: int, interfaces: int, interval_s: float, port: int = 161, *, sealed: bool = False
) -> Network:
    """Routers of one make, one declared link each, asked by SNMP alone: v2c, or v3 `sealed`."""
    plain = SnmpProfile(id=PROFILE, community="public")
    return Network(
        name="SNMP",
        timezone="Asia/Ho_Chi_Minh",
        defaults=Defaults(ping_interval_s=interval_s, snmp_interval_s=interval_s),
        snmp={PROFILE: replace(SEALED if sealed else plain, port=port)},
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

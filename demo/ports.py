"""The interfaces of each simulated device: those that links name, and a few towards its LAN."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inventory.model import Device, Link, Network

MBPS = 1_000_000
UP, DOWN = 1, 2
LAN_PORTS = {"core_switch": 16, "switch": 8}
FEW = 4


@dataclass(frozen=True, slots=True)
class Port:
    """An interface as it was built; with its link cut it is oper down whatever stands here."""

    if_index: int
    if_name: str
    if_alias: str
    speed_bps: int
    admin_status: int = UP
    oper_status: int = UP
    link: str | None = None


def die(text: str) -> int:
    """A number that hangs on the text alone: the same in every run and on every machine."""
    return zlib.crc32(text.encode())


def ports(network: Network) -> Mapping[str, tuple[Port, ...]]:
    """Device → its interfaces; `if_index` counts from 1."""
    ending: dict[str, dict[str, Link]] = {}
    for link in network.links.values():
        for end in (link.a, link.b):
            if end.device and end.interface:
                ending.setdefault(end.device, {})[end.interface] = link
    devices = network.devices.values()
    return {device.id: tuple(_ports(device, ending.get(device.id, {}))) for device in devices}


def _ports(device: Device, links: Mapping[str, Link]) -> Iterator[Port]:
    for number, (if_name, link) in enumerate(links.items(), 1):
        speed = round((link.capacity_mbps or 100) * MBPS)
        yield Port(number, if_name, f"{link.id} {link.role}", speed, link=link.id)
    for number in range(1, LAN_PORTS.get(device.role, FEW) + 1):
        if (if_name := f"lan{number}") not in links:
            yield _lan_port(device.id, len(links) + number, if_name)


def _lan_port(device: str, if_index: int, if_name: str) -> Port:
    """Of ten ports one is shut by hand and two have nobody plugged in."""
    cast = die(f"{device} {if_name}") % 10
    admin, oper = {0: (DOWN, DOWN), 1: (UP, DOWN), 2: (UP, DOWN)}.get(cast, (UP, UP))
    return Port(if_index, if_name, "", 1000 * MBPS, admin, oper)

"""The interfaces of each simulated device: those that links name, and some towards its LAN."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from math import sin
from typing import NamedTuple

from demo import optics
from inventory.model import Device, Link, Network

MBPS = 1_000_000
UP, DOWN = 1, 2
LAN_PORTS = {"core_switch": 16, "switch": 8}
FEW = 4
IDLE, LIGHT, BUSY = 0.0, 0.0004, 0.03  # the least share of the line that is used
SWING_S = 60.0  # the swell and ebb of traffic
IDLE_FRAME, IDLE_EVERY_S = 64, 30  # what an unused port still hears
_UNREST = 0.4 / 1024  # seconds' worth of traffic that come earlier or later than the mean


class Port(NamedTuple):
    """An interface as it was built; with its link cut it is oper down whatever stands here."""

    if_index: int
    if_name: str
    if_alias: str
    speed_bps: int
    admin_status: int = UP
    oper_status: int = UP
    link: str | None = None
    use: float = BUSY
    seed: int = 0
    light: int = 0  # usually received, in hundredths of a dBm; 0: no transceiver that tells
    ages: bool = False  # and it falls all the time

    def octets(self, seconds: float, way: int) -> int:
        """Octets that passed in so many seconds of work; `way` is 0 for in and 1 for out.

        Never falls, never outruns the line, and no two minutes are alike.
        """
        if self.oper_status == DOWN:
            return 0
        if not self.use:
            return int(seconds / IDLE_EVERY_S) * IDLE_FRAME
        seed = self.seed >> way
        share = self.use * (1 + seed % 1000 / 140)
        second = int(seconds)
        early = seed * (second + 1) * 0x9E37_79B1 >> 13 & 1023
        later = seed * (second + 2) * 0x9E37_79B1 >> 13 & 1023
        unrest = _UNREST * (early + (later - early) * (seconds - second))
        swell = 0.5 * SWING_S * sin(seconds / SWING_S)
        return int(self.speed_bps / 8 * share * (seconds + swell + unrest))

    def errors(self, seconds: float) -> int:
        """Of one port in forty, and few."""
        return 0 if self.oper_status == DOWN or self.seed % 40 else int(seconds / 200)

    def discards(self, seconds: float) -> int:
        """Of one busy port in eight."""
        return 0 if self.use < BUSY or self.seed % 8 else int(seconds / 45)


def die(text: str) -> int:
    """A number that hangs on the text alone: the same in every run and on every machine."""
    return zlib.crc32(text.encode())


class Built:
    """The interfaces of a network's devices; `if_index` counts from 1.

    Each device's are made when they are asked for. `least`: so many has every device.
    """

    def __init__(self, network: Network, least: int = FEW) -> None:
        self._devices = network.devices
        self._least = least
        self._ending: dict[str, dict[str, Link]] = {}
        for link in network.links.values():
            for end in (link.a, link.b):
                if end.device and end.interface:
                    self._ending.setdefault(end.device, {})[end.interface] = link
        self._oldest = optics.oldest(
            (die(link.id), link.id)
            for device, links in self._ending.items()
            for link in links.values()
            if optics.has_light(network.devices[device], link)
        )

    def of(self, device: str) -> tuple[Port, ...]:
        links = self._ending.get(device, {})
        ports = _ports(self._devices[device], links, self._least)
        return tuple(
            port._replace(ages=bool(port.light) and port.link == self._oldest) for port in ports
        )


def ports(network: Network) -> Mapping[str, tuple[Port, ...]]:
    """Device → its interfaces."""
    built = Built(network)
    return {device: built.of(device) for device in network.devices}


def _ports(device: Device, links: Mapping[str, Link], least: int) -> Iterator[Port]:
    for number, (if_name, link) in enumerate(links.items(), 1):
        speed = round((link.capacity_mbps or 100) * MBPS)
        alias, seed = f"{link.id} {link.role}", die(f"{device.id} {if_name}")
        light = optics.usual(seed) if optics.has_light(device, link) else 0
        yield Port(number, if_name, alias, speed, link=link.id, seed=seed, light=light)
    number = len(links)
    for lan in range(1, max(LAN_PORTS.get(device.role, FEW), least - len(links)) + 1):
        if (if_name := f"lan{lan}") not in links:
            number += 1
            yield _lan_port(device.id, number, if_name)


def _lan_port(device: str, if_index: int, if_name: str) -> Port:
    """Of ten ports one is shut by hand, two have nobody plugged in, and three are hardly used."""
    seed = die(f"{device} {if_name}")
    cast = seed % 10
    admin, oper = {0: (DOWN, DOWN), 1: (UP, DOWN), 2: (UP, DOWN)}.get(cast, (UP, UP))
    use = IDLE if cast < 6 else LIGHT if cast < 9 else BUSY
    return Port(if_index, if_name, "", 1000 * MBPS, admin, oper, use=use, seed=seed)

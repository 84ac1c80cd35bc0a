"""Fifty hosts behind three switches: by MAC and by IP each is found at its own port, in one record.

Three real agents tell their bridge tables, neighbours and ARP; a monitor's writer keeps them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from inventory.model import Device, Network, SnmpProfile
from probes.facts.collector import Collector
from probes.facts.merging import facts_said
from store.changes import Batch, DeviceSaid, Interface
from store.found_reader import mac_of
from tests.snmp_agent import Agent, if_table, table
from tests.store.keeping import NOW, bring, network, reading, writing
from wire import ber

PORTS = 24
UPLINK = 24  # of the edge switches; they hang on ports 1 and 2 of the core
BRIDGE, LLDP = "1.3.6.1.2.1.17", "1.0.8802.1.1.2.1"
SWITCHES = ("core", "edge-1", "edge-2")
NO_UPLINKS: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Host:
    mac: tuple[int, ...]
    ip: str
    switch: str
    port: int
    vlan: int

    @property
    def spelled(self) -> str:
        return "-".join(f"{octet:02X}" for octet in self.mac)


def hosts() -> list[Host]:
    dice = random.Random(50)
    found = []
    for number in range(50):
        switch = SWITCHES[number % 3]
        first = 3 if switch == "core" else 1
        mac = (0, 0x1A, 0x2B, *(dice.randrange(256) for _ in range(3)))
        port = dice.randrange(first, UPLINK)
        found.append(Host(mac, f"10.9.{number % 3}.{number + 1}", switch, port, 10 + number % 3))
    return found


def seen_at(host: Host, switch: str) -> int:
    """Behind which port a switch sees it."""
    if host.switch == switch:
        return host.port
    return SWITCHES.index(host.switch) if switch == "core" else UPLINK


def rows(switch: str) -> Iterator[ber.VarBind]:
    yield from if_table(PORTS, name=switch)
    for port in range(1, PORTS + 1):
        yield ber.oid(f"{BRIDGE}.1.4.1.2.{port + 100}"), ber.INTEGER, port
    for host in hosts():
        index = ".".join(map(str, (host.vlan, *host.mac)))
        at = seen_at(host, switch) + 100
        yield ber.oid(f"{BRIDGE}.7.1.2.2.1.2.{index}"), ber.INTEGER, at
        yield ber.oid(f"{BRIDGE}.7.1.2.2.1.3.{index}"), ber.INTEGER, 3
        if switch == "core":
            arp = ber.oid(f"1.3.6.1.2.1.4.22.1.2.{host.vlan}.{host.ip}")
            yield arp, ber.OCTET_STRING, bytes(host.mac)
    ends = {"core": {1: "edge-1", 2: "edge-2"}}.get(switch, {UPLINK: "core"})
    for port, other in ends.items():
        yield ber.oid(f"{LLDP}.4.1.1.9.0.{port}.1"), ber.OCTET_STRING, other.encode()
        yield ber.oid(f"{LLDP}.4.1.1.7.0.{port}.1"), ber.OCTET_STRING, b"Gi0/24"


def declared(uplinks: Mapping[str, tuple[str, ...]]) -> Network:
    devices = {
        key: Device(
            id=key,
            site="p",
            role="switch",
            address=f"127.51.7.{n}",
            snmp=("o",),
            uplink=uplinks.get(key, ()),
        )
        for n, key in enumerate(SWITCHES, 1)
    }
    return replace(network(), anchor=("core",), devices={**network().devices, **devices})


async def _read(url: str, uplinks: Mapping[str, tuple[str, ...]] = NO_UPLINKS) -> None:
    ids = bring(url, declared(uplinks)).ids
    profile = SnmpProfile(id="o", community="public")
    collector = Collector()
    with ExitStack() as stack:
        writer = stack.enter_context(writing(url))
        for key in SWITCHES:
            agent = Agent(table(list(rows(key))))
            stack.callback(agent.close)
            facts = await collector.collect("127.0.0.1", [profile], port=agent.port)
            assert facts is not None
            assert not facts.missing
            device_id = ids["device", key]
            interfaces = tuple(
                Interface(**each._asdict(), admin_status=1, oper_status=1)
                for each in facts.poll.facts or ()
            )
            said = DeviceSaid(
                thing_id=device_id, status="ok", detail="", sys_name=key, interfaces=interfaces
            )
            told = facts_said(device_id, facts, None)
            writer.submit(Batch(at_ms=NOW, said=(said,))).result(timeout=30)
            writer.submit(Batch(at_ms=NOW + 1, facts=(told,))).result(timeout=30)
    collector.close()


def test_every_host_is_found_at_its_own_port_by_mac_and_by_ip(url: str) -> None:
    asyncio.run(_read(url))
    with reading(url) as reader:
        for host in hosts():
            for text in (host.spelled, host.ip):
                best, *others = reader.found.where(text)
                told = (best.device_key, best.port, best.vlan, best.ip, best.uplink)
                assert told == (host.switch, f"Gi0/{host.port}", host.vlan, host.ip, False), text
                assert all(place.uplink for place in others)
        assert reader.found.where("10.9.9.9") == ()
        measured = {(one.key, one.name, one.measured) for one in reader.found.drift()}
        assert ("core", "port Gi0/1", "edge-1:Gi0/24") in measured, "a link that nobody declared"


@pytest.mark.parametrize(
    "text",
    ["001A.2b3c.4D5E", "00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a2b3c4d5e", "001a-2b3c-4d5e"],
)
def test_a_mac_is_known_in_any_spelling(text: str) -> None:
    assert mac_of(text) == "00:1a:2b:3c:4d:5e"


@pytest.mark.parametrize("text", ["10.0.0.1", "switch", "00:1a:2b:3c:4d", "zz:zz:zz:zz:zz:zz"])
def test_what_is_no_mac_is_none(text: str) -> None:
    assert mac_of(text) is None


def test_an_uplink_that_the_neighbours_tell_otherwise_is_proposed(url: str) -> None:
    """Both edges hang on the core by their ports; one is declared behind the other."""
    asyncio.run(_read(url, uplinks={"edge-1": ("core",), "edge-2": ("edge-1",)}))
    with reading(url) as reader:
        told = {
            (one.key, one.declared, one.measured)
            for one in reader.found.drift()
            if one.name == "uplink"
        }
    assert told == {("edge-2", "edge-1", "core")}

"""Fifty hosts behind three switches: by MAC and by IP each is found at its own port, in one record.

Three real agents tell their bridge tables, neighbours and ARP; a monitor's writer keeps them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from inventory.model import Device, Network, SnmpProfile
from probes.facts.collector import Collector
from probes.facts.merging import facts_said
from store.changes import (
    AddressFact,
    Batch,
    DeviceSaid,
    FactsSaid,
    Interface,
    NeighbourFact,
    StationFact,
)
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


DAY_MS = 86_400_000
PHONE, PC = "00:00:00:00:00:aa", "00:00:00:00:00:bb"


def _seen(url: str, *readings: tuple[int, str, dict[str, Any]]) -> None:
    ids = bring(url, declared(NO_UPLINKS)).ids
    with writing(url) as writer:
        for at_ms, key, facts in readings:
            said = FactsSaid(device_id=ids["device", key], **facts)
            writer.submit(Batch(at_ms=at_ms, facts=(said,))).result(timeout=30)


def test_where_it_stands_now_comes_before_where_it_stood_alone(url: str) -> None:
    before, now = (StationFact(PC, 1, None, "Gi0/5"),), (
        StationFact(PC, 1, None, "Gi0/7"),
        StationFact(PC, 2, None, "Gi0/7"),
        StationFact(PHONE, 2, None, "Gi0/7"),
    )  # fmt: skip
    _seen(
        url,
        (NOW, "edge-1", {"macs": before, "arp": (AddressFact("10.0.0.5", PHONE, 1),)}),
        (NOW + 2 * DAY_MS, "edge-2", {"macs": now}),
        (NOW + 2 * DAY_MS, "core", {"arp": (AddressFact("10.0.0.5", PC, 1),)}),
    )
    with reading(url) as reader:
        best = reader.found.where(PC)[0]
        assert (best.device_key, best.port, best.others) == ("edge-2", "Gi0/7", 1)
        assert reader.found.where("10.0.0.5")[0].mac == PC, "who had it last"


def test_a_bundle_is_an_uplink_by_the_addresses_behind_it(url: str) -> None:
    """Its members alone know neighbours; the MAC of the other switch's port is behind it."""
    ids = bring(url, declared(NO_UPLINKS)).ids
    other = Interface(
        if_index=9, if_name="Po1", if_descr=None, if_alias=None, if_type=161, mac=PHONE,
        speed_bps=None, admin_status=1, oper_status=1,
    )  # fmt: skip
    with writing(url) as writer:
        said = DeviceSaid(
            thing_id=ids["device", "edge-1"], status="ok", detail="", interfaces=(other,)
        )
        writer.submit(Batch(at_ms=NOW, said=(said,))).result(timeout=30)
    _seen(
        url,
        (NOW, "edge-1", {"macs": (StationFact(PC, 1, None, "Gi0/3"),)}),
        (
            NOW,
            "core",
            {"macs": (StationFact(PC, 1, None, "Po1"), StationFact(PHONE, 1, None, "Po1"))},
        ),
    )
    with reading(url) as reader:
        first, second = reader.found.where(PC)
        assert (first.device_key, first.port, first.uplink) == ("edge-1", "Gi0/3", False)
        assert (second.device_key, second.uplink) == ("core", True)


def test_a_neighbour_is_known_with_its_domain_or_its_serial(url: str) -> None:
    for name in ("EDGE-1.hn.gov.vn", "edge-1(SAL1234X)"):
        end = NeighbourFact("cdp", "Gi0/1", None, name, "Gi0/24")
        _seen(
            url,
            (NOW, "edge-1", {"macs": (StationFact(PC, 1, None, "Gi0/3"),)}),
            (NOW, "core", {"macs": (StationFact(PC, 1, None, "Gi0/1"),), "neighbours": (end,)}),
        )
        with reading(url) as reader:
            assert [place.uplink for place in reader.found.where(PC)] == [False, True], name


def test_an_address_of_hexadecimal_digits_is_no_mac(url: str) -> None:
    _seen(
        url,
        (NOW, "core", {"arp": (AddressFact("fe80::1234:5678", PC, 1),)}),
        (NOW, "edge-1", {"macs": (StationFact(PC, 1, None, "Gi0/3"),)}),
    )
    with reading(url) as reader:
        assert [place.port for place in reader.found.where("FE80::1234:5678")] == ["Gi0/3"]

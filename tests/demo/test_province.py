"""A grown province is a sound, larger one of the same shape."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from demo.province import grow, sized
from demo.script import KINDS, populate, rounds
from demo.world import Conditions, world
from inventory.model import Network
from inventory.topology import build, cycles, stranded
from tests.demo.small import province


def ends_resolve(network: Network) -> bool:
    ends = [end for link in network.links.values() for end in (link.a, link.b)]
    return all(
        end.site in network.sites
        and (end.device is None or network.devices[end.device].site == end.site)
        for end in ends
    )


@pytest.mark.parametrize("size", [43, 50, 77, 400, 2000])
def test_a_grown_province_has_as_many_devices_as_asked_and_all_answer(size: int) -> None:
    grown = grow(province(), size)
    assert len(grown.devices) == size
    there = world(grown)
    assert there.answering(Conditions()) == grown.devices.keys()
    assert not cycles(there.topology.ways)
    assert ends_resolve(grown)
    for site in grown.sites.values():
        assert set(site.uplink) <= grown.sites.keys()
        assert set(site.gateway) <= grown.devices.keys()


def test_what_was_there_stays_as_it_was() -> None:
    small = province()
    grown = grow(small, 300)
    assert {name: grown.devices[name] for name in small.devices} == small.devices
    assert {name: grown.links[name] for name in small.links} == small.links
    assert grow(small, 10) == small


def test_names_that_look_like_those_of_a_copy_are_left_alone() -> None:
    small = province()
    taken = replace(small.devices["d1-1-sw"], id="d1-1-sw.2")
    devices = {**small.devices, taken.id: taken}
    grown = grow(replace(small, devices=devices), 100)
    assert grown.devices[taken.id] == taken
    assert len(grown.devices) == 100


def test_addresses_are_used_once_and_stay_between_127_51_and_127_60() -> None:
    grown = grow(province(), 3000)
    addresses = [ipaddress.IPv4Address(d.address) for d in grown.devices.values() if d.address]
    assert len(set(addresses)) == len(addresses) == 3000
    assert all(51 <= address.packed[1] <= 60 for address in addresses)


def test_no_port_ends_two_links() -> None:
    grown = grow(province(), 1000)
    ends = [str(end) for link in grown.links.values() for end in (link.a, link.b)]
    assert len(set(ends)) == len(ends)


def test_a_grown_province_has_victims_for_every_fault() -> None:
    there = populate(grow(province(districts=2), 500), 1)
    (played,) = rounds(there, seed=1, duration_s=60, ping_interval_s=2)
    assert {fault.kind for fault in played.faults} == set(KINDS)


def test_a_province_of_one_site_cannot_grow() -> None:
    with pytest.raises(ValueError, match="nothing to copy"):
        grow(province(districts=0), 100)


@pytest.mark.parametrize("devices", [3, 20, 400])
def test_a_province_of_so_many_devices_holds_together_and_all_can_be_asked(devices: int) -> None:
    whole = sized(province(districts=2), devices)
    topology = build(whole)
    assert len(topology.askable) == len(whole.devices) == devices
    assert stranded(topology.ways) == {}
    for site in whole.sites.values():
        assert {*site.uplink} <= whole.sites.keys()
        assert {*site.gateway} <= whole.devices.keys()
    for link in whole.links.values():
        for end in (link.a, link.b):
            assert end.site in whole.sites
            assert end.device is None or whole.devices[end.device].site == end.site

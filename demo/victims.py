"""Whom a fault may hit so that its truth is unambiguous; the dice are the caller's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from demo.world import Conditions, World, asked_by_snmp
from inventory.model import End, Link, Site

WORST_LOSS = 0.4  # of round trips, never two in a row: far from silence, and plain to see
Thing = TypeVar("Thing")
HUB_OF = 3  # sites that hang on a site before its cut is worth a fault


@dataclass(frozen=True, slots=True)
class Victim:
    """What a fault breaks, and what the monitor should make of it.

    `breaks`: links in the order in which they go (the last one matters), or one site.
    """

    breaks: tuple[str, ...]
    root: str  # device or link, as the monitor should name it
    device: str | None  # the first device behind the fault
    silent: frozenset[str] = frozenset()  # askable devices that fall silent, the root among them
    lossy: frozenset[str] = frozenset()  # askable devices that lose round trips
    end: End | None = None  # the flapping port

    def sites(self, world: World) -> frozenset[str]:
        named = [world.network.devices[device].site for device in self.silent | self.lossy]
        return frozenset(named) | frozenset([self.end.site] if self.end else [])


def absentee(world: World, rng: Random) -> str | None:
    """A device on which nothing hangs and that no link names: it will never have been there."""
    spoken_of = {end.device for link in world.network.links.values() for end in (link.a, link.b)}
    spoken_of |= {gateway for site in world.topology.gateways.values() for gateway in site}
    here = world.silenced(Conditions(blind=True))
    free = sorted(here - spoken_of - world.below.keys() - set(world.tops))
    return rng.choice(free) if free else None


def fibre_cut(world: World, rng: Random, taken: Collection[str]) -> Victim | None:
    """Every link of a hub with at least three sites behind it; hubs with one link come first."""
    hubs = [site for site in _shuffled(_hubs(world), rng) if site.id not in taken]
    circuits = {site.id: _links_up(world, site.id) for site in hubs}
    for site in sorted(hubs, key=lambda hub: len(circuits[hub.id])):
        links = circuits[site.id]
        silent = world.silenced(Conditions(cut=dict.fromkeys(links, 0.0)))
        behind = {world.network.devices[device].site for device in silent} - {site.id}
        gateways = world.topology.gateways[site.id]
        seen_cut = all(_visible_ends(world, world.network.links[link], silent) for link in links)
        if not links or not silent.issuperset(gateways) or len(behind) < HUB_OF:
            continue
        if (seen_cut or len(gateways) == 1) and not behind & set(taken):
            return Victim(links, links[-1] if seen_cut else gateways[0], gateways[0], silent)
    return None


def power_cut(world: World, rng: Random, taken: Collection[str]) -> Victim | None:
    """A site at the edge whose gateway hides at least one more device, if there is one."""
    best: Victim | None = None
    for site, gateway in _edge_sites(world, rng, taken):
        silent = world.silenced(Conditions(dark=frozenset((site.id,))))
        if gateway not in silent or not _all_at(world, silent, site.id):
            continue
        found = Victim((site.id,), gateway, gateway, silent)
        if len(silent) > 1:
            return found
        best = best or found
    return best


def rising_loss(world: World, rng: Random, taken: Collection[str]) -> Victim | None:
    """The one link of a site at the edge."""
    for site, gateway in _edge_sites(world, rng, taken):
        links = _links_up(world, site.id)
        if len(links) != 1 or len(world.topology.ways[gateway]) != 1:
            continue
        conditions = Conditions(loss={links[0]: WORST_LOSS})
        lossy = world.topology.askable & world.losses(conditions).keys()
        if gateway in lossy and _all_at(world, lossy, site.id):
            return Victim(links, gateway, gateway, lossy=lossy)
    return None


def flapping_port(world: World, rng: Random, taken: Collection[str]) -> Victim | None:
    """A visible port of a link that nobody misses while another way carries; backups first."""
    links = _shuffled(world.network.links.values(), rng)
    for link in sorted(links, key=lambda link: link.role != "backup"):
        ends = _visible_ends(world, link, frozenset())
        if not ends or {link.a.site, link.b.site} & set(taken) or _is_loop(link):
            continue
        if not world.silenced(Conditions(cut={link.id: 0.0})):
            return Victim((link.id,), link.id, ends[0].device, end=ends[0])
    return None


def _hubs(world: World) -> list[Site]:
    hanging: dict[str, int] = {}
    for site in world.network.sites.values():
        for upper in site.uplink:
            hanging[upper] = hanging.get(upper, 0) + 1
    sites = world.network.sites.values()
    return [site for site in sites if site.uplink and hanging.get(site.id, 0) >= HUB_OF]


def _edge_sites(world: World, rng: Random, taken: Collection[str]) -> Iterable[tuple[Site, str]]:
    """Sites on which no other hangs, with their one gateway; communes first."""
    uppers = {upper for site in world.network.sites.values() for upper in site.uplink}
    units, gateways = world.network.units, world.topology.gateways
    sites = _shuffled(world.network.sites.values(), rng)
    for site in sorted(sites, key=lambda site: units[site.unit].level != "commune"):
        at_edge = site.uplink and site.id not in uppers and site.id not in taken
        if at_edge and len(gateways[site.id]) == 1:
            yield site, gateways[site.id][0]


def _links_up(world: World, site: str) -> tuple[str, ...]:
    """The links over which a site's gateways are reached, the primary one last."""
    ways = (
        way for gateway in world.topology.gateways[site] for way in world.topology.ways[gateway]
    )
    links = dict.fromkeys(link for link, _ in ways if link is not None)
    return tuple(sorted(links, key=lambda link: world.network.links[link].role == "primary"))


def _visible_ends(world: World, link: Link, silent: frozenset[str]) -> list[End]:
    """The ends whose port status can be asked by SNMP while `silent` devices are silent."""
    return [
        end
        for end in (link.a, link.b)
        if end.device
        and end.interface
        and end.device not in silent | world.absent
        and asked_by_snmp(world.network.devices[end.device])
    ]


def _all_at(world: World, devices: Collection[str], site: str) -> bool:
    return all(world.network.devices[device].site == site for device in devices)


def _is_loop(link: Link) -> bool:
    return link.a.site == link.b.site


def _shuffled(things: Iterable[Thing], rng: Random) -> list[Thing]:
    mixed = list(things)
    rng.shuffle(mixed)
    return mixed

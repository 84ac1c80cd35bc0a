"""Where a thing stands, as rules ask for it: its units with all above, its tiers, its sites."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inventory.model import Network, Site
from store.states import Kind


class Place(NamedTuple):
    """`anywhere`: what lies beyond the anchor concerns everybody."""

    sites: tuple[Site, ...] = ()
    units: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    anywhere: bool = False


def place(network: Network, kind: Kind, key: str) -> Place:
    """Of a device, link or service that is declared; of what is not: nowhere."""
    if kind is Kind.BEYOND:
        return Place(anywhere=True)
    sites = tuple(network.sites[one] for one in _sites(network, kind, key) if one in network.sites)
    units = frozenset(unit for site in sites for unit in above(network, site.unit))
    levels = frozenset(
        network.units[site.unit].level for site in sites if site.unit in network.units
    )
    return Place(sites, units, levels)


def above(network: Network, unit: str | None) -> Iterator[str]:
    """A unit and those that it lies in, from below."""
    seen: set[str] = set()
    while unit is not None and unit in network.units and unit not in seen:
        seen.add(unit)
        yield unit
        unit = network.units[unit].parent


def _sites(network: Network, kind: Kind, key: str) -> tuple[str, ...]:
    match kind:
        case Kind.DEVICE if key in network.devices:
            return (network.devices[key].site,)
        case Kind.LINK if key in network.links:
            link = network.links[key]
            return tuple(dict.fromkeys((link.b.site, link.a.site)))
        case Kind.SERVICE if key in network.services:
            return (network.services[key].site,)
        case Kind.SITE:
            return (key,)
        case _:
            return ()

"""Who has what: LAN, broadband, fibre, a backup, two directions, monitoring, SOC cover, by place.

Counted are the offices of a day: sites in service that are no transit points. Declared is what the
files say; measured is what answered; where both disagree neither is corrected, but named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from inventory import topology
from inventory.atlas import Atlas, Stay
from inventory.model import Device, Link, Network, Site, Unit
from inventory.tiers import LEVELS, TRANSIT

INDICATORS = ("lan", "broadband", "fibre", "backup", "two_directions", "monitored", "soc_cover")
LAN_ROLES = ("switch", "core_switch", "access_switch", "ap", "wifi", "wlan_controller")
BROADBAND_ROLES = ("ont", "onu", "modem", "broadband_router")  # mobile networks are no broadband


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """`has`: what is declared of it, by indicator. `ways`: the links that lead into it."""

    id: str
    name: str
    level: str
    unit: str
    has: Mapping[str, bool]
    ways: tuple[str, ...]


class Count(NamedTuple):
    """`n` of `total`; the others by name."""

    n: int
    total: int
    missing: tuple[Office, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was measured, by ids. `light`: devices that measure optical power."""

    answered: frozenset[str] = frozenset()
    links_up: frozenset[str] = frozenset()
    light: frozenset[str] = frozenset()


class Contradiction(NamedTuple):
    """`says`: a word of `coverage.says`; `about`: the device or link that shows it."""

    office: Office
    indicator: str
    says: str
    about: str


def offices(network: Network, day: date, stays: Mapping[str, Stay] | None = None) -> list[Office]:
    """The offices of that day, in the order of the files. `stays`: where sites stood on it, where
    the network itself does not tell."""
    atlas = Atlas.of(network)
    askable = frozenset(one.id for one in network.devices.values() if topology.askable(one))
    gateways = topology.gateways_of(network, askable)
    ways = _ways(network, day)
    found = []
    for site in network.sites.values():
        stay = stays[site.id] if stays is not None else atlas.stay(site, day)
        if stay.level == TRANSIT or not in_service(site, day):
            continue
        mine = ways.get(site.id, [])
        gates = gateways[site.id]
        has = {
            "lan": _since(site.lan_since, day),
            "broadband": _since(site.broadband_since, day),
            "fibre": any(link.medium == "fibre" for link in mine),
            "backup": any(link.role == "backup" for link in mine),
            "two_directions": len({way.physical_direction for way in mine} - {None}) > 1,
            "monitored": any(
                gate in askable and in_service(network.devices[gate], day) for gate in gates
            ),
            "soc_cover": bool(site.soc_cover),
        }
        found.append(
            Office(
                id=site.id,
                name=site.name,
                level=stay.level,
                unit=stay.unit,
                has=has,
                ways=tuple(link.id for link in mine),
            )
        )
    return found


def in_service(thing: Site | Device | Link, day: date) -> bool:
    begun = thing.commissioned is None or thing.commissioned <= day
    return begun and (thing.retired is None or thing.retired > day)


def connected(link: Link, day: date) -> bool:
    """Does the link carry something on that day?"""
    return in_service(link, day) and (link.connected_on is None or link.connected_on <= day)


def _since(begin: date | None, day: date) -> bool:
    return begin is not None and begin <= day


def _ways(network: Network, day: date) -> dict[str, list[Link]]:
    """Site → the links that lead into it: not those of what hangs on it."""
    found: dict[str, list[Link]] = {}
    for link in network.links.values():
        if not connected(link, day):
            continue
        ends = (link.a.site, link.b.site)
        for here, other in (ends, ends[::-1]):
            if here != other and here not in network.sites[other].uplink:
                found.setdefault(here, []).append(link)
    return found


def count(members: Iterable[Office], indicator: str) -> Count:
    held = list(members)
    missing = tuple(office for office in held if not office.has[indicator])
    return Count(len(held) - len(missing), len(held), missing)


def by_tier(found: Sequence[Office]) -> dict[str, list[Office]]:
    """Tier → its offices, from above; other tiers last."""
    given = {office.level: None for office in found}
    levels = [level for level in LEVELS if level in given]
    levels += [level for level in given if level not in levels]
    return {level: [one for one in found if one.level == level] for level in levels}


def by_unit(
    network: Network, found: Sequence[Office], day: date
) -> list[tuple[Unit, list[Office]]]:
    """Each unit as it stood that day, with the offices in it and in the units below."""
    atlas = Atlas.of(network)
    units = atlas.on(day)
    members: dict[str, list[Office]] = {key: [] for key in units}
    for office in found:
        at: str | None = office.unit
        passed: set[str] = set()
        while at is not None and at not in passed:
            passed.add(at)
            members.setdefault(at, []).append(office)
            at = units[at].parent if at in units else None
    return [(_begun(atlas.rows[key], day), held) for key, held in members.items() if held]


def _begun(rows: Sequence[Unit], day: date) -> Unit:
    """What a unit was last; before its first row that."""
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= day]
    return begun[-1] if begun else rows[0]


# -- against what was measured -------------------------------------------------------------------


def contradictions(
    network: Network, found: Iterable[Office], seen: Seen, day: date
) -> Iterator[Contradiction]:
    """Where what is declared and what was measured cannot both be so."""
    at_site: dict[str, list[Device]] = {}
    for device in network.devices.values():
        if in_service(device, day):
            at_site.setdefault(device.site, []).append(device)
    askable = topology.build(network).askable
    for office in found:
        devices = [one for one in at_site.get(office.id, []) if one.id in askable]
        yield from _of_roles(office, "lan", LAN_ROLES, devices, seen)
        yield from _of_roles(office, "broadband", BROADBAND_ROLES, devices, seen)
        yield from _of_links(network, office, seen)
        silent = devices and not any(one.id in seen.answered for one in devices)
        if office.has["monitored"] and silent:
            yield Contradiction(office, "monitored", "never_answered", devices[0].id)


def _of_roles(
    office: Office, indicator: str, roles: Sequence[str], devices: Iterable[Device], seen: Seen
) -> Iterator[Contradiction]:
    """Equipment that would be there speaks for it, and against it where it never answered."""
    mine = [device for device in devices if device.role in roles]
    answering = [device for device in mine if device.id in seen.answered]
    if office.has[indicator] and mine and not answering:
        yield Contradiction(office, indicator, "never_answered", mine[0].id)
    if not office.has[indicator] and answering:
        yield Contradiction(office, indicator, "answers", answering[0].id)


def _of_links(network: Network, office: Office, seen: Seen) -> Iterator[Contradiction]:
    links = [network.links[key] for key in office.ways]
    for link in links:
        ends = {end.device for end in (link.a, link.b) if end.site == office.id and end.device}
        lit = sorted(ends & seen.light)
        if lit and link.medium not in (None, "fibre"):
            yield Contradiction(office, "fibre", "light", lit[0])
    for indicator, mine in (
        ("fibre", [link for link in links if link.medium == "fibre"]),
        ("backup", [link for link in links if link.role == "backup"]),
    ):
        asked = [link for link in mine if topology.tells(network, link)]
        if asked and not any(link.id in seen.links_up for link in asked):
            yield Contradiction(office, indicator, "never_up", asked[0].id)

"""The inventory as CSV that NetBox's own import forms take, in the order in which it wants them.

Headers and limits by NetBox 4.2 to 4.7: `dcim/forms/bulk_import.py`, `ipam/forms/bulk_import.py`,
`circuits/forms/bulk_import.py`.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

from inventory.atlas import Atlas
from inventory.grids import write_csv
from inventory.model import Device, End, Link, Network, Site
from inventory.netbox import GENERIC, slug
from inventory.rows import Row

COLOR = "9e9e9e"  # grey; a role must have one
MANAGEMENT = "mgmt"  # the interface that bears a device's address
_CABLES = {"fibre": "smf", "copper": "cat6"}
_TAG_LONGEST, _TEXT_LONGEST, _NAME_LONGEST = 50, 200, 100
# Table → the keys that have a place there, `retired` in the status; all others are told.
PLACED: Mapping[str, frozenset[str]] = {
    "unit": frozenset({"id", "code", "name", "level", "parent"}),
    "site": frozenset({"id", "name", "unit", "postal_address", "lat", "lon", "retired"}),
    "device": frozenset(
        {"id", "site", "role", "name", "address", "vendor", "model", "serial", "asset_tag"}
        | {"retired"}
    ),
    "link": frozenset(
        {"id", "a", "b", "provider", "medium", "circuit_id", "connected_on", "capacity_mbps"}
        | {"length_km", "retired"}
    ),
    "provider": frozenset({"id", "name"}),
}


@dataclass
class NetBoxFiles:
    """`made`: file → text, in the order of import; `left_out`: what could not be taken along."""

    network: Network
    day: date
    made: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        atlas = Atlas.of(self.network)
        units = atlas.on(self.day)
        self._unit_of = {
            site.id: atlas.stay(site, self.day).unit for site in self.network.sites.values()
        }
        self._unit_slug, self._site_slug = _Slugs(), _Slugs()
        self._site_names = _unique((site.id, site.name) for site in self.network.sites.values())
        self._tags: set[str] = set()
        self._hosts, self._cabled = list(self._addressed()), self._ported()
        self._regions(units)
        self._sites()
        self._kinds()
        self._devices()
        self._interfaces()
        self._addresses()
        self._circuits()
        self._cables()
        self._ahead()
        self.made = {
            f"{number:02}-{name}.csv": text
            for number, (name, text) in enumerate(self.made.items(), 1)
        }

    def _put(self, name: str, heads: str, rows: Iterable[Sequence[Any]]) -> None:
        found = list(rows)
        if found:
            self.made[name] = write_csv(heads.split(), found)

    def _ahead(self) -> None:
        """A status says what is over, and nothing says when that will be."""
        net = self.network
        things: Iterable[Site | Device | Link] = chain(
            net.sites.values(), net.devices.values(), net.links.values()
        )
        for thing in things:
            if thing.retired is not None and not self._is_over(thing):
                self.left_out.append(f"retired of {thing.id}: lies ahead")

    def _is_over(self, thing: Site | Device | Link) -> bool:
        return thing.retired is not None and thing.retired <= self.day

    def _fits(self, value: str | None, limit: int, what: str) -> str:
        if value is not None and len(value) > limit:
            self.left_out.append(f"{what}: has more than {limit} characters")
            return ""
        return value or ""

    def _regions(self, units: Mapping[str, Any]) -> None:
        order = sorted(units.values(), key=lambda one: len(_line(units, one.unit.id)))
        named = self._unit_slug
        rows = [
            (one.unit.name, named(one.unit.id), named(one.parent) if one.parent in units else "")
            for one in order
        ]
        self._put("regions", "name slug parent.slug", rows)

    def _sites(self) -> None:
        rows = [
            (
                self._site_names[site.id],
                self._site_slug(site.id),
                "retired" if self._is_over(site) else "active",
                self._unit_slug(self._unit_of[site.id]),
                self._fits(site.postal_address, _TEXT_LONGEST, f"postal_address of {site.id}"),
                _degrees(site.lat),
                _degrees(site.lon),
            )
            for site in self.network.sites.values()
        ]
        heads = "name slug status region.slug physical_address latitude longitude"
        self._put("sites", heads, rows)

    def _kinds(self) -> None:
        """Makers, types and roles."""
        devices = self.network.devices.values()
        makers, types, roles = _Slugs(), _Slugs(), _Slugs()
        vendors = dict.fromkeys(_vendor(device) for device in devices)
        models = dict.fromkeys((_vendor(device), _model(device)) for device in devices)
        self._put("manufacturers", "name slug", [(name, makers(name)) for name in vendors])
        rows = [(vendor, model, types(f"{vendor} {model}"), 1, "false") for vendor, model in models]
        self._put("device-types", "manufacturer model slug u_height is_full_depth", rows)
        names = dict.fromkeys(device.role for device in devices)
        self._put("device-roles", "name slug color", [(n, roles(n), COLOR) for n in names])

    def _devices(self) -> None:
        rows = []
        for device in self.network.devices.values():
            tag = self._fits(device.asset_tag, _TAG_LONGEST, f"asset_tag of {device.id}")
            if tag in self._tags:
                self.left_out.append(f"asset_tag of {device.id}: another device has it too")
                tag = ""
            self._tags |= {tag} if tag else set()
            rows.append(
                (
                    device.id,
                    device.role,
                    _vendor(device),
                    _model(device),
                    self._fits(device.serial, _TAG_LONGEST, f"serial of {device.id}"),
                    tag,
                    "decommissioning" if self._is_over(device) else "active",
                    self._site_slug(device.site),
                    self._fits(device.name, _TEXT_LONGEST, f"name of {device.id}"),
                )
            )
        heads = "name role manufacturer device_type serial asset_tag status site.slug description"
        self._put("devices", heads, rows)

    def _interfaces(self) -> None:
        ends = [end for link in self._cabled for end in (link.a, link.b)]
        bearing = {(device.id, MANAGEMENT) for device, _ in self._hosts}
        ports = dict.fromkeys([*((end.device, end.interface) for end in ends), *sorted(bearing)])
        rows = [(*port, "other", "true" if port in bearing else "false") for port in ports]
        self._put("interfaces", "device name type mgmt_only", rows)

    def _addressed(self) -> Iterable[tuple[Device, str]]:
        """Devices with an address in digits, as an interface of one host."""
        for device in self.network.devices.values():
            if device.address is None:
                continue
            try:
                address = ipaddress.ip_address(device.address)
            except ValueError:
                self.left_out.append(f"address of {device.id}: a name is no IP address")
                continue
            yield device, f"{address}/{address.max_prefixlen}"

    def _addresses(self) -> None:
        rows = [
            (address, "active", device.id, MANAGEMENT, "true") for device, address in self._hosts
        ]
        self._put("ip-addresses", "address status device interface is_primary", rows)

    def _circuits(self) -> None:
        slugs = _Slugs()
        providers = self.network.providers.values()
        names = _unique((one.id, one.name) for one in providers)
        self._put("providers", "name slug", [(names[one.id], slugs(one.id)) for one in providers])
        links = [link for link in self.network.links.values() if link.circuit_id and link.provider]
        kinds = dict.fromkeys(link.medium or "other" for link in links)
        self._put("circuit-types", "name slug", [(kind, kind) for kind in kinds])
        rows = [
            (
                link.circuit_id,
                names[link.provider or ""],
                link.medium or "other",
                "decommissioned" if self._is_over(link) else "active",
                link.connected_on,
                round(link.capacity_mbps * 1000) if link.capacity_mbps else None,
                link.id,
            )
            for link in links
        ]
        heads = "cid provider type status install_date commit_rate description"
        self._put("circuits", heads, rows)

    def _ported(self) -> list[Link]:
        """Links from a port to a port; each port has one cable."""
        found: list[Link] = []
        used: set[End] = set()
        for link in self.network.links.values():
            if not (link.a.interface and link.b.interface):
                self.left_out.append(f"cable of {link.id}: an end is a site, not a port")
            elif used & {link.a, link.b}:
                self.left_out.append(f"cable of {link.id}: its port has another cable")
            else:
                used |= {link.a, link.b}
                found.append(link)
        return found

    def _cables(self) -> None:
        rows = [
            (
                link.a.device,
                "dcim.interface",
                link.a.interface,
                link.b.device,
                "dcim.interface",
                link.b.interface,
                _CABLES.get(link.medium or "", ""),
                "decommissioning" if self._is_over(link) else "connected",
                link.id,
                link.length_km,
                "km" if link.length_km is not None else "",
            )
            for link in self._cabled
        ]
        heads = (
            "side_a_device side_a_type side_a_name side_b_device side_b_type side_b_name"
            " type status label length length_unit"
        )
        self._put("cables", heads, rows)


class _Slugs:
    """One slug a word, none twice."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._taken: set[str] = set()

    def __call__(self, word: str) -> str:
        if word not in self._of:
            base = slug(word)
            found, number = base, 2
            while found in self._taken:
                found, number = f"{base}-{number}", number + 1
            self._taken.add(found)
            self._of[word] = found
        return self._of[word]


def without_place(rows: Iterable[Row]) -> list[str]:
    """Keys of the files that NetBox has no field for, with the number of tables that have them."""
    counts = Counter(
        f"{row.table.name}.{key}"
        for row in rows
        for key in row.given
        if key not in PLACED.get(row.table.name, frozenset())
    )
    return [f"{key} ({count})" for key, count in sorted(counts.items())]


def _unique(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Id → a name that nobody else has: NetBox finds things by their names."""
    pairs = list(named)
    counts = Counter(name.casefold() for _, name in pairs)
    return {
        key: (name if counts[name.casefold()] == 1 else f"{name} ({key})")[:_NAME_LONGEST]
        for key, name in pairs
    }


def _line(units: Mapping[str, Any], key: str) -> list[str]:
    """A unit and all above it."""
    found: list[str] = []
    at: str | None = key
    while at is not None and at in units and at not in found:
        found.append(at)
        at = units[at].parent
    return found


def _vendor(device: Device) -> str:
    return (device.vendor or GENERIC)[:_NAME_LONGEST]


def _model(device: Device) -> str:
    return (device.model or device.role)[:_NAME_LONGEST]


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 6)

"""The inventory in the forms of others: an Ansible inventory, the yearly form of connections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from inventory.atlas import Atlas
from inventory.coverage import connected, in_service
from inventory.folding import fold
from inventory.model import Network, Site

# netmiko's name → that of Ansible's network collections, where it is another.
_SYSTEMS = {
    "arista_eos": "arista.eos.eos",
    "cisco_ios": "cisco.ios.ios",
    "cisco_nxos": "cisco.nxos.nxos",
    "cisco_xe": "cisco.ios.ios",
    "cisco_xr": "cisco.iosxr.iosxr",
    "fortinet": "fortinet.fortios.fortios",
    "hp_comware": "community.network.ce",
    "huawei": "community.network.ce",
    "juniper_junos": "junipernetworks.junos.junos",
    "mikrotik_routeros": "community.routeros.routeros",
}
_NOT_NAME = re.compile(r"[^a-z0-9_]+")
CONNECTIONS = (
    "STT",
    "Cơ quan, đơn vị",
    "Địa chỉ",
    "Đầu mối liên hệ",
    "Loại dịch vụ",
    "Số kênh",
    "Băng thông (Mbit/s)",
    "Điểm kết nối",
    "Ngày kết nối",
    "Nhà mạng",
    "Mã kênh",
    "Văn bản",
)


def ansible(network: Network, day: date) -> str:
    """YAML: groups by role, tier and unit; hosts with address, port and system. No secrets."""
    import yaml

    atlas = Atlas.of(network)
    units = atlas.on(day)
    hosts: dict[str, dict[str, Any]] = {}
    groups: dict[str, dict[str, Any]] = {}
    for device in network.devices.values():
        if not in_service(device, day):
            continue
        stay = atlas.stay(network.sites[device.site], day)
        said = {
            "ansible_host": device.address,
            "ansible_port": network.ssh[device.ssh].port if device.ssh else None,
            "ansible_network_os": _SYSTEMS.get(device.platform or "", device.platform),
            "canh_site": device.site,
            "canh_unit": stay.unit,
            "canh_vendor": device.vendor,
            "canh_model": device.model,
        }
        hosts[device.id] = {key: value for key, value in said.items() if value is not None}
        unit = units[stay.unit].unit if stay.unit in units else None
        names = [f"role_{device.role}", f"tier_{stay.level}"]
        names += [f"unit_{unit.code}_{unit.name}"] if unit else []
        for name in names:
            group = groups.setdefault(_NOT_NAME.sub("_", fold(name)).strip("_"), {"hosts": {}})
            group["hosts"][device.id] = None
    document = {"all": {"hosts": hosts, "children": dict(sorted(groups.items()))}}
    return str(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


def connections(network: Network, day: date) -> list[Mapping[str, Any]]:
    """A row for each channel of a site on that day, as the yearly form of registration asks (TT
    06/2026/TT-BKHCN, form 01). Links that nobody provides are no connections."""
    channels: dict[str, int] = {}
    links = [link for link in network.links.values() if link.provider and connected(link, day)]
    for link in links:
        channels[link.b.site] = channels.get(link.b.site, 0) + 1
    found: list[Mapping[str, Any]] = []
    for number, link in enumerate(links, 1):
        site = network.sites[link.b.site]
        row = (
            number,
            site.name,
            site.postal_address,
            _people(network, site),
            link.service_type or (f"TSLCD cấp {link.level}" if link.level else None),
            channels[site.id],
            _whole(link.capacity_mbps),
            network.sites[link.a.site].name,
            link.connected_on,
            network.providers[link.provider or ""].name,
            link.circuit_id,
            link.legal_document or link.contract,
        )
        found.append(dict(zip(CONNECTIONS, row, strict=True)))
    return found


def _people(network: Network, site: Site) -> str | None:
    people = [network.contacts[key] for key in site.contacts]
    told = [" ".join(filter(None, (one.name, one.phone or one.email))) for one in people]
    return "; ".join(told) or None


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value

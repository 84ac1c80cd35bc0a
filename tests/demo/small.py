"""A small province for the tests of the simulator: a centre, districts, communes behind them."""

from __future__ import annotations

from inventory.model import Defaults, Device, End, Link, Network, Site, SnmpProfile, Unit


def province(districts: int = 4, communes: int = 4, backups: bool = True) -> Network:
    """Each office has a gateway with SNMP and a switch; districts may have a backup circuit.

    Ids: `c` the centre, `d2` a district, `d2-3` a commune; devices `…-gw`, `…-sw`; links `L-…`,
    `B-…` (backup).
    """
    units = {"51": Unit(id="51", code="51", name="Tỉnh", level="province")}
    sites = {"c": Site(id="c", name="Trung tâm", unit="51")}
    links: dict[str, Link] = {}
    for d in range(1, districts + 1):
        _add(units, sites, links, f"d{d}", "c", "district")
        if backups:
            links[f"B-d{d}"] = _link(f"B-d{d}", "c", f"d{d}", "backup")
        for c in range(1, communes + 1):
            _add(units, sites, links, f"d{d}-{c}", f"d{d}", "commune")
    devices: dict[str, Device] = {}
    for number, site in enumerate(sites):
        network = f"127.51.{number // 100}"
        for kind, role in enumerate(("gw", "sw")):
            device = Device(
                id=f"{site}-{role}",
                site=site,
                role=("router", "switch")[kind],
                address=f"{network}.{number % 100 * 2 + kind + 1}",
                snmp=("office",) if role == "gw" else (),
            )
            devices[device.id] = device
    return Network(
        name="Tỉnh nhỏ",
        timezone="Asia/Ho_Chi_Minh",
        anchor=("c-gw",),
        defaults=Defaults(ping_interval_s=1.0),
        snmp={"office": SnmpProfile(id="office", community="public")},
        units=units,
        sites=sites,
        devices=devices,
        links=links,
    )


def _add(
    units: dict[str, Unit],
    sites: dict[str, Site],
    links: dict[str, Link],
    site: str,
    upper: str,
    level: str,
) -> None:
    units[site] = Unit(id=site, code=site, name=site, level=level, parent=sites[upper].unit)
    sites[site] = Site(id=site, name=f"Ủy ban {site}", unit=site, uplink=(upper,))
    links[f"L-{site}"] = _link(f"L-{site}", upper, site, "primary")


def _link(name: str, upper: str, lower: str, role: str) -> Link:
    wan = "wan1" if role == "primary" else "wan2"
    return Link(
        id=name,
        a=End(site=upper, device=f"{upper}-gw", interface=f"to-{name}"),
        b=End(site=lower, device=f"{lower}-gw", interface=wan),
        role=role,
        medium="fibre",
        capacity_mbps=100,
    )

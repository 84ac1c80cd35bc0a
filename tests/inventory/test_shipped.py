"""The files that come with the product are sound, and a large one is read in good time."""

from __future__ import annotations

import ipaddress
import time
import tomllib
from collections import Counter
from importlib import resources
from pathlib import Path

from inventory import topology
from inventory.model import Network
from inventory.sites_toml import read
from inventory.tables import TABLES

CHECKOUT = Path(__file__).parents[2]
SHIPPED = CHECKOUT / "sites.toml"
SECRETS = """\
core_auth = "12345678"
core_priv = "12345678"
core_ssh = "x"
noc_mail = "mailtos://canh:x@mail.example.vn"
oidc = "x"
alive = "https://alive.example/canh"
"""


def network(path: Path) -> Network:
    found = read(path)
    assert found.problems == ()
    assert found.network is not None
    return found.network


def test_the_sample_province_is_sound_and_below_a_megabyte() -> None:
    province = network(SHIPPED)
    tiers = Counter(unit.level for unit in province.units.values())
    assert tiers == {"province": 1, "district": 13, "commune": 173}
    assert len(province.sites) == 210
    assert len(province.services) == 12
    assert SHIPPED.stat().st_size < 1_000_000


def test_the_sample_province_is_asked_on_loopback_only() -> None:
    loopback = ipaddress.ip_network("127.51.0.0/16")
    for device in network(SHIPPED).devices.values():
        assert device.address is None or ipaddress.ip_address(device.address) in loopback
    assert all("127.51." in service.url for service in network(SHIPPED).services.values())


def test_every_sample_device_hangs_on_the_anchor_over_a_link() -> None:
    province = network(SHIPPED)
    graph = topology.build(province)
    crossed = {link for ways in graph.ways.values() for link, _ in ways if link}
    assert crossed == province.links.keys()
    for device in province.devices:
        seen, here = set(), [device]
        while here:
            seen |= set(here)
            here = [up for one in here for _, up in graph.ways[one] if up not in seen]
        assert seen & set(province.anchor), device


def test_fibre_links_of_the_sample_end_on_ports_that_snmp_can_tell_of() -> None:
    province = network(SHIPPED)
    ends = [end for link in province.links.values() for end in (link.a, link.b) if end.device]
    assert max(Counter(map(str, ends)).values()) == 1, "one port, one link"
    for link in province.links.values():
        asked = [province.devices[end.device].snmp for end in (link.a, link.b) if end.device]
        assert all(asked)
        assert len(asked) == (1 if link.medium == "mobile" else 2)


def test_communes_of_the_sample_belong_to_the_district_that_they_hang_on() -> None:
    province = network(SHIPPED)
    for site in province.sites.values():
        unit = province.units[site.unit]
        if unit.level == "commune":
            assert [province.sites[up].unit for up in site.uplink] == [unit.parent]


def test_the_starter_is_sound_and_shows_every_kind_of_table(tmp_path: Path) -> None:
    text = resources.files("inventory").joinpath("starter.toml").read_text("utf-8")
    path = tmp_path / "sites.toml"
    path.write_text(text, "utf-8")
    starter = network(path)
    assert starter.anchor
    assert starter.devices
    assert starter.links
    for table in TABLES.values():
        header = f"[[{table.name}]]" if table.shape == "many" else f"[{table.name}"
        assert header in text, table.name


def test_the_commented_examples_of_the_starter_are_sound_too(tmp_path: Path) -> None:
    text = resources.files("inventory").joinpath("starter.toml").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        shown = line.removeprefix("# ")
        example = shown.startswith("[") or " = " in shown
        lines.append(shown if line.startswith("# ") and example else line)
    path = tmp_path / "sites.toml"
    path.write_text("\n".join(lines), "utf-8")
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(SECRETS)
    secrets.chmod(0o600)
    assert network(path).calendars.keys() == {"office"}


def twenty_thousand() -> str:
    """20,000 devices at 3,300 sites, with links."""
    head = SHIPPED.read_text("utf-8").partition("[[contact]]")[0].partition("anchor")
    parts = [head[0], 'anchor = ["d0"]\n', head[2].partition("\n")[2]]
    for site in range(3300):
        up = f'"s{(site - 1) // 10}"' if site else ""
        parts.append(
            f'[[site]]\nid = "s{site}"\nname = "Ủy ban nhân dân {site}"\nunit = "51"\n'
            f"uplink = [{up}]\n"
        )
        if site:
            upper, lower = (site - 1) // 10, site
            parts.append(
                f'[[link]]\nid = "L{site}"\na = "d{upper}:Gi0/{site}"\nb = "d{lower}:Gi0/0"\n'
                'provider = "vnpt"\nmedium = "fibre"\ncapacity_mbps = 100\ntarget_pct = 99.5\n'
            )
    parts.extend(
        f'[[device]]\nid = "d{n}"\nsite = "s{n % 3300}"\nrole = "switch"\n'
        f'address = "10.{n >> 16}.{n >> 8 & 255}.{n & 255}"\nvendor = "Cisco"\n'
        f'model = "L2 16 cổng"\nserial = "S{n}"\nasset_tag = "A{n}"\ninstalled = 2020-07-15\n'
        for n in range(20_000)
    )
    return "\n".join(parts)


def test_twenty_thousand_devices_cost_little_more_than_parsing_them(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(twenty_thousand(), "utf-8")
    start = time.process_time()
    tomllib.loads(path.read_text("utf-8"))
    parsed = time.process_time()
    assert len(network(path).devices) == 20_000
    assert time.process_time() - parsed < 8 * (parsed - start)

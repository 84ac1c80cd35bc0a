"""A small sound network as text, which tests spoil in one place or another."""

from __future__ import annotations

from pathlib import Path

from inventory.problems import Problem
from inventory.sites_toml import Reading, read

SOUND = """\
[network]
name = "Tỉnh"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["dc-r"]
[defaults]
snmp = "office"
[snmp.office]
community = "public"
[[provider]]
id = "vnpt"
name = "VNPT"
[[unit]]
id = "51"
code = "51"
name = "Tỉnh"
level = "province"
[[unit]]
id = "522"
code = "522"
name = "Huyện"
level = "district"
parent = "51"
[[site]]
id = "dc"
name = "Trung tâm"
unit = "51"
gateway = ["dc-r"]
[[site]]
id = "hub"
name = "Huyện"
unit = "522"
uplink = ["dc"]
[[device]]
id = "dc-r"
site = "dc"
role = "router"
address = "192.0.2.1"
[[device]]
id = "hub-r"
site = "hub"
role = "router"
address = "192.0.2.2"
[[link]]
id = "L1"
a = "dc-r:ge-0/0/1"
b = "hub-r:Gi0/0"
provider = "vnpt"
[[service]]
id = "portal"
name = "Cổng"
site = "dc"
url = "https://portal.example/"
"""


def reading(folder: Path, text: str) -> Reading:
    path = folder / "sites.toml"
    path.write_text(text, "utf-8")
    return read(path)


def only(found: Reading) -> Problem:
    assert len(found.problems) == 1, "\n".join(map(str, found.problems))
    return found.problems[0]

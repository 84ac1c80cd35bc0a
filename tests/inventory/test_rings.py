"""A ring with a way out is sound; a circle without one is a fault that is named."""

from __future__ import annotations

from pathlib import Path

from inventory.sites_toml import read

HEAD = """
[network]
name = "Vòng"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["p-r"]
[[unit]]
id = "51"
code = "51"
name = "Tỉnh"
level = "province"
"""


def site(key: str, *uplinks: str) -> str:
    named = ", ".join(f'"{up}"' for up in uplinks)
    return f"""
[[site]]
id = "{key}"
name = "{key}"
unit = "51"
uplink = [{named}]
[[device]]
id = "{key}-r"
site = "{key}"
role = "router"
address = "192.0.2.{ord(key)}"
snmp = false
"""


def problems(folder: Path, *sites: str) -> list[str]:
    path = folder / "sites.toml"
    path.write_text(HEAD + "".join(sites), "utf-8")
    return [str(problem) for problem in read(path).problems]


def test_a_ring_of_which_one_member_leads_out_is_sound(tmp_path: Path) -> None:
    ring = (site("p"), site("a", "p", "b"), site("b", "c", "a"), site("c", "b"))
    assert problems(tmp_path, *ring) == []


def test_a_circle_without_a_way_out_is_named_once(tmp_path: Path) -> None:
    [told] = problems(tmp_path, site("p"), site("a", "b"), site("b", "a"), site("c", "a"))
    assert "uplink loop: a → b → a" in told

"""A ring with a way out is sound; a circle without one is a fault that is named."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (('needs = ["b"]', 'needs = ["a"]'), "needs loop: a → b → a"),
        (('needs = ["a"]', ""), "needs loop: a → a"),
        (('needs = ["b", "c"]', 'needs = ["a", "c"]'), "needs loop: a → b → a"),
        (('part_of = "b"', 'part_of = "a"'), "part_of loop: a → b → a"),
    ],
)
def test_services_that_need_each_other_are_told(
    keys: tuple[str, str], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "sites.toml"
    text = '[network]\nname = "m"\ntimezone = "UTC"\nanchor = []\n'
    text += '[[unit]]\nid = "u"\ncode = "1"\nname = "U"\nlevel = "province"\n'
    text += '[[site]]\nid = "s"\nname = "S"\nunit = "u"\n'
    for name, key in zip("abc", (*keys, ""), strict=True):
        text += f'[[service]]\nid = "{name}"\nname = "x"\nsite = "s"\nurl = "tcp://h:1"\n{key}\n'
    path.write_text(text, "utf-8")
    found = [one.what for one in read(path).problems if one.level == "error"]
    assert found == [told]

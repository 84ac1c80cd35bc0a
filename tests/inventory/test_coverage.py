"""`canh coverage`, `canh contracts`: counts as anybody would count, contradictions by name."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from inventory.sites_toml import read
from reports.numbers import share
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.states import State
from store.tables import sensor
from tests.inventory.command import canh
from tests.store.historic import Past
from tests.store.keeping import NOW, bring

DAY = "2024-12-31"


def told(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    canh(folder, *words, "--json")
    return json.loads(capsys.readouterr().out)


# -- coverage ------------------------------------------------------------------------------------


def brute(path: Path, day: date) -> dict[str, dict[str, set[str]]]:
    """Tier → indicator → the sites that have it, counted from the file itself."""
    file = tomllib.loads(path.read_text("utf-8"))
    level = {unit["id"]: unit["level"] for unit in file["unit"]}
    uplinks = {site["id"]: site.get("uplink", []) for site in file["site"]}
    home = {device["id"]: device["site"] for device in file["device"]}
    asked = {d["site"] for d in file["device"] if "address" in d and d.get("monitor") != "none"}
    into: dict[str, list[dict[str, Any]]] = {site: [] for site in uplinks}
    for link in file["link"]:
        ends = [home.get(link[end].split(":")[0], link[end]) for end in "ab"]
        for here, there in (ends, ends[::-1]):
            if here not in uplinks[there]:
                into[here].append(link)
    found: dict[str, dict[str, set[str]]] = {}
    for site in file["site"]:
        links = into[site["id"]]
        ways = {link["physical_direction"] for link in links if "physical_direction" in link}
        has = {
            "lan": "lan_since" in site and site["lan_since"] <= day,
            "broadband": "broadband_since" in site and site["broadband_since"] <= day,
            "fibre": any(link.get("medium") == "fibre" for link in links),
            "backup": any(link.get("role") == "backup" for link in links),
            "two_directions": len(ways) >= 2,
            "monitored": site["id"] in asked,
            "soc_cover": site.get("soc_cover", False),
        }
        tier = found.setdefault(level[site["unit"]], {"all": set()})
        tier["all"].add(site["id"])
        for name, yes in has.items():
            tier.setdefault(name, set()).update({site["id"]} if yes else ())
    return found


def test_the_counts_are_those_of_a_brute_force_over_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in ("2019-01-01", DAY):
        found = told(folder, capsys, "coverage", "--on", day)
        wanted = brute(folder / "sites.toml", date.fromisoformat(day))
        assert [tier["level"] for tier in found["tiers"]] == ["province", "district", "commune"]
        for tier in found["tiers"]:
            expected = wanted[tier["level"]]
            assert tier["total"] == len(expected["all"])
            for name, counted in tier["indicators"].items():
                assert counted["n"] == len(expected[name]), (tier["level"], name)
                assert set(counted["missing"]) == expected["all"] - expected[name]


def test_units_count_what_stands_below_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {one["id"]: one for one in told(folder, capsys, "coverage", "--on", DAY)["units"]}
    assert found["51"]["total"] == 210
    below = [one["total"] for one in found.values() if one["id"].startswith("2")]
    assert (len(below), sum(below)) == (173, 173)
    assert found["522"]["total"] == 1 + sum(
        unit["parent"] == "522"
        for unit in tomllib.loads(Path("sites.toml").read_text("utf-8"))["unit"]
        if "parent" in unit
    )


def test_units_of_a_past_day_bear_the_names_that_they_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = NETWORK.replace('"Tỉnh"', '"Tỉnh Cũ"') + "valid_to = 2025-07-01\n"
    after = NETWORK[NETWORK.index("[[unit]]") :] + "valid_from = 2025-07-01\n"
    (tmp_path / "sites.toml").write_text(before + after + SITE.format("top", "[]"), "utf-8")
    for day, name in ((DAY, "Tỉnh Cũ"), ("2025-07-01", "Tỉnh")):
        [unit] = told(tmp_path, capsys, "coverage", "--on", day)["units"]
        assert (unit["id"], unit["name"], unit["total"]) == ("51", name, 1)
        assert canh(tmp_path, "coverage", "--on", day, "--units") == 0
        assert f"\n{name}  " in capsys.readouterr().out


def test_the_names_of_those_without_are_told_in_both_languages(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "coverage", "--on", DAY) == 0
    vietnamese = capsys.readouterr().out
    assert "Độ phủ ngày 31/12/2024" in vietnamese
    assert "160/173  92,48 %" in vietnamese
    assert "Ủy ban nhân dân xã Trà Bình (c-o-21127)" in vietnamese
    assert "… và 1 mục nữa (--names)" in vietnamese
    assert canh(folder, "coverage", "--on", DAY, "--lang", "en", "--names", "--units") == 0
    english = capsys.readouterr().out
    assert "160/173  92.48 %" in english
    assert "more (--names)" not in english
    assert "Tỉnh Quảng Ngãi" in english
    assert max(map(len, vietnamese.splitlines()[:12])) <= 80


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (172, 173, "99,42 %"),
        (173, 173, "100,00 %"),
        (2, 3, "66,66 %"),
        (999_999, 1_000_000, "99,99 %"),
    ],
)
def test_a_share_is_never_rounded_up(part: int, whole: int, said: str) -> None:
    assert share(part, whole, "vi") == said


def test_a_day_that_is_none_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("coverage", "contracts"):
        with pytest.raises(SystemExit, match="2"):
            canh(folder, command, "--on", "31/12")
        assert "is no day" in capsys.readouterr().err


def test_five_planted_contradictions_are_named_and_no_other(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "sites.toml"
    text = path.read_text("utf-8")
    first = text.index('id = "c-o-21010"')
    last = text.index("[[site]]", first)
    mine = text[first:last].replace("lan_since = 2021-01-01\n", "", 1)
    text = text[:first] + mine + text[last:]  # no LAN is declared at 21010, but its switch answers
    link = text.index('id = "L0078"')
    end = text.index("[[", link)
    text = text[:link] + text[link:end].replace('"fibre"', '"copper"') + text[end:]
    path.write_text(text, "utf-8")
    network = read(path).network
    assert network is not None
    url = f"sqlite:///{folder / 'record.db'}"
    engine = open_writer(url, durable=False)
    migrate(engine)
    with engine.begin() as conn:
        ids = dict(agree(conn, network, NOW).ids)
    past = Past(url, engine, ids)
    quiet = {
        ("device", "c-o-21013-switch"),  # a LAN is declared there
        ("device", "c-o-21019-ont"),  # and broadband here
        ("link", "L0051"),  # the backup of d-522
        *(("device", f"c-o-21022-{role}") for role in ("cpe", "ont", "switch")),
    }
    for pair, thing in ids.items():
        if pair[0] in ("device", "link") and pair not in quiet:
            past.span(thing, State.UP, NOW - 1000, None)
    lit = next(end.device for end in (network.links["L0078"].a, network.links["L0078"].b)
               if end.device and network.devices[end.device].site == "c-o-21016")  # fmt: skip
    values = {"place": "1", "kind": "rx_power", "name": "rx", "unit": "dBm", "scale": 100}
    past.add(sensor, device_id=ids["device", str(lit)], valid_from=0, how={}, **values)
    engine.dispose()
    found = told(folder, capsys, "coverage", "--on", DAY)
    assert found["measured"] is True
    keys = ("site", "indicator", "says", "about")
    assert {tuple(one[key] for key in keys) for one in found["contradictions"]} == {
        ("c-o-21010", "lan", "answers", "c-o-21010-switch"),
        ("c-o-21013", "lan", "never_answered", "c-o-21013-switch"),
        ("c-o-21019", "broadband", "never_answered", "c-o-21019-ont"),
        ("c-o-21016", "fibre", "light", str(lit)),
        ("d-522", "backup", "never_up", "L0051"),
        ("c-o-21022", "lan", "never_answered", "c-o-21022-switch"),
        ("c-o-21022", "broadband", "never_answered", "c-o-21022-ont"),
        ("c-o-21022", "monitored", "never_answered", "c-o-21022-cpe"),
    }  # fmt: skip
    assert canh(folder, "coverage", "--on", DAY) == 1
    out = capsys.readouterr().out
    assert "khai báo không phải cáp quang" in out
    assert "(c-o-21010): Mạng LAN: khai báo là chưa có" in out


def test_a_record_in_which_nothing_was_measured_yet_contradicts_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = read(folder / "sites.toml").network
    assert network is not None
    bring(f"sqlite:///{folder / 'record.db'}", network)
    assert canh(folder, "coverage", "--on", DAY) == 0
    assert "bộ giám sát chưa đo được gì" in capsys.readouterr().err
    found = told(folder, capsys, "coverage", "--on", DAY)
    assert (found["measured"], found["contradictions"]) == (False, [])


# -- contracts -----------------------------------------------------------------------------------

NETWORK = """\
[network]
name = "Mạng"
timezone = "Asia/Ho_Chi_Minh"
language = "vi"
anchor = []
[[provider]]
id = "vnpt"
name = "VNPT"
[[unit]]
id = "51"
code = "51"
name = "Tỉnh"
level = "province"
"""
SITE = '[[site]]\nid = "{0}"\nname = "Sở {0}"\nunit = "51"\nuplink = {1}\n'
DEVICE = '[[device]]\nid = "{0}"\nsite = "top"\nrole = "switch"\n{1}'
LINK = '[[link]]\nid = "{0}"\na = "top"\nb = "{1}"\nprovider = "vnpt"\ncapacity_mbps = 100\n{2}'


def contracts(tmp_path: Path) -> Path:
    parts = [NETWORK, SITE.format("top", "[]")]
    parts += [SITE.format(name, '["top"]') for name in ("one", "two", "none")]
    for name, until in (
        ("gone", "2026-11-26"),
        ("today", "2026-11-27"),
        ("soon", "2027-02-25"),
        ("later", "2027-02-26"),
    ):
        parts.append(DEVICE.format(name, f"warranty_until = {until}\n"))
    parts.append(DEVICE.format("unknown", ""))
    parts.append(DEVICE.format("old", "warranty_until = 2020-01-01\nretired = 2025-01-01\n"))
    cost = 'monthly_cost = 2500000.5\ncontract_until = 2027-01-01\nterms = "4 giờ"\n'
    parts += [LINK.format("L1", "one", cost), LINK.format("L2", "two", "monthly_cost = 1000000\n")]
    parts.append(LINK.format("L3", "two", "contract_until = 2026-01-01\n"))
    (tmp_path / "sites.toml").write_text("".join(parts), "utf-8")
    return tmp_path


def test_what_ends_is_told_by_its_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(contracts(tmp_path), capsys, "contracts", "--on", "2026-11-27")
    warranty = found["warranty"]
    assert [one["id"] for one in warranty["expired"]] == ["gone"]
    assert [one["id"] for one in warranty["soon"]] == ["today", "soon"]
    assert [one["id"] for one in warranty["unknown"]] == ["unknown"]
    assert warranty["later"] == 1
    [provider] = found["providers"]
    assert [one["id"] for one in provider["contracts"]["expired"]] == ["L3"]
    assert [one["id"] for one in provider["contracts"]["soon"]] == ["L1"]
    assert [one["id"] for one in provider["contracts"]["unknown"]] == ["L2"]
    assert (provider["monthly_cost"], provider["priced"]) == (3_500_000.5, 2)
    assert (found["one_channel"], found["no_channel"]) == (["one"], ["top", "none"])


def test_contracts_are_told_to_people_with_cost_and_terms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(contracts(tmp_path), "contracts", "--on", "2026-11-27") == 0
    out = capsys.readouterr().out
    assert "VNPT: 3 kênh, 300 Mbit/s, cước 3.500.000,5 mỗi tháng (2 kênh có ghi cước)" in out
    assert "còn hạn trên 90 ngày: 1" in out
    assert "hết hạn trong 90 ngày: 2" in out
    assert "25/02/2027  soon" in out
    assert "4 giờ" in out
    assert "Điểm chỉ có một kênh: 1; không có kênh nào: 2" in out
    assert canh(contracts(tmp_path), "contracts", "--on", "2026-11-27", "--lang", "en") == 0
    assert "3,500,000.5 a month" in capsys.readouterr().out

"""What a technician asks at a site: `canh find` and the sheets of `canh show`."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from inventory.sites_toml import read
from tests.store.keeping import bring

SPLIT = {"1279": "c-o-21286=21238", "1677": "c-o-21142=21157-202507"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample province after both acts, and its record."""
    folder = tmp_path_factory.mktemp("place")
    path = folder / "sites.toml"
    shutil.copy("sites.toml", path)
    for act, split in SPLIT.items():
        words = ["reorganise", act, "--place", split, "--with", "62"]
        words = words if act == "1677" else words[:-2]
        assert main([*words, "--config", str(path), "--apply"]) == 0
    network = read(path).network
    assert network is not None
    bring(f"sqlite:///{folder / 'record.db'}", network, time.time_ns() // 1_000_000)
    return folder


@pytest.fixture
def canh(place: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(command: str, *words: str) -> tuple[int, str, str]:
        config = ("--config", str(place / "sites.toml"), "--data", str(place))
        code = main([command, *words, *config])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def answer(ran: tuple[int, str, str]) -> Any:
    code, out, err = ran
    assert code == 0, err
    return json.loads(out)


def test_find_prints_a_line_each_the_likeliest_first(canh: Any) -> None:
    code, out, _ = canh("find", "son", "ha")
    assert code == 0
    lines = out.splitlines()
    assert {"Xã Sơn Hà", "Xã Sơn Hạ"} == {line[23:32].strip() for line in lines[:2]}
    assert len(lines) == 10
    assert len({line.index("  ", 9) for line in lines if line.startswith("site")}) <= 2


def test_find_tells_by_what_it_found_and_where_that_is(canh: Any) -> None:
    [hit] = answer(canh("find", "DEMO-00138", "-n", "1", "--json"))["hits"]
    assert (hit["kind"], hit["id"], hit["field"]) == ("device", "d-522-router", "serial")
    assert hit["where"] == "Ủy ban nhân dân thành phố Quảng Ngãi"
    assert "serial: DEMO-00138" in canh("find", "demo 00138", "-n", "1")[1]


def test_find_finds_a_site_by_the_old_and_the_new_name_of_its_unit(canh: Any) -> None:
    old, new = (
        {hit["id"] for hit in answer(canh("find", name, "-n", "50", "--json"))["hits"]}
        for name in ("Lê Hồng Phong", "Phường Nghĩa Lộ")
    )
    assert "c-o-21010" in old & new


def test_find_says_so_when_nothing_is_like_it(canh: Any) -> None:
    code, out, err = canh("find", "\x1b[31mzzzqq")
    assert (code, out) == (1, "")
    assert "\x1b" not in err
    assert "nothing here is like" in err


def test_the_sheet_of_a_site_has_all_that_stands_there_and_whom_to_call(canh: Any) -> None:
    out = canh("show", "c-o-21010")[1]
    for line in (
        "unit Phường Lê Hồng Phong (21010), commune until 2025-07-01",
        "unit Phường Nghĩa Lộ (21028-202507), commune from 2025-07-01",
        "switch c-o-21010-switch: unknown",
        "serial DEMO-00218, asset QNI-DEMO-00218, warranty until 2027-12-15, owner office",
        "link L0076 → Ủy ban nhân dân thành phố Quảng Ngãi",
        "circuit DEMO-VIE-0076, contract DEMO-HĐ-VIETTEL-2025, until 2027-12-31",
        "Viettel Quảng Ngãi, hotline 1800-0001 (demo)",
        "call Bộ phận CNTT UBND phường Lê Hồng Phong",
    ):
        assert line in out, line
    [site] = answer(canh("show", "c-o-21010", "--json"))["sites"]
    assert [one["id"] for one in site["equipment"]] == [
        f"c-o-21010-{role}" for role in ("cpe", "ont", "switch", "ups_small")
    ]
    assert site["links"][0]["hotline"] == "1800-0001 (demo)"
    assert [unit["until"] for unit in site["units"]] == ["2025-07-01", None]


def test_the_sheet_of_a_former_district_office_says_transit(canh: Any) -> None:
    [site] = answer(canh("show", "d-522", "--json"))["sites"]
    assert [unit["level"] for unit in site["units"]] == ["district", "transit"]
    assert len(site["links"]) > 10


def test_a_unit_that_stands_no_more_is_shown_with_what_it_passed_into(canh: Any) -> None:
    code, out, _ = canh("show", "21286")
    assert code == 0
    assert "Xã Nghĩa Mỹ, code 21286, commune, Huyện Tư Nghĩa until 2025-01-01" in out
    assert "passed into 21238, 21283" in out
    [unit] = answer(canh("show", "unit:536", "--json"))["units"]
    assert [(was["name"], was["code"]) for was in unit["was"]] == [
        ("Huyện Lý Sơn", "536"),
        ("Đặc khu Lý Sơn", "21548"),
    ]


def test_a_provider_lists_its_circuits_and_a_contact_its_sites(canh: Any) -> None:
    [provider] = answer(canh("show", "vnpt", "--json"))["providers"]
    assert len(provider["links"]) > 50
    assert {link["provider"] for link in provider["links"]} == {"VNPT Quảng Ngãi"}
    [contact] = answer(canh("show", "contact:truc-mang-tinh", "--json"))["contacts"]
    assert contact["phone"] == "0255-000-0000 (demo)"
    assert len(contact["sites"]) > 20
    assert canh("show", "contact:nobody")[0] == 1

"""Tables out: nothing is lost, spreadsheets open them, and a text stays a text."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from inventory.edition import Edition
from inventory.exporting import tables
from inventory.sites_toml import read
from inventory.tables import TABLES
from tests.inventory.command import SHIPPED, canh
from tests.needs import need_program

EVERY_KEY = Path(__file__).with_name("every_key.toml")
Cells = dict[str, list[list[Any]]]


def cells(path: Path) -> Cells:
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in load_workbook(path).worksheets
    }


def test_export_import_export_is_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert canh(folder, "export", "-o", folder / "a.xlsx") == 0
    other = folder / "other"
    other.mkdir()
    (other / "sites.toml").touch()
    assert canh(other, "import", folder / "a.xlsx", "--apply") == 0
    assert canh(other, "export", "-o", folder / "b.xlsx") == 0
    assert cells(folder / "a.xlsx") == cells(folder / "b.xlsx")
    first, second = read(SHIPPED).network, read(other / "sites.toml").network
    assert first is not None
    assert second is not None
    assert first.devices == second.devices
    assert (first.sites, first.links, first.units) == (second.sites, second.links, second.units)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_every_key_goes_out_and_comes_back(kind: str, tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    for place in (source, target):
        place.mkdir()
        (place / "issuers.pem").touch()
    text = EVERY_KEY.read_text("utf-8").replace('"0123456789abcdef"', '"secret:beat"')
    (source / "sites.toml").write_text(text, "utf-8")
    (target / "sites.toml").touch()
    out = tmp_path / ("out" if kind == "csv" else "out.xlsx")
    assert canh(source, "export", "--format", kind, "-o", out) == 0
    files = sorted(out.iterdir()) if kind == "csv" else [out]
    assert canh(target, "import", *files, "--apply") == 0
    before, after = tables(Edition(source / "sites.toml")), tables(Edition(target / "sites.toml"))
    assert before.keys() == after.keys() == TABLES.keys()
    for name in TABLES:
        keys = TABLES[name].keys
        for old, new in zip(before[name], after[name], strict=True):
            read_old = {key: _read(keys, key, value) for key, value in old.items()}
            assert read_old == {key: _read(keys, key, value) for key, value in new.items()}, name
        assert {key for row in before[name] for key in row} >= keys.keys(), name


def _read(keys: Any, key: str, value: Any) -> Any:
    return keys[key].read(value) if key in keys else value


def test_a_token_that_opens_a_door_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text(EVERY_KEY.read_text("utf-8"), "utf-8")
    rows = tables(Edition(tmp_path / "sites.toml"))["device"]
    assert all("heartbeat" not in row for row in rows)


def test_libreoffice_opens_the_workbook_with_all_that_it_holds(folder: Path) -> None:
    need_program("soffice")
    assert canh(folder, "export", "--table", "site", "-o", folder / "a.xlsx") == 0
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    options = ("--headless", f"-env:UserInstallation=file://{folder}/office", "--convert-to", form)
    subprocess.run(
        ["soffice", *options, "--outdir", str(folder), str(folder / "a.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1][:3] == ["id", "name", "unit"]
    assert len(rows) == 212
    assert ["c-o-21010", "Ủy ban nhân dân phường Lê Hồng Phong", "21010"] in [r[:3] for r in rows]


EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''x", '=HYPERLINK("http://x")')


def test_texts_that_look_like_formulas_stay_texts_in_both_forms(tmp_path: Path) -> None:
    names = [name for name in EVIL if "\t" not in name]
    text = SHIPPED.read_text("utf-8").split("# ====")[0]
    for number, name in enumerate(names):
        told = name.replace('"', '\\"')
        text += f'[[contact]]\nid = "x{number}"\nname = "{told}"\n'
    text = text.replace("anchor = ", "anchor = [] # ")
    (tmp_path / "sites.toml").write_text(text, "utf-8")
    for kind in ("xlsx", "csv"):
        out = tmp_path / f"contact.{kind}"
        assert canh(tmp_path, "export", "--format", kind, "--table", "contact", "-o", out) == 0
        if kind == "xlsx":
            sheet = load_workbook(out).worksheets[0]
            assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
        else:
            assert not any(f",{sign}" in out.read_text("utf-8") for sign in "=+-@")
        other = tmp_path / kind
        other.mkdir()
        (other / "sites.toml").write_text('[network]\nname = "m"\ntimezone = "UTC"\nanchor = []\n')
        assert canh(other, "import", out, "--apply") == 0
        found = read(other / "sites.toml").network
        assert found is not None
        assert [one.name for one in found.contacts.values()] == names


def test_an_export_does_not_overwrite_the_configuration(folder: Path) -> None:
    before = (folder / "sites.toml").read_bytes()
    assert canh(folder, "export", "--format", "ansible", "-o", folder / "sites.toml") == 2
    assert (folder / "sites.toml").read_bytes() == before


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_of_nothing_says_so(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--format", kind, "--table", "maintenance", "-o", folder / f"a.{kind}")
    assert canh(folder, "export", *words) == 1
    assert capsys.readouterr().err == "canh export: nothing to export\n"
    assert [path.name for path in folder.iterdir()] == ["sites.toml"]


@pytest.mark.parametrize("kind", ["netbox", "ansible", "connections"])
def test_a_form_with_tables_of_its_own_takes_no_choice_of_ours(kind: str, folder: Path) -> None:
    out = folder / "out"
    assert canh(folder, "export", "--format", kind, "--table", "site", "-o", out) == 2
    assert not out.exists()


def test_the_form_of_connections_lists_what_carries_today(folder: Path) -> None:
    path = folder / "sites.toml"
    text = path.read_text("utf-8")
    for key, line in (("L0001", "retired = 2020-01-01"), ("L0002", "connected_on = 2990-01-01")):
        text = text.replace(f'id = "{key}"\n', f'id = "{key}"\n{line}\n')
    path.write_text(text, "utf-8")
    assert canh(folder, "export", "--format", "connections", "-o", folder / "c.csv") == 0
    with (folder / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    network = read(path).network
    assert network is not None
    assert len(rows) == sum(link.provider is not None for link in network.links.values()) - 2
    assert rows[0]["Số kênh"] == str(
        sum(row["Cơ quan, đơn vị"] == rows[0]["Cơ quan, đơn vị"] for row in rows)
    )

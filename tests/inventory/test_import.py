"""Tables in and out: each fault at its cell, nothing written before --apply, nothing lost."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from cli.main import main
from inventory.cells import of_cell, to_cell
from inventory.edition import Edition
from inventory.exporting import tables
from inventory.grids import inert, read_csv, write_csv
from inventory.keys import TABLES, Key
from inventory.kinds import Fault
from inventory.labels import key_label, keys_by_heading, tables_by_heading
from inventory.phrases import LANGUAGES, table
from inventory.sites_toml import read
from tests.needs import need_program

SHIPPED = Path("sites.toml")
EVERY_KEY = Path(__file__).with_name("every_key.toml")
Cells = dict[str, list[list[Any]]]


def at(year: int, month: int, day: int) -> datetime:
    """As a spreadsheet gives it: without a zone."""
    return datetime(year, month, day)  # noqa: DTZ001


letters = st.characters(exclude_characters="\x00\r\n", exclude_categories=["Cs"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(SHIPPED, tmp_path / "sites.toml")
    return tmp_path


def canh(folder: Path, *words: str | Path) -> int:
    command, *rest = map(str, words)
    return main([command, "--config", str(folder / "sites.toml"), *rest])


def cells(path: Path) -> Cells:
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in load_workbook(path).worksheets
    }


# -- the workbook of a district's communes, with slips -------------------------------------------


def workbook(folder: Path) -> Path:
    """A router for each of the 173 communes, as somebody might send it."""
    network = read(SHIPPED).network
    assert network is not None
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Thiết bị"
    sheet.append(
        [
            "STT",
            "Mã",
            "Điểm mạng",
            "Vai trò",
            "Địa chỉ",
            "Số sê-ri",
            "Ngày lắp đặt",
            "Số máy trong stack",
        ]
    )
    communes = [site for site in network.sites if site.startswith("c-o-")]
    for number, site in enumerate(communes, 1):
        address = f"127.52.{number // 250}.{number % 250 + 1}"
        installed = at(2024, 1, 1 + number % 28)
        sheet.append(
            [number, f"new-{site}", site, "router", address, f"SN{number:04}", installed, 1]
        )
    assert len(communes) == 173
    path = folder / "thiet-bi.xlsx"
    book.save(path)
    return path


SLIPS = {
    "C5": ("c-o-2101O", 'there is no site "c-o-2101O"'),
    "B9": ("mới 1", "is no id"),
    "E12": ("127.52.0.300", "127.52.0.300"),
    "E20": ("127.51.0.1", "is already that of device"),
    "G30": ("32/13/2024", "is no date"),
    "H41": (70000, "out of range"),
    "D52": (None, 'missing key "role"'),
    "F63": ("=A1&B1", "is a formula"),
    "H74": ("mười", "is no number"),
    "B85": ("new-c-o-21040", "the same row stands at"),
}


def test_ten_planted_errors_are_each_named_by_their_cell(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(folder)
    book = load_workbook(path)
    sheet = book["Thiết bị"]
    first = next(row for row in range(2, 175) if sheet[f"B{row}"].value == "new-c-o-21040")
    assert first < 85
    for at, (value, _) in SLIPS.items():
        sheet[at].value = value
    book.save(path)
    places = SLIPS.keys() - {"D52"} | {"B52"}
    before = (folder / "sites.toml").read_bytes()
    marked = folder / "marked.xlsx"
    assert canh(folder, "import", path, "--apply", "--json", "--mark", marked) == 1
    told = capsys.readouterr()
    found = json.loads(told.out)
    errors = {one["at"]: one["what"] for one in found["problems"] if one["level"] == "error"}
    assert errors.keys() == {f"Thiết bị!{at}" for at in places}
    for at, (_, wanted) in SLIPS.items():
        place = "B52" if at == "D52" else at  # an empty cell is told at the row's id
        assert wanted in errors[f"Thiết bị!{place}"], at
    assert found["applied"] is False
    assert (folder / "sites.toml").read_bytes() == before
    notes = load_workbook(marked)["Thiết bị"]
    for at in places:
        assert notes[at].comment is not None, at
    assert notes["C6"].comment is None


def test_a_sound_workbook_is_previewed_then_written_beside_what_stands_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(folder)
    config = folder / "sites.toml"
    before = config.read_text("utf-8")
    assert canh(folder, "import", path) == 0
    told = capsys.readouterr()
    assert "device: 173 new" in told.out
    assert "nothing is written yet" in told.err
    assert 'Thiết bị!A1: warning: column "STT" is left out' in told.err
    assert config.read_text("utf-8") == before
    assert canh(folder, "import", path, "--apply") == 0
    network = read(config).network
    assert network is not None
    device = network.devices["new-c-o-21010"]
    assert (device.serial, device.installed, device.stack) == ("SN0001", date(2024, 1, 2), 1)
    text = config.read_text("utf-8")
    after = text.index('id = "new-c-o-21010"')
    assert text.rindex("[[site]]", 0, after) == text.index('id = "c-o-21010"') - len("[[site]]\n")
    assert [line for line in before.split("\n") if line.startswith("#")] == [
        line for line in text.split("\n") if line.startswith("#")
    ]
    capsys.readouterr()
    assert canh(folder, "import", path) == 0
    assert "device: 173 same" in capsys.readouterr().out


def test_changed_cells_are_shown_and_only_they_change(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "export", "--table", "device", "-o", folder / "a.xlsx") == 0
    book = load_workbook(folder / "a.xlsx")
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[2]]
    column = {key: heads.index(key) + 1 for key in ("serial", "asset_tag", "role")}
    sheet.cell(3, column["serial"], "ABC-1")
    sheet.cell(3, column["asset_tag"], "-")
    sheet.cell(4, column["serial"]).value = None  # an empty cell leaves what is there
    book.save(folder / "a.xlsx")
    before = (folder / "sites.toml").read_text("utf-8").split("\n")
    capsys.readouterr()
    assert canh(folder, "import", folder / "a.xlsx", "--apply") == 0
    told = capsys.readouterr().out
    assert 'serial: "DEMO-00001" → "ABC-1"' in told
    assert 'asset_tag: "QNI-DEMO-00001" → –' in told
    assert "device: 1 changed, 857 same" in told
    after = (folder / "sites.toml").read_text("utf-8").split("\n")
    assert set(before) - set(after) == {'serial = "DEMO-00001"', 'asset_tag = "QNI-DEMO-00001"'}


# -- there and back ------------------------------------------------------------------------------


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


# -- hostile cells -------------------------------------------------------------------------------

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


@given(st.lists(st.lists(st.text(letters), min_size=2, max_size=2), max_size=5))
def test_whatever_is_written_as_csv_is_read_as_the_same(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text("\ufeff" + write_csv(["a,b", "c"], rows), "utf-8", newline="")
        grid = read_csv(path)
    found = [
        [str(cells[column].value) if column in cells else "" for column in (1, 2)]
        for _, cells in grid.rows[1:]
    ]
    blank = [["" if not inert(cell).strip() else cell for cell in row] for row in rows]
    assert found == [row for row in blank if any(row)]


@pytest.mark.parametrize(
    ("head", "encoding"), [("id;name", "utf-8"), ("id\tname", "utf-16"), ("id,name", "utf-8-sig")]
)
def test_csv_of_any_spreadsheet_is_read(
    folder: Path, head: str, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    between = head[2]
    (folder / "contact.csv").write_text(f"{head}\r\nlan{between}Chị Lan\r\n", encoding)
    assert canh(folder, "import", folder / "contact.csv", "--apply") == 0
    network = read(folder / "sites.toml").network
    assert network is not None
    assert network.contacts["lan"].name == "Chị Lan"


UNREADABLE = {
    "x.xlsx": (b"no zip", "is no xlsx workbook"),
    "x.csv": (b"id,name\n\xff\xfa,x\n", "is neither UTF-8 nor UTF-16"),
    "x.doc": (b"", "is neither .xlsx nor .csv"),
    "x.yaml": (b"- [", "is no YAML"),
    "y.yaml": (b"a: 1", "is no device type"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_table_is_one_clear_line(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, wanted = UNREADABLE[name]
    (folder / name).write_bytes(content)
    before = (folder / "sites.toml").read_bytes()
    assert canh(folder, "import", folder / name, "--apply") == 1
    told = capsys.readouterr().err
    assert wanted in told
    assert told.count("\n") == 1
    assert (folder / "sites.toml").read_bytes() == before


def test_a_sheet_of_no_table_and_one_without_headings_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Workbook()
    book.worksheets[0].title = "Ghi chú"
    book.worksheets[0]["A1"].value = "xin chào"
    book.create_sheet("Điểm mạng")["A1"].value = "gì đó"
    book.save(folder / "a.xlsx")
    assert canh(folder, "import", folder / "a.xlsx") == 1
    told = capsys.readouterr().err
    assert "Ghi chú: warning: the sheet is left out" in told
    assert "Điểm mạng: no heading is a key of [[site]]" in told


def test_a_value_in_the_last_corner_of_a_sheet_hangs_nobody(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "contact"
    sheet.append(["id", "name"])
    sheet.append(["lan", "Lan"])
    sheet["XFD1048576"].value = "x"
    sheet["T1048576"].font = Font(bold=True)
    book.save(folder / "a.xlsx")
    assert canh(folder, "import", folder / "a.xlsx") == 0
    told = capsys.readouterr()
    assert "contact: 1 new" in told.out
    assert '"x" stands under no heading' in told.err


def test_a_name_of_a_profile_writes_no_other_table(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "snmp"
    sheet.append(["id", "version", "community"])
    sheet.append(['o]\n[[site]]\nid = "evil"\n[snmp.z', "2c", "public"])
    sheet.append(["a.b", "2c", "public"])
    book.save(folder / "a.xlsx")
    before = (folder / "sites.toml").read_bytes()
    assert canh(folder, "import", folder / "a.xlsx", "--apply") == 1
    assert "snmp!A2: id:" in capsys.readouterr().err
    assert (folder / "sites.toml").read_bytes() == before
    sheet.delete_rows(2)
    book.save(folder / "a.xlsx")
    assert canh(folder, "import", folder / "a.xlsx", "--apply") == 0
    network = read(folder / "sites.toml").network
    assert network is not None
    assert network.snmp.keys() == {"office", "a.b"}


def test_damaged_workbooks_are_one_clear_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = workbook(folder).read_bytes()
    for cut in (len(whole) // 3, len(whole) // 2, len(whole) - 30):
        damaged = whole[:cut] + b"\0" * 20 + whole[cut + 20 :]
        (folder / "x.xlsx").write_bytes(damaged)
        code = canh(folder, "import", folder / "x.xlsx")
        told = capsys.readouterr().err
        assert code in (0, 1)
        assert code == 0 or told.count("\n") == 1, told


def test_what_has_no_row_of_its_own_is_named_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "contact.csv").write_text("id,name,name,\n,Lan,x,\nhoa,Hoa,,extra\n,Mai,,\n", "utf-8")
    assert canh(folder, "import", folder / "contact.csv") == 1
    told = capsys.readouterr().err
    assert 'contact.csv!B2: missing key "id"' in told
    assert 'contact.csv!B4: missing key "id"' in told
    assert 'column "name" is left out; its key has one' in told
    assert '"extra" stands under no heading' in told
    assert "the same row" not in told


def test_faults_of_the_files_are_told_at_their_own_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "sites.toml"
    lines = path.read_text("utf-8").split("\n")
    at = next(n for n, line in enumerate(lines) if line == 'site = "d-536"')
    lines[at] = 'site = "nowhere"'
    path.write_text("\n".join(lines), "utf-8")
    (folder / "contact.csv").write_text("id,name\na,A\nb,B\n", "utf-8")
    assert canh(folder, "import", folder / "contact.csv") == 1
    assert f"sites.toml:{at + 1}: " in capsys.readouterr().err


def test_planned_work_is_the_same_however_its_moment_is_written(folder: Path) -> None:
    path = folder / "sites.toml"
    work = '[[maintenance]]\nscope = "site:p-ttdl"\nstarts = 2026-10-31T22:00:00+07:00\n'
    work += 'ends = "2026-10-31T23:00:00+07:00"\nreason = "x"\n'
    path.write_text(path.read_text("utf-8") + work, "utf-8")
    for kind in ("xlsx", "csv"):
        out = folder / f"maintenance.{kind}"
        assert canh(folder, "export", "--format", kind, "--table", "maintenance", "-o", out) == 0
        assert canh(folder, "import", out, "--apply") == 0
    network = read(path).network
    assert network is not None
    assert len(network.maintenance) == 1


def test_an_export_does_not_overwrite_the_configuration(folder: Path) -> None:
    before = (folder / "sites.toml").read_bytes()
    assert canh(folder, "export", "--format", "ansible", "-o", folder / "sites.toml") == 2
    assert (folder / "sites.toml").read_bytes() == before


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


# -- cells ---------------------------------------------------------------------------------------

MEANT: dict[str, list[tuple[Any, Any]]] = {
    "text": [("x", "x"), (12, "12"), (12.0, "12"), (" x ", "x"), (1.5, "1.5")],
    "number": [("6,5", 6.5), ("1000", 1000), (2.0, 2), ("-1.5", -1.5), ("108.7850", 108.785)],
    "day": [
        (at(2026, 10, 31), date(2026, 10, 31)),
        ("31/10/2026", date(2026, 10, 31)),
        ("2026-10-31", date(2026, 10, 31)),
        ("1-2-2026", date(2026, 2, 1)),
    ],
    "yes_no": [("Có", True), ("x", True), (1, True), ("không", False), ("FALSE", False)],
    "ids": [("a, b", ["a", "b"]), ("a;b\nc", ["a", "b", "c"]), ("[]", []), ("a", ["a"])],
    "profiles": [(False, False), ("không", False), ("a", "a"), ("a, b", ["a", "b"])],
    "texts": [("a, b; c", ["a, b", "c"]), ('["x;y"]', ["x;y"])],
}
NOT_MEANT: dict[str, list[Any]] = {
    "text": [at(2026, 1, 1), 1.5e16],
    "number": ["x", "1.000.000", "1.000", "12,500", True, date(2026, 1, 1)],
    "day": ["31/13/2026", "soon", 45000, True],
    "yes_no": ["maybe", 2],
    "moment": [at(2026, 1, 1)],
    "toml": ["{", "mon-fri"],
}


@pytest.mark.parametrize("form", MEANT)
def test_cells_mean_what_people_type(form: Any) -> None:
    key = Key(lambda raw: raw, "", form=form)
    for cell, meant in MEANT[form]:
        assert of_cell(key, cell) == meant, cell


@pytest.mark.parametrize("form", NOT_MEANT)
def test_what_a_cell_cannot_mean_is_a_fault(form: Any) -> None:
    key = Key(lambda raw: raw, "", form=form)
    for cell in NOT_MEANT[form]:
        assert isinstance(of_cell(key, cell), Fault), cell


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)))
def test_any_list_of_texts_survives_its_cell(texts: list[str]) -> None:
    key = TABLES["service"].keys["expect"]
    found = of_cell(key, to_cell(key, texts))
    assert ([found] if isinstance(found, str) else found) == texts


def test_every_table_and_key_has_a_label_and_no_label_means_two() -> None:
    assert len(tables_by_heading()) >= len(TABLES)
    for name, one in TABLES.items():
        for language in LANGUAGES:
            labels = [key_label(key, language) for key in one.keys]
            assert len(set(labels)) == len(labels), (name, language)
        assert set(keys_by_heading(name).values()) >= one.keys.keys()
    used = {key for one in TABLES.values() for key in one.keys} | {"id"}
    assert {key.removeprefix("column.") for key in table() if key.startswith("column.")} == used

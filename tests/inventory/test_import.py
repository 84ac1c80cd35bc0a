"""Tables in and out: each fault at its cell, nothing written before --apply, nothing lost."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from inventory.sites_toml import read
from tests.inventory.command import SHIPPED, canh
from tests.inventory.small import SOUND


def at(year: int, month: int, day: int) -> datetime:
    """As a spreadsheet gives it: without a zone."""
    return datetime(year, month, day)  # noqa: DTZ001


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
    sheet.cell(3, column["asset_tag"], "- ")
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


# -- what is not as it should be ------------------------------------------------------------------


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
    told = capsys.readouterr().err
    assert f"sites.toml:{at + 1}: " in told
    assert "canh import: 1 error; " in told


def test_what_could_not_be_written_is_not_said_to_be_applied(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(folder)
    before = (folder / "sites.toml").read_bytes()
    marked = folder / "sites.toml" / "marked.xlsx"
    assert canh(folder, "import", path, "--apply", "--json", "--mark", marked) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{marked}: cannot be written" in told.err
    assert (folder / "sites.toml").read_bytes() == before


def test_what_is_there_twice_is_told_with_both_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(SOUND, "utf-8")
    rows = "n1,hub,router,192.0.2.1\nn2,hub,router,192.0.2.9\nn3,hub,router,192.0.2.9\n"
    (tmp_path / "device.csv").write_text(f"id,site,role,address\n{rows}", "utf-8")
    assert canh(tmp_path, "import", tmp_path / "device.csv") == 1
    told = capsys.readouterr().err
    line = SOUND.split("\n").index('address = "192.0.2.1"') + 1
    assert (
        f'D2: device "n1": address "192.0.2.1" is already that of device "dc-r" at {path}:{line};'
        in told
    )
    assert 'device "n2" at device.csv!D3;' in told


def test_beside_a_file_that_is_no_toml_nothing_is_planned(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "sites.toml"
    text = path.read_text("utf-8").replace("[network]", '[network]\ninclude = ["more.toml"]', 1)
    path.write_text(text, "utf-8")
    (folder / "more.toml").write_text("[[site]\n", "utf-8")
    (folder / "contact.csv").write_text("id,name\na,A\n", "utf-8")
    assert canh(folder, "import", folder / "contact.csv", "--apply") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"canh import: {folder / 'more.toml'}:")
    assert "not valid TOML" in told.err
    assert told.err.count("\n") == 1


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

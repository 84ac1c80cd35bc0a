"""NetBox: our files pass the rules of its import forms; its exports come in, or are named."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from inventory.sites_toml import read
from tests.inventory.command import canh
from tests.inventory.netbox_forms import FORMS, Row, accepted
from tests.inventory.small import SOUND


def heads(text: str) -> list[str]:
    return text.split(",")


def test_our_files_pass_the_rules_of_its_import_forms(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "export", "--format", "netbox", "-o", folder / "netbox") == 0
    told = capsys.readouterr().err
    stood = accepted(folder / "netbox")
    assert stood.keys() == FORMS.keys()
    network = read(folder / "sites.toml").network
    assert network is not None
    assert {row["name"] for row in stood["devices"]} == network.devices.keys()
    assert len(stood["sites"]) == len(network.sites)
    cables = {row["label"] for row in stood["cables"]}
    without = {line.split()[4] for line in told.split("\n") if line.startswith("left out: cable")}
    assert {name.rstrip(":") for name in without} | cables == network.links.keys()
    assert "NetBox has no field for:" in told
    assert "device.snmp (173)" in told


def test_names_that_repeat_and_texts_that_are_too_long_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "sites.toml"
    text = path.read_text("utf-8")
    text = text.replace("Văn phòng Ủy ban nhân dân tỉnh Quảng Ngãi", "Văn phòng Tỉnh ủy Quảng Ngãi")
    text = text.replace('serial = "DEMO-00001"', f'serial = "{"9" * 60}"')
    text = text.replace('asset_tag = "QNI-DEMO-00002"', 'asset_tag = "QNI-DEMO-00001"')
    path.write_text(text, "utf-8")
    assert canh(folder, "export", "--format", "netbox", "-o", folder / "netbox") == 0
    told = capsys.readouterr().err
    assert "serial of p-ttdl-router1: has more than 50 characters" in told
    assert "asset_tag of p-ttdl-router2: another device has it too" in told
    names = [row["name"] for row in accepted(folder / "netbox")["sites"]]
    assert "Văn phòng Tỉnh ủy Quảng Ngãi (p-tu)" in names


def test_what_retires_later_is_active_till_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SOUND.replace('id = "L1"', 'id = "L1"\ncircuit_id = "C1"')
    for key, day in (("hub-r", "2990-01-01"), ("L1", "2990-01-01"), ("dc", "2990-01-01")):
        text = text.replace(f'id = "{key}"\n', f'id = "{key}"\nretired = {day}\n')
    path, out = tmp_path / "sites.toml", tmp_path / "netbox"
    for year, wanted in (
        ("2990", ("active", "active", "active", "connected")),
        ("2020", ("retired", "decommissioning", "decommissioned", "decommissioning")),
    ):
        path.write_text(text.replace("2990", year), "utf-8")
        assert canh(tmp_path, "export", "--format", "netbox", "-o", out) == 0
        told = capsys.readouterr().err
        assert ".retired" not in told
        ahead = re.findall("left out: retired of (.*): lies ahead", told)
        assert ahead == (["dc", "hub-r", "L1"] if year == "2990" else [])
        stood = accepted(out)
        assert stood["sites"][0]["name"] == "Trung tâm"
        found = [stood["sites"][0], stood["devices"][1], stood["circuits"][0], stood["cables"][0]]
        assert tuple(row["status"] for row in found) == wanted


def test_what_went_out_comes_in_as_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "export", "--format", "netbox", "-o", folder / "netbox") == 0
    capsys.readouterr()
    files = [folder / "netbox" / name for name in ("06-devices.csv", "12-cables.csv")]
    assert canh(folder, "import", *files) == 0
    told = capsys.readouterr().out
    assert "device: 858 same" in told
    assert "link: 213 same" in told


# -- what it exports -----------------------------------------------------------------------------
# "All data" of NetBox 4.5: the headers of DeviceTable, SiteTable and CableTable.

DEVICES = heads(
    "Name,Status,Tenant,Site,Location,Rack,Role,Manufacturer,Type,IP Address,ID,Tenant Group,"
    "Serial number,Asset tag,Region,Site Group,Parent Device,Position (Device Bay),Position,"
    "Rack face,Latitude,Longitude,Airflow,IPv4 Address,IPv6 Address,OOB IP,Cluster,"
    "Virtual Chassis,VC Position,VC Priority,Description,Config Template,Comments,Contacts,Tags,"
    "Created,Last updated,Owner Group,Owner,U Height,Platform,Console ports,"
    "Console server ports,Power ports,Power outlets,Interfaces,Front ports,Rear ports,"
    "Device bays,Module bays,Inventory items,Hợp đồng"
)
SITES = heads(
    "Name,Status,Facility,Region,Group,Tenant,Description,ID,Slug,Tenant Group,ASNs,ASN Count,"
    "Time zone,Physical address,Shipping address,Latitude,Longitude,Comments,Contacts,Tags,"
    "Created,Last updated,Owner Group,Owner,Devices"
)
CABLES = heads(
    "ID,Label,Termination A,Termination B,Status,Type,Device A,Device B,Rack A,Rack B,Location A,"
    "Location B,Site A,Site B,Profile,Tenant,Tenant Group,Color,Color Name,Length,Description,"
    "Comments,Tags,Created,Last updated,Owner Group,Owner"
)
EMPTY = '[network]\nname = "Mạng"\ntimezone = "Asia/Ho_Chi_Minh"\nanchor = []\n'
UNITS = EMPTY + "".join(
    f'[[unit]]\nid = "u{n}"\ncode = "{n}"\nname = "Xã {n}"\nlevel = "commune"\n' for n in range(20)
)
STATUSES = ("Active", "Planned", "Offline", "Staged", "Active", "Failed")


def filled(columns: list[str], count: int, make: Callable[[int], Row]) -> Iterator[Row]:
    """Every column is filled in some row, so that none can vanish unseen."""
    for number in range(count):
        row = dict.fromkeys(columns, "")
        row |= {head: f"{head} {number}" for head in columns if number % 7 == 0}
        yield row | make(number)


def device(n: int) -> Row:
    return {
        "Name": f"Thiết bị {n}" if n % 9 == 0 else f"dev-{n}",
        "Status": STATUSES[n % len(STATUSES)],
        "Site": f"Trụ sở {n % 50}",
        "Role": "Access Switch",
        "Manufacturer": "Cisco",
        "Type": "C9200L-24T-4G",
        "IP Address": f"10.9.{n // 200}.{n % 200 + 1}/24" if n % 4 else "",
        "IPv4 Address": f"10.9.{n // 200}.{n % 200 + 1}/24" if n % 4 else "",
        "IPv6 Address": "",
        "Serial number": f"FOC{n:05}",
        "Asset tag": f"TS-{n}" if n % 3 else "",
        "Description": f"ghi chú {n}" if n % 5 == 0 else "",
        "ID": str(n + 1),
    }


def site(n: int) -> Row:
    return {
        "Name": f"Trụ sở {n}",
        "Status": "Active",
        "Region": f"Xã {n % 20}",
        "Slug": f"tru-so-{n}",
        "Physical address": f"{n} Hùng Vương",
        "Latitude": "15.120000",
        "Longitude": "108.790000",
    }


def cable(n: int) -> Row:
    ends = (2 * n + 1, 2 * n + 2)
    names = [f"Thiết bị {e}" if e % 9 == 0 else f"dev-{e}" for e in ends]
    tagged = [f"{name} (TS-{e})" if e % 3 else name for name, e in zip(names, ends, strict=True)]
    return {
        "ID": str(n),
        "Label": f"L-{n}" if n % 2 else "",
        "Termination A": "GigabitEthernet1/0/1 (uplink)",
        "Termination B": "GigabitEthernet1/0/2",
        "Device A": tagged[0],
        "Device B": tagged[1],
        "Status": "Connected",
        "Type": "Single-mode Fiber (OS2)" if n % 2 else "CAT6",
        "Length": "350 m" if n % 2 else "",
    }


def export(folder: Path) -> list[Path]:
    paths = []
    for name, columns, count, make in (
        ("netbox_sites", SITES, 50, site),
        ("netbox_devices", DEVICES, 500, device),
        ("netbox_cables", CABLES, 200, cable),
    ):
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(filled(columns, count, make))
        paths.append(path)
    return paths


def test_an_export_of_500_devices_is_placed_or_named_as_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sites.toml").write_text(UNITS, "utf-8")
    cables, devices, sites = sorted(export(tmp_path))
    assert canh(tmp_path, "import", cables, devices, sites, "--apply", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    network = read(tmp_path / "sites.toml").network
    assert network is not None
    assert (len(network.sites), len(network.devices), len(network.links)) == (50, 500, 200)
    named = [
        one["what"] for one in found["problems"] if one["at"].startswith("netbox_devices.csv!")
    ]
    columns = {re.findall('"(.*?)"', what)[0] for what in named if what.startswith("column")}
    used = {"Name", "Status", "Site", "Role", "Manufacturer", "Type", "IP Address"}
    used |= {"IPv4 Address", "IPv6 Address", "Serial number", "Asset tag", "Description"}
    assert columns == set(DEVICES) - used
    statuses = [what for what in named if what.startswith("status")]
    assert len(statuses) == sum(device(n)["Status"] in ("Offline", "Failed") for n in range(500))


def test_each_field_of_an_export_arrives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sites.toml").write_text(UNITS, "utf-8")
    assert canh(tmp_path, "import", *export(tmp_path), "--apply") == 0
    network = read(tmp_path / "sites.toml").network
    assert network is not None
    for n in range(500):
        given = device(n)
        key = f"thiet-bi-{n}" if n % 9 == 0 else f"dev-{n}"
        mine = network.devices[key]
        assert mine.site == f"tru-so-{n % 50}"
        assert mine.address == (given["IP Address"].partition("/")[0] or None)
        assert (mine.vendor, mine.model) == (given["Manufacturer"], given["Type"])
        assert (mine.serial, mine.asset_tag) == (given["Serial number"], given["Asset tag"] or None)
        assert mine.role == "access-switch"
        quiet = given["Status"] in ("Planned", "Staged") or not given["IP Address"]
        assert (mine.monitor == "none") == quiet, given
        if n % 9 == 0:
            assert mine.name == given["Name"]
    here = network.sites["tru-so-7"]
    assert (here.name, here.unit, here.lat, here.lon) == ("Trụ sở 7", "u7", 15.12, 108.79)
    assert here.postal_address == "7 Hùng Vương"
    link = network.links["L-1"]
    assert str(link.a) == "dev-3:GigabitEthernet1/0/1"
    assert (link.medium, link.length_km) == ("fibre", 0.35)
    assert str(network.links["cable-8"].b) == "thiet-bi-18:GigabitEthernet1/0/2"


def test_a_region_that_is_no_unit_is_told_at_its_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sites.toml").write_text(UNITS, "utf-8")
    (tmp_path / "s.csv").write_text("Name,Facility,Region\nTrụ sở,x,Xã 99\n", "utf-8")
    assert canh(tmp_path, "import", tmp_path / "s.csv") == 1
    assert 's.csv!C2: region "Xã 99" is no unit' in capsys.readouterr().err
    assert canh(tmp_path, "import", tmp_path / "s.csv", "--unit", "u3", "--apply") == 0
    network = read(tmp_path / "sites.toml").network
    assert network is not None
    assert network.sites["tru-so"].unit == "u3"


def test_a_device_that_the_files_call_otherwise_is_found_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = SOUND.replace('id = "hub-r"', 'id = "hub-r"\nname = "Core Router"')
    (tmp_path / "sites.toml").write_text(here, "utf-8")
    rows = "Core Router,hub,router,C9200,S1\nDC-R,dc,router,C9300,S2\n"
    (tmp_path / "d.csv").write_text(f"Name,Site,Role,Type,Serial number\n{rows}", "utf-8")
    assert canh(tmp_path, "import", tmp_path / "d.csv", "--apply") == 0
    assert "device: 2 changed" in capsys.readouterr().out
    network = read(tmp_path / "sites.toml").network
    assert network is not None
    assert network.devices.keys() == {"dc-r", "hub-r"}
    assert (network.devices["hub-r"].name, network.devices["hub-r"].serial) == ("Core Router", "S1")
    assert network.devices["dc-r"].name is None


def test_a_cell_without_a_value_of_its_own_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sites.toml").write_text(SOUND, "utf-8")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "devices"
    sheet.append(["Name", "Site", "Role", "Type", "Serial number"])
    sheet.append(["new-r", "hub", "=A1", "C9200", "#N/A"])
    book.save(tmp_path / "d.xlsx")
    assert canh(tmp_path, "import", tmp_path / "d.xlsx", "--json") == 1
    found = json.loads(capsys.readouterr().out)["problems"]
    errors = {one["at"]: one["what"] for one in found if one["level"] == "error"}
    assert errors == {
        "devices!C2": "is a formula; paste the value in its place",
        "devices!E2": 'is the error "#N/A"; type what is meant',
    }


def test_device_types_correct_the_spelling_of_maker_and_model(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "sites.toml"
    text = path.read_text("utf-8").replace('model = "MX-series (demo)"', 'model = "mx204"')
    path.write_text(text, "utf-8")
    (folder / "mx.yaml").write_text(
        "manufacturer: Juniper Networks\nmodel: MX204\nslug: juniper-mx204\nu_height: 1\n"
        "interfaces:\n  - name: ge-0/0/0\n    type: 1000base-t\n---\n"
        "manufacturer: X\nmodel: None of ours\n",
        "utf-8",
    )
    assert canh(folder, "import", folder / "mx.yaml", "--apply") == 0
    told = capsys.readouterr()
    assert "left out: interfaces, u_height" in told.err
    assert "no device is of that model" in told.err
    network = read(path).network
    assert network is not None
    mine: Any = network.devices["p-ttdl-router1"]
    assert (mine.vendor, mine.model) == ("Juniper Networks", "MX204")


def test_device_types_go_into_the_rows_that_come_beside_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(SOUND.replace('id = "dc-r"', 'id = "dc-r"\nmodel = "MX204"'), "utf-8")
    rows = "dc-r,dc,router,,S1\nnew-r,hub,router,mx204,S2\n"
    (tmp_path / "device.csv").write_text(f"id,site,role,model,serial\n{rows}", "utf-8")
    one = "manufacturer: Juniper\nmodel: MX204\n"
    for text, code in ((f"{one}---\n{one}", 1), (one, 0)):
        (tmp_path / "t.yaml").write_text(text, "utf-8")
        files = (tmp_path / "t.yaml", tmp_path / "device.csv")
        assert canh(tmp_path, "import", *files, "--apply") == code
        twice = 't.yaml: MX204: device "new-r" has its type from t.yaml: MX204'
        assert (twice in capsys.readouterr().err) == (code == 1)
    network = read(path).network
    assert network is not None
    mine = [network.devices[key] for key in ("dc-r", "new-r")]
    assert [(one.vendor, one.model) for one in mine] == [("Juniper", "MX204")] * 2
    assert [one.serial for one in mine] == ["S1", "S2"]

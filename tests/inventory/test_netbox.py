"""NetBox: our files pass the rules of its import forms; its exports come in, or are named."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from inventory.sites_toml import read

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
Row = dict[str, str]


def heads(text: str) -> list[str]:
    return text.split(",")


def canh(folder: Path, *words: str | Path) -> int:
    command, *rest = map(str, words)
    return main([command, "--config", str(folder / "sites.toml"), *rest])


# -- what its import forms demand ----------------------------------------------------------------
# netbox-community/netbox 4.2 to 4.7: dcim/forms/bulk_import.py, ipam/…, circuits/…; choices.py.


@dataclass(frozen=True)
class Form:
    """`finds`: column → (form, its column) in which the value must stand already."""

    needed: str
    optional: str = ""
    longest: dict[str, int] = field(default_factory=dict)
    finds: dict[str, tuple[str, str]] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()


FORMS = {
    "regions": Form(
        "name slug",
        "parent.slug description",
        {"name": 100, "slug": 100},
        {"parent.slug": ("regions", "slug")},
        unique=("slug",),
    ),
    "sites": Form(
        "name slug status",
        "region region.slug group tenant facility time_zone description physical_address"
        " shipping_address latitude longitude comments tags",
        {"name": 100, "slug": 100, "physical_address": 200},
        {"region.slug": ("regions", "slug")},
        {"status": "planned staging active decommissioning retired"},
        ("name", "slug"),
    ),
    "manufacturers": Form("name slug", "description", {"name": 100}, unique=("name", "slug")),
    "device-types": Form(
        "manufacturer model slug u_height",
        "is_full_depth part_number default_platform airflow comments",
        {"model": 100, "slug": 100},
        {"manufacturer": ("manufacturers", "name")},
        {"is_full_depth": "true false"},
        ("slug",),
    ),
    "device-roles": Form("name slug color", "vm_role", {"name": 100}, unique=("name", "slug")),
    "devices": Form(
        "role manufacturer device_type status site.slug",
        "name tenant platform serial asset_tag location rack position face latitude longitude"
        " parent device_bay airflow virtual_chassis vc_position vc_priority cluster description"
        " config_template comments tags",
        {"name": 64, "serial": 50, "asset_tag": 50, "description": 200},
        {
            "role": ("device-roles", "name"),
            "manufacturer": ("manufacturers", "name"),
            "device_type": ("device-types", "model"),
            "site.slug": ("sites", "slug"),
        },
        {"status": "offline active planned staged failed inventory decommissioning"},
        ("name", "asset_tag"),
    ),
    "interfaces": Form(
        "device name type",
        "label parent bridge lag speed duplex enabled mark_connected mtu mgmt_only description",
        {"name": 64},
        {"device": ("devices", "name")},
        {"type": "other virtual", "mgmt_only": "true false"},
    ),
    "ip-addresses": Form(
        "address status",
        "vrf tenant role device virtual_machine interface is_primary dns_name description",
        {},
        {"device": ("devices", "name"), "interface": ("interfaces", "name")},
        {"status": "active reserved deprecated dhcp slaac", "is_primary": "true false"},
    ),
    "providers": Form("name slug", "", {"name": 100}, unique=("name", "slug")),
    "circuit-types": Form("name slug", "color", {"name": 100}, unique=("name", "slug")),
    "circuits": Form(
        "cid provider type status",
        "provider_account tenant install_date termination_date commit_rate description comments",
        {"cid": 100, "description": 200},
        {"provider": ("providers", "name"), "type": ("circuit-types", "name")},
        {"status": "planned provisioning active offline deprovisioning decommissioned"},
    ),
    "cables": Form(
        "side_a_device side_a_type side_a_name side_b_device side_b_type side_b_name",
        "type status tenant label color length length_unit description comments tags",
        {"label": 100},
        {
            "side_a_device": ("devices", "name"),
            "side_b_device": ("devices", "name"),
            "side_a_name": ("interfaces", "name"),
            "side_b_name": ("interfaces", "name"),
        },
        {
            "side_a_type": "dcim.interface",
            "side_b_type": "dcim.interface",
            "type": "smf mmf cat5e cat6",
            "status": "connected planned decommissioning",
            "length_unit": "km m cm",
        },
    ),
}


def accepted(folder: Path) -> dict[str, list[Row]]:
    """Import the files in their order, as NetBox would; what it refuses fails the test."""
    stood: dict[str, list[Row]] = {}
    for path in sorted(folder.iterdir()):
        name = path.stem.partition("-")[2]
        form = FORMS[name]
        reader = csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""))
        given = list(reader.fieldnames or ())
        rows = stood.setdefault(name, [])
        assert set(form.needed.split()) <= set(given), path.name
        assert set(given) <= {*form.needed.split(), *form.optional.split()}, path.name
        assert len(set(given)) == len(given)
        for row in reader:
            _accept(name, form, row, stood)
            rows.append(row)
    return stood


def _accept(name: str, form: Form, row: Row, stood: dict[str, list[Row]]) -> None:
    told = (name, row)
    for head in form.needed.split():
        assert row[head].strip(), told
    for head, value in row.items():
        assert len(value) <= form.longest.get(head, 10_000), (head, told)
        if value and head in form.finds:
            kind, column = form.finds[head]
            assert any(one[column] == value for one in stood[kind]), (head, told)
        if value and head in form.choices:
            assert value in form.choices[head].split(), (head, told)
    for head in form.unique:
        if row.get(head):
            twins = [one for one in stood[name] if one[head].casefold() == row[head].casefold()]
            assert not twins, (head, told)
    if "slug" in row:
        assert SLUG.fullmatch(row["slug"]), told
    if name == "ip-addresses":
        assert "/" in row["address"]
        ipaddress.ip_interface(row["address"])
    for head, whole in (("latitude", 2), ("longitude", 3)):
        if row.get(head):
            before, _, after = row[head].lstrip("-").partition(".")
            assert len(before) <= whole, told
            assert len(after) <= 6, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy("sites.toml", tmp_path / "sites.toml")
    return tmp_path


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
    assert "no device of the files is of that model" in told.err
    network = read(path).network
    assert network is not None
    mine: Any = network.devices["p-ttdl-router1"]
    assert (mine.vendor, mine.model) == ("Juniper Networks", "MX204")

"""What the import forms of NetBox demand, as netbox-community/netbox 4.2 to 4.7 writes it:
dcim/forms/bulk_import.py, ipam/…, circuits/…; choices.py."""

from __future__ import annotations

import csv
import io
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
Row = dict[str, str]


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

"""From sound rows to the network; from unsound ones to a sketch in which loops can be seen."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from inventory.model import Defaults, Network, Unit
from inventory.rows import Findings, Row
from inventory.rules import SHORTEST_KEY, monitor_of
from inventory.secrets import FILE, Named, Secrets

# Table → field of Network. The tables without ids of their own become tuples.
BY_ID = {
    "snmp": "snmp",
    "ssh": "ssh",
    "provider": "providers",
    "unit": "units",
    "contact": "contacts",
    "site": "sites",
    "device": "devices",
    "link": "links",
    "service": "services",
    "calendar": "calendars",
    "channel": "channels",
    "rule": "rules",
    "export": "exports",
}
IN_ORDER = {
    "path": "paths",
    "placement": "placements",
    "maintenance": "maintenance",
    "target": "targets",
    "escalation": "escalations",
}
# Tables that are fields themselves.
SINGLE = ("defaults", "retention", "report", "traps", "web", "oidc", "notify")


def reveal(rows: Iterable[Row], secrets: Secrets | None, findings: Findings) -> None:
    """Put the secrets' values where their names stand; without `secrets`, leave them out."""
    for row in rows:
        for key, named in list(row.values.items()):
            if not isinstance(named, Named):
                continue
            value = secrets.value(named, os.environ) if secrets else None
            if value is None:
                del row.values[key]
            else:
                row.values[key] = value
            if secrets is None or secrets.faults:
                continue  # a refused secrets.toml is told once, not once a name
            if value is None:
                what = f'{key}: the secret "{named.name}" is not set'
                findings.row(row, key, what, f"put it into {FILE} or ${named.variable}")
            elif key.endswith("_key") and len(value) < SHORTEST_KEY:
                what = f'{key}: the secret "{named.name}" is too short'
                findings.row(row, key, what, f"SNMPv3 wants {SHORTEST_KEY} characters (RFC 3414)")


def network(rows: Iterable[Row], sha256: str) -> Network:
    """The network of these rows; what is missing in unsound rows is left empty."""
    found: dict[str, Any] = {field: {} for field in BY_ID.values()}
    listed: dict[str, list[Any]] = {field: [] for field in IN_ORDER.values()}
    single: dict[str, Any] = {"name": "", "timezone": ""}
    rows = list(_first_of_each(rows))
    single |= {row.table.name: _value(row) for row in rows if row.table.name in SINGLE}
    defaults = single.get("defaults", Defaults())
    for row in rows:
        name = row.table.name
        if name == "network":
            single |= {k: v for k, v in row.values.items() if k != "include"}
        elif name in IN_ORDER:
            listed[IN_ORDER[name]].append(_value(row))
        elif name == "unit":
            continue
        elif name in BY_ID and (row.table.shape == "named" or "id" in row.values):
            changes = _device(row, defaults) if name == "device" else _beside(row)
            found[BY_ID[name]][row.id] = _value(row, **changes)
    tuples: dict[str, Any] = {field: tuple(values) for field, values in listed.items()}
    found["units"], tuples["former_units"] = _units(rows)
    return Network(**single, **found, **tuples, sha256=sha256)


def _first_of_each(rows: Iterable[Row]) -> Iterator[Row]:
    """Of two rows with one id the first stays; those of a unit are its rows over time."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (row.table.name, row.id)
        several = row.table.name == "unit" or (not row.id and row.table.shape == "many")
        if key not in seen or several:
            yield row
        seen.add(key)


def _units(rows: Iterable[Row]) -> tuple[dict[str, Unit], tuple[Unit, ...]]:
    """Each unit as it stands last, and what was before."""
    last: dict[str, Unit] = {}
    former: list[Unit] = []
    for row in rows:
        if row.table.name != "unit" or "id" not in row.values:
            continue
        unit = _value(row)
        other = last.get(unit.id)
        if other is None or (other.valid_from or date.min) <= (unit.valid_from or date.min):
            former += [other] if other else []
            last[unit.id] = unit
        else:
            former.append(unit)
    return last, tuple(former)


def _value(row: Row, **changes: Any) -> Any:
    values: dict[str, Any] = {"id": row.id} if row.table.shape == "named" else {}
    values |= row.values | changes
    for key in row.table.required - values.keys():
        values[key] = ""
    return row.table.model(**values)


def _device(row: Row, defaults: Defaults) -> dict[str, Any]:
    """What a device has without saying so."""
    has_address = "address" in row.values
    return {
        "monitor": row.values.get("monitor") or monitor_of(row),
        "snmp": row.values.get("snmp", defaults.snmp if has_address else ()),
    }


def _beside(row: Row) -> dict[str, Any]:
    """A file named in a table stands beside the file that names it."""
    named = row.values.get("ca_file")
    return {} if named is None else {"ca_file": str((Path(row.file).parent / named).resolve())}


def sketch(whole: Network) -> Network:
    """The part of an unsound network whose references resolve: enough to follow uplinks."""
    sites = {
        site.id: dataclasses.replace(site, uplink=_only(site.uplink, whole.sites))
        for site in whole.sites.values()
    }
    devices = {d.id: d for d in whole.devices.values() if d.site in sites}
    links = {
        link.id: link
        for link in whole.links.values()
        if link.a and link.b and link.a.site in sites and link.b.site in sites
    }
    sites = {
        site.id: dataclasses.replace(site, gateway=_only(site.gateway, devices))
        for site in sites.values()
    }
    return dataclasses.replace(whole, sites=sites, devices=devices, links=links)


def _only(ids: tuple[str, ...], known: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(one for one in ids if one in known)

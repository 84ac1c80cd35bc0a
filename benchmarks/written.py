"""A network as the sites.toml that would declare it, for what is measured from the file on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from inventory.build import BY_ID, IN_ORDER
from inventory.model import Network
from inventory.tables import TABLES

LEFT_OUT = ("ssh", "service", "calendar", "maintenance")
HELD = {name: held for name, held in (BY_ID | IN_ORDER).items() if name not in LEFT_OUT}


def written(network: Network) -> str:
    """All of it but services, calendars, planned work and secrets."""
    lines = ["[network]", *_keys("network", network), "[defaults]"]
    lines += _keys("defaults", network.defaults)
    for table, held in HELD.items():
        things = getattr(network, held)
        for thing in things.values() if isinstance(things, Mapping) else things:
            lines.append(f"[snmp.{thing.id}]" if table == "snmp" else f"[[{table}]]")
            lines += _keys(table, thing)
    return "\n".join(lines) + "\n"


def _keys(table: str, thing: Any) -> Iterator[str]:
    """What differs from the value that holds where the key is missing."""
    fields = {field.name: field for field in dataclasses.fields(thing)}
    for name in TABLES[table].keys:
        field = fields.get(name)
        if field is not None and (value := getattr(thing, name)) != field.default:
            yield f"{name} = {_value(value)}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case date():
            return value.isoformat()
        case tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case Mapping():
            raise TypeError("a table in a table: nothing that is measured has one")
        case _:
            return json.dumps(str(value), ensure_ascii=False)

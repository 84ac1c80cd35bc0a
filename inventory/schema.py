"""A JSON Schema of sites.toml for editors, made from the same tables that read it."""

from __future__ import annotations

from typing import Any

from inventory.keys import Key, Table
from inventory.labels import key_label, table_label
from inventory.phrases import LANGUAGES
from inventory.tables import TABLES

FILE = "sites.schema.json"
DIRECTIVE = f"#:schema ./{FILE}"  # what editors look for in the first line of a TOML file
_TEXT: dict[str, Any] = {"type": "string"}
_LIST: dict[str, Any] = {"type": "array", "items": _TEXT}
_TEXTS: dict[str, Any] = {"anyOf": [_TEXT, _LIST]}
_FORMS: dict[str, dict[str, Any]] = {
    "text": _TEXT,
    "number": {"type": "number"},
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "yes_no": {"type": "boolean"},
    "ids": _TEXTS,
    "profiles": {"anyOf": [{"const": False}, _TEXT, _LIST]},
    "texts": {
        "anyOf": [
            _TEXT,
            {"type": "integer"},
            {"type": "array", "items": {"type": ["string", "integer"]}},
        ]
    },
    "toml": {"type": "object"},
}


def schema() -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "sites.toml of Canh",
        "type": "object",
        "properties": {name: _table(table) for name, table in TABLES.items()},
        "additionalProperties": False,
    }


def _table(table: Table) -> dict[str, Any]:
    one: dict[str, Any] = {
        "type": "object",
        "properties": {name: _key(name, key) for name, key in table.keys.items()},
        "required": sorted(table.required),
        "additionalProperties": False,
    }
    told = {"description": " · ".join(table_label(table.name, lang) for lang in LANGUAGES)}
    if table.shape == "many":
        return told | {"type": "array", "items": one}
    if table.shape == "named":
        return told | {"type": "object", "additionalProperties": one}
    return told | one


def _key(name: str, key: Key) -> dict[str, Any]:
    label = " · ".join(key_label(name, language) for language in LANGUAGES)
    told: dict[str, Any] = {"description": f"{label}: {key.words}"}
    if key.among:
        return told | {"enum": list(key.among)}
    return told | _FORMS[key.form]

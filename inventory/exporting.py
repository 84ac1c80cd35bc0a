"""The files as tables: every row as it was written, without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inventory.cells import Cell, to_cell
from inventory.edition import Edition
from inventory.grids import write_csv
from inventory.labels import headings
from inventory.tables import TABLES

Tables = Mapping[str, list[Mapping[str, Any]]]
_TOKENS = ("heartbeat",)  # may stand plainly in the files, and open a door


def tables(edition: Edition, wanted: Iterable[str] = ()) -> Tables:
    """Table → its rows as raw values of TOML, in the order of the tables and of the files."""
    names = list(wanted) or list(TABLES)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in edition.rows:
        if row.table.name not in names:
            continue
        values = {key: value for key, value in row.raw.items() if not opens_a_door(key, value)}
        if row.table.shape == "named":
            values = {"id": row.id, **values}
        found.setdefault(row.table.name, []).append(values)
    return {name: found[name] for name in TABLES if name in found}


def opens_a_door(key: str, value: Any) -> bool:
    """A secret that stands in the files itself."""
    return key in _TOKENS and value is not None and not str(value).startswith("secret:")


def columns(name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Required keys, and those that any row has, in the order of the table."""
    wanted = TABLES[name].required | {key for row in rows for key in row}
    return [key for key in headings(name) if key in wanted]


def cells(name: str, row: Mapping[str, Any], heads: Iterable[str]) -> list[Cell]:
    keys = TABLES[name].keys
    return [to_cell(keys[head], row.get(head)) if head in keys else row.get(head) for head in heads]


def csv_text(name: str, rows: list[Mapping[str, Any]]) -> str:
    """One table; its headings are the keys."""
    heads = columns(name, rows)
    return write_csv(heads, [cells(name, row, heads) for row in rows])

"""The files as tables: every row as it was written, without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inventory.cells import to_cell
from inventory.edition import Edition
from inventory.grids import write_csv
from inventory.keys import TABLES

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


def csv_text(name: str, rows: list[Mapping[str, Any]]) -> str:
    """One table; its headings are the keys."""
    from inventory.workbooks import columns

    keys = TABLES[name].keys
    heads = columns(name, rows)
    return write_csv(
        heads,
        [
            [
                to_cell(keys[head], row.get(head)) if head in keys else row.get(head)
                for head in heads
            ]
            for row in rows
        ],
    )

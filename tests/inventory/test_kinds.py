"""A value that the record has no room for is refused where it is written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column

from inventory.kinds import Fault, instant
from inventory.tables import TABLES
from store.dated_tables import device_at, unit_at
from store.spoken import maintenance
from store.tables import live, thing

KEPT: list[tuple[str, str, str, Column[Any]]] = [
    ("unit", "code", "", unit_at.c.code),
    ("device", "id", "", thing.c.key),
    ("device", "role", "", device_at.c.role),
    ("device", "address", "", live.c.address),
    ("service", "url", "http://h/", live.c.address),
    ("maintenance", "author", "", maintenance.c.author),
]


@pytest.mark.parametrize(("table", "key", "begin", "column"), KEPT)
def test_what_is_kept_in_a_column_of_a_width_fits_into_it(
    table: str, key: str, begin: str, column: Column[Any]
) -> None:
    read = TABLES[table].keys[key].read
    width = column.type.length  # type: ignore[attr-defined]
    assert isinstance(read(begin + "u" * (width + 1 - len(begin))), Fault)
    assert not isinstance(read(begin + "u" * 16), Fault)


@pytest.mark.parametrize("text", ["9999-12-31T23:00:00+07:00", "0001-01-01T00:00:00+07:00"])
def test_a_time_that_nobody_can_mean_is_refused(text: str) -> None:
    fault = instant(text)
    assert isinstance(fault, Fault)
    assert "2000 to 2100" in fault.what

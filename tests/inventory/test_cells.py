"""What a cell of a table means, and every word that may stand above one."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inventory.cells import of_cell, to_cell
from inventory.grids import inert, read_csv, write_csv
from inventory.keys import Key
from inventory.kinds import Fault
from inventory.labels import key_label, keys_by_heading, tables_by_heading
from inventory.phrases import LANGUAGES, table
from inventory.tables import TABLES

letters = st.characters(exclude_characters="\x00\r\n", exclude_categories=["Cs"])


def at(year: int, month: int, day: int) -> datetime:
    """As a spreadsheet gives it: without a zone."""
    return datetime(year, month, day)  # noqa: DTZ001


MEANT: dict[str, list[tuple[Any, Any]]] = {
    "text": [("x", "x"), (12, "12"), (12.0, "12"), (" x ", "x"), (1.5, "1.5")],
    "number": [("6,5", 6.5), ("1000", 1000), (2.0, 2), ("-1.5", -1.5), ("108.7850", 108.785)],
    "day": [
        (at(2026, 10, 31), date(2026, 10, 31)),
        ("31/10/2026", date(2026, 10, 31)),
        ("2026-10-31", date(2026, 10, 31)),
        ("1-2-2026", date(2026, 2, 1)),
    ],
    "yes_no": [("Có", True), ("x", True), (1, True), ("không", False), ("FALSE", False)],
    "ids": [("a, b", ["a", "b"]), ("a;b\nc", ["a", "b", "c"]), ("[]", []), ("a", ["a"])],
    "profiles": [(False, False), ("không", False), ("a", "a"), ("a, b", ["a", "b"])],
    "texts": [("a, b; c", ["a, b", "c"]), ('["x;y"]', ["x;y"])],
}
NOT_MEANT: dict[str, list[Any]] = {
    "text": [at(2026, 1, 1), 1.5e16],
    "number": ["x", "1.000.000", "1.000", "12,500", True, date(2026, 1, 1)],
    "day": ["31/13/2026", "soon", 45000, True],
    "yes_no": ["maybe", 2],
    "moment": [at(2026, 1, 1)],
    "toml": ["{", "mon-fri"],
}


@pytest.mark.parametrize("form", MEANT)
def test_cells_mean_what_people_type(form: Any) -> None:
    key = Key(lambda raw: raw, "", form=form)
    for cell, meant in MEANT[form]:
        assert of_cell(key, cell) == meant, cell


@pytest.mark.parametrize("form", NOT_MEANT)
def test_what_a_cell_cannot_mean_is_a_fault(form: Any) -> None:
    key = Key(lambda raw: raw, "", form=form)
    for cell in NOT_MEANT[form]:
        assert isinstance(of_cell(key, cell), Fault), cell


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)))
def test_any_list_of_texts_survives_its_cell(texts: list[str]) -> None:
    key = TABLES["service"].keys["expect"]
    found = of_cell(key, to_cell(key, texts))
    assert ([found] if isinstance(found, str) else found) == texts


def test_every_table_and_key_has_a_label_and_no_label_means_two() -> None:
    assert len(tables_by_heading()) >= len(TABLES)
    for name, one in TABLES.items():
        for language in LANGUAGES:
            labels = [key_label(key, language) for key in one.keys]
            assert len(set(labels)) == len(labels), (name, language)
        assert set(keys_by_heading(name).values()) >= one.keys.keys()
    used = {key for one in TABLES.values() for key in one.keys} | {"id"}
    assert {key.removeprefix("column.") for key in table() if key.startswith("column.")} == used


@given(st.lists(st.lists(st.text(letters), min_size=2, max_size=2), max_size=5))
@example([[";", ";"]])
def test_whatever_is_written_as_csv_is_read_as_the_same(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text("\ufeff" + write_csv(["a,b", "c"], rows), "utf-8", newline="")
        grid = read_csv(path)
    found = [
        [str(cells[column].value) if column in cells else "" for column in (1, 2)]
        for _, cells in grid.rows[1:]
    ]
    blank = [["" if not inert(cell).strip() else cell for cell in row] for row in rows]
    assert found == [row for row in blank if any(row)]

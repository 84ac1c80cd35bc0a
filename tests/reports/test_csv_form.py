"""The CSV of a report: every figure as a number, every text as a text."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from inventory.grids import FORMULA
from reports import csv_form, json_form
from reports.contents import contents
from reports.figures import figures
from reports.flat import flat, tables
from reports.tables import At, Cell, Lasting, Table
from reports.wording import plain
from tests.reports.hostile import evil
from tests.reports.province import october

DOCUMENT = figures(october())
ZONE = ZoneInfo(DOCUMENT.timezone)
TABLES = [table for section in contents(DOCUMENT) for table in tables(section)]
FILES = csv_form.render(DOCUMENT)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def records(name: str) -> list[dict[str, str]]:
    heads, *lines = rows(FILES[f"{name}.csv"])
    return [dict(zip(heads, line, strict=True)) for line in lines]


def test_there_is_a_file_for_each_table_with_a_mark_and_crlf() -> None:
    assert list(FILES) == [f"{table.name}.csv" for table in TABLES]
    for content in FILES.values():
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\r\n")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_figure_is_that_of_the_document(table: Table) -> None:
    found = flat(table, every_share=True)
    heads, *lines = rows(FILES[f"{table.name}.csv"])
    assert heads == ["id", "kind", *(field.key for field in found.fields)]
    assert len(set(heads)) == len(heads)
    for row, line in zip(found.rows, lines, strict=True):
        assert line[:2] == [row.id, row.kind]
        for cell, text in zip(row.cells, line[2:], strict=True):
            same(cell, text)


def same(cell: Cell, text: str) -> None:
    value = plain(cell, ZONE)
    if isinstance(cell, At):
        assert value == (datetime.fromisoformat(text) if text else None)
    elif isinstance(value, int | float):
        assert float(text) == value
        assert "," not in text
    elif cell is None or (isinstance(cell, Lasting) and cell.ms is None):
        assert text == ""


def test_percentages_and_seconds_are_those_of_the_json() -> None:
    things = {(one["kind"], one["id"]): one for one in json_form.form(DOCUMENT)["things"]}
    told = 0
    for name in FILES:
        if name.endswith("-numbers.csv"):  # of days and months, not of the period
            continue
        for row in records(name.removesuffix(".csv")):
            thing = things.get((row["kind"], row["id"]))
            for key in ("service_pct", "availability_pct", "seen_pct", "longest_s", "mttr_s"):
                if thing is not None and key in row:
                    assert row[key] == "" or float(row[key]) == pytest.approx(thing[key], rel=1e-9)
                    assert (row[key] == "") == (thing[key] is None)
                    told += 1
            for share, seconds in (thing or {"split_s": {}})["split_s"].items():
                if f"split_{share}_s" in row:
                    assert float(row[f"split_{share}_s"]) == seconds
                    told += 1
    assert told > 150


def test_words_are_keys_and_outages_have_both_ends_of_their_brackets() -> None:
    assert {row["verdict"] for row in records("sites-commune")} == {"met", "missed"}
    hub = next(row for row in records("outages") if row["thing_about"] == "link · L0060")
    assert hub["began_earliest"] == "2026-10-06T08:12:20+07:00"
    assert hub["began_latest"] == "2026-10-06T08:12:30+07:00"
    assert hub["cause"] == "fibre"
    running = next(row for row in records("outages") if row["ended_earliest"] == "open")
    assert running["ended_latest"] == ""


def test_those_without_a_figure_are_named_with_the_reason() -> None:
    found = {(row["why"], row["name"]) for row in records("missing-rest")}
    assert ("never_seen", "Ủy ban nhân dân xã Đức Hòa") in found


def test_devices_bear_the_name_of_their_site() -> None:
    [row] = [row for row in records("devices-province") if row["id"] == "p-ttdl-router1"]
    assert row["within"] == "Trung tâm Dữ liệu tỉnh Quảng Ngãi"


def test_the_zip_holds_all_of_them_and_is_the_same_each_time() -> None:
    whole = csv_form.packed(DOCUMENT)
    assert whole == csv_form.packed(figures(october()))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.infolist()[0].date_time == (2026, 11, 1, 0, 0, 0)


def test_no_name_is_a_formula_a_path_or_turns_the_reading() -> None:
    files = csv_form.render(evil())
    assert all(name.replace("-", "").removesuffix(".csv").isalnum() for name in files)
    for content in files.values():
        heads, *lines = rows(content)
        for line in lines:
            assert len(line) == len(heads)
            for text in line:
                assert text[:1] not in FORMULA or is_number(text), text
                assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in text)


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None

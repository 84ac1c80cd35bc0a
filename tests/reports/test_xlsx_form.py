"""The workbook of a report: numbers are numbers, names are texts, in openpyxl and LibreOffice."""

from __future__ import annotations

import io
import subprocess
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import repeat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from inventory.phrases import LANGUAGES
from reports import xlsx_form
from reports.contents import contents
from reports.document import Document
from reports.figures import figures
from reports.flat import flat, tables
from reports.numbers import percent
from reports.periods import local
from reports.sheet_numbers import number_of
from reports.sheet_titles import LONGEST
from reports.tables import Amount, At, Cell, Count, Lasting, Percent, Points, Share, Table, Target
from reports.wording import Wording
from tests.needs import need_program
from tests.reports.hostile import evil
from tests.reports.province import LONGEST_NAME, october

DOCUMENT = figures(october())
TABLES = [table for section in contents(DOCUMENT) for table in tables(section)]
HEAD, FIRST = 2, 3  # rows, from 1


@pytest.fixture(scope="module", params=LANGUAGES)
def wording(request: pytest.FixtureRequest) -> Wording:
    return Wording(DOCUMENT, str(request.param))


@pytest.fixture(scope="module")
def book(wording: Wording) -> Workbook:
    return opened(DOCUMENT, wording.language)


def opened(document: Document, language: str) -> Workbook:
    return load_workbook(io.BytesIO(xlsx_form.render(document, language)))


def sheet_of(book: Workbook, table: Table) -> Worksheet:
    sheet = book.worksheets[1 + TABLES.index(table)]
    assert isinstance(sheet, Worksheet)
    return sheet


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_figure_is_that_of_the_document(
    book: Workbook, wording: Wording, table: Table
) -> None:
    sheet, found = sheet_of(book, table), flat(table)
    for number, row in enumerate(found.rows, FIRST):
        for column, cell in enumerate(row.cells, 1):
            same(sheet.cell(number, column).value, cell, wording)
    assert sheet.max_row == len(found.rows) + HEAD
    heads = [cell.value for cell in sheet[HEAD]]
    assert len(set(heads)) == len(heads)
    assert all(heads)


def same(value: Any, cell: Cell, wording: Wording) -> None:
    match cell:
        case None:
            assert value is None
        case Percent(exact) | Target(exact) if exact is not None:
            assert value * 100 == pytest.approx(exact, rel=1e-14)
        case Count(exact) if exact is not None:
            assert value == exact
        case Points(then, now) if then is not None and now is not None:
            assert value == pytest.approx(now - then, abs=1e-9)
        case Amount(exact) if exact is not None:
            assert value == exact
        case Lasting(ms) if ms is not None:
            assert value / timedelta(milliseconds=1) == pytest.approx(ms, abs=1)
        case At(ms) if ms is not None:
            assert value == local(ms, wording.clock.zone).replace(tzinfo=None)
        case _:
            assert value == wording.text(cell)


def test_the_first_sheet_leads_to_every_other(book: Workbook) -> None:
    front, *others = book.worksheets
    titles = [sheet.title for sheet in others]
    links = {row[0].hyperlink.location for row in front.iter_rows() if row[0].hyperlink}
    assert links == {f"'{title}'!A1" for title in titles[:-1]}
    said = " ".join(str(cell.value) for row in front.iter_rows() for cell in row if cell.value)
    assert "Mạng diện rộng tỉnh Quảng Ngãi" in said
    assert "Asia/Ho_Chi_Minh" in said


def test_names_of_sheets_are_short_and_told_apart(book: Workbook) -> None:
    titles = [sheet.title for sheet in book.worksheets]
    assert len({title.casefold() for title in titles}) == len(titles)
    assert all(len(title) <= LONGEST for title in titles)


def test_sheets_are_filtered_frozen_and_fit_on_paper(book: Workbook) -> None:
    for table in TABLES:
        sheet = sheet_of(book, table)
        assert sheet.freeze_panes == "B3"
        assert sheet.auto_filter.ref == f"A{HEAD}:{sheet.dimensions.split(':')[1]}"
        assert sheet.print_title_rows == "$2:$2"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr == PageSetupProperties(fitToPage=True)


def test_headings_of_times_say_their_unit(book: Workbook, wording: Wording) -> None:
    for table in TABLES:
        sheet = sheet_of(book, table)
        for column, field in enumerate(flat(table).fields, 1):
            if field.lasting:
                assert str(sheet.cell(HEAD, column).value).endswith(f"({wording.say('xlsx.time')})")


@pytest.mark.parametrize(
    ("value", "limits", "form"),
    [
        (100, (), "0.00%"),
        (99.42, (99.9,), "0.00%"),
        (99.99614, (), "0.000%"),
        (99.99999, (), "0.00000%"),
        (99.8999, (99.9,), "0.0000%"),
        (99.885, (99.89,), "0.000%"),  # a workbook rounds this half up, to the target
        (89.99601, (90.0,), "0.000%"),
        (0.0001, (), "0.0000%"),
    ],
)
def test_a_percentage_gets_digits_until_it_shows_what_the_page_shows(
    value: float, limits: tuple[float, ...], form: str
) -> None:
    number = number_of(Percent(value, limits), Wording(DOCUMENT, "en"))
    assert number is not None
    assert number.form == form
    digits = Decimal(1).scaleb(2 - len(form.rstrip("%")))
    seen = Decimal(repr(value)).quantize(digits, ROUND_HALF_UP)
    assert seen < 100 or value == 100
    assert all(seen < Decimal(str(limit)) for limit in limits)
    page = Decimal(percent(value, "en", limits).removesuffix(" %"))
    assert abs(page - seen) <= abs(page - Decimal(repr(value)))


def test_two_figures_that_differ_look_different_and_so_does_their_difference() -> None:
    wording = Wording(DOCUMENT, "en")
    then, now = 99.90001, 99.90002
    cells = (Percent(then, unlike=now), Percent(now, unlike=then), Points(then, now))
    forms = [number.form for cell in cells if (number := number_of(cell, wording))]
    assert forms == ["0.00000%", "0.00000%", "+0.00000;-0.00000;0.00000"]
    assert number_of(Points(now, 90.0), wording) == (-9.90002, "+0.00;-0.00;0.00")
    assert number_of(Points(None, now), wording) is None


def test_a_share_is_cut_as_in_every_other_form() -> None:
    number = number_of(Share(2, 3), Wording(DOCUMENT, "vi"))
    assert number == (0.6666, "0.00%")


def test_no_figure_is_a_dash_and_never_a_number(wording: Wording) -> None:
    for cell in (Percent(None), Target(None), Count(None), Lasting(None), At(None), Share(0, 0)):
        assert number_of(cell, wording) is None
        assert wording.text(cell) == "–"


def test_the_same_report_gives_the_same_bytes() -> None:
    first = xlsx_form.render(DOCUMENT, "vi")
    assert first == xlsx_form.render(figures(october()), "vi")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert b"2026-10-31T17:00:00Z" in archive.read("docProps/core.xml")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_a_formula_a_link_or_turns_the_reading(language: str) -> None:
    for sheet in opened(evil(), language).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None or cell.hyperlink.target is None
                if isinstance(cell.value, str):
                    kinds = {unicodedata.category(sign) for sign in cell.value}
                    assert not kinds & {"Cc", "Cf", "Cs"}, cell.value
                    assert len(cell.value) <= xlsx_form.LONGEST_TEXT


_VALUE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_KINDS: dict[type, set[str]] = {
    Percent: {"percentage"},
    Target: {"percentage"},
    Count: {"float"},
    Lasting: {"time", "float"},  # where zero is shown as a dash
    At: {"date"},
}


def test_libreoffice_opens_every_sheet_and_its_numbers_are_numbers(tmp_path: Path) -> None:
    need_program("soffice")
    (tmp_path / "a.xlsx").write_bytes(xlsx_form.render(DOCUMENT, "vi"))
    profile = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        ["soffice", "--headless", profile, "--convert-to", "ods", "a.xlsx"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=240,
    )
    with zipfile.ZipFile(tmp_path / "a.ods") as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    sheets = list(root.iter(f"{_TABLE}table"))[1:-1]
    wording = Wording(DOCUMENT, "vi")
    told = 0
    for table, sheet in zip(TABLES, sheets, strict=True):
        rows = list(sheet.iter(f"{_TABLE}table-row"))[HEAD:]
        for row, line in zip(flat(table).rows, rows, strict=False):
            for cell, kept in zip(row.cells, spread(line), strict=False):
                if number_of(cell, wording) is None:
                    assert kept.get(f"{_VALUE}value-type") in (None, "string")
                    continue
                assert kept.get(f"{_VALUE}value-type") in _KINDS[type(cell)], cell
                told += 1
                if isinstance(cell, Percent) and cell.value is not None:
                    held = float(kept.get(f"{_VALUE}value", "nan"))
                    assert held * 100 == pytest.approx(cell.value, rel=1e-13)
    assert told > 250
    assert LONGEST_NAME in "".join(root.itertext())


def spread(row: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """A cell that is repeated stands once in the file."""
    for cell in row:
        yield from repeat(cell, int(cell.get(f"{_TABLE}number-columns-repeated", "1")))

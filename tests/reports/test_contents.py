"""The sections hold every row of the document, in words of both languages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from inventory.phrases import LANGUAGES
from reports.contents import contents
from reports.figures import figures
from reports.tables import Count, Lasting, Percent, Ratio, Roll, Table, Word
from reports.wording import Wording, plain
from tests.reports.province import october

DOCUMENT = figures(october())
SECTIONS = contents(DOCUMENT)
TABLES = [part for section in SECTIONS for part in section.parts if isinstance(part, Table)]


def test_names_of_tables_are_unique_and_rows_fit_their_columns() -> None:
    assert len({table.name for table in TABLES}) == len(TABLES)
    for table in TABLES:
        for line in table.lines:
            assert len(line.cells) == len(table.columns) or line.look == "group", table.name


def test_every_thing_stands_in_a_table_or_among_those_without_a_figure() -> None:
    told = {line.id for table in TABLES for line in table.lines}
    without = {row.id for row in DOCUMENT.without_figure}
    assert {row.id for row in DOCUMENT.things if row.kind != "unit"} <= told | without
    rolls = [part for section in SECTIONS for part in section.parts if isinstance(part, Roll)]
    assert sum(len(roll.names) for roll in rolls) >= len(without - told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_can_be_said(language: str) -> None:
    wording = Wording(DOCUMENT, language)
    for section in SECTIONS:
        assert wording.say(f"section.{section.name}")
        for part in section.parts:
            if isinstance(part, Word):
                assert wording.text(part)
    for table in TABLES:
        assert wording.text(table.caption)
        assert all(map(wording.heading, table.columns))
        for line in table.lines:
            assert all(map(wording.text, line.cells))


def test_a_program_gets_the_numbers_that_people_read() -> None:
    zone = ZoneInfo(DOCUMENT.timezone)
    [tiers] = [table for table in TABLES if table.name == "tiers"]
    whole = tiers.lines[-1].cells
    sums = DOCUMENT.whole.sums
    assert plain(whole[1], zone) == sums.figures.service_pct
    assert [plain(cell, zone) for cell in whole if isinstance(cell, Ratio)] == [sums.measured]
    assert plain(whole[-2], zone) == sums.split.lost_ms / 1000
    kinds = [Percent] * 3 + [Ratio] + [Count] * 5 + [Lasting]
    assert list(map(type, whole[1:-1])) == kinds

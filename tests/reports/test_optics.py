"""Light at the ends of links in the report: the nearest to its limit first, in plain words."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from inventory.phrases import LANGUAGES
from reports.beside import Beside
from reports.figures import figures
from reports.json_network import network
from reports.sections.optics import optics
from reports.tables import Table, Word
from reports.wording import Wording, plain
from store.lines import EndLight, EndLights
from tests.reports.province import october
from tests.reports.world import at

DOCUMENT = figures(october())
LINK = DOCUMENT.links[0]
assert LINK.history is not None
ZONE = ZoneInfo(DOCUMENT.timezone)


def end(dbm: float, **about: object) -> EndLight:
    assert LINK.history is not None
    found = EndLight(
        link_id=LINK.history.thing_id,
        side="a",
        site_id=0,
        device="r1",
        interface="Gi0/1",
        dbm=dbm,
        at_ms=at("2026-10-31T23:00"),
        low_warn=-25.0,
        low_alarm=-28.0,
        slope_db_month=None,
        warn_ms=None,
        alarm_ms=None,
    )
    return replace(found, **about)  # type: ignore[arg-type]


ENDS = (
    end(-12.0, slope_db_month=0.02),
    end(-21.4, slope_db_month=-0.8, warn_ms=at("2027-03-14"), alarm_ms=at("2027-07-02")),
    end(-28.0),
    end(-26.5, low_alarm=None),
    end(-20.0, low_warn=None, alarm_ms=at("2027-05-01")),
)
MADE = replace(DOCUMENT, beside=Beside(optics=EndLights(ends=ENDS, without_limit=2)))


def table() -> Table:
    [found] = [part for part in optics(MADE).parts if isinstance(part, Table)]
    return found


def test_the_nearest_to_its_limit_stands_first() -> None:
    lines = [[plain(cell, ZONE) for cell in line.cells] for line in table().lines]
    assert [(line[1], line[4], line[-1]) for line in lines] == [
        (-26.5, -1.5, "warn"),
        (-28.0, 0.0, "alarm"),
        (-21.4, pytest.approx(6.6), "sinks"),
        (-20.0, 8.0, "sinks"),
        (-12.0, 16.0, "good"),
    ]
    assert {line.id for line in table().lines} == {LINK.id}


@pytest.mark.parametrize(
    ("language", "told"), [("vi", "khoảng 14/03/2027"), ("en", "about 2027-03-14")]
)
def test_the_day_of_the_limit_that_comes_first_is_told(language: str, told: str) -> None:
    wording = Wording(MADE, language)
    texts = [wording.text(line.cells[-2]) for line in table().lines]
    assert [told in text for text in texts] == [False, False, True, False, False]
    assert texts[0] == "–"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_it_can_be_said(language: str) -> None:
    wording = Wording(MADE, language)
    assert all(map(wording.heading, table().columns))
    for part in optics(MADE).parts:
        assert "{" not in (wording.text(part) if isinstance(part, Word) else "")


def test_programs_get_margins_and_days() -> None:
    form = network(MADE)["optics"]
    assert form["without_limit"] == 2
    sinks = form["ends"][2]
    assert (sinks["link"], sinks["warn_on"], sinks["alarm_on"]) == (
        LINK.id, "2027-03-14", "2027-07-02",
    )  # fmt: skip
    assert form["ends"][0]["low_alarm_dbm"] is None


def test_without_light_there_is_no_section() -> None:
    bare = replace(DOCUMENT, beside=Beside(optics=EndLights(ends=(), without_limit=0)))
    assert optics(bare).parts == optics(DOCUMENT).parts == ()

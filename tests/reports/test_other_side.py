"""Their figures beside ours: which way they differ, and the outages that explain it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from inventory.phrases import LANGUAGES
from reports.beside import Beside
from reports.document import Document
from reports.figures import figures
from reports.json_network import network
from reports.other_side import Compared, compared
from reports.sections.other_side import difference, other_side
from reports.tables import Amount, Roll, Table, Word
from reports.wording import Wording, plain
from store.period import OtherFigure
from store.states import Kind
from tests.reports.world import DAY, HOUR, MINUTE, Fault, at, history, period

BEGIN, END = at("2026-10-01"), at("2026-11-01")
HOSTILE = "VNPT=<b>1</b>\u202e"


def document() -> Document:
    """A link that was down for 90 minutes, half an hour of it for a known cause."""
    faults = (
        Fault(begin=BEGIN + DAY, end=BEGIN + DAY + HOUR),
        Fault(begin=BEGIN + 2 * DAY, end=BEGIN + 2 * DAY + 30 * MINUTE, cause="fibre"),
    )
    seen = ((BEGIN, BEGIN + 20 * DAY), (BEGIN + 21 * DAY, END))
    link = history(Kind.LINK, "L1", "Tuyến L1", provider="VNPT", faults=faults, watched=seen)
    site = history(Kind.SITE, "c1", "UBND xã Một", unit_id=9, unit="Xã Một", faults=faults[:1])
    silent = history(Kind.LINK, "L9", "Tuyến L9", measured=False, service=())
    return figures(period(BEGIN, END, [link, site, silent]))


DOCUMENT = document()


def theirs(
    key: str | None = "L1", kind: Kind | None = Kind.LINK, pct: float | None = None,
    minutes: float | None = None, source: str = "VNPT",
) -> OtherFigure:  # fmt: skip
    return OtherFigure(
        id=1,
        source=source,
        from_ms=BEGIN,
        to_ms=END,
        named=key or "VNP-42",
        thing_id=None if key is None else 1,
        kind=kind,
        key=key,
        availability_pct=pct,
        down_ms=None if minutes is None else round(minutes * MINUTE),
        note=None,
        entered_ms=END,
        author="Lan",
    )


def tables(*found: OtherFigure) -> list[Table | Roll]:
    made = replace(DOCUMENT, beside=Beside(other_side=compared(DOCUMENT, found)))
    return [part for part in other_side(made).parts if isinstance(part, Table | Roll)]


def row(one: OtherFigure) -> dict[str, object]:
    table = tables(one)[0]
    assert isinstance(table, Table)
    zone = ZoneInfo(DOCUMENT.timezone)
    cells = (plain(cell, zone) for cell in table.lines[0].cells)
    return dict(zip((column.key for column in table.columns), cells, strict=True))


def test_less_than_we_saw_is_explained_by_our_outages_the_longest_first() -> None:
    shown = row(theirs(minutes=30))
    assert (shown["ours_lost"], shown["theirs_lost"], shown["more_minutes"]) == (5400, 1800, -60)
    assert shown["other_why"] == "less"
    [_, losses] = tables(theirs(minutes=30))
    assert isinstance(losses, Table)
    assert [line.look for line in losses.lines] == ["group", "", ""]
    zone = ZoneInfo(DOCUMENT.timezone)
    assert [plain(line.cells[3], zone) for line in losses.lines[1:]] == [3600, 1800]
    [one] = compared(DOCUMENT, [theirs(minutes=30)])
    assert one.undetermined_ms == HOUR


def test_more_than_we_saw_tells_when_we_did_not_look() -> None:
    one = theirs(minutes=150)
    assert (row(one)["more_minutes"], row(one)["other_why"]) == (60, "more")
    table = tables(one)[0]
    assert isinstance(table, Table)
    wording = Wording(DOCUMENT, "en")
    assert "not seen by the monitor: 1 d 00 h 00 min" in wording.text(table.lines[0].cells[-1])


def test_percentages_are_compared_where_they_give_them() -> None:
    judged = 30 * 24 * 60
    ours = 100 * (judged - 90) / judged
    shown = row(theirs(pct=99.95))
    assert shown["ours_pct"] == pytest.approx(ours)
    assert shown["more_pct"] == pytest.approx(99.95 - ours)
    assert (shown["theirs_lost"], shown["more_minutes"], shown["other_why"]) == (None, None, "less")
    assert row(theirs(pct=99.0))["other_why"] == "more"


def test_the_same_figure_is_the_same_and_explains_nothing() -> None:
    assert row(theirs(minutes=90))["other_why"] == "same"
    assert len(tables(theirs(minutes=90))) == 1


def test_sites_are_compared_by_what_people_there_had() -> None:
    shown = row(theirs("c1", Kind.SITE, minutes=61))
    assert (shown["ours_lost"], shown["more_minutes"], shown["other_why"]) == (3600, 1, "more")


def test_what_we_do_not_know_or_did_not_measure_is_named_with_what_they_say() -> None:
    found = tables(theirs(None, None, pct=99.0), theirs("L9", pct=98.0))
    assert all(isinstance(part, Roll) for part in found)
    keys = [part.heading.key for part in found if isinstance(part, Roll)]
    assert keys == ["other.without_figure", "other.not_known"]
    wording = Wording(DOCUMENT, "en")
    assert isinstance(found[1], Roll)
    assert wording.text(found[1].names[0]) == "VNP-42 · VNPT · 99.00 %"


def test_two_sources_stand_each_in_its_row_and_outages_once() -> None:
    found = tables(theirs(minutes=30, source="VNPT"), theirs(minutes=20, source="CBĐTW"))
    assert [len(part.lines) for part in found if isinstance(part, Table)] == [2, 3]


def test_differences_are_never_shown_as_nothing() -> None:
    assert difference(0.0004) == Amount(0.0004, digits=4, signed=True)
    assert difference(-1.5) == Amount(-1.5, digits=2, signed=True)
    assert difference(0.0) == Amount(0.0, digits=2, signed=True)
    assert difference(None) == Amount(None, digits=2, signed=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_it_can_be_said(language: str) -> None:
    found: tuple[Compared, ...] = compared(
        DOCUMENT,
        [theirs(minutes=30), theirs(minutes=150, source=HOSTILE), theirs(None, None, pct=1.5)],
    )
    made = replace(DOCUMENT, beside=Beside(other_side=found))
    wording = Wording(made, language)
    for part in other_side(made).parts:
        if isinstance(part, Table):
            assert all(map(wording.heading, part.columns))
            assert all(wording.text(cell) for line in part.lines for cell in line.cells)
        elif isinstance(part, Roll):
            assert all(map(wording.text, (part.heading, *part.names)))
        elif isinstance(part, Word):
            assert "{" not in wording.text(part)


def test_programs_get_both_figures_and_the_outages() -> None:
    made = replace(DOCUMENT, beside=Beside(other_side=compared(DOCUMENT, [theirs(minutes=30)])))
    [one] = network(made)["other_side"]
    assert (one["thing"], one["theirs_down_s"], one["ours_down_s"]) == ("L1", 1800, 5400)
    assert (one["difference_s"], one["undetermined_s"]) == (-3600, 3600)
    assert [(out["thing"], out["lost_s"], out["cause"]) for out in one["outages"]] == [
        ("L1", 3600, None), ("L1", 1800, "fibre"),
    ]  # fmt: skip


def test_without_figures_there_is_no_section() -> None:
    assert other_side(replace(DOCUMENT, beside=Beside(other_side=()))).parts == ()

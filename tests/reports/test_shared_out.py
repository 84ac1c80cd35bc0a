"""What stands beside the figures stands in the file of each part too, as far as it concerns it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from inventory.phrases import LANGUAGES
from reports import page
from reports.beside import Beside
from reports.capacity import Capacity
from reports.changes import Changes, Ends, Terms
from reports.document import Document
from reports.figures import figures
from reports.sections.changes import changes
from reports.signing import Signing
from reports.tables import Table
from reports.units import divided
from reports.wording import Wording
from reports.works import Window, Works
from store.edits import Edit
from store.lines import EndLight, EndLights
from store.period import Erratum
from store.states import Kind
from store.works import Work
from tests.reports.large import SITES, large
from tests.reports.province import BEGIN
from tests.reports.world import HOUR

NONE = Terms(ended=(), soon=(), earlier=3, later=4, unknown=5)


def edit(kind: Kind, key: str, field: str, old: str | None, new: str | None) -> Edit:
    return Edit(BEGIN, kind, key, key, "changed", field, old, new)


def work(kind: Kind, key: str) -> Window:
    planned = Work(
        id=1, thing_id=1, kind=kind, key=key, name=key, from_ms=BEGIN, to_ms=BEGIN + HOUR,
        rrule=None, author="Lan", reason="thay pin", source="person", entered_ms=BEGIN - HOUR,
        approved_by=None, approved_ms=None, cancelled_ms=None,
    )  # fmt: skip
    return Window(
        work=planned, from_ms=BEGIN, to_ms=BEGIN + HOUR, times=1, meant_ms=HOUR,
        counted_ms=HOUR, overrun_ms=0, overrun=(),
    )  # fmt: skip


def ends(number: int) -> Ends:
    key = f"device.{number}"
    return Ends("warranty", Kind.DEVICE, key, key, f"site.{number}", None, date(2026, 11, 3))


def light(number: int) -> EndLight:
    return EndLight(
        link_id=3_000 + number, side="a", site_id=1_000 + number, device=f"device.{number}",
        interface="xe-0", dbm=-9.5, at_ms=BEGIN, low_warn=-20.0, low_alarm=-22.0,
        slope_db_month=None, warn_ms=None, alarm_ms=None,
    )  # fmt: skip


def told() -> Document:
    """Something of each kind for the first two sites, which stand in different files."""
    document = figures(large())
    edits = tuple(edit(Kind.LINK, f"link.{n}", "medium", "copper", "fibre") for n in (0, 1))
    errata = tuple(
        Erratum(
            what="declared",
            at_ms=BEGIN,
            by="Lan",
            kind="site",
            key=f"site.{n}",
            outage_id=None,
            said={"started_ms": BEGIN, "ended_ms": BEGIN + HOUR},
        )
        for n in (0, 1)
    )
    return replace(
        document,
        beside=Beside(
            changes=Changes(
                edits=edits,
                warranties=replace(NONE, soon=(ends(0), ends(1))),
                contracts=NONE,
            ),
            works=Works(done=(work(Kind.SITE, "site.0"), work(Kind.UNIT, "xa-4")), ahead=()),
            capacity=Capacity(
                days=31, kept_from_ms=None, links=(),
                without_capacity=("link.0", "link.1"), without_counter=(f"link.{SITES - 1}",),
            ),
            optics=EndLights(
                ends=(light(0), light(1)),
                without_limit=7,
            ),
            signing=Signing(by="Lan", at_ms=BEGIN, head=None, errata=errata, holds=True),
        ),
    )  # fmt: skip


def test_each_file_has_what_concerns_its_things_and_nothing_else() -> None:
    document = told()
    seen = {"edits": 0, "soon": 0, "done": 0, "without": 0, "light": 0, "errata": 0}
    for part in divided(document):
        beside, keys = part.document.beside, {row.id for row in part.document.things}
        assert beside.changes is not None
        assert beside.works is not None
        assert beside.capacity is not None
        assert beside.optics is not None
        assert beside.signing is not None
        assert {one.key for one in beside.changes.edits} <= keys
        assert {one.id for one in beside.changes.warranties.soon} <= keys
        assert {one.key for one in beside.signing.errata} <= keys
        assert set(beside.capacity.without_capacity) <= keys
        seen["edits"] += len(beside.changes.edits)
        seen["soon"] += len(beside.changes.warranties.soon)
        seen["done"] += len(beside.works.done)
        seen["without"] += len(beside.capacity.without_capacity)
        seen["light"] += len(beside.optics.ends)
        seen["errata"] += len(beside.signing.errata)
    assert seen == {"edits": 2, "soon": 2, "done": 2, "without": 2, "light": 2, "errata": 2}


def test_the_file_of_a_part_is_signed_as_the_summary_and_counts_nothing_of_the_whole() -> None:
    made = {name: text.decode() for name, text in page.files(told(), ["vi"]).items()}
    signed = Wording(told(), "vi").say("signed", by="Lan", at="01/10/2026 00:00:00")
    assert all(signed in text for text in made.values())
    counted = "Bảo hành thiết bị: hết hạn trong"
    assert [name for name, text in made.items() if counted in text] == [page.SUMMARY]


@pytest.mark.parametrize("language", LANGUAGES)
def test_changes_are_told_in_words_of_people(language: str) -> None:
    edits = (
        edit(Kind.LINK, "L1", "medium", "copper", "fibre"),
        edit(Kind.LINK, "L1", "capacity_mbps", "100", "1000"),
        edit(Kind.LINK, "L1", "target_pct", "99.5", None),
        edit(Kind.LINK, "L1", "role", "backup", "primary"),
        edit(Kind.DEVICE, "d", "owner", "telco", "Ban quản lý"),
        edit(Kind.DEVICE, "d", "role", "switch", "abacus"),
    )
    document = figures(large())
    beside = Beside(changes=Changes(edits=edits, warranties=NONE, contracts=NONE))
    document = replace(document, beside=beside)
    table = changes(document).parts[1]
    assert isinstance(table, Table)
    w = Wording(document, language)
    said = [[w.text(cell) for cell in line.cells[4:]] for line in table.lines]
    vi = [
        ["cáp đồng", "cáp quang"],
        ["100 Mbit/s", "1.000 Mbit/s"],
        ["99,5 %", "–"],
        ["tuyến dự phòng", "tuyến chính"],
        ["nhà mạng", "Ban quản lý"],
    ]
    en = [
        ["copper", "fibre"],
        ["100 Mbit/s", "1,000 Mbit/s"],
        ["99.5 %", "–"],
        ["backup", "primary"],
        ["the carrier", "Ban quản lý"],
    ]
    assert said[:5] == (vi if language == "vi" else en)
    assert said[5][1] == "abacus"

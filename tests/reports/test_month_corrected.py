"""What a month tells of corrected times and roots, and of whom a cause is charged to."""

from __future__ import annotations

import json

from reports import json_form
from reports.contents import contents
from reports.document import Document
from reports.figures import figures
from reports.flat import flat
from reports.tables import At, Table
from reports.wording import Wording
from store.states import State
from tests.reports.test_month import BEFORE, BEGIN, FAULT, NEXT, fails, lines, report, told, world
from tests.reports.world import DAY, HOUR, MINUTE
from tests.store.historic import Past

__all__ = ["world"]


def behind(world: Past, thing: tuple[str, str], *roots: tuple[tuple[str, str], int, int]) -> None:
    """Cut off behind each of these, one after the other."""
    since = BEFORE - DAY
    for key, begin, end in roots:
        number = fails(world, key, begin, end, cause="fibre")
        above = {"root_thing_id": world.ids[key]}
        world.span(world.ids[thing], State.UP, since, begin)
        world.span(world.ids[thing], State.UNREACHABLE, begin, end, **above)
        world.outage(world.ids[thing], begin, end, state=State.UNREACHABLE, root_id=number, **above)
        since = end
    world.span(world.ids[thing], State.UP, since, None)


def test_the_root_that_is_named_answers_for_its_own_time_alone(world: Past) -> None:
    two = ("link", "L1"), FAULT, FAULT + 3 * HOUR
    behind(world, ("site", "d"), two, (("link", "L2"), FAULT + DAY, FAULT + DAY + 2 * HOUR))
    document = report(world)
    [row] = told(document, "worst")
    assert row[8].endswith(" · L1 · VNPT · riêng đối tượng này 3 giờ 00 phút")
    assert row[9] == "5 giờ 00 phút"
    [site] = json.loads(json_form.render(document))["worst_sites"]
    assert (site["root_key"], site["root_provider"]) == ("L1", "VNPT")
    assert (site["by_cause_s"], site["root_s"]) == (5 * 3600, 3 * 3600)


def test_a_root_that_was_none_after_all_is_not_named_without_a_mark(world: Past) -> None:
    behind(world, ("site", "d"), (("link", "L1"), FAULT, FAULT + 3 * HOUR))
    world.corrected(1, NEXT, state="up")
    document = report(world)
    [site] = lines(document, "sites-district")
    [[name]] = [[Wording(document, "vi").text(one.cells[4])] for one in site.opened]
    [row], [cause] = told(document, "outages"), told(document, "worst")
    for text in (row[4], cause[8], name):
        assert " (đã hiệu chỉnh: không gián đoạn)" in text
    assert json.loads(json_form.render(document))["worst_sites"][0]["root_cleared"] is True
    [row] = told(report_as_of(world, NEXT - 1), "outages")
    assert "hiệu chỉnh" not in row[4]


def report_as_of(world: Past, as_of_ms: int) -> Document:
    return figures(world.period(BEGIN, NEXT, as_of_ms))


def test_a_time_that_a_person_said_is_no_bracket(world: Past) -> None:
    begin, end = FAULT, FAULT + 3 * HOUR
    number = fails(world, ("link", "L1"), begin, end, last_good=begin - 10_000)
    world.corrected(number, NEXT, started=str(begin - 30 * MINUTE), ended=str(end - HOUR))
    document = report(world)
    [row] = told(document, "outages")
    assert row[1:3] == [
        "05/02/2027 23:30:00 · theo hiệu chỉnh · hệ thống đo được: 05/02/2027 23:59:50 – "
        "06/02/2027 00:00:00",
        "06/02/2027 02:00:00 · theo hiệu chỉnh · hệ thống đo được: 06/02/2027 00:00:00 – 03:00:00",
    ]
    [table] = [
        part
        for one in contents(document)
        for part in one.parts
        if isinstance(part, Table) and part.name == "outages"
    ]
    shown = flat(table)
    cells = dict(zip([one.key for one in shown.fields], shown.rows[0].cells, strict=True))
    assert cells["began_earliest"] == cells["began_latest"] == At(begin - 30 * MINUTE)
    assert cells["ended_earliest"] == cells["ended_latest"] == At(end - HOUR)
    assert Wording(document, "en").text(cells["ended_about"]).startswith("as corrected · measured")

"""Thirteen months: from signed reports, else computed; what is not known is a gap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli.gather import gather
from inventory.model import Network
from reports import json_form, trend
from reports.document import Document
from reports.figures import figures
from reports.sections.pictures import courses
from store.ledger import add
from store.reader import open_questions
from store.signing import sign
from store.speech import Done
from store.states import State
from tests.reports.world import DAY, HOUR, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN, END = at("2027-02-01T00:00"), at("2027-03-01T00:00")
DECEMBER, JANUARY = at("2026-12-01T00:00"), at("2027-01-01T00:00")
FIRST = DECEMBER + 10 * DAY
OFF = (JANUARY + 3 * DAY, JANUARY + 9 * DAY)


def placed() -> Network:
    found = network()
    d = replace(found.sites["d"], lat=15.1, lon=108.8)
    return replace(found, sites={**found.sites, "d": d})


@pytest.fixture
def world(url: str) -> Iterator[Past]:
    """Three months; the district fails in each of them, the monitor is off for six days, and the
    province's router has planned work behind which the district is cut off."""
    with past(url, placed(), FIRST) as found:
        found.watched(FIRST, OFF[0])
        found.watched(OFF[1], END)
        p, d, router = found.ids["site", "p"], found.ids["site", "d"], found.ids["device", "p-r"]
        found.span(p, State.UP, FIRST, None)
        at_ms = FIRST
        for fault in (DECEMBER + 12 * DAY, JANUARY + DAY, BEGIN + 20 * DAY):
            found.span(d, State.UP, at_ms, fault)
            state = State.UNREACHABLE if fault < JANUARY else State.DOWN
            root = router if fault < JANUARY else None
            found.span(d, state, fault, fault + 5 * HOUR, root_thing_id=root)
            at_ms = fault + 5 * HOUR
        found.span(d, State.UP, at_ms, None)
        found.span(router, State.UP, FIRST, None)
        found.planned(router, DECEMBER + 12 * DAY, DECEMBER + 12 * DAY + 2 * HOUR)
        yield found


def document(world: Past, begin: int = BEGIN, end: int = END) -> Document:
    return figures(world.period(begin, end))


def gathered(world: Past, told: Document) -> Document:
    reader = open_questions(world.url)
    try:
        period = world.period(told.from_ms, told.asked_to_ms)
        return gather(reader, period, told)
    finally:
        reader.close()


def months(told: Document) -> dict[str, trend.MonthFigures]:
    assert told.beside.trend is not None
    return {month.month: month for month in told.beside.trend.months}


def test_each_month_is_what_its_own_report_says(world: Past) -> None:
    told = gathered(world, document(world))
    found = months(told)
    assert (len(found), *list(found)[::12]) == (13, "2026-02", "2027-02")
    for name, begin, end in (
        ("2026-12", DECEMBER, JANUARY),
        ("2027-01", JANUARY, BEGIN),
        ("2027-02", BEGIN, END),
    ):
        own = document(world, begin, end)
        assert found[name].tiers == {
            tier.level: (
                tier.whole.sums.split,
                tier.whole.sums.measured,
                tier.whole.sums.total,
            )
            for tier in own.tiers
        }
    december = found["2026-12"].tiers["district"].split
    assert (december.maintenance_ms, december.unreachable_ms) == (2 * HOUR, 3 * HOUR)


def test_a_month_before_the_record_is_a_gap(world: Past) -> None:
    told = gathered(world, document(world))
    assert not months(told)["2026-11"].tiers
    [made] = courses(told)
    for course in made.courses:
        assert [point is None for point in course.points] == [True] * 10 + [False] * 3


def test_a_signed_month_is_taken_as_it_was_signed(world: Past) -> None:
    signed = document(world, JANUARY, BEGIN)
    done = sign(world.engine, json_form.form(signed), {}, author="Lan", now_ms=END)
    assert isinstance(done, Done)
    world.span(world.ids["site", "p"], State.DOWN, JANUARY + DAY, JANUARY + 2 * DAY)
    found = months(gathered(world, document(world)))["2027-01"]
    assert found.signed
    assert found.tiers["province"].split == signed.tiers[0].whole.sums.split
    assert found.tiers["province"].split.down_ms == 0


def test_an_older_signed_form_adds_up_its_sites(world: Past) -> None:
    """Before tiers stood in the form, only things did."""
    told = document(world, JANUARY, BEGIN)
    form = json.loads(json.dumps(json_form.form(told)))
    whole = trend.tiers_of(form)
    del form["tiers"]
    assert trend.tiers_of(form) == whole
    assert set(whole) == {"province", "district"}


def test_what_is_too_much_to_compute_again_is_said(
    world: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trend, "MOST_WORK", 0)
    told = gathered(world, document(world))
    assert [month.left_out for month in months(told).values()] == [True] * 12 + [False]
    [made] = courses(told)
    assert [note.key for note in made.notes] == ["pictures.trend.left_out"]


def test_places_are_those_declared(world: Past) -> None:
    told = gathered(world, document(world))
    assert told.beside.places == {"d": (15.1, 108.8)}


def test_a_month_of_which_only_days_are_known_is_named(world: Past) -> None:
    told = gathered(world, document(world))
    found = {name: month for name, month in months(told).items() if month.tiers}
    shares = {
        name: add(tier.split for tier in month.tiers.values()) for name, month in found.items()
    }
    short = [name for name, sum_ in shares.items() if sum_.not_in_service_ms > sum_.total_ms / 10]
    assert 0 < len(short) < len(found)
    [made] = courses(told)
    assert [(note.key, note.values["months"]) for note in made.notes] == [
        ("pictures.trend.short", ", ".join(short))
    ]

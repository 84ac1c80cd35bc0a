"""Outages, incidents, repair times and roll-ups of the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.intervals import merge
from store.period import History, Interval
from store.states import Kind, State
from store.tally import ThingFigures, measure, measure_all, roll_up
from tests.reports.world import DAY, FOREVER, HOUR, Fault, at, history, period

_ALL = json.loads(
    (Path(__file__).parents[1] / "data" / "availability_cases.json").read_text("utf-8")
)
CASES = [case for case in _ALL if "percent" in case.get("expect", {})]


def thing_of(case: dict[str, Any]) -> tuple[History, Interval]:
    """Times of the cases are seconds; `service` there means opening hours."""
    told = case["input"]
    window = (told["A"] * 1000, told["B"] * 1000)

    def ms(name: str, default: list[Interval]) -> list[Interval]:
        found = told.get(name)
        return default if found is None else [(b * 1000, e * 1000) for b, e in found]

    faults = [
        Fault(begin=begin, end=None if end == FOREVER[1] else end)
        for begin, end in merge(
            (b * 1000, FOREVER[1] if e is None else e * 1000) for b, e in told["down"]
        )
    ]
    return (
        history(
            Kind.DEVICE,
            "d",
            "d",
            faults=faults,
            service=tuple(ms("service", [FOREVER])),
            maintenance=tuple(ms("maint", [])),
            watched=tuple(ms("covered", [FOREVER])),
        ),
        window,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_outages_and_repair_times_are_what_a_person_counted(case: dict[str, Any]) -> None:
    found, expected = measure(*thing_of(case)), case["expect"]
    parts = found.split
    assert parts.up_ms / 1000 == expected["up"]
    assert parts.down_ms / 1000 == expected["down"]
    assert parts.maintenance_ms / 1000 == expected["maintenance"]
    assert parts.unknown_ms / 1000 == expected["unknown"]
    pct = expected["percent"]
    assert found.figures.availability_pct == (None if pct is None else pytest.approx(pct, abs=1e-4))
    assert (found.outages, found.longest_s) == (expected["outages"], expected["longest"])
    assert (found.mttr_s, found.mtbf_s) == (expected["mttr"], expected["mtbf"])


def site(key: str, *faults: Fault, **said: Any) -> History:
    return history(Kind.SITE, key, key, faults=faults, **said)


OCTOBER = (at("2026-10-01T00:00"), at("2026-11-01T00:00"))
NOVEMBER = (at("2026-11-01T00:00"), at("2026-12-01T00:00"))


def test_an_outage_over_midnight_of_the_month_counts_in_both_and_began_in_one() -> None:
    thing = site("a", Fault(begin=at("2026-10-31T23:00"), end=at("2026-11-01T01:30")))
    first, second = measure(thing, OCTOBER), measure(thing, NOVEMBER)
    both = measure(thing, (OCTOBER[0], NOVEMBER[1]))
    assert (first.outages, second.outages, both.outages) == (1, 1, 1)
    assert (first.began, second.began, both.began) == (1, 0, 1)
    assert (first.longest_s, second.longest_s, both.longest_s) == (3600, 5400, 9000)


def test_an_outage_that_starts_in_planned_work_begins_when_the_work_ends() -> None:
    thing = site(
        "a",
        Fault(begin=at("2026-10-31T22:30"), end=at("2026-11-01T04:00")),
        maintenance=((at("2026-10-31T22:00"), at("2026-11-01T02:00")),),
    )
    first, second = measure(thing, OCTOBER), measure(thing, NOVEMBER)
    assert (first.outages, first.began) == (0, 0)
    assert (second.outages, second.began, second.longest_s) == (1, 1, 7200)


def test_degraded_time_is_no_outage() -> None:
    fault = Fault(begin=OCTOBER[0] + DAY, end=OCTOBER[0] + 2 * DAY, state=State.DEGRADED)
    found = measure(site("a", fault), OCTOBER)
    assert (found.outages, found.began, found.longest_s, found.mttr_s) == (0, 0, 0, None)
    assert found.figures.service_pct == 100.0


def hub_and_sites() -> tuple[History, list[History]]:
    """A hub is cut for three days, and two sites hang on it."""
    cut = Fault(begin=OCTOBER[0] + 5 * DAY, end=OCTOBER[0] + 8 * DAY)
    link = history(Kind.LINK, "l", "l", faults=[cut], provider="VNPT")
    behind = Fault(
        begin=cut.begin + 5_000, end=cut.end, state=State.UNREACHABLE, root=link.outages[0]
    )
    return link, [site("a", behind), site("b", behind)]


def test_a_site_behind_a_cut_lost_service_but_not_its_own_availability() -> None:
    _, sites = hub_and_sites()
    found = measure(sites[0], OCTOBER)
    assert found.figures.availability_pct == 100.0
    assert found.figures.service_pct == pytest.approx(100 * 28 / 31, abs=0.01)


def test_outages_with_one_root_are_one_incident_whose_time_counts_once() -> None:
    link, sites = hub_and_sites()
    together = roll_up([measure(one, OCTOBER) for one in sites], Kind.UNIT)
    assert (together.outages, together.incidents) == (2, 1)
    assert together.mttr_s == pytest.approx(3 * DAY / 1000, abs=10)
    assert measure(link, OCTOBER).mttr_s == 3 * DAY / 1000


def test_a_device_behind_a_root_has_no_repair_time_of_its_own() -> None:
    link, _ = hub_and_sites()
    fault = Fault(begin=link.outages[0].first_bad_ms, end=None, root=link.outages[0])
    found = measure(history(Kind.DEVICE, "d", "d", faults=[fault]), OCTOBER)
    assert (found.outages, found.incidents, found.mttr_s, found.mtbf_s) == (1, 0, None, None)


def test_a_roll_up_is_weighted_by_time_and_says_how_many_it_measured() -> None:
    late = OCTOBER[1] - 2 * DAY
    members = [
        site("long"),
        site("late", Fault(begin=late, end=late + DAY), service=((late, FOREVER[1]),)),
        site("never", service=()),
        site("listed", measured=False),
        site("blind", watched=()),
        site("retired", service=((0, OCTOBER[0] - DAY),)),
    ]
    together = roll_up([measure(one, OCTOBER) for one in members], Kind.UNIT)
    assert (together.measured, together.total) == (2, 5)
    assert together.figures.service_pct == pytest.approx(100 * 32 / 33)
    assert together.figures.seen_pct == pytest.approx(100 * 33 / 64)
    assert together.split.total_ms == 3 * 31 * DAY


def test_a_thing_with_nothing_to_ask_has_no_percentage() -> None:
    found = measure(site("a", measured=False), OCTOBER)
    assert found.figures == (None, None, None)
    assert (found.measured, found.total) == (0, 1)


def test_a_period_is_cut_at_now() -> None:
    now = OCTOBER[0] + 3 * HOUR
    thing = site("a", Fault(begin=OCTOBER[0] + 2 * HOUR, end=None))
    (found,) = measure_all(period(*OCTOBER, [thing], now=now))
    assert found.split.total_ms == 3 * HOUR
    assert found.longest_s == 3600


moments = st.integers(min_value=0, max_value=200)


@given(
    st.lists(st.tuples(moments, st.integers(min_value=1, max_value=40)), max_size=6),
    st.lists(st.tuples(moments, moments), max_size=3),
    st.integers(min_value=1, max_value=199),
)
@settings(max_examples=200, deadline=None)
def test_months_add_up_to_the_quarter(
    faults: list[tuple[int, int]], windows: list[Interval], cut: int
) -> None:
    failing = merge((begin, begin + long) for begin, long in faults)
    thing = site(
        "a", *(Fault(begin=b, end=e) for b, e in failing), maintenance=tuple(merge(windows))
    )

    def lost(found: ThingFigures) -> int:
        return sum(loss.lost_ms for loss in found.losses)

    first, second, whole = (measure(thing, w) for w in ((0, cut), (cut, 300), (0, 300)))
    assert first.began + second.began == whole.began
    assert lost(first) + lost(second) == lost(whole) == whole.split.lost_ms
    assert whole.outages <= first.outages + second.outages <= whole.outages + 1

"""What the record gives the ledger: hours, planned work, people's words, coverage, paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from inventory.hours import DAYS, Hours
from inventory.model import Calendar, Network, SitePath
from store.states import State
from tests.reports.world import DAY, HOUR, MINUTE, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN, NEXT = at("2027-02-01T00:00"), at("2027-03-01T00:00")
MONTH = (BEGIN, NEXT)
WORK: Hours = (("07:00", "11:30"), ("13:30", "17:00"))


def declared() -> Network:
    plain = network()
    week = dict.fromkeys(DAYS[:5], WORK) | dict.fromkeys(DAYS[5:], ())
    make_up = {date(2027, 2, 13): WORK}
    devices = dict(plain.devices) | {"d-u": replace(plain.devices["d-u"], calendar="office")}
    sites = dict(plain.sites) | {"p": replace(plain.sites["p"], calendar="office")}
    return replace(
        plain,
        devices=devices,
        sites=sites,
        calendars={"office": Calendar(id="office", week=week, days=make_up, holidays="VN")},
        paths=(SitePath(site="d", link="L1", need=1), SitePath(site="d", device="d-r", need=1)),
    )


@pytest.fixture
def world(url: str) -> Iterator[Past]:
    with past(url, declared(), BEGIN - 10 * DAY) as found:
        found.watched(BEGIN - 40 * DAY, NEXT + 40 * DAY)
        yield found


def up(world: Past, kind: str, key: str) -> int:
    """A thing that was up all the time."""
    thing = world.ids[kind, key]
    world.span(thing, State.UP, BEGIN - 40 * DAY, None)
    return thing


def down(world: Past, thing: int, begin: int, end: int, **more: object) -> int:
    """An hour or so in which a thing did not answer, as the monitor writes it."""
    world.span(thing, State.UP, BEGIN - 40 * DAY, begin)
    world.span(thing, State.DOWN, begin, end)
    world.span(thing, State.UP, end, None)
    return world.outage(thing, begin, end, **more)


def test_closed_hours_are_those_of_the_things_own_calendar_and_nobody_inherits(
    world: Past,
) -> None:
    ups, router, site = (
        up(world, "device", "d-u"),
        up(world, "device", "p-r"),
        up(world, "site", "p"),
    )
    # 20 working days less seven of Tết (4–10), of which five are weekdays, and one made up for
    assert world.measured(ups, MONTH).split.up_ms == (20 - 5 + 1) * 8 * HOUR
    assert world.measured(site, MONTH).split.off_hours_ms == 28 * DAY - 16 * 8 * HOUR
    assert world.measured(router, MONTH).split.off_hours_ms == 0


def test_a_calendar_holds_from_the_day_on_which_it_was_given(world: Past) -> None:
    thing = up(world, "device", "d-r")
    given = declared()
    devices = dict(given.devices) | {"d-r": replace(given.devices["d-r"], calendar="office")}
    with past(world.url, replace(given, devices=devices), at("2027-02-22T00:00")):
        assert world.measured(thing, MONTH).split.off_hours_ms == 7 * DAY - 5 * 8 * HOUR


def test_silence_that_began_out_of_hours_is_off_hours_until_the_next_answer(world: Past) -> None:
    thing = world.ids["device", "d-r"]
    fell, came = at("2027-02-11T17:00"), at("2027-02-12T07:10")
    world.span(thing, State.UP, BEGIN, fell)
    world.span(thing, State.UNKNOWN, fell, came, reason="off_hours")
    world.span(thing, State.UP, came, None)
    assert world.measured(thing, MONTH).split.off_hours_ms == came - fell


def test_work_at_a_unit_counts_for_everything_below_and_ends_when_it_was_to_end(
    world: Past,
) -> None:
    thing = world.ids["device", "d-r"]
    begin = at("2027-02-11T08:00")
    outage = down(world, thing, begin, begin + 3 * HOUR)
    world.planned(world.ids["unit", "51"], begin - HOUR, begin + 2 * HOUR)
    found = world.measured(thing, MONTH)
    assert (found.split.maintenance_ms, found.split.down_ms) == (3 * HOUR, HOUR)
    assert [loss.outage.id for loss in found.losses] == [outage]


def test_late_work_counts_from_its_entry_and_from_its_start_once_approved(world: Past) -> None:
    thing = up(world, "device", "d-r")
    begin = at("2027-02-11T08:00")
    times = (thing, begin, begin + 4 * HOUR)
    world.planned(*times, entered=begin + HOUR)
    assert world.measured(thing, MONTH).split.maintenance_ms == 3 * HOUR
    said: dict[str, Any] = {"approved_by": "Lan", "approved": begin + DAY}
    said["entered"] = begin + 3 * HOUR
    world.planned(*times, **said)
    assert world.measured(thing, MONTH).split.maintenance_ms == 4 * HOUR
    assert world.measured(thing, MONTH, begin + HOUR).split.maintenance_ms == 3 * HOUR
    late = world.period(*MONTH).late_works
    assert [(one.meant_ms, one.counted_ms, one.approved_by) for one in late] == [
        (4 * HOUR, 3 * HOUR, None),
        (4 * HOUR, 4 * HOUR, "Lan"),
    ]


def test_cancelled_work_ends_there_and_what_would_begin_later_does_not_happen(world: Past) -> None:
    thing = up(world, "device", "d-r")
    begin = at("2027-02-01T22:00")
    stop = at("2027-02-03T23:00")
    world.planned(thing, begin, begin + 4 * HOUR, rrule="FREQ=DAILY", cancelled=stop)
    world.planned(thing, begin + 9 * DAY, begin + 10 * DAY, cancelled=begin)
    assert world.measured(thing, MONTH).split.maintenance_ms == 9 * HOUR


def test_what_is_behind_a_root_is_in_maintenance_while_the_root_is(world: Past) -> None:
    root, child = world.ids["device", "p-r"], world.ids["device", "d-r"]
    begin = at("2027-02-11T08:00")
    world.planned(root, begin - HOUR, begin + 2 * HOUR)
    of_root = down(world, root, begin, begin + 3 * HOUR)
    world.span(child, State.UP, BEGIN, begin)
    world.span(child, State.UNREACHABLE, begin, begin + 3 * HOUR, root_thing_id=root)
    world.span(child, State.UP, begin + 3 * HOUR, None)
    about = {"root_id": of_root, "root_thing_id": root, "state": State.UNREACHABLE}
    world.outage(child, begin, begin + 3 * HOUR, **about)
    found = world.measured(child, MONTH).split
    assert (found.maintenance_ms, found.unreachable_ms) == (2 * HOUR, HOUR)


def test_a_corrected_time_moves_the_ledger_and_the_record_stays_readable(world: Past) -> None:
    thing = world.ids["device", "d-r"]
    begin = at("2027-02-11T08:00")
    outage = down(world, thing, begin, begin + 4 * HOUR, cause="device")
    world.corrected(outage, entered=begin + DAY, started=str(begin + HOUR), cause="power")
    world.corrected(outage, entered=begin + 2 * DAY, ended="2027-02-11T12:30:00+07:00")
    found = world.measured(thing, MONTH)
    assert found.split.down_ms == 3 * HOUR + HOUR // 2
    [loss] = found.losses
    assert (loss.lost_ms, loss.outage.cause) == (found.split.down_ms, "power")
    assert loss.outage.corrected == ("cause", "ended", "started")
    assert loss.outage.recorded["first_bad_ms"] == begin
    assert loss.outage.recorded["cause"] == "device"
    assert world.measured(thing, MONTH, begin).split.down_ms == 4 * HOUR


def test_a_correction_into_another_month_counts_there(world: Past) -> None:
    thing = world.ids["device", "d-r"]
    begin = NEXT + HOUR
    outage = down(world, thing, begin, begin + HOUR)
    world.corrected(outage, entered=begin + DAY, started=str(NEXT - HOUR))
    first, second = (
        world.measured(thing, MONTH),
        world.measured(thing, (NEXT, NEXT + 20 * DAY)),
    )
    assert (first.split.down_ms, second.split.down_ms) == (HOUR, 2 * HOUR)
    assert (first.began, second.began) == (1, 0)


def test_a_declared_outage_is_watched_and_down_and_shown_apart(world: Past) -> None:
    thing = world.ids["device", "d-r"]
    world.span(thing, State.UP, BEGIN, BEGIN + DAY)
    world.span(thing, State.UNKNOWN, BEGIN + DAY, BEGIN + 2 * DAY, reason="blind")
    world.span(thing, State.UP, BEGIN + 2 * DAY, None)
    begin = BEGIN + DAY + HOUR
    world.outage(thing, begin, begin + HOUR, declared=True, entered=BEGIN + 5 * DAY)
    found = world.measured(thing, MONTH)
    assert (found.split.down_ms, found.split.unknown_ms) == (HOUR, 23 * HOUR)
    assert [loss.outage.declared for loss in found.losses] == [True]
    assert world.measured(thing, MONTH, BEGIN + 4 * DAY).split.down_ms == 0


def test_coverage_of_a_thing_adds_to_that_of_the_monitor_and_begins_its_service(
    url: str,
) -> None:
    with past(url, declared(), NEXT) as world:
        thing, other = world.ids["device", "d-r"], world.ids["device", "p-r"]
        world.watched(BEGIN + 3 * DAY, BEGIN + 5 * DAY, thing)
        world.watched(BEGIN + 4 * DAY, BEGIN + 6 * DAY)
        for one in (thing, other):
            world.span(one, State.UP, BEGIN + 4 * DAY, None)
        mine, others = (world.measured(one, MONTH).split for one in (thing, other))
        assert (mine.not_in_service_ms, mine.up_ms) == (3 * DAY, 2 * DAY)
        assert (others.not_in_service_ms, others.up_ms) == (4 * DAY, 2 * DAY)
        assert mine.unknown_ms == DAY + 22 * DAY


def test_service_lasts_from_the_local_midnight_of_its_first_day_to_that_of_its_last(
    url: str,
) -> None:
    given = declared()
    life = {"commissioned": date(2027, 2, 3), "retired": date(2027, 2, 20)}
    devices = dict(given.devices) | {"d-r": replace(given.devices["d-r"], **life)}  # type: ignore[arg-type]
    with past(url, replace(given, devices=devices), BEGIN) as world:
        history = world.history(world.ids["device", "d-r"], MONTH)
        assert history.service == ((at("2027-02-03T00:00"), at("2027-02-20T00:00")),)


def test_a_site_that_nobody_judged_is_what_its_dated_paths_made_of_it(world: Past) -> None:
    link, router = world.ids["link", "L1"], world.ids["device", "d-r"]
    first, second = at("2027-02-11T08:00"), at("2027-02-11T10:00")
    down(world, link, first, first + 3 * HOUR)
    down(world, router, second, second + 3 * HOUR)
    found = world.measured(world.ids["site", "d"], MONTH)
    assert found.split.down_ms == HOUR
    assert found.split.degraded_ms == 4 * HOUR
    assert found.measured == 1


def test_time_on_backup_is_the_degraded_time_of_that_reason(world: Past) -> None:
    site = world.ids["site", "d"]
    begin = at("2027-02-11T08:00")
    world.span(site, State.UP, BEGIN, begin)
    world.span(site, State.DEGRADED, begin, begin + 5 * HOUR, reason="on_backup")
    world.span(site, State.DEGRADED, begin + 5 * HOUR, None)
    world.planned(site, begin, begin + HOUR)
    assert world.measured(site, MONTH).on_backup_ms == 4 * HOUR


def test_an_outage_that_lasts_over_months_began_in_the_month_of_its_first_lost_moment(
    world: Past,
) -> None:
    thing = world.ids["device", "d-r"]
    begin = BEGIN - 3 * DAY
    world.span(thing, State.UP, BEGIN - 40 * DAY, begin)
    world.span(thing, State.DEGRADED, begin, BEGIN - DAY)
    world.span(thing, State.DOWN, BEGIN - DAY, BEGIN - HOUR)
    world.span(thing, State.DEGRADED, BEGIN - HOUR, BEGIN + DAY)
    world.span(thing, State.DOWN, BEGIN + DAY, None)
    world.outage(thing, begin, None)
    assert world.measured(thing, MONTH).began == 0
    assert world.measured(thing, (BEGIN - 10 * DAY, BEGIN)).began == 1


def test_the_outages_of_one_spell_are_one_incident(world: Past) -> None:
    thing = world.ids["device", "d-r"]
    spell = world.incident("flapping", BEGIN)
    at_ms = BEGIN + DAY
    world.span(thing, State.UP, BEGIN, at_ms)
    for _ in range(3):
        world.span(thing, State.DOWN, at_ms, at_ms + MINUTE)
        world.span(thing, State.UP, at_ms + MINUTE, at_ms + 2 * MINUTE)
        world.outage(thing, at_ms, at_ms + MINUTE, incident_id=spell)
        at_ms += 2 * MINUTE
    found = world.measured(thing, (BEGIN, at_ms))
    assert (found.outages, found.incidents, found.mttr_s) == (3, 1, 180)

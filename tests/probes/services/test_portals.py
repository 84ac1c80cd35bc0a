"""The judgement of services, played in a world where time is a number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.hours import DAYS
from inventory.model import Calendar
from probes.portals import Served
from probes.services.results import LIMPS, SURE, Fault
from store.changes import Verdict
from store.states import Mark, State
from tests.probes.play import T0, province
from tests.probes.services.office import AT, BROKEN, MENDED, Office, broken, play, with_services


def test_what_answers_is_up_and_in_service_from_its_first_answer() -> None:
    world = play()
    world.run(120_000)
    for key in AT:
        [(_, verdict)] = world.told(key, "service")
        assert verdict.state == State.UP
        assert Mark.NEVER_SEEN not in world.marks(key)


@pytest.mark.parametrize(
    "fault",
    [Fault.SERVER_ERROR, Fault.WRONG_KEYWORD, Fault.REFUSED, Fault.NO_ANSWER, Fault.NO_NAME],
)
def test_a_fault_is_believed_after_three_checks_and_its_bracket_holds_the_truth(
    fault: Fault,
) -> None:
    world = broken(fault)
    world.run(BROKEN + 150_000)
    made, verdict = world.told("portal", "service")[-1]
    assert (verdict.state, verdict.reason, verdict.root_thing_id) == (State.DOWN, fault, None)
    assert verdict.last_good_ms is not None
    assert verdict.first_bad_ms is not None
    assert verdict.last_bad_ms is not None
    assert verdict.last_good_ms < T0 + BROKEN <= verdict.first_bad_ms == verdict.since_ms
    began = verdict.first_bad_ms - T0
    checks = [at for at, n in world.checks if world.graph.keys[n] == "portal" and at >= began]
    assert len([at for at in checks if at <= made]) >= 3
    assert made - began <= 10_000 + 3 * world.takes_ms(fault) + 500
    assert {world.last(key)[0] for key in ("axis", "far")} == {State.UP}


def test_one_or_two_bad_checks_are_no_fault() -> None:
    world = broken(Fault.SERVER_ERROR)
    seen: list[int] = []

    def twice(key: str, at: int) -> Fault:
        if key == "portal" and at >= BROKEN and len(seen) < 2:
            seen.append(at)
            return Fault.SERVER_ERROR
        return Fault.NONE

    world.fault = twice
    world.run(MENDED)
    assert len(seen) == 2
    assert [v.state for _, v in world.told("portal", "service")] == [State.UP]


@pytest.mark.parametrize("fault", sorted(SURE))
def test_a_certificate_that_is_not_believed_needs_no_second_look(fault: Fault) -> None:
    world = broken(fault)
    world.run(BROKEN + 61_000)
    made, verdict = world.told("portal", "service")[-1]
    assert (verdict.state, verdict.reason) == (State.DOWN, fault)
    assert verdict.first_bad_ms is not None
    assert made - (verdict.first_bad_ms - T0) <= 200


@pytest.mark.parametrize("fault", sorted(LIMPS))
def test_a_certificate_that_people_should_see_to_degrades(fault: Fault) -> None:
    world = broken(fault)
    world.run(BROKEN + 61_000)
    assert world.last("portal") == (State.DEGRADED, None, fault)
    world.run(MENDED + 61_000)
    assert world.last("portal") == (State.UP, None, "answers")


def test_it_is_up_after_two_good_checks_and_the_outage_ends_at_the_first() -> None:
    world = broken(Fault.SERVER_ERROR)
    world.run(MENDED + 70_000)
    made, verdict = world.told("portal", "service")[-1]
    assert verdict.state == State.UP
    assert verdict.last_bad_ms is not None
    assert verdict.first_good_ms is not None
    assert verdict.last_bad_ms < T0 + MENDED <= verdict.first_good_ms == verdict.since_ms
    assert made - (verdict.first_good_ms - T0) <= 1_500


def test_what_is_down_and_then_limps_goes_on_as_one_outage() -> None:
    def fault(key: str, at: int) -> Fault:
        if at < BROKEN or key != "portal":
            return Fault.NONE
        return Fault.SERVER_ERROR if at < 300_000 else Fault.CERT_EXPIRES

    world = play(fault=fault)
    world.run(400_000)
    states = [v.state for _, v in world.told("portal", "service")]
    assert states == [State.UP, State.DOWN, State.DEGRADED]


def test_a_site_that_is_cut_off_takes_its_services_along_with_its_own_root() -> None:
    world = play()
    world.cut = lambda link, at: link == "L-d1" and BROKEN <= at < MENDED
    world.run(MENDED)
    for key in ("portal", "far"):
        told = [v.state for _, v in world.told(key, "service")]
        assert told == [State.UP, State.UNREACHABLE], key
        assert world.last(key) == (State.UNREACHABLE, "L-d1", Fault.NO_ANSWER)
        made, _ = world.told(key, "service")[-1]
        assert made - BROKEN <= 45_000
    assert world.last("axis")[0] == State.UP
    world.run(MENDED + 60_000)
    for key in ("portal", "far"):
        made, verdict = world.told(key, "service")[-1]
        assert verdict.state == State.UP
        assert made - MENDED <= 30_000, "its site is back: it is asked at once"


@pytest.mark.parametrize("seed", range(8))
def test_whichever_is_noticed_first_no_service_is_blamed_for_its_site(seed: int) -> None:
    """Cuts at any moment of the round, and checks that fail much quicker than pings."""
    world = play(takes_ms=lambda fault: 300)
    cut = BROKEN + seed * 7_700
    world.cut = lambda link, at: link == "L-d1" and at >= cut
    world.run(cut + 120_000)
    for key in ("portal", "far"):
        assert [v.state for _, v in world.told(key, "service")] == [State.UP, State.UNREACHABLE]


def test_a_service_that_answers_wrongly_is_at_fault_itself_wherever_it_stands() -> None:
    world = broken(Fault.SERVER_ERROR)
    world.around = True
    world.cut = lambda link, at: link == "L-d1" and at >= BROKEN
    world.run(BROKEN + 100_000)
    assert world.state("d1", "site") in (State.DOWN, State.UNREACHABLE)
    assert world.last("portal") == (State.DOWN, None, Fault.SERVER_ERROR)
    assert [v.state for _, v in world.told("far", "service")] == [State.UP]


def test_a_service_that_stays_silent_after_its_site_is_back_is_down_by_itself() -> None:
    world = broken(Fault.REFUSED, until=900_000)
    world.cut = lambda link, at: link == "L-d1" and BROKEN <= at < MENDED
    world.run(MENDED + 100_000)
    assert world.last("portal") == (State.DOWN, None, Fault.REFUSED)
    told = world.told("portal", "service")
    assert [v.state for _, v in told] == [State.UP, State.UNREACHABLE, State.DOWN]
    assert told[-1][1].since_ms >= T0 + MENDED


def test_blindness_freezes_services_and_blames_none() -> None:
    for about in ({"sees": lambda at: at < BROKEN}, {"can_send": lambda at: at < BROKEN}):
        world = play(takes_ms=lambda fault: 300, **about)
        world.run(BROKEN + 200_000)
        assert world.judge.eyes.blind
        for key in AT:
            states = [v.state for _, v in world.told(key, "service")]
            assert not {State.DOWN, State.UNREACHABLE} & set(states), key


def test_a_service_at_a_closed_and_silent_site_sleeps_with_it() -> None:
    closed = Calendar(id="o", week=dict.fromkeys(DAYS, ()))
    network = with_services(province())
    sites = dict(network.sites) | {"c11": replace(network.sites["c11"], calendar="o")}
    devices = {
        key: replace(one, calendar="o") if one.site == "c11" else one
        for key, one in network.devices.items()
    }
    network = replace(network, sites=sites, devices=devices, calendars={"o": closed})
    world = Office(network)
    world.alive = lambda key, at: not (key.startswith("c11") and BROKEN <= at < MENDED)
    world.run(MENDED)
    assert [v.state for _, v in world.told("far", "service")] == [State.UP, State.UNKNOWN]
    assert world.last("far")[2] == "off_hours"
    assert Mark.OFF_HOURS in world.marks("far")
    world.run(MENDED + 90_000)
    assert world.last("far")[0] == State.UP
    assert Mark.OFF_HOURS not in world.marks("far")


def test_a_resolver_that_fails_makes_unknown_and_never_down() -> None:
    world = broken(Fault.RESOLVER)
    world.run(BROKEN + 150_000)
    assert world.last("portal") == (State.UNKNOWN, None, Fault.RESOLVER)
    verdict = world.told("portal", "service")[-1][1]
    assert verdict.since_ms < T0 + BROKEN
    world.run(MENDED + 70_000)
    assert world.last("portal") == (State.UP, None, "answers")


def test_a_service_that_never_answered_is_never_seen_but_one_that_errs_is_there() -> None:
    world = play(fault=lambda key, at: Fault.REFUSED if key == "portal" else Fault.SERVER_ERROR)
    world.run(300_000)
    assert world.told("portal", "service") == []
    assert Mark.NEVER_SEEN in world.marks("portal")
    assert world.last("axis") == (State.DOWN, None, Fault.SERVER_ERROR)
    assert Mark.NEVER_SEEN not in world.marks("axis")


def test_a_restart_goes_on_with_what_the_record_believed() -> None:
    for state, root in ((State.DOWN, None), (State.UNREACHABLE, "d1-r"), (State.UP, None)):
        world = play()
        portal = world.graph.keys.index("portal")
        seen_to = T0 - 30_000
        world.judge.restore(
            portal,
            state,
            T0 - 900_000,
            seen_to=seen_to,
            last_bad=None if state == State.UP else T0 - 90_000,
            root=None if root is None else world.graph.keys.index(root),
        )
        world.run(100_000)
        told = world.told("portal", "service")
        if state == State.UP:
            assert told == []
        else:
            [(_, verdict)] = told
            assert (verdict.state, verdict.last_bad_ms) == (State.UP, T0 - 90_000)
            assert verdict.first_good_ms is not None
            assert verdict.first_good_ms >= T0


def test_a_service_that_broke_while_the_monitor_was_away_has_a_bracket_over_the_gap() -> None:
    world = play(fault=lambda key, at: Fault.SERVER_ERROR if key == "portal" else Fault.NONE)
    portal = world.graph.keys.index("portal")
    world.judge.restore(portal, State.UP, T0 - 900_000, seen_to=T0 - 30_000)
    world.run(100_000)
    [(_, verdict)] = world.told("portal", "service")
    assert verdict.state == State.DOWN
    assert verdict.last_good_ms is not None
    assert verdict.first_bad_ms is not None
    assert verdict.last_good_ms <= T0 - 30_000 - 60_000
    assert verdict.first_bad_ms >= T0


def test_without_any_device_services_alone_tell_that_we_see() -> None:
    network = replace(with_services(province()), devices={}, links={}, anchor=())
    world = Office(network)
    world._check = lambda n, now: world.found.append(  # type: ignore[method-assign]
        (now + 40, Served(n, now, now + 40, Fault.NONE, 40_000))
    )
    world.run(120_000)
    assert world.judge.eyes.opened
    assert world.state("portal", "service") == State.UP


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NO_ANSWER, Fault.CERT_EXPIRES])
@pytest.mark.parametrize("at", [BROKEN + 40_000, BROKEN + 62_000, MENDED - 5_000, MENDED + 30_000])
def test_a_reload_at_any_moment_gives_the_same_verdicts(fault: Fault, at: int) -> None:
    """Other devices go and come, so that every number moves."""

    def told(world: Office) -> list[Verdict]:
        return [verdict for key in AT for _, verdict in world.told(key, "service")]

    plain, changed = broken(fault), broken(fault)
    for world in (plain, changed):
        world.cut = lambda link, at: link == "L-c11" and BROKEN <= at < MENDED
    plain.run(MENDED + 120_000)
    changed.run(at)
    network = changed.network
    devices = {key: one for key, one in network.devices.items() if key not in ("c23-s", "d2-s")}
    changed.reload(replace(network, devices=devices))
    changed.run(MENDED + 120_000)

    def short(verdict: Verdict) -> tuple[object, ...]:
        return verdict.thing_id, verdict.state, verdict.reason, verdict.root_thing_id

    assert [short(one) for one in told(changed)] == [short(one) for one in told(plain)]
    assert len(told(plain)) >= 7

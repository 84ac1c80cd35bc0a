"""Degraded by the limits of devices, and gone by the word of an OLT or the want of calls."""

from __future__ import annotations

from dataclasses import replace

from inventory.model import Device, Network
from probes.alarms import HEAT, LIGHT
from store.changes import Verdict
from store.states import Mark, State
from tests.probes.play import T0, Play, province

QUIET = 90_000
TOKEN = "0123456789abcdef"


def number_of(play: Play, key: str) -> int:
    return play.graph.keys.index(key)


def states(play: Play, key: str, kind: str = "device") -> list[tuple[State, str]]:
    return [(v.state, v.reason) for at, v in play.told(key, kind) if at > QUIET]


def last(play: Play, key: str, kind: str = "device") -> Verdict:
    return play.told(key, kind)[-1][1]


def test_light_beyond_its_limit_degrades_the_link_until_it_is_back() -> None:
    play = Play(province())
    play.run(QUIET)
    link = number_of(play, "L-d1")
    play.judge.ails(link, frozenset({LIGHT}), T0 + QUIET)
    play.run(QUIET + 130_000)  # the ports go on saying up
    assert states(play, "L-d1", "link") == [(State.DEGRADED, "light")]
    play.judge.ails(link, frozenset({LIGHT}), T0 + QUIET + 120_000)
    play.judge.ails(link, frozenset(), T0 + QUIET + 180_000)
    play.run(QUIET + 190_000)
    assert states(play, "L-d1", "link")[1:] == [(State.UP, "limits_kept")]
    end = last(play, "L-d1", "link")
    assert (end.last_bad_ms, end.first_good_ms) == (T0 + QUIET + 120_000, T0 + QUIET + 180_000)


def test_a_link_that_is_ill_and_then_cut_is_down_and_ill_again_when_it_is_back() -> None:
    play = Play(province())
    play.cut = lambda link, at: link == "L-d1" and QUIET + 60_000 <= at < QUIET + 200_000
    play.run(QUIET)
    link = number_of(play, "L-d1")
    play.judge.ails(link, frozenset({LIGHT}), T0 + QUIET)
    play.run(QUIET + 300_000)
    play.judge.ails(link, frozenset({LIGHT}), T0 + QUIET + 290_000)
    play.run(QUIET + 310_000)
    told = [state for state, _ in states(play, "L-d1", "link")]
    assert told == [State.DEGRADED, State.DOWN, State.UP, State.DEGRADED]


def test_heat_degrades_the_device_however_well_it_answers() -> None:
    play = Play(province())
    play.run(QUIET)
    device = number_of(play, "d1-r")
    play.judge.ails(device, frozenset({HEAT}), T0 + QUIET)
    play.run(QUIET + 100_000)
    assert states(play, "d1-r") == [(State.DEGRADED, "temperature")]
    assert play.state("d1", "site") == State.DEGRADED
    play.judge.ails(device, frozenset(), T0 + QUIET + 100_000)
    play.run(QUIET + 110_000)
    assert play.state("d1-r") == State.UP
    assert play.state("d1", "site") == State.UP


def test_a_mark_is_beside_the_state() -> None:
    play = Play(province())
    play.run(QUIET)
    device = number_of(play, "d1-r")
    play.judge.mark(device, Mark.ON_BATTERY, on=True)
    play.run(QUIET + 1000)
    assert Mark.ON_BATTERY in play.marks("d1-r")
    assert states(play, "d1-r") == []


def calling(network: Network) -> Network:
    """A device that calls behind d1's router, and an ONU behind d2's, which is its OLT."""
    own = {
        "h": Device(id="h", site="d1", role="kiosk", monitor="heartbeat", heartbeat=TOKEN),
        "u": Device(id="u", site="c21", role="onu", monitor="via", via="d2-r:gpon0/1/3:12"),
    }
    return replace(network, devices={**network.devices, **own})


def test_calls_that_stay_out_are_a_fault_and_the_next_one_ends_it() -> None:
    play = Play(calling(province()))
    n = number_of(play, "h")
    play.judge.alive(n, T0 + 1000)
    play.run(QUIET)
    assert play.state("h") == State.UP
    play.judge.gone(n, T0 + 61_000, T0 + QUIET, "no_heartbeat")
    play.run(QUIET + 5_000)
    assert states(play, "h") == [(State.DOWN, "no_heartbeat")]
    assert (last(play, "h").last_good_ms, last(play, "h").first_bad_ms) == (T0 + 1000, T0 + 61_000)
    play.judge.alive(n, T0 + QUIET + 6_000)
    play.run(QUIET + 7_000)
    assert play.state("h") == State.UP
    assert last(play, "h").first_good_ms == T0 + QUIET + 6_000


def test_what_calls_from_behind_a_fault_is_unreachable() -> None:
    play = Play(calling(province()))
    play.cut = lambda link, at: link == "L-d1" and at >= QUIET
    n = number_of(play, "h")
    play.judge.alive(n, T0 + QUIET - 20_000)
    play.run(QUIET + 130_000)
    play.judge.gone(n, T0 + QUIET + 40_000, T0 + QUIET + 130_000, "no_heartbeat")
    play.run(QUIET + 140_000)
    assert [state for state, _ in states(play, "h")] == [State.UNREACHABLE]


def test_a_unit_is_gone_by_the_word_of_its_olt() -> None:
    play = Play(calling(province()))
    n = number_of(play, "u")
    play.judge.alive(n, T0 + 1000)
    play.run(QUIET)
    play.judge.gone(n, T0 + QUIET, T0 + QUIET + 50, "dying_gasp")
    play.run(QUIET + 30_000)
    assert states(play, "u") == [(State.DOWN, "dying_gasp")]
    assert play.graph.ways[n] == ((None, number_of(play, "d2-r")),)


def test_what_never_called_is_no_fault() -> None:
    play = Play(calling(province()))
    play.run(QUIET)
    play.judge.gone(number_of(play, "h"), T0 + QUIET, T0 + QUIET, "no_heartbeat")
    play.run(QUIET + 10_000)
    assert states(play, "h") == []
    assert Mark.NEVER_SEEN in play.marks("h")

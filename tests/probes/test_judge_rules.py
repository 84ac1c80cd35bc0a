"""Mass outages, rings, standby links, entry paths and opening hours, with time as a number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.model import Calendar, Device, SitePath
from store.changes import Verdict
from store.states import Mark, State
from tests.probes.play import T0, Play, province

CUT, MENDED = 60_000, 150_000


def own_faults(play: Play) -> list[tuple[str, State]]:
    return [
        (play.names[v.thing_id], v.state)
        for at, v in play.verdicts
        if at > CUT and v.root_thing_id is None and v.state == State.DOWN
    ]


def both_districts_cut(at: int) -> bool:
    return CUT <= at < MENDED


def test_all_behind_an_answering_anchor_has_one_root_beyond_it() -> None:
    play = Play(province(), snmp=False)
    play.cut = lambda link, at: link in ("L-d1", "L-d2") and both_districts_cut(at)
    play.run(MENDED)
    assert own_faults(play) == [("p-r", State.DOWN)], "of the kind beyond"
    assert play.state("p-r", "beyond") == State.DOWN
    assert play.state("p-r") == State.UP
    [(made, verdict)] = play.told("p-r", "beyond")
    assert verdict.reason == "mass"
    assert made - CUT <= 20_000
    beyond = play.ids["beyond", "p-r"]
    for key in ("d1-r", "d2-r", "c11-r", "c23-s"):
        found = play.told(key)[-1][1]
        assert (found.state, found.root_thing_id) == (State.UNREACHABLE, beyond), key
    assert verdict.last_good_ms is not None
    assert verdict.first_bad_ms is not None
    assert verdict.last_good_ms < T0 + CUT <= verdict.first_bad_ms
    play.run(MENDED + 60_000)
    assert play.state("p-r", "beyond") == State.UP
    assert {play.state(key) for key in ("d1-r", "d2-r", "c11-r", "c23-s")} == {State.UP}
    end = play.told("p-r", "beyond")[-1][1]
    assert end.last_bad_ms is not None
    assert end.first_good_ms is not None
    assert end.last_bad_ms < T0 + MENDED <= end.first_good_ms


def test_a_first_answer_begins_and_the_end_of_an_outage_does_not() -> None:
    play = Play(province(), snmp=False)
    play.cut = lambda link, at: link == "L-d1" and CUT <= at < MENDED
    play.run(MENDED + 60_000)
    ups = [verdict for _, verdict in play.told("d1-r") if verdict.state == State.UP]
    assert [verdict.begins for verdict in ups] == [True, False]
    assert not any(verdict.begins for _, verdict in play.told("d1-r") if verdict not in ups)


def test_what_stays_away_after_a_mass_outage_is_down_by_itself() -> None:
    play = Play(province(), snmp=False)
    play.cut = lambda link, at: (
        (link == "L-d1" and CUT <= at < MENDED) or (link == "L-d2" and at >= CUT)
    )
    play.run(MENDED + 60_000)
    assert play.state("d1-r") == State.UP
    found = play.told("d2-r")[-1][1]
    assert (found.state, found.root_thing_id) == (State.DOWN, None)
    assert play.root(play.told("c21-r")[-1][1]) == "d2-r"
    end = play.told("p-r", "beyond")[-1][1]
    assert end.last_bad_ms is not None
    assert end.first_good_ms is not None
    assert end.last_bad_ms < T0 + MENDED <= end.first_good_ms, "the others say nothing of its end"


def test_one_silent_node_above_half_of_everything_is_the_root_of_the_mass() -> None:
    play = Play(province(districts=1, communes=8), snmp=False)
    play.cut = lambda link, at: link == "L-d1" and at >= CUT
    play.run(CUT + 20_000)
    [(_, verdict)] = [(at, v) for at, v in play.told("d1-r") if at > CUT]
    assert (verdict.state, verdict.reason) == (State.DOWN, "mass")
    assert play.told("p-r", "beyond") == []


def test_a_mass_outage_is_taken_up_after_a_restart() -> None:
    play = Play(province(), snmp=False)
    beyond = play.graph.keys.index("p-r", 1)
    assert play.graph.beyond == beyond
    for n, key in enumerate(play.graph.keys):
        gone = play.graph.kinds[n] == "device" and key != "p-r"
        state = State.UNREACHABLE if gone else State.DOWN if n == beyond else State.UP
        root = beyond if gone else None
        play.judge.restore(n, state, T0 - 90_000, seen_to=T0 - 9_000, root=root)
    play.cut = lambda link, at: link in ("L-d1", "L-d2") and at < CUT
    play.run(CUT - 5_000)
    assert [v for _, v in play.verdicts if play.names[v.thing_id] in ("d1-r", "p-r")] == []
    play.run(CUT + 30_000)
    assert play.state("p-r", "beyond") == State.UP
    assert play.state("c11-r") == State.UP


def ring() -> Play:
    """d1 and d2 hang on the centre, and on each other."""
    network = province()
    sites = dict(network.sites)
    sites["d1"] = replace(sites["d1"], uplink=("p", "d2"))
    sites["d2"] = replace(sites["d2"], uplink=("p", "d1"))
    return Play(replace(network, sites=sites))


def test_a_ring_with_one_cut_is_reachable_the_other_way_round() -> None:
    play = ring()
    play.cut = lambda link, at: link == "L-d1" and at >= CUT
    play.run(MENDED)
    assert play.state("L-d1", "link") == State.DOWN
    assert {play.state(key) for key in ("d1-r", "c11-r")} == {State.UP}


def test_a_ring_cut_at_both_ends_waits_for_no_verdict_of_its_own() -> None:
    play = ring()
    later = CUT + 70_000  # by then the hub was asked for its ports
    play.cut = lambda link, at: (link == "L-d1" and at >= CUT) or (link == "L-d2" and at >= later)
    play.run(later + 30_000)
    for key in ("d1-r", "d2-r", "c11-s", "c21-r"):
        verdict = play.told(key)[-1][1]
        assert (verdict.state, play.root(verdict)) == (State.UNREACHABLE, "L-d2"), key
    assert play.told("d1-r")[-1][1].also == (play.ids["link", "L-d1"],)


def with_backup(probe: str | None = None) -> Play:
    """c11 has a primary over d1 and a standby over d2."""
    network = province(backup=True)
    links = {
        key: replace(link, role="backup", probe=probe if key == "B-c11" else None)
        if key.startswith("B-")
        else link
        for key, link in network.links.items()
    }
    return Play(replace(network, links=links))


def test_a_standby_link_without_a_probe_is_never_up_and_can_be_down() -> None:
    play = with_backup()
    play.cut = lambda link, at: link == "B-c11" and CUT <= at < MENDED
    play.run(CUT - 1000)
    assert play.state("B-c11", "link") == State.UNKNOWN
    play.run(MENDED)
    assert play.state("B-c11", "link") == State.DOWN
    play.run(MENDED + 120_000)
    states = [v.state for _, v in play.told("B-c11", "link")]
    assert states == [State.UNKNOWN, State.DOWN, State.UNKNOWN]
    assert play.told("B-c11", "link")[-1][1].first_good_ms is not None


def test_a_site_on_its_backup_is_degraded_and_says_so() -> None:
    play = with_backup()
    play.cut = lambda link, at: link == "L-c11" and CUT <= at < MENDED
    play.run(MENDED)
    verdict = play.told("c11", "site")[-1][1]
    assert (verdict.state, verdict.reason) == (State.DEGRADED, "on_backup")
    assert play.root(verdict) == "L-c11"
    play.run(MENDED + 70_000)
    assert play.state("c11", "site") == State.UP


def test_a_site_is_not_on_a_backup_that_is_switched_off() -> None:
    play = with_backup()
    play.shut = lambda key, link, at: link == "B-c11"
    play.cut = lambda link, at: link == "L-c11" and CUT <= at < MENDED
    play.run(MENDED)
    assert Mark.ADMIN_DOWN in play.marks("B-c11")
    assert play.state("L-c11", "link") == State.DOWN
    assert "on_backup" not in [verdict.reason for _, verdict in play.told("c11", "site")]


def test_a_probe_that_falls_silent_beside_a_living_far_end_is_a_broken_line() -> None:
    play = with_backup("127.51.99.1")
    play.probe_cut = lambda link, at: link == "B-c11" and CUT <= at < MENDED
    play.run(CUT)
    assert play.state("B-c11", "link") == State.UP
    play.run(MENDED)
    verdict = play.told("B-c11", "link")[-1][1]
    assert (verdict.state, verdict.reason) == (State.DOWN, "probe_silent")
    assert verdict.last_good_ms is not None
    assert verdict.last_good_ms < T0 + CUT <= (verdict.first_bad_ms or 0)
    play.run(MENDED + 30_000)
    assert play.state("B-c11", "link") == State.UP


def test_a_probe_silent_with_its_far_end_is_behind_that_end() -> None:
    play = with_backup("127.51.99.1")
    play.alive = lambda key, at: not (key.startswith("c11") and CUT <= at < MENDED)
    play.probe_cut = lambda link, at: link == "B-c11" and CUT <= at < MENDED
    play.run(MENDED)
    assert play.state("c11-r") == State.DOWN
    verdict = play.told("B-c11", "link")[-1][1]
    assert (verdict.state, play.root(verdict)) == (State.UNREACHABLE, "c11-r")


def with_paths(*paths: SitePath) -> Play:
    return Play(replace(with_backup().network, paths=paths))


def test_the_internet_never_hides_a_cut_of_the_state_network() -> None:
    play = with_paths(
        SitePath(site="c11", link="L-c11", network="state"),
        SitePath(site="c11", device="c11-s", network="internet"),
    )
    play.cut = lambda link, at: link == "L-c11" and CUT <= at < MENDED
    play.run(MENDED)
    assert play.state("c11-r") == State.UP
    verdict = play.told("c11", "site")[-1][1]
    assert (verdict.state, play.root(verdict)) == (State.DOWN, "L-c11")
    play.run(MENDED + 70_000)
    assert play.state("c11", "site") == State.UP


@pytest.mark.parametrize(("need", "state"), [(1, State.DEGRADED), (2, State.DOWN)])
def test_a_site_needs_k_of_its_n_paths(need: int, state: State) -> None:
    play = with_paths(
        *(SitePath(site="c11", device=key, need=need) for key in ("c11-r", "c11-s", "c12-r"))
    )
    play.alive = lambda key, at: not (key in ("c11-s", "c12-r") and at >= CUT)
    play.run(MENDED)
    assert play.state("c11", "site") == state


def vip_network() -> Play:
    network = province()
    twin = replace(network.devices["c11-s"], role="router")
    vip = Device(
        id="c11-v", site="c11", role="vip", address="127.51.50.1", members=("c11-r", "c11-s")
    )
    devices = {**network.devices, "c11-s": replace(twin, uplink=("d1-r",)), "c11-v": vip}
    return Play(replace(network, devices=devices), snmp=False)


def test_a_virtual_address_is_reachable_over_any_member_and_behind_the_last() -> None:
    play = vip_network()
    later = CUT + 40_000
    play.alive = lambda key, at: (
        not ((key == "c11-r" and at >= CUT) or (key == "c11-s" and at >= later))
    )
    play.run(later)
    assert play.state("c11-r") == State.DOWN
    assert play.state("c11-v") == State.UP
    play.run(later + 40_000)
    verdict = play.told("c11-v")[-1][1]
    assert (verdict.state, play.root(verdict)) == (State.UNREACHABLE, "c11-s")


def test_a_slow_answer_is_degraded_against_its_own_baseline() -> None:
    play = Play(province(), snmp=False)
    slow = (900_000, 1_500_000)
    play.rtt_ns = lambda key, at: 180_000_000 if key == "c11-s" and slow[0] <= at < slow[1] else 0
    play.run(1_200_000)
    [(made, verdict)] = [(at, v) for at, v in play.told("c11-s") if v.state == State.DEGRADED]
    assert verdict.reason == "rtt"
    assert made > slow[0]
    play.run(2_400_000)
    assert play.state("c11-s") == State.UP
    assert play.told("c11-s")[-1][1].first_good_ms is not None


def test_answers_that_a_router_held_back_for_a_moment_make_no_slow_line() -> None:
    play = Play(province(), snmp=False)
    held = (900_000, 920_000)
    play.rtt_ns = lambda key, at: 1_500_000_000 if key == "c11-s" and held[0] <= at < held[1] else 0
    play.run(1_200_000)
    assert State.DEGRADED not in {verdict.state for _, verdict in play.told("c11-s")}


# -- opening hours: T0 is a Sunday in 2001, 08:46:40 in Viet Nam -------------------------------

CLOSED = Calendar(
    id="office",
    week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (("10:00", "17:00"),)),
)
TEN = 73 * 60_000 + 20_000  # 10:00:00


def office(*keys: str) -> Play:
    network = province()
    devices = {
        key: replace(device, calendar="office") if key in keys else device
        for key, device in network.devices.items()
    }
    sites = {
        key: replace(site, calendar="office") if key in keys else site
        for key, site in network.sites.items()
    }
    calendars = {"office": CLOSED}
    changed = replace(network, devices=devices, sites=sites, calendars=calendars)
    return Play(changed, snmp=False)


def outages(play: Play, key: str, kind: str = "device") -> list[Verdict]:
    return [v for _, v in play.told(key, kind) if v.state in (State.DOWN, State.UNREACHABLE)]


def test_silence_outside_hours_is_off_hours_and_no_outage() -> None:
    play = office("c11-s")
    play.alive = lambda key, at: not (key == "c11-s" and 600_000 <= at < TEN + 60_000)
    play.run(TEN + 120_000)
    reasons = [(v.state, v.reason) for _, v in play.told("c11-s")]
    assert reasons[1:] == [(State.UNKNOWN, "off_hours"), (State.UP, "answers")]
    assert outages(play, "c11-s") == []
    assert Mark.OFF_HOURS not in play.marks("c11-s")


def test_still_silent_a_quarter_of_an_hour_after_opening_is_an_outage_from_the_opening() -> None:
    play = office("c11-s")
    play.alive = lambda key, at: not (key == "c11-s" and at >= 600_000)
    play.run(TEN + 14 * 60_000)
    assert Mark.OFF_HOURS in play.marks("c11-s")
    assert outages(play, "c11-s") == []
    play.run(TEN + 16 * 60_000)
    [found] = outages(play, "c11-s")
    assert found.first_bad_ms == found.since_ms == T0 + TEN
    assert Mark.OFF_HOURS not in play.marks("c11-s")


def test_a_site_with_hours_sleeps_while_its_line_that_never_closes_is_out() -> None:
    play = office("c11")
    play.alive = lambda key, at: not (key == "c11-r" and at >= 600_000)
    play.run(TEN + 14 * 60_000)
    assert play.state("c11-r") == State.DOWN
    assert outages(play, "c11", "site") == []
    play.run(TEN + 16 * 60_000)
    [found] = outages(play, "c11", "site")
    assert (found.since_ms, found.first_bad_ms) == (T0 + TEN, T0 + TEN)


def test_silence_in_hours_is_an_outage_also_when_it_lasts_beyond_them() -> None:
    play = office("c11-s")
    play.alive = lambda key, at: not (key == "c11-s" and at >= TEN + 600_000)
    play.run(TEN + 660_000)
    [found] = outages(play, "c11-s")
    assert found.since_ms >= T0 + TEN + 600_000

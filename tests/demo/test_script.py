"""The seeded script keeps its promises: victims apart, times apart, all within the duration."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

import pytest

from demo.script import KINDS, Fault, Round, pace, populate, rounds
from demo.world import Conditions, World, conditions_at
from tests.demo.small import province

SEEDS = (1, 2, 3)


def script(seed: int, duration_s: float | None = 60, interval_s: float = 2) -> tuple[World, Round]:
    there = populate(province(), seed)
    played = rounds(there, seed=seed, duration_s=duration_s, ping_interval_s=interval_s)
    return there, next(played)


def of_kind(played: Round, kind: str) -> Fault:
    (found,) = [fault for fault in played.faults if fault.kind == kind]
    return found


def sites(there: World, fault: Fault) -> set[str]:
    """Whose judgement the fault can change."""
    victim = fault.victim
    assert victim is not None
    devices = there.network.devices
    touched = {devices[device].site for device in victim.silent | victim.lossy}
    if fault.kind == "flapping":
        touched.add(there.network.links[fault.thing].b.site)
    return touched


@pytest.mark.parametrize("seed", SEEDS)
def test_a_minute_holds_every_kind_of_fault(seed: int) -> None:
    _, played = script(seed)
    assert sorted(fault.kind for fault in played.faults) == sorted(KINDS)
    assert played.left_out == ()


@pytest.mark.parametrize("seed", range(40))
def test_victims_share_no_site_and_spare_the_one_who_was_never_there(seed: int) -> None:
    there, played = script(seed)
    (never,) = there.absent
    seen = {there.network.devices[never].site}
    for fault in played.faults:
        if fault.victim:
            touched = sites(there, fault)
            assert touched
            assert not touched & seen
            seen |= touched


@pytest.mark.parametrize("duration_s", [60, 240])
@pytest.mark.parametrize("seed", range(40))
def test_every_change_leaves_the_monitor_time_to_notice(seed: int, duration_s: float) -> None:
    _, played = script(seed, duration_s)
    settle = pace(2).settle_s
    blind = of_kind(played, "blind").changes
    for change, fault in played.changes():
        assert settle / 2 <= change.at_s <= duration_s - settle
        if fault.kind != "blind":
            before = change.at_s <= blind[0].at_s - settle
            assert before or change.at_s >= blind[1].at_s + settle
    for kind in ("fibre_cut", "power_cut"):
        own = [c for c in of_kind(played, kind).changes if c.thing == of_kind(played, kind).thing]
        assert own[1].at_s - own[0].at_s >= 2 * settle - 1e-6
    assert blind[1].at_s - blind[0].at_s > settle


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_gives_the_same_script_and_another_seed_another(seed: int) -> None:
    assert script(seed) == script(seed)
    assert script(seed)[1] != script(seed + 100)[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_last_change_everybody_answers_again(seed: int) -> None:
    there, played = script(seed)
    now = conditions_at([change for change, _ in played.changes()], 1e9)
    assert there.answering(now) == there.answering(Conditions())
    assert not there.losses(now)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cut_takes_a_district_and_its_communes_and_names_the_last_link(seed: int) -> None:
    there, played = script(seed)
    fault = of_kind(played, "fibre_cut")
    assert fault.victim
    hub = fault.thing.removeprefix("L-")
    assert fault.victim.root == f"L-{hub}"
    assert fault.victim.breaks == (f"B-{hub}", f"L-{hub}")
    assert {there.network.devices[d].site for d in fault.victim.silent} == {
        hub,
        *(f"{hub}-{number}" for number in range(1, 5)),
    }


def test_without_snmp_above_the_cut_the_far_device_is_the_root() -> None:
    network = province()
    silent = {device.id: replace(device, snmp=()) for device in network.devices.values()}
    there = populate(replace(network, devices=silent), 1)
    (played,) = rounds(there, seed=1, duration_s=60, ping_interval_s=2)
    victim = of_kind(played, "fibre_cut").victim
    assert victim
    assert victim.root.endswith("-gw")
    assert played.left_out == ("flapping",)  # no port whose status could be asked


@pytest.mark.parametrize("seed", SEEDS)
def test_the_flapping_port_is_a_backup_that_nobody_misses(seed: int) -> None:
    there, played = script(seed)
    fault = of_kind(played, "flapping")
    assert there.network.links[fault.thing].role == "backup"
    assert not there.silenced(Conditions(cut={fault.thing: 0.0}))
    assert [change.value for change in fault.changes] == [1, 0, 1, 0, 1, 0]
    times = [change.at_s for change in fault.changes]
    assert times == sorted(times)


@pytest.mark.parametrize("interval_s", [2, 10])
@pytest.mark.parametrize("duration_s", [60, 240, None])
@pytest.mark.parametrize("seed", range(40))
def test_a_lossy_line_stays_so_for_as_many_pings_as_tell_it(
    seed: int, duration_s: float | None, interval_s: float
) -> None:
    _, played = script(seed, duration_s, interval_s)
    if "loss" in played.left_out:
        assert (duration_s, interval_s) == (60, 10)
        return
    *_, worst, clean = of_kind(played, "loss").changes
    assert (clean.at_s - worst.at_s) / interval_s >= 10


def test_a_short_time_goes_without_the_blind_spell_and_a_shorter_one_without_faults() -> None:
    assert script(1, 30, 1)[1].left_out == ("blind",)
    assert script(1, 10, 1)[1].left_out == KINDS


def test_without_a_duration_rounds_follow_each_other_with_new_victims() -> None:
    there = populate(province(), 1)
    played = list(islice(rounds(there, seed=1, duration_s=None, ping_interval_s=2), 6))
    for earlier, later in pairwise(played):
        assert earlier.ends_s == later.begins_s
        assert max(c.at_s for c, _ in earlier.changes()) < min(c.at_s for c, _ in later.changes())
    assert len({of_kind(each, "power_cut").thing for each in played}) > 1

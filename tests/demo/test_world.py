"""The laws of nature of the simulated province."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.world import Change, Conditions, World, conditions_at, world
from tests.demo.small import province

PROVINCE = world(province(districts=3, communes=3))
LINKS = sorted(PROVINCE.network.links)
SITES = sorted(PROVINCE.network.sites)
EVERYBODY = frozenset(PROVINCE.network.devices)


def broken(changes: Sequence[Change]) -> Conditions:
    return conditions_at(changes, 1e9)


def at(site: str) -> set[str]:
    return {f"{site}-gw", f"{site}-sw"}


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Anything may break and heal, in any order."""
    things = st.one_of(
        st.tuples(st.just("cut"), st.sampled_from(LINKS), st.sampled_from((0.0, 1.0))),
        st.tuples(st.just("dark"), st.sampled_from(SITES), st.sampled_from((0.0, 1.0))),
        st.tuples(st.just("loss"), st.sampled_from(LINKS), st.sampled_from((0.0, 0.1, 0.3))),
        st.tuples(st.just("blind"), st.just(""), st.sampled_from((0.0, 1.0))),
    )
    return [Change(float(n), *drawn) for n, drawn in enumerate(draw(st.lists(things)))]


def has_a_way(there: World, device: str, now: Conditions) -> bool:
    """The rule as it is told, without the shortcut that the world takes."""
    if there.network.devices[device].site in now.dark:
        return False
    ways = there.topology.ways[device]
    return not ways or any(
        link not in now.cut and has_a_way(there, upper, now) for link, upper in ways
    )


@given(histories())
def test_a_device_answers_exactly_when_it_has_power_and_a_whole_way_up(
    history: list[Change],
) -> None:
    now = broken(history)
    reached = {device for device in EVERYBODY if has_a_way(PROVINCE, device, now)}
    assert PROVINCE.answering(now) == (set() if now.blind else reached)


@given(histories(), st.sampled_from(["d1", "d2", "d3"]))
def test_nobody_behind_a_cut_answers_whatever_else_happens(history: list[Change], hub: str) -> None:
    cut = [Change(1e6, "cut", link, 1) for link in (f"L-{hub}", f"B-{hub}")]
    answering = PROVINCE.answering(broken([*history, *cut]))
    assert not [device for device in answering if device.startswith(hub)]


@given(histories())
def test_a_world_in_which_all_is_mended_answers_in_full(history: list[Change]) -> None:
    mended = [Change(1e6, c.what, c.thing, 0) for c in history]
    now = broken([*history, *mended])
    assert PROVINCE.answering(now) == EVERYBODY
    assert PROVINCE.losses(now) == {}
    assert (now.cut, now.dark, now.loss, now.blind) == ({}, frozenset(), {}, False)


@given(histories())
def test_only_what_answers_has_losses_and_they_are_shares(history: list[Change]) -> None:
    now = broken(history)
    losses = PROVINCE.losses(now)
    assert losses.keys() <= PROVINCE.answering(now)
    assert all(0 < lost < 1 for lost in losses.values())


def test_a_district_with_a_backup_stays_reachable_until_its_last_link_is_cut() -> None:
    one = broken([Change(1, "cut", "L-d1", 1)])
    assert PROVINCE.silenced(one) == frozenset()
    both = broken([Change(1, "cut", "L-d1", 1), Change(2, "cut", "B-d1", 1)])
    behind = at("d1") | at("d1-1") | at("d1-2") | at("d1-3")
    assert PROVINCE.silenced(both) == behind


def test_a_power_cut_silences_its_site_and_what_hangs_on_it() -> None:
    assert PROVINCE.silenced(broken([Change(1, "dark", "d1-2", 1)])) == at("d1-2")
    assert at("d2-3") < PROVINCE.silenced(broken([Change(1, "dark", "d2", 1)]))


def test_loss_on_a_link_is_felt_behind_it_and_not_where_a_clean_way_leads_round() -> None:
    leaf = PROVINCE.losses(broken([Change(1, "loss", "L-d1-1", 0.3)]))
    assert leaf.keys() == at("d1-1")
    assert leaf["d1-1-sw"] == pytest.approx(0.3)
    assert PROVINCE.losses(broken([Change(1, "loss", "L-d1", 0.3)])) == {}


def test_a_device_that_was_never_there_does_not_answer_and_is_not_missed() -> None:
    there = world(province(), frozenset(["d1-1-sw"]))
    assert "d1-1-sw" not in there.answering(Conditions())
    assert there.silenced(broken([Change(1, "dark", "d1-1", 1)])) == {"d1-1-gw"}


def test_power_that_comes_back_is_remembered_as_the_boot_time() -> None:
    now = broken([Change(5, "dark", "d1-1", 1), Change(9, "dark", "d1-1", 0)])
    assert now.booted == {"d1-1": 9}

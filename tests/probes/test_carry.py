"""A change of the files under the watch changes no verdict that it does not concern."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import End, Link, Network
from probes.intervals import intervals
from store.changes import Sight
from store.states import Mark, State
from tests.probes.play import T0, Play, province

END = 600_000
DEVICES = ("d1-r", "d2-r", "c11-r", "c12-s", "c21-r", "c23-s")
LINKS = ("L-d1", "L-d2", "L-c11", "L-c22")


class Fault(NamedTuple):
    what: str  # a device, a link, or "" where we see nothing
    begins: int
    lasts: int

    def holds(self, what: str, at: int) -> bool:
        return what == self.what and self.begins <= at < self.begins + self.lasts


def played(
    faults: list[Fault], network: Network, reloads: dict[int, Network], loss: float = 0.0
) -> Play:
    play = Play(network, loss=loss)
    play.alive = lambda key, at: not any(fault.holds(key, at) for fault in faults)
    play.cut = lambda link, at: any(fault.holds(link, at) for fault in faults)
    play.sees = lambda at: not any(fault.holds("", at) for fault in faults)
    for at, new in sorted(reloads.items()):
        play.run(at)
        play.reload(new)
    play.run(END)
    return play


FAULTS = st.builds(
    Fault,
    st.sampled_from((*DEVICES, *LINKS, "")),
    st.integers(20_000, 400_000),
    st.integers(500, 150_000),
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(FAULTS, max_size=5),
    st.lists(st.integers(0, END // 100 - 1), min_size=1, max_size=3),
    st.sampled_from((0.0, 0.1)),
)
def test_a_reload_of_the_same_files_changes_nothing_at_all(
    faults: list[Fault], at: list[int], loss: float
) -> None:
    """Every verdict, its brackets, the coverage and the events, at any moment of any history."""
    network = province()
    calm = played(faults, network, {}, loss)
    play = played(faults, network, {100 * tick: network for tick in at}, loss)
    assert play.verdicts == calm.verdicts
    assert play.seeing == calm.seeing
    assert play.events == calm.events
    assert [node.marks for node in play.judge.nodes] == [node.marks for node in calm.judge.nodes]


def larger(network: Network, key: str, upper: str) -> Network:
    """One commune more, before all others: every number moves."""
    site = replace(network.sites["c21"], id=key, name=key, uplink=(upper,))
    router = replace(network.devices["c21-r"], id=f"{key}-r", site=key, address="127.51.99.1")
    end = End(site=upper, device=f"{upper}-r", interface="Gi9/9")
    link = Link(id=f"L-{key}", a=end, b=End(site=key))
    return replace(
        network,
        sites={key: site, **network.sites},
        devices={router.id: router, **network.devices},
        links={link.id: link, **network.links},
    )


def story(play: Play, key: str, kind: str) -> list[tuple[State, str | None]]:
    return [(verdict.state, play.root(verdict)) for _, verdict in play.told(key, kind)]


def outages(play: Play, key: str, kind: str) -> list[tuple[State, str | None]]:
    """Its story; of a site only whether it is there: which part of it is back first does not
    matter."""
    told = story(play, key, kind)
    if kind == "site":
        told = [(State.UP, None) if state == State.DEGRADED else (state, r) for state, r in told]
    return [one for one, before in zip(told, [None, *told], strict=False) if one != before]


LONE = st.tuples(
    st.sampled_from(("d1-r", "c11-r", "L-d1", "L-c11")),
    st.integers(90_000, 150_000),  # until the next
    st.integers(90_000, 150_000),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(LONE, max_size=2), st.integers(0, END // 100 - 1))
def test_what_is_added_and_removed_elsewhere_changes_no_verdict(
    lone: list[tuple[str, int, int]], tick: int
) -> None:
    """The place in the round moves a little, and with it the moments; nothing else does."""
    faults: list[Fault] = []
    for what, pause, lasts in lone:
        last = faults[-1].begins + faults[-1].lasts if faults else 0
        faults.append(Fault(what, last + pause, lasts))
    first, then = larger(province(), "x1", "d2"), larger(province(), "x2", "d2")
    calm = played(faults, first, {})
    play = played(faults, first, {100 * tick: then})
    for kind, key in [pair for pair in play.ids if pair in calm.ids and "x" not in pair[1]]:
        assert outages(play, key, kind) == outages(calm, key, kind), (kind, key)
    assert [one.sight for _, one in play.seeing] == [one.sight for _, one in calm.seeing]


def test_a_new_thing_begins_never_seen_and_one_that_left_is_told_of_no_more() -> None:
    play = Play(larger(province(), "x1", "d2"))
    play.run(60_000)
    assert play.state("x1-r") == State.UP
    play.reload(larger(province(), "x2", "d2"))
    play.alive = lambda key, at: key != "x2-r"
    play.run(120_000)
    assert [verdict.state for _, verdict in play.told("x1-r")] == [State.UP]
    assert play.marks("x2-r") == {Mark.NEVER_SEEN}
    play.alive = lambda key, at: True
    play.run(140_000)
    assert play.state("x2-r") == State.UP


def test_a_cut_in_the_second_of_the_reload_is_found_as_quickly() -> None:
    for at in range(60_000, 70_000, 700):
        play = Play(province())
        play.cut = lambda link, now, at=at: link == "L-d1" and now >= at  # type: ignore[misc]
        play.run(at)
        play.reload(larger(province(), "x2", "d2"))
        play.run(at + 20_000)
        assert story(play, "c11-r", "device")[-1] == (State.UNREACHABLE, "L-d1"), at


def without_district(network: Network) -> Network:
    """d1 is gone; its communes hang on the centre."""
    gone = ("d1",)
    sites = {
        key: replace(site, uplink=("p",) if site.uplink == ("d1",) else site.uplink)
        for key, site in network.sites.items()
        if key not in gone
    }
    devices = {key: one for key, one in network.devices.items() if one.site not in gone}
    links = {
        key: link
        for key, link in network.links.items()
        if not {link.a.site, link.b.site} & set(gone)
    }
    return replace(network, sites=sites, devices=devices, links=links)


def test_what_was_behind_a_root_that_left_is_judged_by_itself_at_once() -> None:
    play = Play(province(), snmp=False)
    dead = ("d1-r", "c12-r")  # how much the line of what was behind loses is not known anew yet
    play.alive = lambda key, at: at < 30_000 or key not in dead
    play.run(90_000)
    assert story(play, "c11-r", "device")[-1] == (State.UNREACHABLE, "d1-r")
    play.reload(without_district(province()))
    play.run(92_500)
    assert play.state("c11-r") == State.UP
    play.run(120_000)
    assert story(play, "c12-r", "device")[-2:] == [
        (State.UNREACHABLE, "d1-r"),
        (State.DOWN, None),
    ]


def test_what_is_down_and_turns_out_to_hang_on_another_that_is_down_is_behind_it() -> None:
    network = province(3)
    play = Play(network, snmp=False)
    play.alive = lambda key, at: at < 30_000 or key not in ("d1-r", "c21-r")
    play.run(90_000)
    assert story(play, "c21-r", "device")[-1] == (State.DOWN, None)
    sites = dict(network.sites)
    sites["c21"] = replace(sites["c21"], uplink=("d1",))
    play.reload(replace(network, sites=sites))
    play.run(91_000)
    assert story(play, "c21-r", "device")[-1] == (State.UNREACHABLE, "d1-r")


# -- what is asked seldom ----------------------------------------------------------------------


def sparing(network: Network) -> Network:
    """c11 hangs on a metered link."""
    link = replace(network.links["L-c11"], metered=True)
    return replace(network, links={**network.links, "L-c11": link})


def test_only_what_has_no_other_way_is_spared() -> None:
    network = province(backup=True)
    metered = {key: replace(link, metered=True) for key, link in network.links.items()}
    one = replace(network, links={**network.links, "L-c11": metered["L-c11"]})
    both = replace(one, links={**one.links, "B-c11": metered["B-c11"]})
    assert _every(one) == ({}, {})
    assert _every(both) == (
        {"c11-r": 60_000, "c11-s": 60_000},
        {"c11-r": 900_000, "c11-s": 900_000},
    )
    router = replace(both.devices["c11-r"], ping_interval_s=20, snmp_interval_s=120)
    own = replace(both, devices={**both.devices, "c11-r": router})
    assert _every(own)[0] == {"c11-r": 20_000, "c11-s": 60_000}
    assert _every(own)[1]["c11-r"] == 120_000


def _every(network: Network) -> tuple[dict[str, int], dict[str, int]]:
    play = Play(network)
    found = intervals(network, play.graph)
    keys = play.graph.keys
    return (
        {keys[n]: ms for n, ms in found.ping_ms.items()},
        {keys[n]: ms for n, ms in found.snmp_ms.items()},
    )


def test_what_is_asked_each_minute_is_not_taken_for_silent() -> None:
    play = Play(sparing(province()))
    play.run(900_000)
    for key in ("c11-r", "c11-s"):
        assert story(play, key, "device") == [(State.UP, None)]
        assert not play.marks(key)


def test_its_cut_is_found_after_its_next_turn_and_its_brackets_are_honest() -> None:
    play = Play(sparing(province()), snmp=False)
    play.cut = lambda link, at: link == "L-c11" and 300_000 <= at < 500_000
    play.run(600_000)
    down, up = play.told("c11-r")[1:]
    assert down[0] - 300_000 <= 60_000 + 12_000
    assert up[0] - 500_000 <= 60_000 + 3_000
    assert down[1].last_good_ms is not None
    assert down[1].first_bad_ms is not None
    assert down[1].last_good_ms < T0 + 300_000 <= down[1].first_bad_ms
    assert up[1].last_bad_ms is not None
    assert up[1].last_bad_ms < T0 + 500_000 <= up[1].since_ms


def test_coverage_opens_when_they_too_were_asked_after_a_start_and_after_blindness() -> None:
    play = Play(sparing(province()))
    asked: list[tuple[int, int]] = []
    send = play._send

    def noted(n: int, now: int) -> None:
        asked.append((n, now - T0))
        send(n, now)

    play._send = noted  # type: ignore[method-assign]
    play.sees = lambda at: not 200_000 <= at < 260_000
    play.run(400_000)
    slow = [n for n, key in enumerate(play.graph.keys) if key in ("c11-r", "c11-s")]
    opened = [at for at, one in play.seeing if one.sight == Sight.OPENED]
    assert len(opened) == 2
    assert play.told("c11-r")[0][0] <= opened[0]
    for n in slow:
        assert any(0 <= at <= opened[0] for m, at in asked if m == n)
        assert any(260_000 <= at <= opened[1] for m, at in asked if m == n)


def test_after_a_restart_the_last_good_answer_of_what_is_asked_seldom_is_not_overstated() -> None:
    play = Play(sparing(province()))
    seen_to = T0 - 5_000
    for key in ("c11-r", "c12-r"):
        n = play.graph.keys.index(key)
        play.judge.restore(n, State.UP, T0 - 900_000, seen_to=seen_to)
    good = {
        key: play.judge.nodes[play.graph.keys.index(key)].last_good for key in ("c11-r", "c12-r")
    }
    assert (good["c11-r"] or 0) <= seen_to - 60_000
    assert seen_to - 60_000 < (good["c12-r"] or 0) <= seen_to - 10_000

"""Links whose two ends are asked: who is switched off, who is heeded, and who is left to speak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inventory.model import End, Network
from store.states import Mark, State
from tests.probes.play import T0, Play, province

LINK, UPPER, LOWER = "L-d1", "p-r", "d1-r"
MINUTE = 60_000
CUT = 3 * MINUTE
END = 15 * MINUTE


def joined() -> Network:
    """Both ends of the link to the first district have a port that is asked."""
    found = province(1, 1)
    lower = End(site="d1", device=LOWER, interface="Gi0/9")
    return replace(found, links={**found.links, LINK: replace(found.links[LINK], b=lower)})


def told(play: Play) -> list[tuple[State, str]]:
    return [(verdict.state, verdict.reason) for _, verdict in play.told(LINK, "link")]


@pytest.mark.parametrize("end", [UPPER, LOWER])
def test_a_link_stays_out_of_service_while_a_port_is_shut_at_one_end(end: str) -> None:
    """The other port is down by it, and its device may be the first that is asked."""
    play = Play(joined())
    play.shut = lambda key, link, at: (key, link) == (end, LINK) and CUT <= at < END
    play.run(END)
    before = [] if end == LOWER else [(State.DOWN, "port_down")]
    assert told(play) == [(State.UP, "port_up"), *before, (State.UNKNOWN, "admin_down")]
    assert play.marks(LINK) == {Mark.ADMIN_DOWN}
    play.run(END + 3 * MINUTE)
    assert told(play)[len(before) + 2 :] == [(State.UP, "port_up")]
    assert play.marks(LINK) == set()


def test_ports_that_are_shut_at_both_ends_stay_so_until_the_last_is_opened() -> None:
    play = Play(joined())
    opens = {UPPER: END, LOWER: END + 3 * MINUTE}
    play.shut = lambda key, link, at: link == LINK and CUT <= at < opens[key]
    play.run(END + 2 * MINUTE)
    assert told(play) == [(State.UP, "port_up"), (State.UNKNOWN, "admin_down")]
    play.run(END + 6 * MINUTE)
    assert told(play)[2:] == [(State.UP, "port_up")]


def test_after_a_start_the_port_that_was_shut_is_waited_for() -> None:
    for first in (UPPER, LOWER):
        play = Play(joined())
        link = play.graph.keys.index(LINK)
        marks = frozenset({Mark.ADMIN_DOWN})
        play.judge.restore(link, State.UNKNOWN, T0 - 9000, seen_to=T0 - 1000, marks=marks)
        play.shut = lambda key, link, at, shut=first: (key, link) == (shut, LINK)  # type: ignore[misc]
        play.run(END)
        assert State.DOWN not in {state for state, _ in told(play)}, first
        assert play.marks(LINK) == {Mark.ADMIN_DOWN}


def test_a_change_of_the_files_does_not_forget_which_port_is_shut() -> None:
    play = Play(joined())
    play.shut = lambda key, link, at: (key, link) == (LOWER, LINK) and at >= CUT
    play.run(END)
    more = joined()
    play.reload(replace(more, sites={**more.sites, "z": replace(more.sites["p"], id="z")}))
    play.run(2 * END)
    assert told(play) == [(State.UP, "port_up"), (State.UNKNOWN, "admin_down")]


def test_of_a_port_that_was_shut_at_a_device_that_is_gone_the_other_end_tells() -> None:
    play = Play(joined())
    play.shut = lambda key, link, at: (key, link) == (LOWER, LINK) and CUT <= at < END
    play.managed = lambda key, at: key != LOWER or at < END - MINUTE  # the last that it told
    play.run(END - MINUTE)
    assert play.marks(LINK) == {Mark.ADMIN_DOWN}
    play.run(END + 10 * MINUTE)
    assert play.state(LINK, "link") == State.UP


def test_a_port_of_which_nothing_is_told_any_more_leaves_its_link_unknown() -> None:
    play = Play(joined())
    play.mute = lambda key, link, at: link == LINK and at >= (CUT if key == LOWER else END)
    play.run(END)
    assert told(play) == [(State.UP, "port_up")], "one end still tells"
    play.run(END + 5 * MINUTE)
    assert told(play)[1:] == [(State.UNKNOWN, "not_asked")]


def test_an_end_that_never_told_of_its_port_holds_no_link_up() -> None:
    play = Play(joined())
    play.mute = lambda key, link, at: (key, link) == (UPPER, LINK)
    play.alive = lambda key, at: key != LOWER or at < CUT
    play.run(END)
    assert play.state(LOWER) == State.DOWN
    assert told(play) == [(State.UP, "port_up"), (State.UNKNOWN, "not_asked")]


def test_one_table_with_a_gap_is_nothing() -> None:
    play = Play(joined())
    gap: set[str] = set()

    def mute(key: str, link: str, at: int) -> bool:
        if link != LINK or at < CUT or key in gap:
            return False
        gap.add(key)
        return True

    play.mute = mute
    play.run(END)
    assert gap == {UPPER, LOWER}
    assert told(play) == [(State.UP, "port_up")]


@pytest.mark.parametrize("first", ["the agent", "the device"])
def test_where_one_end_is_down_and_the_other_tells_nothing_the_link_is_unknown(first: str) -> None:
    agent, device = (CUT, END) if first == "the agent" else (END, CUT)
    play = Play(joined())
    play.managed = lambda key, at: key != UPPER or at < agent
    play.alive = lambda key, at: key != LOWER or at < device
    play.run(END + 10 * MINUTE)
    assert play.state(LOWER) == State.DOWN
    assert told(play) == [(State.UP, "port_up"), (State.UNKNOWN, "not_asked")]

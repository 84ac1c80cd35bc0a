"""Corners where a judge goes wrong quietly: each was a fault once."""

from __future__ import annotations

from dataclasses import replace

from inventory.model import End, Network
from probes.judgement import LinkSaid
from probes.pings import Pings
from probes.schedule import Schedule
from store.changes import Sight
from store.states import Mark, State
from tests.probes.play import T0, Play, province

CUT = 60_000
NOTHING = Pings.of([])


def both_ends() -> Network:
    """L-d1 can be asked at both ends."""
    network = province()
    link = replace(network.links["L-d1"], b=End(site="d1", device="d1-r", interface="Gi0/0"))
    return replace(network, links={**network.links, "L-d1": link})


def tell(play: Play, said: LinkSaid) -> None:
    verdicts = play.judge.step(said.asked_ms, NOTHING, [said]).verdicts
    play.verdicts += [(said.asked_ms - T0, verdict) for verdict in verdicts]


def test_a_link_is_down_when_one_end_says_so_and_does_not_flap_between_them() -> None:
    play = Play(both_ends(), snmp=False)
    play.run(30_000)
    link = play.graph.keys.index("L-d1")
    near, far = (play.graph.keys.index(key) for key in ("p-r", "d1-r"))
    for minute in range(1, 8):
        at = T0 + 30_000 + minute * 60_000
        for end, up in ((near, minute < 3), (far, True)):
            judged = play.judge.step(at, NOTHING, [LinkSaid(link, end, at, at, up=up)])
            play.verdicts += [(minute, v) for v in judged.verdicts]
    states = [v.state for _, v in play.told("L-d1", "link")]
    assert states == [State.UP, State.DOWN]


def test_a_link_that_nobody_can_be_asked_about_is_unknown() -> None:
    play = Play(province())
    play.run(70_000)
    assert play.state("L-c11", "link") == State.UP
    play.snmp = False
    hub = play.graph.keys.index("d1-r")
    for _ in range(2):
        play.judge.silent(hub)
    play.run(80_000)
    assert play.state("L-c11", "link") == State.UNKNOWN
    assert play.state("d1-r") == State.UP
    assert Mark.MANAGEMENT_SILENT in play.marks("d1-r")


def test_a_device_asked_by_snmp_alone_is_down_after_two_unanswered_polls() -> None:
    play = Play(province())
    play.run(20_000)
    leaf = play.graph.keys.index("c11-s")
    for poll in (1, 2):
        asked = T0 + 20_000 + poll * 60_000
        play.judge.unanswered(leaf, asked, asked + 2000)
        for other in range(leaf):  # the others go on answering
            play.judge.alive(other, asked + 1000)
        judged = play.judge.step(asked + 2000, NOTHING)
    assert [v.state for v in judged.verdicts if v.thing_id == play.ids["device", "c11-s"]] == [
        State.DOWN
    ]


def test_a_router_that_never_answered_is_looked_past_for_the_root() -> None:
    play = Play(province())
    reaches = play.reaches
    play.reaches = lambda n, at, depth=0: (  # type: ignore[method-assign]
        not (depth == 0 and play.graph.keys[n] == "d1-r") and reaches(n, at, depth)
    )
    play.cut = lambda link, at: link == "L-d1" and at >= CUT
    play.run(CUT + 70_000)
    assert Mark.NEVER_SEEN in play.marks("d1-r")
    for key in ("d1-s", "c11-r", "c12-r"):
        assert play.root(play.told(key)[-1][1]) == "L-d1", key


def test_an_anchor_that_never_answered_does_not_hide_blindness() -> None:
    play = Play(replace(province(), anchor=("c23-s",)))
    play.alive = lambda key, at: key != "c23-s"
    play.sees = lambda at: not CUT <= at < 200_000
    play.run(180_000)
    assert [s.sight for _, s in play.seeing] == [Sight.OPENED, Sight.BLIND]
    assert State.DOWN not in {v.state for _, v in play.verdicts}


def test_a_record_from_the_future_does_not_stop_judgement() -> None:
    """The clock was wrong when it was written, or is wrong now."""
    play = Play(province())
    ahead = T0 + 3_600_000
    for n in range(len(play.graph.keys)):
        play.judge.restore(n, State.UP, ahead - 9000, seen_to=ahead)
    play.alive = lambda key, at: not key.startswith("c11")
    play.run(CUT)
    assert play.state("c11-r") == State.DOWN


def test_marks_of_a_former_run_are_taken_up_and_cleared_when_they_pass() -> None:
    play = Play(province())
    hub = play.graph.keys.index("d1-r")
    link = play.graph.keys.index("L-d1")
    marks = frozenset({Mark.MANAGEMENT_SILENT, Mark.FLAPPING})
    play.judge.restore(hub, State.UP, T0 - 9000, seen_to=T0 - 1000, marks=marks)
    play.judge.restore(
        link, State.UNKNOWN, T0 - 9000, seen_to=T0 - 1000, marks=frozenset({Mark.ADMIN_DOWN})
    )
    play.run(80_000)
    assert Mark.MANAGEMENT_SILENT not in play.marks("d1-r")
    assert play.marks("L-d1") == set()
    assert play.state("L-d1", "link") == State.UP
    play.run(2_400_000)
    assert Mark.FLAPPING not in play.marks("d1-r")


def test_all_that_is_remembered_moves_with_a_clock_that_is_set_back() -> None:
    play = Play(province())
    play.run(CUT)
    before = play.asked
    step = -3_600_000
    for one in (play.judge, play.schedule, play.polls):
        one.shift(step)
    play.judge.gap(T0 + CUT + step, T0 + CUT + step, "clock jump")
    play.flying = []
    play.now += step
    play.alive = lambda key, at: not (key == "c11-s" and at >= CUT + step + 30_000)
    play.run(CUT + step + 20_000)
    assert play.asked - before >= 2 * len(play.devices)
    play.run(CUT + step + 60_000)
    assert play.state("c11-s") == State.DOWN


def test_a_schedule_moves_with_the_clock() -> None:
    schedule = Schedule([(n, str(n)) for n in range(10)], 10_000, 1_000_000)
    assert len(schedule.due(1_010_000, 99)) == 10
    schedule.ask([(3, 1_011_000)])
    schedule.shift(-500_000)
    assert schedule.due(511_000, 99)[0] == 3
    assert len({n for at in range(511_000, 521_001, 100) for n in schedule.due(at, 99)}) == 10


def test_a_question_lost_at_the_edge_of_blindness_is_nobodys_fault() -> None:
    """One anchor's question goes out in the last moment that others are still answered."""
    for shift in range(0, 2_000, 200):
        network = province()
        top = network.devices["p-r"]
        centre = replace(network.sites["p"], gateway=("p-r", "p-r2"))
        network = replace(
            network,
            devices={**network.devices, "p-r2": replace(top, id="p-r2", address="127.51.0.2")},
            sites={**network.sites, "p": centre},
            anchor=("p-r", "p-r2"),
        )
        play = Play(network, interval_ms=2_000, timeout_ms=1_000, snmp=False)
        begin = CUT + shift
        play.sees = lambda at, begin=begin: not begin <= at < begin + 20_000  # type: ignore[misc]
        play.alive = lambda key, at, begin=begin: (  # type: ignore[misc]
            key != "p-r2" or not begin - 400 <= at < begin
        )
        play.run(begin + 30_000)
        downs = [v for at, v in play.verdicts if v.state in (State.DOWN, State.UNREACHABLE)]
        assert downs == [], shift


def test_the_loss_of_a_line_is_known_after_a_restart() -> None:
    """What lost nothing before is judged as quickly as ever; what loses much, as carefully."""
    play = Play(province(), snmp=False)
    for n in range(len(play.graph.keys)):
        lossy = play.graph.keys[n] == "c11-s"
        loss = 35.0 if lossy else 0.0
        play.judge.restore(n, State.UP, T0 - 90_000, seen_to=T0 - 9_000, loss_pct=loss)
    steady, lossy_one = (play.judge.nodes[play.graph.keys.index(k)] for k in ("c12-s", "c11-s"))
    assert (steady.unsettled, steady.usual_loss) == (False, 0.0)
    assert lossy_one.usual_loss == 0.35
    play.alive = lambda key, at: key not in ("c11-s", "c12-s")
    play.run(30_000)
    quick, careful = (play.told(key)[-1] for key in ("c12-s", "c11-s"))
    assert quick[1].state == careful[1].state == State.DOWN
    needed = [made - ((v.first_bad_ms or 0) - T0) for made, v in (quick, careful)]
    assert needed[0] <= 8_000 < 12_000 < needed[1]


def test_a_poll_that_was_asked_again_is_good_from_its_question_and_back_from_its_answer() -> None:
    play = Play(province(), snmp=False)
    play.alive = lambda key, at: not (key == "c11-s" and at >= CUT)
    play.run(CUT)
    leaf = play.graph.keys.index("c11-s")
    play.judge.alive(leaf, T0 + CUT + 500, T0 + CUT + 3_000)
    assert play.judge.nodes[leaf].last_good == T0 + CUT + 500
    play.run(CUT + 40_000)
    assert play.state("c11-s") == State.DOWN
    play.judge.alive(leaf, T0 + CUT + 38_000, T0 + CUT + 41_000)
    play.run(CUT + 40_200)
    verdict = play.told("c11-s")[-1][1]
    assert (verdict.state, verdict.first_good_ms) == (State.UP, T0 + CUT + 41_000)


def test_an_end_that_was_cut_off_itself_opens_no_new_outage_by_an_old_word() -> None:
    """Its agent looks at its ports each some seconds: it answers again with what it saw then."""
    play = Play(both_ends(), snmp=False)
    play.run(30_000)
    link = play.graph.keys.index("L-d1")
    near, far = (play.graph.keys.index(key) for key in ("p-r", "d1-r"))
    at = T0 + play.now
    for end, up, after in ((near, True, 0), (far, True, 0), (near, False, 1000)):
        tell(play, LinkSaid(link, end, at + after, at + after, up=up))
    play.cut = lambda key, now: key == "L-d1" and now < 60_000
    play.run(62_000)
    at = T0 + play.now
    for end, up in ((near, True), (far, False)):
        tell(play, LinkSaid(link, end, at, at + 2, up=up))
    states = [v.state for _, v in play.told("L-d1", "link")]
    assert states == [State.UP, State.DOWN, State.UP]


def test_a_fresh_word_of_a_port_is_no_fresher_after_a_clock_that_is_set_back() -> None:
    play = Play(both_ends(), snmp=False)
    play.run(30_000)
    link = play.graph.keys.index("L-d1")
    near, far = (play.graph.keys.index(key) for key in ("p-r", "d1-r"))
    at = T0 + play.now
    for end in (near, far):
        play.judge.step(at, NOTHING, [LinkSaid(link, end, at, at, up=True)])
    step = -3_600_000
    play.judge.shift(step)
    later = at + step + 1_800_000  # the word is half an hour old
    play.judge.nodes[far].back_at = later
    judged = play.judge.step(
        later + 100, NOTHING, [LinkSaid(link, far, later, later + 100, up=False)]
    )
    assert [v.state for v in judged.verdicts if v.thing_id == play.ids["link", "L-d1"]] == [
        State.DOWN
    ]

"""What happened last, as the record tells it: roots and people, never what lies behind a root."""

from __future__ import annotations

from contextlib import closing

from store.actions import open_actions
from store.changes import Batch, Happened, Sight
from store.replay import open_replay
from store.speech import Done
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, writing

MINUTE = 60_000


def test_roots_are_told_when_they_begin_and_end_and_what_is_behind_them_is_not(url: str) -> None:
    ids = bring(url, network()).ids
    router, site, link = ids["device", "d-r"], ids["site", "d"], ids["link", "L1"]
    fell, rose = NOW + MINUTE, NOW + 5 * MINUTE
    with writing(url) as writer:
        firsts = (up(one, NOW + 1) for one in (router, site, link))
        commit(writer, NOW + 1, *firsts, sight=Sight.OPENED)
        commit(
            writer, fell + 900, down(link, fell), down(router, fell, link), down(site, fell, link)
        )
        commit(writer, rose + 900, *(up(one, rose) for one in (link, router, site)))
    with reading(url) as reader:
        told = reader.happenings(NOW, 50)
        assert [(one.kind, one.at_ms, one.thing_id) for one in told] == [
            ("ended", rose, link),
            ("began", fell, link),
        ]
        assert reader.happenings(NOW, 1) == told[:1]
        assert reader.happenings(rose + MINUTE, 50) == ()
    at = [rose - 1]
    with closing(open_replay(url, lambda: at[0])) as past:
        assert [one.kind for one in past.happenings(NOW, 50)] == ["began"]
        at[0] = fell - 1
        assert past.happenings(NOW, 50) == ()


def test_what_people_say_and_a_blind_monitor_are_told(url: str) -> None:
    ids = bring(url, network()).ids
    router = ids["device", "d-r"]
    with writing(url) as writer:
        commit(writer, NOW + 1, up(router, NOW + 1), sight=Sight.OPENED)
        commit(writer, NOW + MINUTE, down(router, NOW + MINUTE))
        blind = (Happened(kind="blind", body={"from": NOW}), Happened(kind="clock", body={}))
        writer.submit(Batch(at_ms=NOW + 2 * MINUTE, events=blind)).result(timeout=30)
    with reading(url) as reader:
        [root] = reader.roots()
    with closing(open_actions(url)) as people:
        taken = people.acknowledge(root.id, actor="an", note_text="đã gọi", expected=10**9)
        assert isinstance(taken, Done), taken
        noted = people.annotate(router, text="chờ xe", actor="bình", outage_id=root.id)
        assert isinstance(noted, Done), noted
    with reading(url) as reader:
        told = reader.happenings(0, 50)
    assert {(one.kind, one.actor, one.text) for one in told} == {
        ("began", None, None),
        ("blind", None, None),
        ("acknowledged", "an", "đã gọi"),
        ("noted", "bình", "chờ xe"),
    }
    assert {one.outage.id for one in told if one.outage is not None} == {root.id}


def test_a_past_moment_of_many_events_is_found(url: str) -> None:
    ids = bring(url, network()).ids
    router = ids["device", "d-r"]
    past_ms = [0]
    with writing(url) as writer:
        commit(writer, NOW + 1, up(router, NOW + 1), sight=Sight.OPENED)
        for turn in range(1, 41):
            at = NOW + turn * 30 * MINUTE
            commit(writer, at + 500, (down if turn % 2 else up)(router, at))
    for turn in (1, 2, 17, 40):
        past_ms[0] = NOW + turn * 30 * MINUTE
        with closing(open_replay(url, lambda: past_ms[0])) as past:
            told = past.happenings(NOW, 100)
            assert len(told) == turn
            assert past.happenings(NOW, 1) == told[:1]

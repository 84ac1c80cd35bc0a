"""A past moment is shown as the board showed it then, by whatever way the record came there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from store.actions import Done, open_actions
from store.changes import Sight
from store.engine import open_reader
from store.replay import ReplayReader
from store.states import ROOT_KINDS, Kind, State
from tests.store.historic import past
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, without, writing
from tests.store.stormy import shown, stormy

MINUTE = 60_000
FELL, ROSE = NOW + MINUTE, NOW + 2 * MINUTE
BEFORE = NOW - 1000 * 86_400_000  # people correct what lies behind them


class Steps(ReplayReader):
    """A replay that goes where a test sets its moment."""

    def __init__(self, url: str, at_ms: int) -> None:
        super().__init__(open_reader(url), lambda: self.at_ms)
        self.at_ms = at_ms


@contextmanager
def replaying(url: str, at_ms: int) -> Iterator[Steps]:
    with closing(Steps(url, at_ms)) as reader:
        yield reader


def correct(url: str, outage_id: int, **changes: str | int) -> None:
    with closing(open_actions(url)) as people:
        said = people.correct(
            outage_id, changes, actor="an", reason="theo biên bản", expected=10**9
        )
        assert isinstance(said, Done), said


@pytest.mark.parametrize("seed", [1, 2])
def test_each_moment_is_what_the_board_showed_then(url: str, seed: int) -> None:
    with stormy(url, seed) as story, replaying(url, NOW) as reader:
        assert len(story.seen) > 40
        assert any(roots for _, roots in story.seen.values())
        for at_ms, (rows, roots) in story.seen.items():
            reader.at_ms = at_ms
            rows_then, roots_then = shown(reader)
            assert rows_then == rows, at_ms
            assert roots_then == roots, at_ms
            going = reader.outages(open_only=True)
            assert {row.id for row in going} >= roots.keys()
            assert all(row.first_good_ms is None for row in going)


def test_each_beginning_and_end_of_a_root_is_a_change(url: str) -> None:
    with stormy(url, 7, steps=3) as story, replaying(url, story.now_ms) as reader:
        changes = reader.changes(NOW, story.now_ms)
        alone = [row for row in reader.outages() if row.root_thing_id is None]
        own = [row for row in alone if row.kind in ROOT_KINDS]
        turns = {at for row in own for at in (row.first_bad_ms, row.first_good_ms) if at}
        assert turns <= set(changes)
        for at_ms in set(changes) - turns:  # a root that passed behind another later
            reader.at_ms = at_ms
            roots = {row.id for row in reader.roots()}
            reader.at_ms = at_ms - 1
            assert roots != {row.id for row in reader.roots()}
        reader.at_ms = story.now_ms
        middle = changes[len(changes) // 2]
        assert reader.changes(middle, middle + 1) == (middle,)
        assert middle not in reader.changes(NOW, middle)
        told = reader.happenings(NOW, 100_000)
        ended = {one.outage.id for one in told if one.kind == "ended" and one.outage is not None}
        assert ended == {row.id for row in own if row.first_good_ms}
        assert [one.at_ms for one in told] == sorted((one.at_ms for one in told), reverse=True)
        assert reader.happenings(NOW, 3) == told[:3]
        reader.at_ms = middle
        assert reader.happenings(NOW, 100_000) == tuple(one for one in told if one.at_ms <= middle)


def test_at_the_moment_of_a_change_the_new_state_holds(url: str) -> None:
    ids = bring(url, network()).ids
    router = ids["device", "d-r"]
    fell, rose = NOW + MINUTE, NOW + 2 * MINUTE
    with writing(url) as writer:
        commit(writer, NOW + 1, up(router, NOW + 1), sight=Sight.OPENED)
        commit(writer, fell + 900, down(router, fell), sight=Sight.SEEN)
        commit(writer, rose + 900, up(router, rose), sight=Sight.SEEN)
    with replaying(url, NOW) as reader:
        assert reader.changes(NOW, rose + MINUTE) == (fell, rose)
        told = []
        for at_ms in (fell - 1, fell, rose - 1, rose):
            reader.at_ms = at_ms
            rows = {row.thing_id: row for row in reader.snapshot().rows}
            told.append((rows[router].state, len(reader.roots())))
    assert told == [(State.UP, 0), (State.DOWN, 1), (State.DOWN, 1), (State.UP, 0)]


def test_before_the_record_there_is_nothing_and_after_it_what_was_last_known(url: str) -> None:
    ids = bring(url, network()).ids
    router = ids["device", "d-r"]
    with writing(url) as writer:
        commit(writer, NOW + 1, up(router, NOW + 1), sight=Sight.OPENED)
        commit(writer, NOW + MINUTE, down(router, NOW + MINUTE), sight=Sight.SEEN)
    with replaying(url, NOW - 1) as reader:
        early = reader.snapshot()
        assert (early.rows, early.watching.running, early.watching.late_s) == ((), False, None)
        assert reader.roots() == reader.outages() == ()
        reader.at_ms = NOW + 1000 * MINUTE
        late = reader.snapshot()
        assert not late.watching.running
        assert late.watching.seen_to_ms == NOW + MINUTE
        assert [row.thing_id for row in reader.roots()] == [router]


def test_it_tells_whether_the_monitor_saw_then(url: str) -> None:
    bring(url, network())
    sights = (Sight.OPENED, Sight.SEEN, Sight.BLIND, Sight.OPENED, Sight.STOPPED)
    with writing(url) as writer:
        for n, sight in enumerate(sights):
            commit(writer, NOW + n * MINUTE, sight=sight)
    with replaying(url, NOW) as reader:
        told = []
        for n in range(len(sights)):
            reader.at_ms = NOW + n * MINUTE + 1000
            watching = reader.snapshot().watching
            told.append((watching.running, watching.blind))
    sees, blind, stopped = (True, False), (True, True), (False, False)
    assert told == [sees, sees, blind, sees, stopped]


def test_what_is_retired_was_there_and_what_came_back_is_another(url: str) -> None:
    first = bring(url, network()).ids["device", "d-r"]
    bring(url, without(network(), "d-r"), NOW + MINUTE, accept=True)
    second = bring(url, network(), NOW + 2 * MINUTE).ids["device", "d-r"]
    with replaying(url, NOW) as reader:
        told = []
        for n in range(3):
            reader.at_ms = NOW + n * MINUTE + 1000
            rows = reader.snapshot().rows
            told.append([r.thing_id for r in rows if (r.kind, r.key) == (Kind.DEVICE, "d-r")])
    assert told == [[first], [], [second]]


def test_times_are_those_that_people_corrected_and_causes_those_known_then(url: str) -> None:
    with past(url, network(), NOW) as world:
        thing, other = world.ids["device", "d-r"], world.ids["device", "p-r"]
        begin, end = NOW + 10 * MINUTE, NOW + 50 * MINUTE
        world.span(thing, State.UP, NOW, begin)
        world.span(thing, State.DOWN, begin, end)
        world.span(thing, State.UP, end, None)
        world.span(other, State.UP, NOW, None)
        fault = world.outage(thing, begin, end)
        moved = {"started": str(begin - 5 * MINUTE), "ended": str(end - 5 * MINUTE)}
        world.corrected(fault, end + MINUTE, cause="power", **moved)
        said = {"declared": True, "entered": end + MINUTE}
        world.outage(other, begin, begin + MINUTE, **said)
        with replaying(url, NOW) as reader:
            told = []
            for at_ms in (begin - MINUTE, begin, end - MINUTE, end):
                reader.at_ms = at_ms
                rows = {row.thing_id: row.state for row in reader.snapshot().rows}
                told.append((rows[thing], rows[other]))
                assert all(row.cause is None for row in reader.roots())
            up_, down_ = State.UP, State.DOWN
            assert told == [(down_, up_), (down_, down_), (up_, up_), (up_, up_)]
            assert reader.changes(NOW, end + 1) == (
                *(begin - 5 * MINUTE, begin, begin + MINUTE),
                end - 5 * MINUTE,
            )


def test_another_moment_is_read_whole_and_the_same_one_not_again(url: str) -> None:
    bring(url, network())
    with replaying(url, NOW + 1) as reader:
        first = reader.snapshot()
        assert (first.record_id, first.revision) == reader.revision()
        assert reader.snapshot(first.revision).rows == ()
        reader.at_ms += 1
        assert reader.revision()[0] != first.record_id
        assert len(reader.snapshot().rows) == len(first.rows)


def test_a_root_that_passed_behind_another_began_when_it_did(url: str) -> None:
    ids = bring(url, network()).ids
    near, far = ids["device", "p-r"], ids["device", "d-r"]
    fell, passed, rose = (NOW + n * MINUTE for n in (1, 2, 3))
    with writing(url) as writer:
        commit(writer, NOW + 1, up(near, NOW + 1), up(far, NOW + 1), sight=Sight.OPENED)
        commit(writer, fell + 900, down(far, fell), sight=Sight.SEEN)
        behind = down(far, passed, root=near)
        commit(writer, passed + 900, down(near, passed), behind, sight=Sight.SEEN)
        commit(writer, rose + 900, up(near, rose), up(far, rose), sight=Sight.SEEN)
    with replaying(url, rose) as reader:
        assert reader.changes(NOW, rose + MINUTE) == (fell, passed, rose)


def fallen(url: str, *, behind: bool) -> tuple[int, int]:
    """A site and its router, which fell after a minute and rose a minute later."""
    ids = bring(url, network()).ids
    site, router = ids["site", "d"], ids["device", "d-r"]
    of_site = down(site, FELL, router if behind else None)
    with writing(url) as writer:
        commit(writer, NOW + 1, up(site, NOW + 1), up(router, NOW + 1), sight=Sight.OPENED)
        commit(writer, FELL + 900, down(router, FELL), of_site, sight=Sight.SEEN)
        commit(writer, ROSE + 900, up(site, ROSE), up(router, ROSE), sight=Sight.SEEN)
    return site, router


def test_a_sheet_shows_states_and_outages_of_the_moment(url: str) -> None:
    site, router = fallen(url, behind=True)
    told = []
    for at_ms in (FELL - 1, FELL, ROSE):
        with replaying(url, at_ms) as reader:
            shown, below = reader.sheet(router), reader.sheet(site).below
            [there] = [row.state for row in below if row.thing_id == router]
            told.append((shown.row.state, there, [row.first_good_ms for row in shown.outages]))
    up_then, down_then = (State.UP, State.UP), (State.DOWN, State.DOWN)
    assert told == [(*up_then, []), (*down_then, [None]), (*up_then, [ROSE])]


def test_what_is_no_root_or_was_none_after_all_is_no_change(url: str) -> None:
    _, router = fallen(url, behind=False)
    with replaying(url, ROSE) as reader:
        [number] = [row.id for row in reader.outages() if row.thing_id == router]
    correct(url, number, state="up")
    with replaying(url, ROSE + MINUTE) as reader:
        assert reader.changes(NOW, ROSE + MINUTE) == ()
        assert reader.happenings(NOW, 5) == ()
    with reading(url) as live:
        assert [one.kind for one in live.happenings(0, 5)] == ["corrected"]


def test_since_is_that_of_the_corrected_times_on_every_side(url: str) -> None:
    ids = bring(url, network(), BEFORE).ids
    router = ids["device", "d-r"]
    fell, rose = BEFORE + 5 * MINUTE, BEFORE + 15 * MINUTE
    began, ended = BEFORE + 3 * MINUTE, BEFORE + 18 * MINUTE
    with writing(url, BEFORE) as writer:
        commit(writer, BEFORE + 1, up(router, BEFORE + 1), sight=Sight.OPENED)
        commit(writer, fell + 900, down(router, fell), sight=Sight.SEEN)
        commit(writer, rose + 900, up(router, rose), sight=Sight.SEEN)
    with replaying(url, rose + MINUTE) as reader:
        [number] = [row.id for row in reader.outages() if row.thing_id == router]
    correct(url, number, started=began, ended=ended)
    told = []
    for minute in (4, 6, 16, 19):
        with replaying(url, BEFORE + minute * MINUTE) as reader:
            [row] = [row for row in reader.snapshot().rows if row.thing_id == router]
            told.append((row.state, row.since_ms))
    assert told == [(State.DOWN, began)] * 3 + [(State.UP, ended)]
    with reading(url) as live:  # it is over later than the monitor saw
        turns = [one for one in live.happenings(BEFORE, 5) if one.outage is not None and one.state]
        assert [(one.kind, one.at_ms) for one in turns] == [("ended", ended), ("began", began)]

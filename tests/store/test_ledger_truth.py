"""The whole ledger against a count of each single moment, which shares no code with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from store.corrected import retell
from store.ledger import add, down_to, intervals, shares
from store.period import History, Interval
from store.questions import OutageRow
from store.states import Kind, State
from store.stretches import SHARES
from store.tally import ThingFigures, measure
from store.windows import behind_roots
from tests.reports.world import Fault, history, outage

END = 100
ROOT, THING = 900, 901
BAD = {"down", "unreachable", "degraded"}
ORDER = ("unknown", "down", "unreachable", "degraded", "up")

moments = st.integers(min_value=-15, max_value=END + 15)
windows = st.lists(st.tuples(moments, moments), max_size=4)
states = st.sampled_from((State.UNKNOWN, State.DOWN, State.UNREACHABLE, State.DEGRADED, State.UP))
some_spans = st.lists(
    st.tuples(states, moments, st.none() | moments, st.sampled_from((None, ROOT))), max_size=8
)


@st.composite
def spans_in_line(draw: Any) -> list[tuple[State, int, int | None, int | None]]:
    """One after the other, with a gap here and there, as almost all records have them."""
    edges = sorted(draw(st.lists(moments, max_size=9, unique=True)))
    found = [
        (draw(states), begin, end, draw(st.sampled_from((None, ROOT))))
        for begin, end in pairwise(edges)
        if draw(st.integers(0, 3))
    ]
    if found and draw(st.booleans()):
        found[-1] = (*found[-1][:2], None, found[-1][3])
    return found


@dataclass(frozen=True)
class Said:
    """An outage of the record and what a person made of it, in plain numbers."""

    begin: int
    end: int | None
    state: str
    declared: bool
    new_begin: int | None
    new_end: int | None
    new_state: str | None


@st.composite
def some_said(draw: Any) -> list[Said]:
    """Outages of one thing lie apart, as the record keeps them; corrected ones too."""
    edges = sorted(draw(st.lists(moments, max_size=8, unique=True)))
    found = []
    for begin, end in list(pairwise(edges))[::2]:
        corrected = draw(st.booleans())
        inner = sorted(draw(st.lists(st.integers(begin, end), min_size=2, max_size=2)))
        found.append(
            Said(
                begin=begin,
                end=end,
                state=draw(st.sampled_from(sorted(BAD))),
                declared=draw(st.booleans()),
                new_begin=inner[0] if corrected else None,
                new_end=inner[1] if corrected else None,
                new_state=draw(st.sampled_from((None, *sorted(BAD), "up"))) if corrected else None,
            )
        )
    return found


def as_row(said: Said) -> OutageRow:
    fault = Fault(begin=said.begin, end=said.end, state=State(said.state))
    row = replace(outage(THING, Kind.DEVICE, "d", "d", fault), declared=said.declared)
    new: dict[str, Any] = {
        name: value
        for name, value in (
            ("first_bad_ms", said.new_begin),
            ("first_good_ms", said.new_end),
            ("state", said.new_state and State(said.new_state)),
        )
        if value is not None
    }
    recorded = {name: getattr(row, name) for name in new if getattr(row, name) != new[name]}
    return replace(row, **new, recorded=recorded)


@dataclass(frozen=True)
class World:
    spans: list[tuple[State, int, int | None, int | None]]
    service: list[Interval]
    off_hours: list[Interval]
    maintenance: list[Interval]
    root_windows: list[Interval]
    watched: list[Interval]
    on_backup: list[Interval]
    said: list[Said]

    def told(self) -> History:
        """As the product makes it."""
        plain = history(Kind.DEVICE, "d", "d", thing_id=THING, service=tuple(self.service))
        thing = replace(
            plain,
            spans=tuple(self.spans),
            off_hours=tuple(self.off_hours),
            maintenance=tuple(self.maintenance),
            watched=tuple(self.watched),
            on_backup=tuple(self.on_backup),
            outages=tuple(as_row(one) for one in self.said),
        )
        root = history(Kind.DEVICE, "r", "r", thing_id=ROOT, maintenance=tuple(self.root_windows))
        return behind_roots([root, retell(thing)])[1]

    def share_at(self, t: int) -> str:
        """One moment, asked for itself."""
        now = {(s.value, r) for s, b, e, r in self.spans if b <= t and (e is None or t < e)}
        seen = inside(self.watched, t)
        for one in self.said:
            now, seen = believe(one, now, seen, t)
        if not inside(self.service, t):
            return "not_in_service"
        if inside(self.off_hours, t):
            return "off_hours"
        behind = {("unreachable", ROOT), ("down", ROOT)} & now
        with_root = bool(behind) and inside(self.root_windows, t)
        if inside(self.maintenance, t) or with_root:
            return "maintenance"
        if not seen or not now:
            return "unknown"
        return min((state for state, _ in now), key=ORDER.index)


Now = set[tuple[str, int | None]]


def believe(one: Said, now: Now, seen: bool, t: int) -> tuple[Now, bool]:
    """What a person's word about one outage makes of a moment."""
    begin = one.begin if one.new_begin is None else one.new_begin
    end = one.end if one.new_end is None else one.new_end
    state = one.new_state or one.state
    same = (begin, end, state) == (one.begin, one.end, one.state)
    if same and not one.declared:
        return now, seen
    meant = state != "up" and begin <= t and (end is None or t < end)
    recorded = not one.declared and one.begin <= t and (one.end is None or t < one.end)
    bad = {pair for pair in now if pair[0] in BAD}
    if meant:
        if bad and state != one.state:
            bad = {(state, None)}
        if one.declared or not bad:
            bad = bad | {(state, None)}
        return bad, True
    if recorded and bad:
        return (now - bad) | {("up", None)}, seen
    return now, seen


def inside(times: list[Interval], t: int) -> bool:
    return any(begin <= t < end for begin, end in times)


worlds = st.builds(
    World,
    spans=some_spans | spans_in_line(),
    service=windows | st.just([(-15, END + 15)]),
    off_hours=windows,
    maintenance=windows,
    root_windows=windows,
    watched=windows | st.just([(-15, END + 15)]),
    on_backup=windows,
    said=some_said(),
)


@given(worlds)
@settings(max_examples=500, deadline=None)
def test_every_moment_has_the_share_that_a_count_of_moments_gives(world: World) -> None:
    thing = world.told()
    counted = Counter(world.share_at(t) for t in range(END))
    found = measure(thing, (0, END))
    assert shares(found.split) == {share: counted[share] for share in SHARES}
    assert sum(found.split) == END
    carried = sum(
        world.share_at(t) == "degraded" and inside(world.on_backup, t) for t in range(END)
    )
    assert found.on_backup_ms == carried


@given(worlds)
@settings(max_examples=300, deadline=None)
def test_a_split_opens_to_intervals_that_are_it_exactly(world: World) -> None:
    thing = world.told()
    pieces = intervals(thing, (0, END))
    assert [piece.from_ms for piece in pieces] == [0, *(piece.to_ms for piece in pieces[:-1])]
    assert pieces[-1].to_ms == END
    for piece in pieces:
        assert {world.share_at(t) for t in range(piece.from_ms, piece.to_ms)} == {piece.share}
    sums: Counter[str] = Counter()
    for piece in pieces:
        sums[piece.share] += piece.to_ms - piece.from_ms
    assert shares(measure(thing, (0, END)).split) == {share: sums[share] for share in SHARES}
    down: Counter[int | None] = Counter()
    for piece in pieces:
        down[piece.outage_id] += (piece.to_ms - piece.from_ms) * (piece.share == "down")
    assert down_to(thing, (0, END)) == {outage: ms for outage, ms in down.items() if ms}


@given(worlds, st.lists(st.integers(min_value=1, max_value=END - 1), max_size=3, unique=True))
@settings(max_examples=400, deadline=None)
def test_cutting_a_period_changes_no_sum(world: World, cuts: list[int]) -> None:
    thing = world.told()
    whole = measure(thing, (0, END))
    parts = [measure(thing, part) for part in pairwise((0, *sorted(cuts), END))]

    def lost(found: ThingFigures) -> int:
        return sum(loss.lost_ms for loss in found.losses)

    assert add(part.split for part in parts) == whole.split
    assert sum(part.on_backup_ms for part in parts) == whole.on_backup_ms
    assert sum(part.began for part in parts) == whole.began
    assert sum(lost(part) for part in parts) == lost(whole)

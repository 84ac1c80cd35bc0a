"""A site by its ways in: k of n paths must be up, from what each of them was over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from store.intervals import END
from store.period import Interval
from store.states import State

Span = tuple[State, int, int | None, int | None]  # state, from, to (None: open), root thing

_SERVED = (State.UP, State.DEGRADED)
_STATES = frozenset(map(str, State))
_VALID, _WATCHED = ("valid", 0), ("watched", 0)


@dataclass(frozen=True, slots=True)
class Way:
    """One path: what it was, when somebody watched it, and when it led to the site."""

    spans: tuple[Span, ...]
    watched: tuple[Interval, ...] = ((0, END),)
    valid: Interval = (0, END)


def k_of_n(ways: Sequence[Way], need: int) -> tuple[Span, ...]:
    """The spans of a site that needs `need` of its paths, sorted and disjoint.

    Fewer up than needed: unknown while unseen paths might be the missing ones; else down, or
    unreachable where no path failed by itself. Enough, but not all well: degraded.
    """
    now = [_Now() for _ in ways]
    edges = sorted(
        (moment, number, change)
        for number, way in enumerate(ways)
        for moment, change in _changes(way)
    )
    found: list[Span] = []
    for place, (begin, number, (what, step)) in enumerate(edges):
        now[number].holds[what] += step
        end = edges[place + 1][0] if place + 1 < len(edges) else begin
        said = _together([one.said() for one in now], need) if begin < end else None
        if said is None:
            continue
        state, root = said
        until = None if end == END else end
        if found and (found[-1][0], found[-1][2], found[-1][3]) == (state, begin, root):
            begin = found.pop()[1]
        found.append((state, begin, until, root))
    return tuple(found)


class _Now:
    """What holds of one path while the walk passes: how many intervals of each kind are open."""

    def __init__(self) -> None:
        self.holds: Counter[tuple[str, int]] = Counter()

    def said(self) -> tuple[State, int | None] | None:
        """None where the path does not lead to the site."""
        if not self.holds[_VALID]:
            return None
        if not self.holds[_WATCHED]:
            return State.UNKNOWN, None
        open_spans = [
            (State(what), root or None)
            for (what, root), count in self.holds.items()
            if count and what in _STATES
        ]
        return min(open_spans, key=_first_that_fits, default=(State.UNKNOWN, None))


def _changes(way: Way) -> Iterator[tuple[int, tuple[tuple[str, int], int]]]:
    """Each begin and end of an interval: the moment, of what, and +1 or -1."""
    first, last = way.valid
    kinds = [(_VALID, first, last)]
    kinds += [(_WATCHED, begin, end) for begin, end in way.watched]
    for state, begin, until, root in way.spans:
        kinds.append(((str(state), root or 0), begin, END if until is None else until))
    for what, begin, end in kinds:
        begin, end = max(begin, first), min(end, last)
        if begin < end:
            yield begin, (what, 1)
            yield end, (what, -1)


def _first_that_fits(said: tuple[State, int | None]) -> int:
    order = (State.UNKNOWN, State.DOWN, State.UNREACHABLE, State.DEGRADED, State.UP)
    return order.index(said[0]) if said[0] in order else 0


def _together(
    ways: Iterable[tuple[State, int | None] | None], need: int
) -> tuple[State, int | None] | None:
    said = [way for way in ways if way is not None]
    if not said:
        return None
    states = [state for state, _ in said]
    served = sum(state in _SERVED for state in states)
    lost = sum(state in (State.DOWN, State.UNREACHABLE) for state in states)
    wanted = min(need, len(said))
    if served >= wanted:
        return (State.UP if states.count(State.UP) == len(said) else State.DEGRADED), None
    if len(said) - lost >= wanted:
        return State.UNKNOWN, None
    if State.DOWN in states:
        return State.DOWN, None
    return next((state, root) for state, root in said if state is State.UNREACHABLE)

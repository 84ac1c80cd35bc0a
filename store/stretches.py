"""Which share each moment of a thing has: rule 13, and one walk over all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from store.period import Interval
from store.states import State

Span = tuple[State, int, int | None, int | None]  # state, from, to (None: open), root thing

SHARES = (
    "not_in_service",
    "off_hours",
    "maintenance",
    "unknown",
    "down",
    "unreachable",
    "degraded",
    "up",
)
NOT_IN_SERVICE, OFF_HOURS, MAINTENANCE, UNKNOWN, DOWN, UNREACHABLE, DEGRADED, UP = range(8)
LOST = (DOWN, UNREACHABLE)

# What a moment knows about itself, one bit each; a moment without SERVED or WATCHED lacks it.
_SERVED, _OFF, _MAINTAINED, _WATCHED = 1, 2, 4, 8
_STATE_BITS = {State.DOWN: 16, State.UNREACHABLE: 32, State.DEGRADED: 64, State.UP: 128}
_BLIND = 256  # an unknown span
_WIDTH = 9
_MASK = (1 << _WIDTH) - 1
_Stretch = tuple[int, int, int]  # what is known, or the share; from, to


def _share_of(known: int) -> int:
    """Rule 13: the first that fits. Watched time without any span is unknown, never up."""
    order = (
        (not known & _SERVED, NOT_IN_SERVICE),
        (known & _OFF, OFF_HOURS),
        (known & _MAINTAINED, MAINTENANCE),
        (not known & _WATCHED or known & _BLIND, UNKNOWN),
        (known & _STATE_BITS[State.DOWN], DOWN),
        (known & _STATE_BITS[State.UNREACHABLE], UNREACHABLE),
        (known & _STATE_BITS[State.DEGRADED], DEGRADED),
        (known & _STATE_BITS[State.UP], UP),
    )
    return next((share for fits, share in order if fits), UNKNOWN)


_SHARE_OF = tuple(_share_of(known) for known in range(1 << _WIDTH))
_BITS: dict[State | None, int] = {
    None: 0,
    **{state: _STATE_BITS.get(state, _BLIND) for state in State},
}
_SHARE_IN = [
    {state: _SHARE_OF[known | bits] for state, bits in _BITS.items()} for known in range(16)
]


def alike(
    period: Interval, plain: Sequence[Iterable[Interval]]
) -> Mapping[State | None, int] | None:
    """The share of each state, where what is known beside it holds over the whole period."""
    ground = _ground(period, *map(tuple, plain))
    return _SHARE_IN[ground[0][0]] if len(ground) == 1 else None


def walk(
    period: Interval, plain: Sequence[Iterable[Interval]], spans: Iterable[Span]
) -> list[tuple[int, int, int]]:
    """(share, from, to), side by side over the period; neighbours may be of one share."""
    means = alike(period, plain)
    if means is not None:
        found = _in_line(period, spans, means)
        if found is not None:
            return found
    ground = _ground(period, *map(tuple, plain))
    states = _in_line(period, spans, _BITS) or _folded(period, _span_edges(period, spans))
    if not ground:
        return []
    found = []
    place = 0
    known, _, edge = ground[0]
    for state, begin, end in states:
        while edge < end:
            if begin < edge:
                found.append((_SHARE_OF[known | state], begin, edge))
                begin = edge
            place += 1
            known, _, edge = ground[place]
        found.append((_SHARE_OF[known | state], begin, end))
    return found


def _in_line(
    period: Interval, spans: Iterable[Span], means: Mapping[State | None, int]
) -> list[_Stretch] | None:
    """What spans mean that follow each other, as almost all do, and the gaps between; else None."""
    start, end = period
    at = start
    gap = means[None]
    found: list[_Stretch] = []
    for state, since, to, _root in spans:
        until = end if to is None or to > end else to
        if since >= until or until <= start:
            continue
        if since > at:
            found.append((gap, at, since))
            at = since
        elif since < at and found:
            return None
        found.append((means[state], at, until))
        at = until
    if at < end:
        found.append((gap, at, end))
    return found


@lru_cache(4096)  # most things are watched and served at the same times
def _ground(
    period: Interval,
    service: tuple[Interval, ...],
    off_hours: tuple[Interval, ...],
    maintenance: tuple[Interval, ...],
    watched: tuple[Interval, ...],
) -> list[_Stretch]:
    """What is known of each moment beside the states."""
    edges: list[int] = []
    plain = (service, off_hours, maintenance, watched)
    for bit, times in zip((_SERVED, _OFF, _MAINTAINED, _WATCHED), plain, strict=True):
        _add_edges(edges, bit, times, period)
    return _folded(period, edges)


def _folded(period: Interval, edges: list[int]) -> list[_Stretch]:
    """From edges in any order to what is known between them."""
    known, at = 0, period[0]
    found: list[_Stretch] = []
    for edge in (*sorted(edges), period[1] << _WIDTH):
        moment = edge >> _WIDTH
        if moment > at:
            found.append((known, at, moment))
            at = moment
        known ^= edge & _MASK
    return found


def _add_edges(edges: list[int], bit: int, intervals: Iterable[Interval], period: Interval) -> None:
    """Both ends of each interval, moment and bit in one integer: they sort fast and toggle with
    xor. Overlaps are cut away, or the toggling would go wrong."""
    reached, end = period
    for begin, until in sorted(intervals):
        begin, until = max(begin, reached), min(until, end)
        if begin < until:
            edges.append(begin << _WIDTH | bit)
            edges.append(until << _WIDTH | bit)
            reached = until


def _span_edges(period: Interval, spans: Iterable[Span]) -> list[int]:
    start, end = period
    edges: list[int] = []
    reached: dict[int, int] = {}
    for state, since, to, _root in sorted(spans, key=itemgetter(1)):
        bit = _STATE_BITS.get(state, _BLIND)
        begin = max(since, reached.get(bit, start))
        until = end if to is None else min(to, end)
        if begin < until:
            edges.append(begin << _WIDTH | bit)
            edges.append(until << _WIDTH | bit)
            reached[bit] = until
    return edges

"""The ledger: each moment of a thing gets exactly one share; every percentage is computed here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from store.intervals import END
from store.period import History, Interval, Period
from store.states import Kind, State

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
MIN_SEEN_PCT = 90.0  # below it there is no verdict against a target

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


class Split(NamedTuple):
    """Milliseconds of a period by share, in the order in which rule 13 asks."""

    not_in_service_ms: int = 0
    off_hours_ms: int = 0
    maintenance_ms: int = 0
    unknown_ms: int = 0
    down_ms: int = 0
    unreachable_ms: int = 0
    degraded_ms: int = 0
    up_ms: int = 0

    @property
    def total_ms(self) -> int:
        return sum(self)

    @property
    def served_ms(self) -> int:
        return self.up_ms + self.degraded_ms

    @property
    def lost_ms(self) -> int:
        return self.down_ms + self.unreachable_ms

    @property
    def judged_ms(self) -> int:
        return self.served_ms + self.lost_ms


class Figures(NamedTuple):
    """Percentages of one split; None where the divisor is 0."""

    availability_pct: float | None
    service_pct: float | None
    seen_pct: float | None


NO_FIGURES = Figures(None, None, None)


class Sweep(NamedTuple):
    split: Split
    lost: list[Interval]  # down or unreachable, sorted


def measured_interval(period: Period) -> Interval:
    """The part of the period that has happened: a period is cut at now."""
    return period.from_ms, max(period.from_ms, min(period.to_ms, period.now_ms))


def split(
    period: Interval,
    *,
    service: Iterable[Interval],
    off_hours: Iterable[Interval],
    maintenance: Iterable[Interval],
    watched: Iterable[Interval],
    spans: Iterable[Span],
) -> Split:
    """Give every millisecond of the period to one share; intervals may overlap and stick out."""
    plain = (service, off_hours, maintenance, watched)
    return sweep(period, plain, spans).split


def sweep(period: Interval, plain: Sequence[Iterable[Interval]], spans: Iterable[Span]) -> Sweep:
    """One walk over all edges. `plain`: service, off-hours, maintenance, watched, as in `split`."""
    shares = [0] * len(SHARES)
    lost: list[Interval] = []
    for share, begin, end in _walk(period, plain, spans):
        shares[share] += end - begin
        if share in LOST:
            lost.append((begin, end))
    return Sweep(Split._make(shares), lost)


class Piece(NamedTuple):
    """A stretch of one share; `root_id` and `outage_id` say what it was lost to."""

    share: str
    from_ms: int
    to_ms: int
    root_id: int | None  # a thing
    outage_id: int | None


def intervals(history: History, period: Interval) -> list[Piece]:
    """The split of a thing, opened: side by side over the whole period, longest possible."""
    plain = (history.service, history.off_hours, history.maintenance, history.watched)
    roots = _apart(
        (begin, end, root)
        for state, begin, end, root in history.spans
        if state is not State.UP and root is not None
    )
    outages = _apart((o.first_bad_ms, o.first_good_ms, o.id) for o in history.outages)
    cuts = sorted({edge for held in (roots, outages) for edge in (*held.begins, *held.ends)})
    found: list[tuple[str, int, int, int | None, int | None]] = []
    last: tuple[int, int | None, int | None] | None = None
    for share, begin, end in _walk(period, plain, history.spans):
        if share in (UP, NOT_IN_SERVICE):
            parts: Iterable[Interval] = ((begin, end),)
        else:
            inside = cuts[bisect_right(cuts, begin) : bisect_left(cuts, end)]
            parts = pairwise((begin, *inside, end)) if inside else ((begin, end),)
        for since, until in parts:
            root = outage = None
            if share not in (UP, NOT_IN_SERVICE):
                root, outage = roots.at(since), outages.at(since)
            if last == (share, root, outage):
                since = found.pop()[1]
            last = (share, root, outage)
            found.append((SHARES[share], since, until, root, outage))
    return [Piece._make(piece) for piece in found]


def spread(history: History, edges: Sequence[int]) -> list[Split]:
    """The split of a thing between each two neighbours of sorted edges, in one walk."""
    plain = (history.service, history.off_hours, history.maintenance, history.watched)
    width = len(SHARES)
    flat = [0] * (width * (len(edges) - 1))  # one list: a list a day costs more than the sums
    at, number, until = 0, 1, edges[1]
    for share, begin, end in _walk((edges[0], edges[-1]), plain, history.spans):
        while end > until:
            flat[at + share] += until - begin
            begin, at, number = until, at + width, number + 1
            until = edges[number]
        flat[at + share] += end - begin
    return list(map(Split._make, zip(*[iter(flat)] * width, strict=True)))


def _walk(
    period: Interval, plain: Sequence[Iterable[Interval]], spans: Iterable[Span]
) -> list[tuple[int, int, int]]:
    """(share, from, to), side by side over the period; neighbours may be of one share."""
    ground = _ground(period, *map(tuple, plain))
    if len(ground) == 1:
        found = _in_line(period, spans, _SHARE_IN[ground[0][0]])
        if found is not None:
            return found
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


class _Held(NamedTuple):
    """Who held which time, in order and without overlaps."""

    begins: list[int]
    ends: list[int]
    names: list[int]

    def at(self, at_ms: int) -> int | None:
        place = bisect_right(self.begins, at_ms) - 1
        return self.names[place] if place >= 0 and at_ms < self.ends[place] else None


def _apart(held: Iterable[tuple[int, int | None, int]]) -> _Held:
    """What began first holds."""
    found = _Held([], [], [])
    reached = 0
    for begin, end, name in sorted(held, key=itemgetter(0)):
        begin, until = max(begin, reached), END if end is None else end
        if begin < until:
            found.begins.append(begin)
            found.ends.append(until)
            found.names.append(name)
            reached = until
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


def figures(parts: Split) -> Figures:
    """The only place that divides. Degraded time is served time."""
    _, _, _, unknown, down, unreachable, degraded, up = parts
    served = up + degraded
    own, judged = served + down, served + down + unreachable
    expected = judged + unknown
    return Figures(
        100 * served / own if own else None,
        100 * served / judged if judged else None,
        100 * judged / expected if expected else None,
    )


def add(splits: Iterable[Split]) -> Split:
    """Splits laid side by side: the sum of each share."""
    columns = [sum(column) for column in zip(*splits, strict=True)]
    return Split._make(columns) if columns else Split()


def shares(parts: Split) -> Mapping[str, int]:
    """Share → milliseconds, under the names of the report's `split_s`."""
    return dict(zip(SHARES, parts, strict=True))


def judged_by_availability(kind: Kind) -> bool:
    """Circuits answer for their own faults; everything else for what people there had."""
    return kind in (Kind.LINK, Kind.PROVIDER)


def meets(parts: Split, kind: Kind, target_pct: float) -> bool | None:
    """Is the target reached? Exact, on milliseconds. None: under 90 % seen, or nothing to judge."""
    seen = figures(parts).seen_pct
    judged = parts.served_ms + parts.down_ms
    judged += 0 if judged_by_availability(kind) else parts.unreachable_ms
    if seen is None or seen < MIN_SEEN_PCT or not judged:
        return None
    return parts.served_ms * 100 >= Decimal(str(target_pct)) * judged

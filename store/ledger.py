"""The ledger: each moment of a thing gets exactly one share; every percentage is computed here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
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
    start, end = period
    edges = _edges(period, plain, spans)
    shares = [0] * len(SHARES)
    lost: list[Interval] = []
    known, at = 0, start
    for edge in edges:
        moment = edge >> _WIDTH
        if moment > at:
            share = _SHARE_OF[known]
            shares[share] += moment - at
            if share in LOST:
                lost.append((at, moment))
            at = moment
        known ^= edge & _MASK
    shares[_SHARE_OF[known]] += end - at  # every edge was paired inside the period: not lost time
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
    cuts = sorted({edge for apart in (roots, outages) for part in apart for edge in part[:2]})
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
                root, outage = _holder(roots, since), _holder(outages, since)
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
) -> Iterator[tuple[int, int, int]]:
    known, at = 0, period[0]
    for edge in (*_edges(period, plain, spans), period[1] << _WIDTH):
        moment = edge >> _WIDTH
        if moment > at:
            yield _SHARE_OF[known], at, moment
            at = moment
        known ^= edge & _MASK


def _apart(held: Iterable[tuple[int, int | None, int]]) -> list[tuple[int, int, int]]:
    """In order and without overlaps: what began first holds."""
    found: list[tuple[int, int, int]] = []
    reached = 0
    for begin, end, name in sorted(held, key=itemgetter(0)):
        begin, until = max(begin, reached), END if end is None else end
        if begin < until:
            found.append((begin, until, name))
            reached = until
    return found


def _holder(apart: Sequence[tuple[int, int, int]], at_ms: int) -> int | None:
    place = bisect_right(apart, at_ms, key=itemgetter(0)) - 1
    return apart[place][2] if place >= 0 and at_ms < apart[place][1] else None


def _edges(
    period: Interval, plain: Sequence[Iterable[Interval]], spans: Iterable[Span]
) -> list[int]:
    """Every begin and end inside the period, in order."""
    edges: list[int] = []  # moment and bit in one integer: sorts fast, toggles with xor
    for bit, times in zip((_SERVED, _OFF, _MAINTAINED, _WATCHED), plain, strict=True):
        _add_edges(edges, bit, times, period)
    _add_span_edges(edges, spans, period)
    edges.sort()
    return edges


def _add_edges(edges: list[int], bit: int, intervals: Iterable[Interval], period: Interval) -> None:
    """Both ends of each interval; overlaps are cut away, or the toggling would go wrong."""
    reached, end = period
    for begin, until in sorted(intervals):
        begin, until = max(begin, reached), min(until, end)
        if begin < until:
            edges.append(begin << _WIDTH | bit)
            edges.append(until << _WIDTH | bit)
            reached = until


def _add_span_edges(edges: list[int], spans: Iterable[Span], period: Interval) -> None:
    start, end = period
    reached: dict[int, int] = {}
    for state, since, to, _root in sorted(spans, key=itemgetter(1)):
        bit = _STATE_BITS.get(state, _BLIND)
        begin = max(since, reached.get(bit, start))
        until = end if to is None else min(to, end)
        if begin < until:
            edges.append(begin << _WIDTH | bit)
            edges.append(until << _WIDTH | bit)
            reached[bit] = until


def figures(parts: Split) -> Figures:
    """The only place that divides. Degraded time is served time."""
    served, judged = parts.served_ms, parts.judged_ms
    return Figures(
        availability_pct=_pct(served, served + parts.down_ms),
        service_pct=_pct(served, judged),
        seen_pct=_pct(judged, judged + parts.unknown_ms),
    )


def _pct(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


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

"""The ledger: each moment of a thing gets exactly one share; every percentage is computed here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from store.intervals import END
from store.period import History, Interval, Period
from store.states import Kind, State
from store.stretches import (
    DOWN,
    LOST,
    NOT_IN_SERVICE,
    SHARES,
    UP,
    Span,
    alike,
    walk,
)

MIN_SEEN_PCT = 90.0  # below it there is no verdict against a target


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
    means = alike(period, plain)
    if means is not None:
        swept = _swept_in_line(period, spans, means)
        if swept is not None:
            return swept
    shares = [0] * len(SHARES)
    lost: list[Interval] = []
    for share, begin, end in walk(period, plain, spans):
        shares[share] += end - begin
        if share in LOST:
            lost.append((begin, end))
    return Sweep(Split._make(shares), lost)


def _swept_in_line(
    period: Interval, spans: Iterable[Span], means: Mapping[State | None, int]
) -> Sweep | None:
    """What `sweep` finds where spans follow each other, as almost all do: without a list of them.

    None: they do not.
    """
    start, end = period
    at = start
    shares = [0] * len(SHARES)
    lost: list[Interval] = []
    for state, since, to, _root in spans:
        until = end if to is None or to > end else to
        if since >= until or until <= start:
            continue
        if since > at:
            shares[means[None]] += since - at
            at = since
        elif since < at and at > start:
            return None
        share = means[state]
        shares[share] += until - at
        if share in LOST:
            lost.append((at, until))
        at = until
    shares[means[None]] += end - at
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
    for share, begin, end in walk(period, plain, history.spans):
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


def down_to(history: History, period: Interval) -> dict[int | None, int]:
    """Milliseconds of down by the outage that they were lost to, as `intervals` tells it."""
    plain = (history.service, history.off_hours, history.maintenance, history.watched)
    outages = _apart((o.first_bad_ms, o.first_good_ms, o.id) for o in history.outages)
    cuts = sorted((*outages.begins, *outages.ends))
    found: dict[int | None, int] = {}
    for share, begin, end in walk(period, plain, history.spans):
        if share == DOWN:
            inside = cuts[bisect_right(cuts, begin) : bisect_left(cuts, end)]
            for since, until in pairwise((begin, *inside, end)):
                outage = outages.at(since)
                found[outage] = found.get(outage, 0) + until - since
    return found


def spread(history: History, edges: Sequence[int]) -> list[Split]:
    """The split of a thing between each two neighbours of sorted edges, in one walk."""
    plain = (history.service, history.off_hours, history.maintenance, history.watched)
    width = len(SHARES)
    flat = [0] * (width * (len(edges) - 1))  # one list: a list a day costs more than the sums
    at, number, until = 0, 1, edges[1]
    for share, begin, end in walk((edges[0], edges[-1]), plain, history.spans):
        while end > until:
            flat[at + share] += until - begin
            begin, at, number = until, at + width, number + 1
            until = edges[number]
        flat[at + share] += end - begin
    return list(map(Split._make, zip(*[iter(flat)] * width, strict=True)))


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

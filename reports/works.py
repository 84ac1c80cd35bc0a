"""Maintenance: what was done in the period, what overran its window, and what is to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from reports.collate import vietnamese
from reports.document import Document
from store.intervals import clip, merge, total
from store.period import History, Interval, Period
from store.states import Kind, State
from store.windows import repeated, scopes
from store.works import Work

AHEAD_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Work in the period. `meant_ms`: as if announced; `counted_ms`: what is left out of the
    percentages; `overrun`: what still failed at the end of a window, and the longest of it."""

    work: Work
    from_ms: int  # of the first window in the period
    to_ms: int  # of the last
    times: int
    meant_ms: int
    counted_ms: int
    overrun_ms: int
    overrun: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Work that begins within 30 days of the end of the period."""

    work: Work
    from_ms: int
    to_ms: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    done: tuple[Window, ...]
    ahead: tuple[Ahead, ...]


def planned_works(period: Period, document: Document, found: Iterable[Work]) -> Works:
    """In the order of their start. Work that was cancelled before its start is left out."""
    zone = ZoneInfo(document.timezone)
    window = document.from_ms, document.to_ms
    coming = document.to_ms, document.to_ms + AHEAD_MS
    known = [work for work in found if _known(work, document.as_of_ms)]
    overruns = _Overruns(period)
    done, ahead = [], []
    for work in known:
        inside = _windows(work, window, zone)
        if inside:
            done.append(_done(work, inside, window, overruns))
        later = [one for one in _windows(work, coming, zone) if one[0] >= coming[0]]
        if later:
            begin, end = later[0][0], later[-1][1]
            ahead.append(Ahead(work=work, from_ms=begin, to_ms=end, times=len(later)))
    return Works(
        done=tuple(sorted(done, key=lambda one: (one.from_ms, one.work.id))),
        ahead=tuple(sorted(ahead, key=lambda one: (one.from_ms, one.work.id))),
    )


def _known(work: Work, as_of_ms: int | None) -> bool:
    return as_of_ms is None or work.entered_ms <= as_of_ms


def _windows(work: Work, period: Interval, zone: ZoneInfo) -> list[Interval]:
    """Those that touch the period, whole, but for what was cancelled of them."""
    found = []
    for begin, end in repeated((work.from_ms, work.to_ms), work.rrule, *period, zone):
        if work.cancelled_ms is not None:
            end = min(end, work.cancelled_ms)
        if begin < end and begin < period[1] and end > period[0]:
            found.append((begin, end))
    return found


def _done(work: Work, inside: Sequence[Interval], window: Interval, overruns: _Overruns) -> Window:
    since = work.counts_from_ms
    counted = [(max(begin, since), end) for begin, end in inside if end > since]
    over = overruns.of(work, [end for _, end in inside])
    return Window(
        work=work,
        from_ms=inside[0][0],
        to_ms=inside[-1][1],
        times=len(inside),
        meant_ms=total(clip(merge(inside), window)),
        counted_ms=total(clip(merge(counted), window)),
        overrun_ms=max((ms for ms, _ in over), default=0),
        overrun=tuple(sorted({name for _, name in over}, key=vietnamese)),
    )


class _Overruns:
    """What still failed of itself when a window of its own ended, and for how much longer."""

    def __init__(self, period: Period) -> None:
        until = min(period.to_ms, period.now_ms)
        units = {uid: row.parent_id for part in period.maps for uid, row in part.units.items()}
        self._parents: Mapping[int, int | None] = units
        self._by_end: dict[int, list[tuple[History, int]]] = {}
        for history in period.histories:
            if not history.maintenance or not history.outages:
                continue
            ends = {end for _, end in history.maintenance}
            for outage in history.outages:
                if outage.root_id is not None or outage.state is not State.DOWN:
                    continue
                good = until if outage.first_good_ms is None else outage.first_good_ms
                for end in ends:
                    if outage.first_bad_ms < end < min(good, until):
                        late = min(good, until) - end
                        self._by_end.setdefault(end, []).append((history, late))

    def of(self, work: Work, ends: Iterable[int]) -> list[tuple[int, str]]:
        return [
            (late_ms, history.name)
            for end in ends
            for history, late_ms in self._by_end.get(end, ())
            if work.thing_id in self._scopes(history)
        ]

    def _scopes(self, history: History) -> tuple[int, ...]:
        site = history.thing_id if history.kind is Kind.SITE else history.site_id
        return scopes(history.thing_id, site, history.unit_id, self._parents)

"""How full the links were, by the rule of Circular 06/2026/TT-BKHCN, article 5, clause 6.

The 95th percentile of a day's 5-minute samples may not be over 90 % of the capacity, in either
direction, on 7 days running. A day of which under 90 % of the samples are there is neither over
nor under: it proves no run, and where the rule would be broken if it had been over, nothing is
concluded. Days before the period count where a run reaches into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from store.traffic import DayTraffic, LinkTraffic, Traffic

LIMIT_PCT = 90
RUN_DAYS = 7
BEFORE = RUN_DAYS - 1  # so many days before the period are read
_MEASURED_PCT = 90  # of the samples of a day, and of the days of a period


class Fullness(StrEnum):
    """A link, or one direction of it, against the rule."""

    BROKEN = "broken"
    UNSURE = "unsure"
    KEPT = "kept"
    NO_SAMPLES = "no_samples"  # nothing was measured in the period
    ONLY_HOURS = "only_hours"  # what was measured is left as figures of hours alone


class Run(NamedTuple):
    """Days over the limit on end. `earlier`: it may have begun before the first that was read."""

    first_ms: int
    last_ms: int  # local midnights
    days: int
    earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """`pct`: the 95th percentile of the period, of the capacity. `run`: the longest."""

    pct: float | None
    worst_day_pct: float | None
    over: int  # days of the period
    run: Run | None
    fullness: Fullness


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFullness:
    """`days` are those of the period of which enough was measured. To B: what end A sends."""

    thing_id: int
    key: str
    a_site_id: int
    b_site_id: int
    device: str
    interface: str
    capacity_mbps: float
    days: int
    to_b: Direction
    to_a: Direction

    @property
    def fullness(self) -> Fullness:
        """The worse of the two."""
        order = list(Fullness)
        return min((self.to_b.fullness, self.to_a.fullness), key=order.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """`days`: whole local days of the period; `links`: the worst first. The others by keys."""

    days: int
    kept_from_ms: int | None
    links: tuple[LinkFullness, ...] = field(repr=False)
    without_capacity: tuple[str, ...]
    without_counter: tuple[str, ...]

    def count(self, fullness: Fullness) -> int:
        return sum(link.fullness is fullness for link in self.links)


def capacity(traffic: Traffic) -> Capacity:
    known = [link for link in traffic.links if link.capacity_mbps and link.device is not None]
    bare = [link for link in traffic.links if not link.capacity_mbps]
    silent = [link for link in traffic.links if link.capacity_mbps and link.device is None]
    return Capacity(
        days=traffic.days,
        kept_from_ms=traffic.kept_from_ms,
        links=tuple(sorted((_link(link) for link in known), key=_worst_first)),
        without_capacity=tuple(link.key for link in bare),
        without_counter=tuple(link.key for link in silent),
    )


def _link(link: LinkTraffic) -> LinkFullness:
    return LinkFullness(
        thing_id=link.thing_id,
        key=link.key,
        a_site_id=link.a_site_id,
        b_site_id=link.b_site_id,
        device=link.device or "",
        interface=link.interface or "",
        capacity_mbps=link.capacity_mbps or 0.0,
        days=sum(_enough(day) for day in link.days),
        to_b=_direction(link, link.out_pct, [_pct(day, day.out_bps) for day in _all(link)]),
        to_a=_direction(link, link.in_pct, [_pct(day, day.in_bps) for day in _all(link)]),
    )


def _all(link: LinkTraffic) -> tuple[DayTraffic, ...]:
    return (*link.before, *link.days)


def _enough(day: DayTraffic) -> bool:
    return day.measured * 100 >= day.asked * _MEASURED_PCT and day.capacity_mbps > 0


def _pct(day: DayTraffic, bps: float | None) -> float | None:
    """Of the capacity of that day; None: too little of it was measured."""
    return None if bps is None or not _enough(day) else bps * 100 / (day.capacity_mbps * 1e6)


def _direction(link: LinkTraffic, pct: float | None, days: Sequence[float | None]) -> Direction:
    """`days`: those before the period and those of it."""
    over = [None if one is None else one > LIMIT_PCT for one in days]
    before = len(link.before)
    inside = [one for one in days[before:] if one is not None]
    return Direction(
        pct=pct,
        worst_day_pct=max(inside, default=None),
        over=sum(bool(one) for one in over[before:]),
        run=_longest(_all(link), over, before),
        fullness=_judged(link, over),
    )


def _longest(days: Sequence[DayTraffic], over: Sequence[bool | None], before: int) -> Run | None:
    """Of the runs that reach into the period; of equals the first."""
    found: list[Run] = []
    start: int | None = None
    for k, one in enumerate([*over, False]):
        if one and start is None:
            start = k
        elif not one and start is not None:
            if k > before:
                first, last = days[start].from_ms, days[k - 1].from_ms
                found.append(Run(first, last, k - start, earlier=start == 0 and before > 0))
            start = None
    return max(found, key=lambda run: run.days, default=None)


def _judged(link: LinkTraffic, over: Sequence[bool | None]) -> Fullness:
    if link.only_hours:
        return Fullness.ONLY_HOURS
    before, inside = over[: len(link.before)], over[len(link.before) :]
    if not any(day.measured for day in link.days):
        return Fullness.NO_SAMPLES
    led = 0  # days over the limit on end, up to the period
    while led < len(before) and before[len(before) - 1 - led]:
        led += 1
    told = (*([True] * led), *inside)
    if _run_of(one is True for one in told) >= RUN_DAYS:
        return Fullness.BROKEN
    measured = sum(one is not None for one in inside)
    possible = _run_of(one is not False for one in told) >= RUN_DAYS
    if possible or measured * 100 < len(inside) * _MEASURED_PCT:
        return Fullness.UNSURE
    return Fullness.KEPT


def _run_of(days: Iterable[bool]) -> int:
    """The longest."""
    longest = run = 0
    for one in days:
        run = run + 1 if one else 0
        longest = max(longest, run)
    return longest


def _worst_first(link: LinkFullness) -> tuple[int, int, float, str]:
    runs = (way.run.days if way.run else 0 for way in (link.to_b, link.to_a))
    known = (way.pct for way in (link.to_b, link.to_a) if way.pct is not None)
    return list(Fullness).index(link.fullness), -max(runs), -max(known, default=0.0), link.key

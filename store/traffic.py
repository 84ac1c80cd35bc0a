"""What links carried, day by day, as 5-minute samples tell it: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

SLOT_MS = 300_000  # Circular 06/2026/TT-BKHCN, article 5, clause 6: sampled every 5 minutes
PERCENTILE = 95  # … the 95th percentile, in each direction


class DayTraffic(NamedTuple):
    """One local day; in and out as end A sees it, None where there is no sample.

    `asked`: how many samples the day has room for: 288, or what the clocks make of it.
    """

    from_ms: int
    asked: int
    measured: int
    in_bps: float | None  # the 95th percentile of its samples
    out_bps: float | None
    capacity_mbps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTraffic:
    """A link with a capacity over the whole local days of a period.

    `in_pct`, `out_pct`: the 95th percentile of all its samples in the period, of the capacity.
    `only_hours`: what was measured is so old that only hourly figures are left.
    """

    thing_id: int
    key: str
    a_site_id: int
    b_site_id: int
    capacity_mbps: float | None  # at the period's end; None: nothing was read
    device: str | None = None  # whose counters are read; None: no port of an end is known
    interface: str | None = None
    in_pct: float | None = None
    out_pct: float | None = None
    before: tuple[DayTraffic, ...] = field(default=(), repr=False)  # the days before the period
    days: tuple[DayTraffic, ...] = field(default=(), repr=False)
    only_hours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """`days`: whole local days of the period. `kept_from_ms`: the oldest sample that is left."""

    days: int
    kept_from_ms: int | None
    links: tuple[LinkTraffic, ...] = field(repr=False)

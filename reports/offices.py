"""Which offices have LAN, broadband, fibre, a backup … on the last day of the period, by tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inventory.coverage import INDICATORS, Count, Office, by_tier, count, offices
from store.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class TierOffices:
    """`has`: indicator → how many of the offices of the tier, and those that have not."""

    level: str
    has: Mapping[str, Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offices:
    """As declared, on one day; offices that became transit points are none any more."""

    day: date
    tiers: tuple[TierOffices, ...]
    whole: TierOffices


def covered(standing: Standing) -> Offices:
    found = offices(standing.network, standing.day, standing.stays)
    return Offices(
        day=standing.day,
        tiers=tuple(_tier(level, held) for level, held in by_tier(found).items()),
        whole=_tier("", found),
    )


def _tier(level: str, held: list[Office]) -> TierOffices:
    return TierOffices(level=level, has={one: count(held, one) for one in INDICATORS})

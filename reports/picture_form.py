"""What stands behind the pictures, for programs: tiers, their days, their last months, places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from reports.daily import Daily
from reports.document import Document
from reports.periods import iso
from reports.pictures import Day
from store.ledger import Split, figures, shares


def form(document: Document) -> dict[str, Any]:
    """`days` holds the whole network (its `level` is null) and each tier."""
    return {"days": list(_days(document)), "trend": _trend(document), "places": _places(document)}


def _days(document: Document) -> Iterator[dict[str, Any]]:
    daily, zone = Daily(document), ZoneInfo(document.timezone)
    of_tier = daily.tiers()
    rows: list[tuple[str | None, tuple[Day, ...]]] = [(None, daily.whole())]
    rows += [(tier.level, of_tier[tier.level]) for tier in document.tiers if tier.level in of_tier]
    for level, days in rows:
        for day in days:
            yield {
                "level": level,
                "day": day.day,
                "from": iso(day.from_ms, zone),
                "to": iso(day.to_ms, zone),
            } | _split(day.split)


def _trend(document: Document) -> list[dict[str, Any]] | None:
    """A month without tiers: nothing was in service then, or it was left out."""
    if document.beside.trend is None:
        return None
    return [
        {
            "month": month.month,
            "signed": month.signed,
            "left_out": month.left_out,
            "tiers": [
                {"level": level, "measured": tier.measured, "total": tier.total}
                | _split(tier.split)
                for level, tier in month.tiers.items()
            ],
        }
        for month in document.beside.trend.months
    ]


def _places(document: Document) -> list[dict[str, Any]] | None:
    if document.beside.places is None:
        return None
    return [
        {"id": site, "lat": lat, "lon": lon}
        for site, (lat, lon) in sorted(document.beside.places.items())
    ]


def _split(split: Split) -> dict[str, Any]:
    found = figures(split)
    return {
        "availability_pct": found.availability_pct,
        "service_pct": found.service_pct,
        "seen_pct": found.seen_pct,
        "split_s": {
            share: ms / 1000 if ms % 1000 else ms // 1000 for share, ms in shares(split).items()
        },
    }

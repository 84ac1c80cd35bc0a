"""Tiers over the last thirteen months: from signed reports where there are any, else computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from reports.periods import month, month_of
from store.ledger import Split, add
from store.states import Kind
from store.stretches import SHARES

if TYPE_CHECKING:
    from reports.document import Document, Row
    from store.period import Interval, Period
    from store.reader import RecordReader

MONTHS = 13
MOST_WORK = 80_000  # spans that are read for months that nobody signed: about two seconds
PER_SITE = 8  # a site costs as much as so many spans, in each month


class TierMonth(NamedTuple):
    """The sites of a tier in a month."""

    split: Split
    measured: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """`tiers`: by level; empty: nothing was in service. `left_out`: too much to compute again."""

    month: str  # 2025-10
    tiers: Mapping[str, TierMonth] = field(default_factory=dict)
    signed: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """Oldest first; the last is the month in which the report's period ends."""

    months: tuple[MonthFigures, ...]


def gather_trend(reader: RecordReader, document: Document, earlier: Period) -> Trend:
    """Back from the month in which the report ends. Where one is too much, so are all before.

    `earlier`: the splits of the period before, with those of sites.
    """
    zone = ZoneInfo(document.timezone)
    name, left = month_of(document.to_ms - 1, zone), MOST_WORK
    each = PER_SITE * sum(row.kind is Kind.SITE for row in document.things)
    found: list[MonthFigures] = []
    for _ in range(MONTHS):
        window = month(name, zone)
        told = _known(reader, document, window)
        if told is None:
            spans = reader.month.site_spans(*window, left + 1) if left > 0 else 0
            left -= each + spans if spans or left <= 0 else 0
            tiers = _computed(reader, document, window, earlier) if spans and left >= 0 else {}
            told = MonthFigures(month=name, tiers=tiers, left_out=left < 0)
        found.append(told)
        name = month_of(window[0] - 1, zone)
    return Trend(tuple(reversed(found)))


def _known(reader: RecordReader, document: Document, window: Interval) -> MonthFigures | None:
    """What needs no computing: the report's own month, and signed ones."""
    name = month_of(window[0], ZoneInfo(document.timezone))
    if window == (document.from_ms, document.asked_to_ms):
        return MonthFigures(month=name, tiers=_own(document))
    signed = _signed(reader, document, window)
    return None if signed is None else MonthFigures(month=name, tiers=signed, signed=True)


def _own(document: Document) -> dict[str, TierMonth]:
    return _of_rows(tier.whole for tier in document.tiers)


def _of_rows(rows: Iterable[Row]) -> dict[str, TierMonth]:
    return {
        row.level: TierMonth(row.sums.split, row.sums.measured, row.sums.total)
        for row in rows
        if row.sums.counted
    }


def _computed(
    reader: RecordReader, document: Document, window: Interval, earlier: Period
) -> dict[str, TierMonth]:
    from reports.figures import figures

    if window == (earlier.from_ms, earlier.to_ms):
        sites = tuple(one for one in earlier.histories if one.kind is Kind.SITE)
        return _own(figures(replace(earlier, histories=sites)))
    period = reader.month.splits(
        *window,
        document.made_ms,
        frozenset({Kind.SITE}),
        as_of_ms=document.as_of_ms,
        on_today=document.on_today,
    )
    return _own(figures(period))


def _signed(
    reader: RecordReader, document: Document, window: Interval
) -> dict[str, TierMonth] | None:
    """A report on today's map takes nothing from one that was told on the map as it stood."""
    if document.on_today:
        return None
    found = reader.signed(*window)
    if found is None or (document.as_of_ms is not None and found.at_ms > document.as_of_ms):
        return None
    return tiers_of(found.document)


def tiers_of(form: Mapping[str, Any]) -> dict[str, TierMonth]:
    """The tiers of a report in its JSON form."""
    if "tiers" in form:
        return {row["level"] or "": _tier_month([row]) for row in form["tiers"]}
    by_level: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in form["things"]:
        if row["kind"] == "site":
            by_level[row["level"] or ""].append(row)
    return {level: _tier_month(rows) for level, rows in by_level.items()}


_UNCOUNTED = ("never_seen", "not_monitored")


def _tier_month(rows: Iterable[Mapping[str, Any]]) -> TierMonth:
    """Sites that were never seen or are not monitored count in the total alone."""
    told = list(rows)
    counted = [row for row in told if row["standing"] not in _UNCOUNTED]
    splits = (Split._make(round(row["split_s"][s] * 1000) for s in SHARES) for row in counted)
    return TierMonth(
        split=add(splits),
        measured=sum(row["measured"] for row in told),
        total=sum(row["total"] for row in told),
    )

"""How each tier did, and what its time was made of."""

from __future__ import annotations

from collections.abc import Mapping

from reports.document import Document, Row, Verdict
from reports.sections.rows import tier_word
from reports.tables import (
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Ratio,
    Section,
    Shares,
    Table,
    Word,
)
from store.ledger import MIN_SEEN_PCT, Split, shares
from store.stretches import SHARES

BAR_ORDER = (
    "up",
    "degraded",
    "unreachable",
    "down",
    "unknown",
    "maintenance",
    "off_hours",
    "not_in_service",
)
_COUNTED = ("met", "missed", "unsure")
_TIERS = (
    Column("tier", 1.8),
    *(Column(name, 1, True) for name in ("service_pct", "availability_pct", "seen_pct")),
    *(Column(name, 0.8, True) for name in ("measured", *_COUNTED, "outages", "incidents")),
    Column("lost", 1.6, True),
    Column("split", 1.6),
)


def summary(document: Document) -> Section:
    if not document.whole.sums.total:
        return Section("summary", (Word("nodata"),))
    tiers = [tier for tier in document.tiers if tier.whole.sums.total]
    lines = [
        _tier(tier_word(tier.level), tier.whole, {str(v): n for v, n in tier.verdicts.items()})
        for tier in tiers
    ]
    lines.append(_tier(Word("whole"), document.whole, verdicts(document), look="sum"))
    parts: list[Word | Table] = [Table("tiers", Word("caption.summary"), _TIERS, tuple(lines))]
    if document.maps:
        parts.append(Word("maps.tiers"))
    wholes: list[tuple[Cell, Row, str]] = [(tier_word(t.level), t.whole, "") for t in tiers]
    wholes.append((Word("whole"), document.whole, "sum"))
    return Section("summary", (*parts, _spent(wholes, shares_met(document.whole.sums.split))))


def verdicts(document: Document) -> dict[str, int]:
    """How the sites stand against their targets, all tiers together."""
    tiers = document.tiers
    return {str(v): sum(tier.verdicts.get(v, 0) for tier in tiers) for v in Verdict}


def shares_met(split: Split) -> list[str]:
    """The shares that any site spent time in: an empty column only takes room."""
    found = shares(split)
    return [share for share in BAR_ORDER if found[share] or share == BAR_ORDER[0]]


def _tier(name: Cell, row: Row, counts: Mapping[str, int], look: str = "") -> Line:
    sums = row.sums
    cells = (
        name,
        Percent(sums.figures.service_pct, main=True),
        Percent(sums.figures.availability_pct),
        Percent(sums.figures.seen_pct, (MIN_SEEN_PCT,)),
        Ratio(sums.measured, sums.total),
        *(Count(counts.get(verdict, 0)) for verdict in _COUNTED),
        Count(sums.outages),
        Count(sums.incidents),
        Lasting(sums.split.lost_ms),
        Shares(sums.split),
    )
    return Line(cells, id=row.level, kind="tier", look=look)


def _spent(wholes: list[tuple[Cell, Row, str]], met: list[str]) -> Table:
    columns = (Column("tier", 1.6), *(Column(share, 1.4, True) for share in met))
    lines = []
    for name, row, look in wholes:
        times = (Lasting(row.sums.split[SHARES.index(share)]) for share in met)
        lines.append(Line((name, *times), id=row.level, kind="tier", look=look))
    return Table("split", Word("caption.split"), columns, tuple(lines))

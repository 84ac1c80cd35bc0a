"""Rows of things as every table of them shows them, and where a thing is said to stand."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from inventory.phrases import table
from reports.document import Document, Row, Verdict
from reports.sections.opening import Opened, Opening
from reports.tables import (
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Ratio,
    Shares,
    Stack,
    Target,
    Text,
    Word,
)
from store.ledger import MIN_SEEN_PCT, judged_by_availability


def columns(first: str, *, own: bool = False, measured: bool = False) -> tuple[Column, ...]:
    """Of `line`: `own` where things are judged by their availability."""
    pcts = ("availability_pct", "service_pct") if own else ("service_pct", "availability_pct")
    return (
        Column(first, 3.2),
        *(Column(name, 1.1, True) for name in (*pcts, "seen_pct")),
        *([Column("measured", 1, True)] if measured else []),
        Column("target", 0.8, True),
        Column("verdict", 1),
        Column("outages", 0.9, True),
        Column("longest_own" if own else "longest", 1.35, True),
        Column("mttr", 1.35, True),
        Column("split", 1.6),
    )


def line(
    row: Row,
    *about: Cell,
    measured: bool = False,
    look: str = "",
    opening: Opening | None = None,
) -> Line:
    """Its own percentage first: a provider's and a link's availability, else the service."""
    sums, figures = row.sums, row.sums.figures
    limits = () if row.target_pct is None else (row.target_pct,)
    pcts = [figures.service_pct, figures.availability_pct]
    own = judged_by_availability(row.kind)
    if own:
        pcts.reverse()
    name: Cell = tier_word(row.level) if look == "sum" else Text(row.name)
    cells = (
        Stack(name, about) if about else name,
        Percent(pcts[0], limits, main=True),
        Percent(pcts[1], limits),
        Percent(figures.seen_pct, (MIN_SEEN_PCT,)),
        *([Ratio(sums.measured, sums.total)] if measured else []),
        Target(row.target_pct, row.target_source),
        verdict_word(row.verdict),
        Count(sums.outages),
        Lasting(_ms(sums.longest_own_s if own else sums.longest_s)),
        Lasting(_ms(sums.mttr_s)),
        Shares(sums.split),
    )
    opened = Opened(opening, row) if opening is not None else ()
    return Line(cells, id=row.id, kind=row.kind, look=look, opened=opened)


@lru_cache(256)  # one word for all its rows
def tier_word(level: str) -> Word:
    return Word(f"tier.{level}" if f"report.tier.{level}" in table() else "tier.other")


@lru_cache(16)
def verdict_word(verdict: Verdict) -> Word | None:
    if verdict is Verdict.NO_TARGET:
        return None
    return Word(f"verdict.{verdict}", mark=verdict.value)


def several(units: Iterable[Row]) -> list[Row]:
    """Of a unit with one site the site's own row says it all."""
    return [row for row in units if row.sums.counted > 1]


class Where:
    """Where a site is said to stand in a list of them."""

    def __init__(self, document: Document) -> None:
        provinces = {row.name for row in document.units if row.level == "province"}
        self._shared = {""} | (provinces if len(provinces) == 1 else set())

    def __call__(self, row: Row) -> str | None:
        """The unit; for a commune office that bears its name, the district. Not what all share."""
        unit = row.unit or ""
        if unit.casefold() in row.name.casefold():
            unit = row.over if row.over and row.level == "commune" else ""
        return None if unit in self._shared else unit


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000

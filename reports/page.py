"""The report as one offline HTML file: no outside asset, no script, printable on A4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from inventory.phrases import say, table
from reports import numbers
from reports.document import Document, OutageLine, Row, Standing, Verdict
from reports.periods import Clock, local, whole_month
from store.intervals import total
from store.ledger import MIN_SEEN_PCT, SHARES, Split, shares
from store.period import Interval

MOST_BLIND_SPELLS = 60
MOST_OUTAGES = 2000
BAR_PX = 120
_THINNEST_PX = 1.5  # a minute of outage in a month must still be seen
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
WITHOUT = (Standing.NO_DATA, Standing.NEVER_SEEN, Standing.NOT_MONITORED)


_DIGIT_SPACE = re.compile(r"(?<=\d) ")


class Piece(NamedTuple):
    """One stretch of a bar: share, left edge and width in pixels."""

    share: str
    x: float
    width: float


def render(document: Document, language: str) -> str:
    """The whole page in one language, `vi` or `en`."""
    page = _environment().get_template("month.html.j2")
    return page.render(doc=document, w=Words(document, language), lang=language)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,  # names of devices and sites are not ours
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Words:
    """How one reader sees numbers and moments; what the templates call."""

    bar_order = BAR_ORDER
    without = WITHOUT
    bar_px = BAR_PX

    def __init__(self, document: Document, language: str) -> None:
        self.language = language
        self.document = document
        zone = ZoneInfo(document.timezone)
        ends = (document.from_ms, document.to_ms)
        moving = len({local(moment, zone).utcoffset() for moment in ends}) > 1
        self.clock = Clock(zone, language, with_offset=moving)

    def t(self, key: str, **values: object) -> str:
        return say(self.language, f"report.{key}", **values)

    def kind(self, kind: str) -> str:
        return say(self.language, f"kind.{kind}")

    def state(self, state: str) -> str:
        return say(self.language, f"state.{state}")

    def tier(self, level: str) -> str:
        known = f"report.tier.{level}" in table()
        return self.t(f"tier.{level}" if known else "tier.other")

    def title(self) -> str:
        """A calendar month by its name; any other period by its ends."""
        doc = self.document
        month = whole_month((doc.from_ms, doc.asked_to_ms), self.clock.zone)
        if month is None:
            begin, end = self.clock.minute(doc.from_ms), self.clock.minute(doc.asked_to_ms)
            return self.t("title.period", begin=begin, end=end)
        year, number = month.split("-")
        return self.t("title.month", month=self.t(f"month.{number}"), year=int(year))

    def pct(self, value: float | None, *limits: float | None) -> str:
        known = tuple(limit for limit in limits if limit is not None)
        return numbers.percent(value, self.language, known).replace(" ", "\u00a0")

    def seen(self, value: float | None) -> str:
        return self.pct(value, MIN_SEEN_PCT)

    def target(self, value: float | None) -> str:
        return numbers.target(value, self.language).replace(" ", "\u00a0")

    def count(self, value: int) -> str:
        return numbers.number(value, self.language)

    def of(self, part: int, whole: int) -> str:
        return self.t("of", n=self.count(part), total=self.count(whole))

    def ratio(self, part: int, whole: int) -> str:
        return f"{self.count(part)}/{self.count(whole)}"

    def duration(self, seconds: float | None) -> str:
        """A number and its unit stay on one line."""
        return _unbroken(numbers.duration(seconds, self.language))

    def duration_ms(self, ms: int) -> str:
        return self.duration(ms / 1000)

    def lost(self, seconds: float | None) -> str:
        """A dash for none: in a table full of zeros the rows that matter are hard to see."""
        return self.duration(seconds) if seconds else numbers.NOTHING

    def seconds(self, ms: int) -> str:
        exact = Decimal(ms) / 1000 if ms % 1000 else ms // 1000
        return self.t("seconds", n=numbers.number(exact, self.language))

    def shares(self, split: Split) -> list[tuple[str, int]]:
        """The shares that are not empty, as a bar shows them from left to right."""
        found = shares(split)
        return [(share, found[share]) for share in BAR_ORDER if found[share]]

    @cached_property
    def shares_met(self) -> list[str]:
        """The shares that any site spent time in: an empty column only takes room."""
        found = shares(self.document.whole.sums.split)
        return [share for share in BAR_ORDER if found[share] or share == BAR_ORDER[0]]

    def bar(self, split: Split) -> list[Piece]:
        return bar(shares(split))

    def cause(self, line: OutageLine) -> str:
        cause = line.outage.cause
        if cause is None:
            return self.t("cause.none")
        return self.t(f"cause.{cause}") if f"report.cause.{cause}" in table() else cause

    def began(self, line: OutageLine) -> str:
        out = line.outage
        if out.last_good_ms is None:
            return self.t("before", moment=self.clock.second(out.first_bad_ms))
        return self.clock.between(out.last_good_ms, out.first_bad_ms)

    def ended(self, line: OutageLine) -> str:
        out = line.outage
        if out.first_good_ms is None:
            return self.t("open")
        return self.clock.between(out.last_bad_ms, out.first_good_ms)

    def blind(self) -> list[Interval]:
        """The longest blind spells, in the order in which they happened."""
        longest = sorted(self.document.watch.blind, key=lambda spell: spell[0] - spell[1])
        return sorted(longest[:MOST_BLIND_SPELLS])

    def blind_total(self) -> str:
        return self.duration_ms(total(self.document.watch.blind))

    def outages(self) -> tuple[OutageLine, ...]:
        return self.document.outages[:MOST_OUTAGES]

    @cached_property
    def open(self) -> int:
        return sum(line.open for line in self.document.outages)

    def verdicts(self) -> dict[str, int]:
        """How the sites stand against their targets, all tiers together."""
        tiers = self.document.tiers
        return {str(v): sum(tier.verdicts.get(v, 0) for tier in tiers) for v in Verdict}

    def units(self) -> list[Row]:
        """Of a unit with one site the site's own row says it all."""
        return self.several(self.document.units)

    @staticmethod
    def several(units: Iterable[Row]) -> list[Row]:
        return [row for row in units if row.sums.counted > 1]

    def place(self, share: str) -> int:
        return SHARES.index(share)

    def where(self, row: Row) -> str | None:
        """The unit; for a commune office that bears its name, the district. Not what all share."""
        unit = row.unit or ""
        if unit.casefold() in row.name.casefold():
            unit = row.over if row.over and row.level == "commune" else ""
        return None if unit in self._shared else unit

    @cached_property
    def _shared(self) -> set[str]:
        """What goes without saying: nothing, and the only province."""
        provinces = {row.name for row in self.document.units if row.level == "province"}
        return {""} | (provinces if len(provinces) == 1 else set())

    def missing(self, standing: Standing) -> list[Row]:
        return [row for row in self.document.without_figure if row.standing is standing]


@lru_cache(maxsize=65536)
def _unbroken(text: str) -> str:
    return _DIGIT_SPACE.sub("\u00a0", text)


def bar(parts: Mapping[str, int]) -> list[Piece]:
    """Stretches in proportion; a thin one gets a visible width, taken from the widest."""
    whole = sum(parts.values())
    present = [share for share in BAR_ORDER if parts[share]]
    widths: dict[str, Any] = {
        share: max(BAR_PX * parts[share] / whole, _THINNEST_PX) for share in present
    }
    if not present:
        return []
    widest = max(present, key=lambda share: widths[share])
    widths[widest] -= sum(widths.values()) - BAR_PX
    pieces, x = [], 0.0
    for share in present:
        pieces.append(Piece(share, round(x, 1), round(widths[share], 1)))
        x += widths[share]
    return pieces

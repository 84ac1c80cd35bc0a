"""How each provider did: minutes over the limit, outages by cause, and lines that fail again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

from reports.document import Document, Row, Verdict
from reports.figures import CHARGED, UNDETERMINED
from store import ledger
from store.period import Interval
from store.tally import Loss

OFTEN = 3  # own outages in the period, from which a line fails again and again
NAMED = (*CHARGED, "power", "device", "planned")
OTHER, UNKNOWN = "other", "undetermined"
CAUSES = (*NAMED, OTHER, UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCard:
    """A line. Over the limit: what it was down beyond what its target allows in the time that was
    judged; None: no target, or too little was seen. `charged`: of that, at most what is charged.
    """

    row: Row
    allowed_ms: int | None
    over_ms: int | None
    over_charged_ms: int | None
    down_by_cause: Mapping[str, int] = field(default_factory=dict)
    outages_by_cause: Mapping[str, int] = field(default_factory=dict)

    @property
    def own_outages(self) -> int:
        return sum(self.outages_by_cause.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A provider: the sums of its lines. `judged` of `lines` have a target and enough was seen."""

    provider: Row
    lines: tuple[LineCard, ...]
    repeated: tuple[LineCard, ...]

    @property
    def judged(self) -> int:
        return sum(line.over_ms is not None for line in self.lines)

    @property
    def over_ms(self) -> int | None:
        return self._sum([line.over_ms for line in self.lines])

    @property
    def over_charged_ms(self) -> int | None:
        return self._sum([line.over_charged_ms for line in self.lines])

    @property
    def down_by_cause(self) -> Mapping[str, int]:
        return _added([line.down_by_cause for line in self.lines])

    @property
    def outages_by_cause(self) -> Mapping[str, int]:
        return _added([line.outages_by_cause for line in self.lines])

    @property
    def down_ms(self) -> int:
        return sum(self.down_by_cause.values())

    @staticmethod
    def _sum(values: list[int | None]) -> int | None:
        known = [value for value in values if value is not None]
        return sum(known) if known else None


def scorecard(document: Document) -> tuple[Card, ...]:
    """In the order of the providers' table."""
    if not document.providers:
        return ()
    window = document.from_ms, document.to_ms
    names = {row.id: row.name for row in document.providers}
    by_provider: dict[str, list[LineCard]] = {}
    for row in document.links:
        if row.provider:
            by_provider.setdefault(row.provider, []).append(_line(row, window))
    found = []
    for provider in document.providers:
        lines = by_provider.get(provider.id) or by_provider.get(names[provider.id], [])
        cards = tuple(lines)
        found.append(Card(provider=provider, lines=cards, repeated=_repeated(cards)))
    return tuple(found)


def _line(row: Row, window: Interval) -> LineCard:
    down = _down_by_cause(row, window)
    allowed, over, charged = None, None, None
    if row.target_pct is not None and row.verdict not in (Verdict.UNSURE, Verdict.NO_TARGET):
        judged = row.sums.split.served_ms + row.sums.split.down_ms
        share = (100 - Decimal(str(row.target_pct))) / 100
        allowed = int((judged * share).to_integral_value(ROUND_FLOOR))
        over = max(0, row.sums.split.down_ms - allowed)
        charged = min(over, sum(down.get(cause, 0) for cause in CHARGED))
    return LineCard(
        row=row,
        allowed_ms=allowed,
        over_ms=over,
        over_charged_ms=charged,
        down_by_cause=down,
        outages_by_cause=Counter(_column(loss.outage.cause) for loss in _own(row)),
    )


def _own(row: Row) -> list[Loss]:
    return [loss for loss in row.sums.losses if loss.own]


def _down_by_cause(row: Row, window: Interval) -> dict[str, int]:
    """Together it is all the time in which the line was down."""
    if row.history is None or not row.sums.split.down_ms or not row.sums.counted:
        return {}
    causes = {outage.id: outage.cause for outage in row.history.outages}
    found: Counter[str] = Counter()
    for outage_id, down_ms in ledger.down_to(row.history, window).items():
        found[_column(causes.get(outage_id or 0))] += down_ms
    return dict(found)


def _column(cause: str | None) -> str:
    if cause is None or cause in UNDETERMINED:
        return UNKNOWN
    return cause if cause in NAMED else OTHER


def _repeated(lines: tuple[LineCard, ...]) -> tuple[LineCard, ...]:
    """Three outages or more, and the line that was down for longest; the most often first."""
    longest = max((line.row.sums.split.down_ms for line in lines), default=0)
    found = [
        line
        for line in lines
        if line.own_outages >= OFTEN or (longest and line.row.sums.split.down_ms == longest)
    ]
    return tuple(sorted(found, key=lambda line: (-line.own_outages, -line.row.sums.split.down_ms)))


def _added(parts: list[Mapping[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for part in parts:
        found.update(part)
    return {cause: found[cause] for cause in CAUSES if found[cause]}

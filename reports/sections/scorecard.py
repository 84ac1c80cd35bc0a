"""The scorecard of each provider, and of each of its lines that is over its limit."""

from __future__ import annotations

from collections.abc import Mapping

from reports.document import Document
from reports.scorecard import CAUSES, OFTEN, Card, LineCard, scorecard
from reports.tables import (
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Ratio,
    Section,
    Stack,
    Table,
    Target,
    Text,
    Word,
)

_CARDS = (
    Column("provider", 2.2),
    Column("judged_lines", 1, True),
    *(Column(name, 1.4, True) for name in ("over", "over_charged", "mttr", "longest_own")),
    *(Column(name, 0.9, True) for name in ("own_outages", "repeated")),
)
_BY_CAUSE = (Column("provider", 2.2), *(Column(f"by_{cause}", 1.1, True) for cause in CAUSES))
_LINES = (
    Column("link", 3),
    Column("target", 0.8, True),
    *(Column(name, 1.3, True) for name in ("was_down", "allowed", "over", "over_charged")),
    Column("own_outages", 0.8, True),
)


def providers(document: Document) -> Section:
    cards = scorecard(document)
    if not cards:
        return Section("scorecard", ())
    parts: list[Word | Table] = [
        Word("scorecard.limit"),
        Table("scorecard", Word("caption.scorecard"), _CARDS, tuple(map(_card, cards))),
        Table("outages-by-cause", Word("caption.by_cause"), _BY_CAUSE, tuple(map(_counts, cards))),
        Table("charge-by-cause", Word("caption.by_charge"), _BY_CAUSE, tuple(map(_times, cards))),
    ]
    over = sorted(
        (line for card in cards for line in card.lines if line.over_ms),
        key=lambda line: -(line.over_ms or 0),
    )
    if over:
        parts.append(Table("over", Word("caption.over"), _LINES, tuple(map(_line, over))))
    repeated = tuple(line for card in cards for line in card.repeated)
    if repeated:
        parts.append(Word("scorecard.repeated", {"n": Count(OFTEN)}))
        lines = tuple(map(_line, repeated))
        parts.append(Table("repeated", Word("caption.repeated"), _LINES, lines))
    return Section("scorecard", tuple(parts), apart=True)


def _card(card: Card) -> Line:
    sums = card.provider.sums
    cells = (
        Text(card.provider.name),
        Ratio(card.judged, card.provider.sums.total),
        Lasting(card.over_ms, plain=True),
        Lasting(card.over_charged_ms, plain=True),
        Lasting(None if sums.mttr_s is None else sums.mttr_s * 1000),
        Lasting(sums.longest_own_s * 1000),
        Count(sum(card.outages_by_cause.values())),
        Count(len(card.repeated)),
    )
    return Line(cells, id=card.provider.id, kind=card.provider.kind)


def _counts(card: Card) -> Line:
    return _by_cause(card, {cause: Count(n) for cause, n in card.outages_by_cause.items()})


def _times(card: Card) -> Line:
    """The time that the lines were down, and its share of all that time."""
    whole = card.down_ms
    return _by_cause(
        card,
        {
            cause: Stack(Lasting(ms), (Percent(100 * ms / whole),))
            for cause, ms in card.down_by_cause.items()
        },
    )


def _by_cause(card: Card, cells: Mapping[str, Cell]) -> Line:
    name = Text(card.provider.name)
    return Line(
        (name, *(cells.get(cause) for cause in CAUSES)),
        id=card.provider.id,
        kind=card.provider.kind,
    )


def _line(line: LineCard) -> Line:
    row = line.row
    cells = (
        Stack(Text(row.name), tuple(Text(said) for said in (row.id, row.provider) if said)),
        Target(row.target_pct, row.target_source),
        Lasting(row.sums.split.down_ms, plain=True),
        Lasting(line.allowed_ms, plain=True),
        Lasting(line.over_ms, plain=True),
        Lasting(line.over_charged_ms, plain=True),
        Count(line.own_outages),
    )
    return Line(cells, id=row.id, kind=row.kind)

"""What a provider or the central operator reports of the period, beside what we measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reports.document import Document, Row
from reports.figures import UNDETERMINED
from store.ledger import judged_by_availability
from store.period import OtherFigure
from store.tally import Loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`row` None: we do not know the thing, or it has no figure in this period.

    Differences are theirs less ours; `losses`: ours that explain it, the longest first.
    """

    figure: OtherFigure
    row: Row | None
    ours_pct: float | None
    ours_ms: int | None
    losses: tuple[Loss, ...] = field(repr=False)

    @property
    def more_pct(self) -> float | None:
        if self.figure.availability_pct is None or self.ours_pct is None:
            return None
        return self.figure.availability_pct - self.ours_pct

    @property
    def more_ms(self) -> int | None:
        if self.figure.down_ms is None or self.ours_ms is None:
            return None
        return self.figure.down_ms - self.ours_ms

    @property
    def undetermined_ms(self) -> int:
        """Of ours, what has no cause."""
        return sum(loss.lost_ms for loss in self.losses if loss.outage.cause in UNDETERMINED)

    @property
    def unseen_by_us(self) -> bool:
        """Do they report more than we saw?"""
        pct, ms = self.more_pct, self.more_ms
        return ms > 0 if ms is not None else pct is not None and pct < 0

    @property
    def differs(self) -> bool:
        return bool(self.more_pct or self.more_ms)


def compared(document: Document, figures: Sequence[OtherFigure]) -> tuple[Compared, ...]:
    """By source, those that differ most first; what we do not know last."""
    rows = {(row.kind, row.id): row for row in (*document.things, *document.providers)}
    found = [_compared(one, rows.get((one.kind, one.key))) for one in figures]  # type: ignore[arg-type]
    return tuple(sorted(found, key=_order))


def _compared(figure: OtherFigure, row: Row | None) -> Compared:
    if row is None or not row.sums.measured:
        return Compared(figure=figure, row=row, ours_pct=None, ours_ms=None, losses=())
    split, own = row.sums.split, judged_by_availability(row.kind)
    figures = row.sums.figures
    losses = [loss for loss in row.sums.losses if loss.own or not own]
    return Compared(
        figure=figure,
        row=row,
        ours_pct=figures.availability_pct if own else figures.service_pct,
        ours_ms=split.down_ms if own else split.lost_ms,
        losses=tuple(sorted(losses, key=lambda loss: (-loss.lost_ms, loss.outage.id))),
    )


def _order(one: Compared) -> tuple[str, bool, float, float, str]:
    known = one.row is not None
    return (
        one.figure.source,
        not known,
        -abs(one.more_pct or 0.0),
        -abs(one.more_ms or 0),
        one.figure.named,
    )

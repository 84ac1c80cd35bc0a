"""Reads the figures that another side reported, as they stand or stood."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from store.period import OtherFigure
from store.spoken import other_figure
from store.states import Kind
from store.tables import thing


def other_figures(
    conn: Connection, from_ms: int, to_ms: int, as_of_ms: int | None = None
) -> tuple[OtherFigure, ...]:
    """Those of exactly this period, as they stood at that moment; None: as they stand."""
    mine = (other_figure.c.period_from == from_ms) & (other_figure.c.period_to == to_ms)
    stood: ColumnElement[bool] = other_figure.c.replaced.is_(None)
    if as_of_ms is not None:
        known = other_figure.c.entered <= as_of_ms
        stood = known & or_(stood, other_figure.c.replaced > as_of_ms)
    rows = conn.execute(named(mine, stood))
    return tuple(sorted(map(figure, rows), key=_place))


def kept_figures(conn: Connection) -> tuple[OtherFigure, ...]:
    """All that stand, the latest periods first."""
    rows = conn.execute(named(other_figure.c.replaced.is_(None)))
    return tuple(sorted(map(figure, rows), key=lambda one: (-one.to_ms, *_place(one))))


def named(*where: Any) -> Any:
    """Rows with what they are about; `figure` makes values of them."""
    return (
        select(other_figure, thing.c.kind, thing.c.key)
        .outerjoin(thing, thing.c.id == other_figure.c.thing_id)
        .where(*where)
    )


def _place(one: OtherFigure) -> tuple[str, bool, str, str, str]:
    """By source; what is not known here last."""
    return one.source, one.key is None, one.kind or "", one.key or "", one.named


def figure(row: Any) -> OtherFigure:
    return OtherFigure(
        id=row.id,
        source=row.source,
        from_ms=row.period_from,
        to_ms=row.period_to,
        named=row.named,
        thing_id=row.thing_id,
        kind=None if row.kind is None else Kind(row.kind),
        key=row.key,
        availability_pct=row.availability_pct,
        down_ms=row.down_ms,
        note=row.note,
        entered_ms=row.entered,
        author=row.author,
    )

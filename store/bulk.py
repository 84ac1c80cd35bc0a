"""Runs one statement for many rows without the work per row: a storm has 100,000 of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Table, Update, func, insert, select
from sqlalchemy.engine.interfaces import Dialect

Rows = Sequence[dict[str, Any]]


def run_many(conn: Connection, statement: Insert | Update, rows: Rows) -> None:
    """Every row has the same keys and plain values: no enum, JSON as text; no constant in it."""
    if not rows:
        return
    text, order = _compiled(conn.dialect, statement, tuple(rows[0]))
    if order is None:
        conn.exec_driver_sql(text, list(rows))
    else:
        pick = itemgetter(*order)
        conn.exec_driver_sql(text, [pick(row) for row in rows])


def insert_numbered(conn: Connection, table: Table, rows: Rows) -> list[int]:
    """Insert rows of one poller whose `seq` rises, and give the new ids in that order."""
    if not rows:
        return []
    run_many(conn, _insert(table), rows)
    first, last = rows[0], rows[-1]
    ours = (table.c.poller == first["poller"], table.c.seq.between(first["seq"], last["seq"]))
    low, high = conn.execute(select(func.min(table.c.id), func.max(table.c.id)).where(*ours)).one()
    if high - low + 1 == len(rows):  # nobody wrote between them, so they rise as `seq` does
        return list(range(low, high + 1))
    return list(conn.execute(select(table.c.id).where(*ours).order_by(table.c.seq)).scalars())


@lru_cache(maxsize=32)
def _insert(table: Table) -> Insert:
    return insert(table)


@lru_cache(maxsize=64)
def _compiled(
    dialect: Dialect, statement: Insert | Update, keys: tuple[str, ...]
) -> tuple[str, tuple[str, ...] | None]:
    """The statement as the driver takes it, and the order of its values where they have no name."""
    columns = list(keys) if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    order: Sequence[str] | None = getattr(compiled, "positiontup", None)
    return str(compiled), None if order is None else tuple(order)

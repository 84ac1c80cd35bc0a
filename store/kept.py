"""Keeps the chain of a signature in the record, and gives it back."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from store.chain import Chain, Item
from store.spoken import signed_item


class Kept(NamedTuple):
    item: Item
    chained: str


def keep(conn: Connection, signoff_id: int, chain: Chain) -> None:
    rows: list[dict[str, Any]] = [
        {
            "signoff_id": signoff_id,
            "place": place,
            "what": item.what,
            "name": item.name,
            "sha256": item.sha256,
            "chained": chained,
            "rows": zlib.compress(json.dumps(item.rows, separators=(",", ":")).encode(), 1),
        }
        for place, (item, chained) in enumerate(zip(*chain, strict=True))
    ]
    conn.execute(insert(signed_item), rows)


def kept(conn: Connection, signoff_id: int) -> list[Kept]:
    """In the order in which they were chained."""
    mine = signed_item.c.signoff_id == signoff_id
    wanted = select(signed_item).where(mine).order_by(signed_item.c.place, signed_item.c.id)
    return [
        Kept(Item(row.what, row.name, row.sha256, _rows(row.rows)), row.chained)
        for row in conn.execute(wanted)
    ]


def _rows(body: bytes) -> tuple[tuple[int, str], ...]:
    try:
        return tuple((number, short) for number, short in json.loads(zlib.decompress(body)))
    except (zlib.error, ValueError, TypeError):
        return ()  # somebody wrote over it: the item's own hash decides

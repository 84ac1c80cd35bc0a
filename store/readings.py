"""Reads a period from the record: whole for its report, or splits alone to compare with."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from store.histories import Asked, coverage_of, histories
from store.maps import Maps
from store.outages import touching
from store.period import Period, letterhead
from store.states import Kind
from store.tables import record
from store.windows import late_works


def read_period(
    conn: Connection,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    *,
    as_of_ms: int | None = None,
    on_today: bool = False,
    only: frozenset[Kind] | None = None,
) -> Period:
    """`only`: these kinds, for the splits of their time; outages that change none are left out."""
    head = conn.execute(select(record)).one()
    zone = head.network.get("timezone", "UTC")
    splits = only is not None
    by_thing = touching(conn, from_ms, to_ms, as_of_ms=as_of_ms, retold_only=splits)
    end = max(from_ms + 1, min(to_ms, now_ms))  # of what is over
    asked = Asked(from_ms, end, ZoneInfo(zone), as_of_ms)
    maps = Maps(conn, as_of_ms=as_of_ms)
    told = maps.of(now_ms) if on_today else maps
    return Period(
        from_ms=from_ms,
        to_ms=to_ms,
        now_ms=now_ms,
        network=head.network.get("name", ""),
        timezone=zone,
        language=head.network.get("language", "vi"),
        histories=histories(conn, asked, maps, by_thing, told, only),
        coverage=coverage_of(conn, from_ms, to_ms).get(None, ()),
        as_of_ms=as_of_ms,
        late_works=late_works(conn, from_ms, to_ms, asked.zone, as_of_ms=as_of_ms),
        maps=told.parts((from_ms, end)),
        on_today=on_today,
        letterhead=letterhead(head.network),
    )

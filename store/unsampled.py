"""The links of a record of which nothing was ever sampled: nobody waits for numpy to tell that."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from inventory.moments import whole_days
from store import sample_file
from store.lines import EndLights
from store.link_ends import bare, stood_links
from store.traffic import Traffic


def never_sampled(conn: Connection) -> bool:
    return not sample_file.exists(sample_file.place(conn.engine.url))


def unsampled(conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo) -> Traffic:
    links = stood_links(conn, from_ms, to_ms)
    days = len(whole_days(from_ms, to_ms, zone)) - 1
    return Traffic(days=days, kept_from_ms=None, links=tuple(bare(link, to_ms) for link in links))


def unlit() -> EndLights:
    return EndLights(ends=(), without_limit=0)

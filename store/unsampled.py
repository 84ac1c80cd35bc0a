"""The links of a record of which nothing was ever sampled: nobody waits for numpy to tell that."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from inventory.moments import midnight
from store import sample_file
from store.lines import EndLights
from store.link_ends import SIDES, StoodLink, stood_links
from store.traffic import LinkTraffic, Traffic


def never_sampled(conn: Connection) -> bool:
    return not sample_file.exists(sample_file.place(conn.engine.url))


def unsampled(conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo) -> Traffic:
    links = stood_links(conn, from_ms, to_ms)
    days = len(whole_days(from_ms, to_ms, zone)) - 1
    return Traffic(days=days, kept_from_ms=None, links=tuple(bare(link, to_ms) for link in links))


def unlit() -> EndLights:
    return EndLights(ends=(), without_limit=0)


def bare(link: StoodLink, to_ms: int) -> LinkTraffic:
    port = next((link.ports[side] for side in SIDES if side in link.ports), None)
    return LinkTraffic(
        thing_id=link.thing_id,
        key=link.key,
        a_site_id=link.a_site_id,
        b_site_id=link.b_site_id,
        capacity_mbps=link.capacity_mbps(to_ms) or None,
        device=port and port.device,
        interface=port and port.interface,
    )


def whole_days(from_ms: int, to_ms: int, zone: ZoneInfo, before: int = 0) -> list[int]:
    """Where the whole local days in [from, to) begin, and so many days `before` them; then the end
    of the last."""
    first = _whole_day(from_ms, zone)
    starts = [midnight(first - timedelta(days=n), zone) for n in range(before, -1, -1)]
    at = first + timedelta(days=1)
    while (end := midnight(at, zone)) <= to_ms:
        starts.append(end)
        at += timedelta(days=1)
    return starts


def _whole_day(at_ms: int, zone: ZoneInfo) -> date:
    """The first local day that begins at that moment or later."""
    when = datetime.fromtimestamp(at_ms / 1000, zone).date()
    return when if midnight(when, zone) >= at_ms else when + timedelta(days=1)

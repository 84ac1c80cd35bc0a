"""When things were closed: their dated calendars over a period, in the network's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from inventory.model import Calendar
from inventory.opening import Opening
from store.dated_tables import AT, calendar_at
from store.intervals import END, clip, merge, subtract
from store.period import Interval
from store.states import Kind

_HAVE_CALENDARS = (Kind.SITE, Kind.DEVICE)


def opening(hours: Mapping[str, Any], zone: ZoneInfo) -> Opening:
    """The calendar that a dated row keeps as JSON."""
    calendar = Calendar(
        id="",
        week={day: _spells(spells) for day, spells in hours["week"].items()},
        days={date.fromisoformat(day): _spells(spells) for day, spells in hours["days"].items()},
        holidays=hours.get("holidays"),
    )
    return Opening(calendar, zone)


def _spells(spells: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((begin, end) for begin, end in spells)


def closed(
    conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo, reach: Mapping[int, int]
) -> dict[int, tuple[Interval, ...]]:
    """Thing → its closed time in [from, to), for each that has a calendar of its own then.

    `reach`: things that are wanted from an earlier moment on.
    """
    worn: list[Any] = []
    for kind in _HAVE_CALENDARS:
        rows = AT[kind]
        columns = (rows.c.thing_id, rows.c.valid_from, rows.c.valid_to, rows.c.calendar_id)
        has_one = rows.c.calendar_id.is_not(None)
        worn += conn.execute(select(*columns).where(has_one, _touches(rows, from_ms, to_ms)))
    if not worn:
        return {}
    early = min(from_ms, *(reach.get(row.thing_id, from_ms) for row in worn))
    shut = _closed_by_calendar(conn, from_ms, to_ms, zone)
    long = _closed_by_calendar(conn, early, to_ms, zone) if early < from_ms else shut
    found: dict[int, tuple[Interval, ...]] = {}
    for row in worn:
        start = reach.get(row.thing_id, from_ms)
        mine = (shut if start >= from_ms else long).get(row.calendar_id, ())
        held = max(row.valid_from, start), min(_end(row.valid_to), to_ms)
        if held != (from_ms, to_ms):
            mine = tuple(clip(mine, held))
        found[row.thing_id] = (*found[row.thing_id], *mine) if row.thing_id in found else mine
    return found


def _closed_by_calendar(
    conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo
) -> dict[int, tuple[Interval, ...]]:
    rows = calendar_at
    found: dict[int, list[Interval]] = {}
    for row in conn.execute(select(rows).where(_touches(rows, from_ms, to_ms))):
        begin, end = max(row.valid_from, from_ms), min(_end(row.valid_to), to_ms)
        shut = subtract([(begin, end)], opening(row.hours, zone).open_spells(begin, end))
        found.setdefault(row.thing_id, []).extend(shut)
    return {calendar: tuple(merge(shut)) for calendar, shut in found.items()}


def _touches(rows: Any, from_ms: int, to_ms: int) -> Any:
    return (rows.c.valid_from < to_ms) & or_(rows.c.valid_to.is_(None), rows.c.valid_to > from_ms)


def _end(moment: int | None) -> int:
    return END if moment is None else moment

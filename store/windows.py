"""Planned work as time: which moments of a window count, once or recurring, and for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, rrule, rruleset, rrulestr
from sqlalchemy import Connection, or_, select

from inventory.moments import local
from store.intervals import END, clip, merge, total
from store.period import History, Interval, LateWork
from store.spoken import maintenance
from store.states import Kind, State
from store.tables import thing

_UNTIL = re.compile(r"UNTIL=(\d{8})(?:T(\d{6})(Z)?)?", re.IGNORECASE)
_DAY = timedelta(days=1)
_LOST = (State.UNREACHABLE, State.DOWN)  # a site is down with its own gateway as root


def occurrences(
    row: Any, from_ms: int, to_ms: int, zone: ZoneInfo, *, as_of_ms: int | None = None
) -> list[Interval]:
    """The counted time of a row of `maintenance` that touches [from, to), whole windows, sorted.

    A window counts from its entry, or from its start where a second person approved it. Cancelled
    work ends there, and what would begin later does not happen. `as_of_ms` forgets what people
    said after that moment.
    """

    def known(moment: int | None) -> bool:
        return moment is not None and (as_of_ms is None or moment <= as_of_ms)

    if not known(row.entered):
        return []
    approved = row.approved_by is not None and (as_of_ms is None or known(row.approved))
    found = []
    first = row.started, row.ended
    for begin, end in repeated(first, row.rrule, from_ms, to_ms, zone):
        if not approved:
            begin = max(begin, row.entered)
        if known(row.cancelled):
            end = min(end, row.cancelled)
        if begin < end and begin < to_ms and end > from_ms:
            found.append((begin, end))
    return found


def recurrence(text: str, first: datetime) -> rrule:
    """An RFC 5545 rule from `first`, a naive local time; ValueError says what is wrong.

    Occurrences keep their wall time when the clocks change; UNTIL is local, or UTC with a Z.
    """
    rule = rrulestr(text, dtstart=first)
    if isinstance(rule, rruleset):
        raise ValueError("one rule is wanted, not several")
    if rule._freq > DAILY:  # type: ignore[attr-defined]
        raise ValueError("work recurs by the day, week, month or year")
    return rule


def local_rule(text: str, first_ms: int, zone: ZoneInfo) -> rrule:
    """The rule of a window whose first start is a moment."""

    def until(found: re.Match[str]) -> str:
        day, time, utc = found.groups()
        if time is None:  # a day is meant whole
            return f"UNTIL={day}T235959"
        if utc is None:
            return f"UNTIL={day}T{time}"
        last = datetime.strptime(day + time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return f"UNTIL={last.astimezone(zone):%Y%m%dT%H%M%S}"

    return recurrence(_UNTIL.sub(until, text), _wall(first_ms, zone))


def repeated(
    first: Interval, rrule: str | None, from_ms: int, to_ms: int, zone: ZoneInfo
) -> Iterator[Interval]:
    """Planned windows as they were meant: the only one, or those of a rule about [from, to)."""
    if rrule is None:
        yield first
        return
    started, ended = first
    lasts_ms = ended - started
    rule = local_rule(rrule, started, zone)
    rest_ms = started % 1000  # rules know whole seconds
    early = _wall(from_ms - lasts_ms, zone) - _DAY
    for wall in rule.between(early, _wall(to_ms, zone) + _DAY, inc=True):
        begin = int(wall.replace(tzinfo=zone).timestamp()) * 1000 + rest_ms
        yield begin, begin + lasts_ms


def _wall(at_ms: int, zone: ZoneInfo) -> datetime:
    return local(at_ms, zone).replace(tzinfo=None, microsecond=0)


def planned(
    conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo, *, as_of_ms: int | None = None
) -> dict[int, list[Interval]]:
    """Scope (a thing id) → the counted windows that touch [from, to)."""
    wanted = select(maintenance).where(
        maintenance.c.started < to_ms,
        or_(maintenance.c.rrule.is_not(None), maintenance.c.ended > from_ms),
    )
    found: dict[int, list[Interval]] = {}
    for row in conn.execute(wanted.order_by(maintenance.c.id)):
        if windows := occurrences(row, from_ms, to_ms, zone, as_of_ms=as_of_ms):
            found.setdefault(row.thing_id, []).extend(windows)
    return found


def late_works(
    conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo, *, as_of_ms: int | None = None
) -> tuple[LateWork, ...]:
    """What was entered after its start and touches [from, to), in the order of its start."""
    wanted = (
        select(maintenance, thing.c.kind, thing.c.key)
        .join(thing, thing.c.id == maintenance.c.thing_id)
        .where(maintenance.c.entered > maintenance.c.started, maintenance.c.started < to_ms)
        .order_by(maintenance.c.started, maintenance.c.id)
    )
    found = []
    for row in conn.execute(wanted):
        period = from_ms, to_ms
        first = row.started, row.ended
        meant = clip(merge(repeated(first, row.rrule, *period, zone)), period)
        if not meant or (as_of_ms is not None and row.entered > as_of_ms):
            continue
        counted = clip(merge(occurrences(row, *period, zone, as_of_ms=as_of_ms)), period)
        known = as_of_ms is None or row.approved is None or row.approved <= as_of_ms
        found.append(
            LateWork(
                kind=Kind(row.kind),
                key=row.key,
                from_ms=row.started,
                to_ms=row.ended,
                entered_ms=row.entered,
                author=row.author,
                reason=row.reason,
                approved_by=row.approved_by if known else None,
                meant_ms=total(meant),
                counted_ms=total(counted),
            )
        )
    return tuple(found)


def behind_roots(histories: Sequence[History]) -> tuple[History, ...]:
    """What stands behind a root that is inside its own window is in maintenance with it."""
    windows = {h.thing_id: merge(h.maintenance) for h in histories if h.maintenance}
    return tuple(_behind(history, windows) for history in histories) if windows else (*histories,)


def _behind(history: History, windows: Mapping[int, list[Interval]]) -> History:
    shared: list[Interval] = []
    for state, begin, end, root in history.spans:
        if state in _LOST and root is not None and root in windows:
            shared += clip(windows[root], (begin, END if end is None else end))
    if not shared:
        return history
    return replace(history, maintenance=tuple(merge((*history.maintenance, *shared))))


def scopes(
    thing_id: int,
    site_id: int | None,
    unit_id: int | None,
    parents: Mapping[int, int | None],
) -> tuple[int, ...]:
    """Whose windows hold for a thing: its own, its site's, those of its unit and all above."""
    found = [thing_id]
    if site_id is not None and site_id != thing_id:
        found.append(site_id)
    while unit_id is not None and unit_id not in found:
        found.append(unit_id)
        unit_id = parents.get(unit_id)
    return tuple(found)

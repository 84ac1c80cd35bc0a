"""What happened last, newest first: roots, what people said of them, what the monitor saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from store.corrected import interval
from store.happening import Happening
from store.outages import NAMED, outage_rows
from store.questions import OutageRow
from store.states import ROOT_KINDS, State
from store.tables import event, outage, thing

LOOKED_AT = 50_000  # events; in a storm most are of what lies behind a root
CONFIRMED_MS = 15 * 60_000  # as late as that a turn may be written down
_STATES = {f"state.{state}": state for state in (State.DOWN, State.DEGRADED, State.UP)}
_SAID = (
    "acknowledged",
    "ack_withdrawn",
    "ack_expired",
    "noted",
    "corrected",
    "declared",
    "maintenance_planned",
    "maintenance_cancelled",
    "maintenance_approved",
)
_TEXTS = ("text", "note", "reason", "error")
_MONITOR = ("blind", "sight", "channel_failed", "channel_back")


def happenings(
    conn: Connection, from_ms: int, limit: int, *, until_ms: int | None = None
) -> tuple[Happening, ...]:
    """At most `limit` since a moment; `until_ms`: up to another, as roots are known now."""
    newest = conn.execute(select(func.max(event.c.id))).scalar() or 0
    of_roots: ColumnElement[bool] = and_(
        event.c.kind.in_(_STATES), outage.c.root_thing_id.is_(None), thing.c.kind.in_(ROOT_KINDS)
    )
    others: ColumnElement[bool] = event.c.kind.in_((*_SAID, *_MONITOR))
    if until_ms is not None:
        newest = _last_before(conn, newest, until_ms + CONFIRMED_MS)
        turned = case((event.c.kind == "state.up", outage.c.first_good), else_=outage.c.first_bad)
        of_roots = and_(of_roots, turned <= until_ms)
        others = and_(others, event.c.at <= until_ms)
    wanted = (
        select(event, outage.c.first_bad)
        .outerjoin(outage, outage.c.id == event.c.outage_id)
        .outerjoin(thing, thing.c.id == event.c.thing_id)
        .where(event.c.id > newest - LOOKED_AT, event.c.id <= newest, event.c.at >= from_ms)
        .where(or_(others, of_roots))
        .order_by(event.c.id.desc())
        .limit(limit)
    )
    rows = conn.execute(wanted).all()
    ids = {row.outage_id for row in rows} - {None}
    about = NAMED.where(outage.c.id.in_(ids))
    outages = outage_rows(conn, about, as_of_ms=until_ms, facts_of_now=True) if ids else ()
    by_id = {one.id: one for one in outages}
    told = [one for row in rows if (one := _told(row, by_id)) is not None]
    if until_ms is not None:  # it grew worse later, or people said that it was later
        told = [one for one in told if one.at_ms <= until_ms]
    return tuple(sorted(told, key=lambda one: (one.at_ms, one.id), reverse=True))


def _told(row: Any, outages: Mapping[int, OutageRow]) -> Happening | None:
    """None: of an outage that a person took back."""
    about = outages.get(row.outage_id)
    kind, at_ms, state, body = row.kind, row.at, _STATES.get(row.kind), row.body or {}
    if state is not None:
        begin, end = interval(about) if about is not None else (0, 0)
        if begin >= end:
            return None
        at_ms = body.get("since", at_ms)
        kind = "began" if at_ms <= row.first_bad else "changed"
        at_ms = begin if kind == "began" else at_ms
        kind, at_ms = ("ended", end) if state is State.UP else (kind, at_ms)
    text = next(filter(None, map(body.get, _TEXTS)), None)
    return Happening(
        id=row.id,
        at_ms=at_ms,
        kind=kind,
        thing_id=row.thing_id,
        outage=about,
        state=state,
        actor=body.get("actor") or body.get("channel"),
        text=text if state is None and isinstance(text, str) else None,
    )


def _last_before(conn: Connection, newest: int, until_ms: int) -> int:
    """The last event up to a moment: they are written in the order of their ids."""
    low, high = 0, newest
    while low < high:
        middle = (low + high + 1) // 2
        near = select(event.c.at).where(event.c.id <= middle).order_by(event.c.id.desc()).limit(1)
        at_ms = conn.execute(near).scalar()
        low, high = (middle, high) if at_ms is None or at_ms <= until_ms else (low, middle - 1)
    return low

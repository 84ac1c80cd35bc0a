"""Maintenance as people speak of it: planned, cancelled, approved by a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from store.period import Interval
from store.speech import Outcome, Refused, Word, find_thing, implausible, key_of, refused
from store.spoken import maintenance
from store.states import Kind
from store.tables import live, record, thing
from store.windows import local_rule, repeated

SCOPES = (Kind.UNIT, Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
RULE_LENGTH = 200  # of maintenance.rrule
LOOKED_AT = 400  # occurrences of a rule that are compared with the length of its window


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One planned window, or the first of those that recur. Times are UTC milliseconds."""

    id: int
    thing_id: int
    kind: Kind
    key: str
    name: str
    from_ms: int
    to_ms: int
    rrule: str | None
    author: str
    reason: str
    source: str  # person, sites.toml, import
    entered_ms: int
    approved_by: str | None
    approved_ms: int | None
    cancelled_ms: int | None

    @property
    def late(self) -> bool:
        """Entered after its start: it counts from its entry until a second person approves."""
        return self.entered_ms > self.from_ms

    @property
    def counts_from_ms(self) -> int:
        return self.from_ms if self.approved_by else max(self.from_ms, self.entered_ms)

    def window_at(self, at_ms: int, zone: ZoneInfo) -> Interval | None:
        """That of its windows which covers a moment; cancelled work has none any more."""
        if self.cancelled_ms is not None:
            return None
        first = self.from_ms, self.to_ms
        windows = repeated(first, self.rrule, at_ms, at_ms + 1, zone)
        return next((one for one in windows if one[0] <= at_ms < one[1]), None)


def works(conn: Connection) -> tuple[Work, ...]:
    """Every window on record, the latest first."""
    wanted = (
        select(maintenance, thing.c.kind, thing.c.key, live.c.name)
        .join(thing, thing.c.id == maintenance.c.thing_id)
        .outerjoin(live, live.c.thing_id == maintenance.c.thing_id)
        .order_by(maintenance.c.started.desc(), maintenance.c.id.desc())
    )
    return tuple(
        Work(
            id=row.id,
            thing_id=row.thing_id,
            kind=Kind(row.kind),
            key=row.key,
            name=row.name or row.key,
            from_ms=row.started,
            to_ms=row.ended,
            rrule=row.rrule,
            author=row.author,
            reason=row.reason,
            source=row.source,
            entered_ms=row.entered,
            approved_by=row.approved_by,
            approved_ms=row.approved,
            cancelled_ms=row.cancelled,
        )
        for row in conn.execute(wanted)
    )


def plan(
    conn: Connection,
    word: Word,
    thing_id: int,
    *,
    from_ms: int,
    to_ms: int,
    reason: str,
    rrule: str | None,
    late: bool,
) -> Outcome:
    """A window, once or recurring; entered after its start it counts from its entry."""
    if wrong := implausible(from_ms, to_ms):
        return wrong
    if to_ms <= from_ms:
        return refused("work_ends_first")
    if not reason.strip():
        return refused("work_reason")
    there = find_thing(conn, thing_id)
    if isinstance(there, Refused):
        return there
    if there.kind not in SCOPES:
        return refused("work_kind", kind=there.kind, kinds=", ".join(SCOPES))
    if there.retired is not None and there.retired <= from_ms:
        return refused("work_retired", kind=there.kind, key=there.key)
    last_ms: int | None = to_ms
    if rrule is not None:
        checked = _recurring(rrule, from_ms, to_ms - from_ms, zone_of(conn))
        if isinstance(checked, Refused):
            return checked
        last_ms = checked.last_ms
    if last_ms is not None and last_ms <= word.now_ms and not late:
        return refused("work_past")
    said = {"started": from_ms, "ended": to_ms, "reason": reason, "rrule": rrule}
    stamp = {"entered": word.now_ms, "revision": word.revision}
    values = {"thing_id": thing_id, "author": word.actor} | said | stamp
    row_id = key_of(conn.execute(insert(maintenance).values(**values)))
    detail = {"from": from_ms, "to": to_ms, "reason": reason, "rrule": rrule, "id": row_id}
    word.leave(conn, "maintenance", "maintenance_planned", detail, thing_id=thing_id)
    if from_ms < word.now_ms:
        return word.done(
            row_id,
            "entered after its start: it counts from now; a second person can approve what came"
            f" before with `canh maintenance approve {row_id}`",
        )
    return word.done(row_id)


def cancel(conn: Connection, word: Word, work_id: int) -> Outcome:
    """What has passed of it stays; nothing of it counts from now on."""
    row = _find(conn, work_id)
    if isinstance(row, Refused):
        return row
    if row.cancelled is not None:
        return refused("work_cancelled", id=work_id)
    if row.rrule is None and row.ended <= word.now_ms:
        return refused("work_over", id=work_id)
    _change(conn, word, work_id, cancelled=word.now_ms)
    detail = {"id": work_id}
    word.leave(conn, "cancel_maintenance", "maintenance_cancelled", detail, thing_id=row.thing_id)
    return word.done(work_id)


def approve(conn: Connection, word: Word, work_id: int) -> Outcome:
    """A second person vouches for work that was entered after its start: all of it counts."""
    row = _find(conn, work_id)
    if isinstance(row, Refused):
        return row
    if row.approved_by is not None:
        return refused("work_approved", id=work_id, who=row.approved_by)
    if row.entered <= row.started:
        return refused("work_announced", id=work_id)
    if row.author.casefold() == word.actor.casefold():
        return refused("work_own", id=work_id)
    _change(conn, word, work_id, approved_by=word.actor, approved=word.now_ms)
    detail = {"id": work_id, "author": row.author, "entered": row.entered}
    word.leave(conn, "approve_maintenance", "maintenance_approved", detail, thing_id=row.thing_id)
    return word.done(work_id)


def zone_of(conn: Connection) -> ZoneInfo:
    """The zone in which the network keeps its days."""
    about: dict[str, Any] = conn.execute(select(record.c.network)).scalar_one()
    return ZoneInfo(about.get("timezone", "UTC"))


@dataclass(frozen=True, slots=True)
class _Rule:
    last_ms: int | None  # when its last window ends; None: it goes on


def _recurring(text: str, from_ms: int, lasts_ms: int, zone: ZoneInfo) -> _Rule | Refused:
    """A rule that can be kept: it happens, and no window begins before the last one ended."""
    if len(text) > RULE_LENGTH:
        return refused("rule_long", most=RULE_LENGTH)
    try:
        rule = local_rule(text, from_ms, zone)
        starts = list(islice(rule, LOOKED_AT))
    except (ValueError, TypeError, OverflowError, AttributeError):
        return refused("rule_none", rule=text)
    if not starts:
        return refused("rule_never", rule=text)
    shortest = min((b - a for a, b in pairwise(starts)), default=None)
    if shortest is not None and timedelta(milliseconds=lasts_ms) > shortest:
        return refused("rule_short", hours=f"{shortest / timedelta(hours=1):g}")
    if starts[0] != datetime.fromtimestamp(from_ms // 1000, zone).replace(tzinfo=None):
        return refused("rule_first", first=str(starts[0]))
    if len(starts) == LOOKED_AT:
        return _Rule(None)
    last = starts[-1].replace(tzinfo=zone)
    return _Rule(int(last.timestamp() * 1000) + lasts_ms)


def _find(conn: Connection, work_id: int) -> Any:
    row = conn.execute(select(maintenance).where(maintenance.c.id == work_id)).first()
    return row if row is not None else refused("no_work", id=work_id)


def _change(conn: Connection, word: Word, work_id: int, **values: Any) -> None:
    here = maintenance.c.id == work_id
    conn.execute(update(maintenance).where(here).values(revision=word.revision, **values))

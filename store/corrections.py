"""What people say of outages afterwards: corrected fields, and outages that nobody could see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, or_, select

from inventory.causes import CAUSES, SIDES
from inventory.moments import local
from store.corrected import FACTS, FIELDS, interval
from store.histories import coverage_of
from store.intervals import END, clip, intersect, merge
from store.outages import NAMED, outage_rows
from store.period import Interval
from store.questions import OutageRow
from store.speech import (
    Done,
    Outcome,
    Refused,
    Word,
    find_outage,
    find_thing,
    implausible,
    key_of,
    refused,
)
from store.spoken import correction, note
from store.stated import TIMES
from store.states import OUTAGE_STATES, Kind, State
from store.tables import outage, span, thing
from store.works import zone_of

PERSON = "person"  # the poller of what a person declared
STATES = (*sorted(OUTAGE_STATES), State.UP)  # up: it was no outage after all
DECLARED_KINDS = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
SHOWN_PARTS = 5

Changes = Mapping[str, str | int | None]


def correct(
    conn: Connection,
    word: Word,
    outage_id: int,
    changes: Changes,
    *,
    reason: str,
    expected: int,
) -> Outcome:
    """One row a changed field, with what stood there before; the first record stays.

    `started` and `ended` are UTC milliseconds, `provider` is an id of sites.toml or None.
    """
    found = find_outage(conn, outage_id, expected)
    if isinstance(found, Refused):
        return found
    [row] = outage_rows(conn, NAMED.where(outage.c.id == outage_id))
    before = _values(conn, row, found.provider_id)
    new = {
        name: value
        for name, value in changes.items()
        if before.get(name, "") != value or _confirms(row, name, value)
    }
    if wrong := _refused(conn, row, changes, new, reason, word.now_ms):
        return wrong
    said = {"author": word.actor, "reason": reason, "entered": word.now_ms}
    made = 0
    for name, value in new.items():
        told = {"field": name, "old": _text(before.get(name)), "new": _text(value)}
        made = key_of(conn.execute(insert(correction).values(outage_id=outage_id, **told, **said)))
    word.raise_outage(conn, outage_id, row.thing_id)
    detail = {"reason": reason, "new": dict(new), "old": {name: before.get(name) for name in new}}
    about = {"thing_id": row.thing_id, "outage_id": outage_id}
    word.leave(conn, "correct", "corrected", detail, **about)
    return word.done(
        made, *([_left_behind(conn, row)] if row.members and new.keys() & FACTS else [])
    )


def _left_behind(conn: Connection, row: OutageRow) -> str:
    """Those behind a root keep their own times and states, whatever is said of it."""
    wanted = select(func.min(outage.c.id)).where(outage.c.root_id == row.id)
    first = conn.execute(wanted).scalar()
    return (
        f"outages behind outage {row.id}: {row.members}; they stay as they are. Each is corrected"
        f" alone, `canh correct {first} …`; `canh show outage:{row.id} --json` has their numbers"
    )


def declare(
    conn: Connection,
    word: Word,
    thing_id: int,
    *,
    from_ms: int,
    to_ms: int,
    state: str,
    cause: str | None,
    provider: str | None,
    reason: str,
) -> Outcome:
    """An outage that the monitor could not see; refused where it was watching."""
    there = find_thing(conn, thing_id)
    if isinstance(there, Refused):
        return there
    if wrong := _undeclarable(there, from_ms, to_ms, state, cause, reason, word.now_ms):
        return wrong
    provider_id = _provider_id(conn, provider)
    if isinstance(provider_id, Refused):
        return provider_id
    zone = zone_of(conn)
    if seen := watched(conn, thing_id, (from_ms, to_ms)):
        parts = ", ".join(_shown(part, zone) for part in seen[:SHOWN_PARTS])
        more = f", … (+{len(seen) - SHOWN_PARTS})" if len(seen) > SHOWN_PARTS else ""
        return refused("declare_watched", key=there.key, parts=parts + more)
    if other := _overlap(conn, thing_id, (from_ms, to_ms), None, zone):
        return other
    made = conn.execute(
        insert(outage).values(
            thing_id=thing_id,
            state=state,
            first_bad=from_ms,
            last_bad=to_ms - 1,
            first_good=to_ms,
            provider_id=provider_id,
            cause=cause,
            reason="declared",
            declared=True,
            entered=word.now_ms,
            poller=PERSON,
            seq=_next_seq(conn),
            revision=word.revision,
        )
    )
    outage_id = key_of(made)
    why = {"author": word.actor, "text": reason, "entered": word.now_ms}
    conn.execute(insert(note).values(thing_id=thing_id, outage_id=outage_id, **why))
    detail = {"from": from_ms, "to": to_ms, "state": state, "cause": cause, "reason": reason}
    word.leave(conn, "declare", "declared", detail, thing_id=thing_id, outage_id=outage_id)
    return Done(word.revision, outage_id)


def watched(conn: Connection, thing_id: int, window: Interval) -> list[Interval]:
    """When the thing was really seen in the window: covered, and of a known state."""
    covered = coverage_of(conn, *window)
    mine = clip(merge([*covered.get(None, ()), *covered.get(thing_id, ())]), window)
    rows = conn.execute(
        select(span.c.started, span.c.ended).where(
            span.c.thing_id == thing_id,
            span.c.started < window[1],
            or_(span.c.ended.is_(None), span.c.ended > window[0]),
            span.c.state.not_in((State.UNKNOWN, State.NOT_MONITORED)),
        )
    )
    known = merge((row.started, END if row.ended is None else row.ended) for row in rows)
    return intersect(mine, known)


def _confirms(row: OutageRow, name: str, value: str | int | None) -> bool:
    """Does a person say what the monitor proposes? From then on it is that person's word."""
    own = bool(row.cause_reasons) and name not in row.corrected
    return own and name in ("cause", "side") and value is not None


def _refused(
    conn: Connection,
    row: OutageRow,
    changes: Changes,
    new: Changes,
    reason: str,
    now_ms: int,
) -> Refused | None:
    """Why the corrections cannot stand; None: they can."""
    if not reason.strip():
        return refused("correction_reason")
    if unknown := [name for name in changes if name not in FIELDS]:
        return refused("correction_field", field=unknown[0], known=", ".join(FIELDS))
    if not new:
        return refused("correction_same", id=row.id)
    return _wrong_word(conn, new) or _wrong_time(row, new, now_ms) or _collides(conn, row, new)


def _wrong_word(conn: Connection, new: Changes) -> Refused | None:
    known = {"cause": CAUSES, "side": SIDES, "state": STATES}
    for name, words in known.items():
        if name in new and new[name] not in words:
            return _no_word(name, new[name], words)
    if "provider" in new:
        named_one = new["provider"]
        found = _provider_id(conn, None if named_one is None else str(named_one))
        if isinstance(found, Refused):
            return found
    return None


def _wrong_time(row: OutageRow, new: Changes, now_ms: int) -> Refused | None:
    started, ended = _meant(row, new)
    for name, value in new.items():
        if name not in TIMES:
            continue
        if not isinstance(value, int):
            return refused("correction_time", field=name)
        if wrong := implausible(value):
            return wrong
        if value > now_ms:
            return refused("correction_future", field=name)
    if row.first_good_ms is None and ("ended" in new or new.get("state") == State.UP):
        return refused("correction_open", id=row.id)
    return refused("outage_ends_first") if ended <= started else None


def _no_word(name: str, word: object, known: Iterable[str]) -> Refused:
    return refused("correction_word", field=name, word=str(word), known=", ".join(known))


def _collides(conn: Connection, row: OutageRow, new: Changes) -> Refused | None:
    """Corrected times must leave other outages of the thing alone."""
    if not new.keys() & {*TIMES, "state"} or new.get("state", row.state) == State.UP:
        return None
    return _overlap(conn, row.thing_id, _meant(row, new), row.id, zone_of(conn))


def _meant(row: OutageRow, new: Changes) -> Interval:
    open_end = END if row.first_good_ms is None else row.first_good_ms
    started, ended = new.get("started", row.first_bad_ms), new.get("ended", open_end)
    assert isinstance(started, int | str)
    assert isinstance(ended, int | str)
    return int(started), int(ended)


def _undeclarable(
    there: Any,
    from_ms: int,
    to_ms: int,
    state: str,
    cause: str | None,
    reason: str,
    now_ms: int,
) -> Refused | None:
    if there.kind not in DECLARED_KINDS:
        return refused("declare_kind", kind=there.kind, kinds=", ".join(DECLARED_KINDS))
    if not reason.strip():
        return refused("declare_reason")
    if state not in OUTAGE_STATES:
        return refused("declare_state", state=state, known=", ".join(sorted(OUTAGE_STATES)))
    if cause is not None and cause not in CAUSES:
        return _no_word("cause", cause, CAUSES)
    if wrong := implausible(from_ms, to_ms):
        return wrong
    if to_ms <= from_ms:
        return refused("outage_ends_first")
    if to_ms > now_ms:
        return refused("declare_future")
    return None


def _overlap(
    conn: Connection, thing_id: int, window: Interval, besides: int | None, zone: ZoneInfo
) -> Refused | None:
    """Another outage of the thing, as people see it now, in that time."""
    for row in outage_rows(conn, NAMED.where(outage.c.thing_id == thing_id)):
        begin, end = interval(row)
        if row.id != besides and begin < window[1] and end > window[0] and begin < end:
            when = _shown((begin, end), zone)
            return refused("outage_there", id=row.id, key=row.key, when=when)
    return None


def _values(conn: Connection, row: OutageRow, provider_id: int | None) -> dict[str, Any]:
    """What holds now, by the names of corrections; a provider by its id."""
    latest = (
        select(correction.c.new)
        .where(correction.c.outage_id == row.id, correction.c.field == "provider")
        .order_by(correction.c.id.desc())
        .limit(1)
    )
    corrected = conn.execute(latest).first()
    key = conn.execute(select(thing.c.key).where(thing.c.id == provider_id)).scalar()
    return {
        "cause": row.cause,
        "provider": corrected.new if corrected is not None else key or "",
        "side": row.side,
        "action": row.action,
        "note": row.note,
        "started": row.first_bad_ms,
        "ended": row.first_good_ms,
        "state": row.state.value,
    }


def _provider_id(conn: Connection, key: str | None) -> int | Refused | None:
    if key is None:
        return None
    wanted = select(thing.c.id).where(thing.c.kind == Kind.PROVIDER, thing.c.key == key)
    found: int | None = conn.execute(wanted.order_by(thing.c.id.desc())).scalar()
    return found if found is not None else refused("no_provider", key=key)


def _next_seq(conn: Connection) -> int:
    wanted = select(func.max(outage.c.seq)).where(outage.c.poller == PERSON)
    return (conn.execute(wanted).scalar() or 0) + 1


def _text(value: str | int | None) -> str | None:
    return None if value is None or value == "" else str(value)


def _shown(part: Interval, zone: ZoneInfo) -> str:
    begin, end = (
        "…" if at >= END else local(at, zone).isoformat(timespec="seconds") for at in part
    )
    return f"{begin} – {end}"

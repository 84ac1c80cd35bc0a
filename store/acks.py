"""Acknowledgements: somebody is on it, for an outage or its whole incident, until a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from store.speech import Outcome, Refused, Word, find_outage, implausible, key_of, refused
from store.spoken import ack
from store.tables import event, incident, live, outage

FEW = 400  # so many are asked for by name; beyond, everything is read
STORM = "storm"  # its roots have nothing to do with each other: each wants somebody of its own

_OWN = outage.alias("own")
_OF = func.coalesce(_OWN.c.incident_id, ack.c.incident_id)  # the incident of an acknowledgement
_SAID = (
    select(ack, _OF.label("incident"), incident.c.kind.label("incident_kind"))
    .join(_OWN, _OWN.c.id == ack.c.outage_id)
    .outerjoin(incident, incident.c.id == _OF)
    .order_by(ack.c.entered, ack.c.id)
)


@dataclass(frozen=True, slots=True)
class Ack:
    """The newest acknowledgement of an outage that was not withdrawn."""

    actor: str
    owner: str | None
    note: str | None
    entered_ms: int
    until_ms: int | None

    def holds(self, now_ms: int) -> bool:
        return self.until_ms is None or self.until_ms > now_ms


def acknowledge(
    conn: Connection,
    word: Word,
    outage_id: int,
    *,
    expected: int,
    note_text: str | None,
    owner: str | None,
    until_ms: int | None,
) -> Outcome:
    """The open outage leaves the count of those that need somebody; an earlier word is replaced."""
    row = find_outage(conn, outage_id, expected)
    if isinstance(row, Refused):
        return row
    if row.first_good is not None:
        return refused("over", id=outage_id)
    if wrong := implausible(until_ms):
        return wrong
    if until_ms is not None and until_ms <= word.now_ms:
        return refused("until_past")
    shared = _shared_incident(conn, row)
    _take_back(conn, outage_id, shared, word.now_ms)
    said = {"owner": owner, "note": note_text, "until": until_ms}
    about = {"outage_id": outage_id, "incident_id": shared, "actor": word.actor}
    made = conn.execute(insert(ack).values(entered=word.now_ms, **about, **said))
    word.raise_outage(conn, outage_id, row.thing_id)
    _show(conn, _open_outages(outage_id, shared), True, word.revision)
    about_it = {"thing_id": row.thing_id, "outage_id": outage_id}
    word.leave(conn, "acknowledge", "acknowledged", said, **about_it)
    return word.done(key_of(made))


def withdraw(conn: Connection, word: Word, outage_id: int, *, expected: int) -> Outcome:
    """Nobody is on it any more; what was said stays on record."""
    row = find_outage(conn, outage_id, expected)
    if isinstance(row, Refused):
        return row
    shared = _shared_incident(conn, row)
    taken = _take_back(conn, outage_id, shared, word.now_ms)
    if not taken:
        return refused("not_taken", id=outage_id)
    word.raise_outage(conn, outage_id, row.thing_id)
    _show(conn, _open_outages(outage_id, shared), False, word.revision)
    about_it = {"thing_id": row.thing_id, "outage_id": outage_id}
    word.leave(conn, "withdraw", "ack_withdrawn", {}, **about_it)
    return word.done(taken[-1])


def newest(
    conn: Connection, outages: Iterable[tuple[int, int | None]], *, as_of_ms: int | None = None
) -> Mapping[int, Ack]:
    """Outage → its newest acknowledgement that was not withdrawn; given (outage, incident)."""
    wanted_of = dict(outages)
    wanted = _SAID.where(_stands(as_of_ms))
    if len(wanted_of) <= FEW:
        incidents = {one for one in wanted_of.values() if one is not None}
        wanted = wanted.where(or_(ack.c.outage_id.in_(wanted_of), _OF.in_(incidents)))
    by_outage: dict[int, Ack] = {}
    by_incident: dict[int, Ack] = {}
    for row in conn.execute(wanted):
        said = Ack(row.actor, row.owner, row.note, row.entered, row.until)
        by_outage[row.outage_id] = said
        if row.incident is not None and row.incident_kind != STORM:
            by_incident[row.incident] = said
    found: dict[int, Ack] = {}
    for outage_id, incident_id in wanted_of.items():
        said_of = [by_outage.get(outage_id), by_incident.get(incident_id or 0)]
        both = [one for one in said_of if one is not None]
        if both:
            found[outage_id] = max(both, key=lambda one: one.entered_ms)
    return found


def _stands(as_of_ms: int | None) -> Any:
    """It was not withdrawn; or it had been said by that moment, and not withdrawn yet."""
    kept = ack.c.withdrawn.is_(None)
    if as_of_ms is None:
        return kept
    return (ack.c.entered <= as_of_ms) & or_(kept, ack.c.withdrawn > as_of_ms)


def lapse(conn: Connection, now_ms: int, revision: int) -> None:
    """What has run out needs somebody again. The writer calls it with each heartbeat."""
    ran_out = (ack.c.withdrawn.is_(None)) & (ack.c.until <= now_ms)
    if conn.execute(select(ack.c.id).where(ran_out).limit(1)).first() is None:
        return
    shown = (
        select(live.c.thing_id, outage.c.id, outage.c.incident_id)
        .join(outage, outage.c.id == live.c.outage_id)
        .where(live.c.acknowledged)
    )
    rows = conn.execute(shown).all()
    said = newest(conn, [(row.id, row.incident_id) for row in rows])
    for row in rows:
        last = said.get(row.id)
        if last is None or last.holds(now_ms):
            continue
        body = {"actor": last.actor, "owner": last.owner, "note": last.note, "until": last.until_ms}
        about = {"thing_id": row.thing_id, "outage_id": row.id, "revision": revision}
        conn.execute(insert(event).values(at=now_ms, kind="ack_expired", body=body, **about))
        conn.execute(update(outage).where(outage.c.id == row.id).values(revision=revision))
        _show(conn, outage.c.id == row.id, False, revision)


def carry(conn: Connection, now_ms: int, revision: int) -> None:
    """The next outage of an incident that somebody is on needs nobody else."""
    wanted = (
        select(_OF)
        .join(_OWN, _OWN.c.id == ack.c.outage_id)
        .join(incident, incident.c.id == _OF)
        .where(ack.c.withdrawn.is_(None), or_(ack.c.until.is_(None), ack.c.until > now_ms))
        .where(incident.c.ended.is_(None), incident.c.kind != STORM)
    )
    held = list(conn.execute(wanted.distinct()).scalars())
    if held:
        _show(conn, outage.c.incident_id.in_(held), True, revision)


def _shared_incident(conn: Connection, row: Any) -> int | None:
    """The incident whose outages share an acknowledgement with this one."""
    if row.incident_id is None:
        return None
    wanted = select(incident.c.id).where(incident.c.id == row.incident_id, incident.c.kind != STORM)
    return conn.execute(wanted).scalar()


def _take_back(conn: Connection, outage_id: int, shared: int | None, now_ms: int) -> list[int]:
    """Withdraw what was said of the outage and of the outages that share it."""
    mine = ack.c.outage_id == outage_id
    if shared is not None:
        others = select(outage.c.id).where(outage.c.incident_id == shared)
        mine = or_(mine, ack.c.incident_id == shared, ack.c.outage_id.in_(others))
    gone = update(ack).where(mine, ack.c.withdrawn.is_(None)).values(withdrawn=now_ms)
    return sorted(conn.execute(gone.returning(ack.c.id)).scalars())


def _open_outages(outage_id: int, shared: int | None) -> Any:
    mine = outage.c.id == outage_id
    return mine if shared is None else or_(mine, outage.c.incident_id == shared)


def _show(conn: Connection, which: Any, acknowledged: bool, revision: int) -> None:
    """Set the mark on the live rows of these open outages."""
    ids = select(outage.c.id).where(outage.c.first_good.is_(None), which)
    conn.execute(
        update(live)
        .where(live.c.outage_id.in_(ids), live.c.acknowledged.is_not(acknowledged))
        .values(acknowledged=acknowledged, revision=revision)
    )

"""Outages as readers see them: with the names of their things, corrected where people did so."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from store.acks import Ack, newest
from store.corrected import FACTS, apply, cleared, corrections
from store.dated_tables import link_at
from store.portions import MOST, portions
from store.questions import IncidentRow, OutageRow
from store.spoken import correction, note
from store.stated import TIMES
from store.states import Kind, State
from store.tables import incident, live, outage, thing

_CORRECTED_TIMES = select(correction.c.outage_id).where(correction.c.field.in_(tuple(TIMES)))
_PROVIDERS = (  # things are found by their kind, live rows are not
    select(live.c.thing_id, live.c.key, live.c.name)
    .join(thing, thing.c.id == live.c.thing_id)
    .where(thing.c.kind == Kind.PROVIDER)
)
CORRECTED = select(correction.c.outage_id).where(correction.c.field.in_(FACTS))  # or their state
_ROOT, _CAUSE = thing.alias("root"), outage.alias("cause")  # made once: an alias copies all
_RECORDED = (
    *("id", "thing_id", "state", "last_good", "first_bad", "last_bad", "first_good"),
    *("root_id", "root_thing_id", "incident_id", "provider_id", "cause", "side"),
    *("cause_reasons", "reason", "declared"),
)
NAMED = (  # outages with the names of their things and roots
    select(
        *(outage.c[name] for name in _RECORDED),
        thing.c.kind,
        thing.c.key,
        live.c.name,
        _ROOT.c.key.label("root_key"),
        func.coalesce(outage.c.incident_id, _CAUSE.c.incident_id).label("of_incident"),
        thing.c.retired,
    )
    .join(thing, thing.c.id == outage.c.thing_id)
    .outerjoin(live, live.c.thing_id == outage.c.thing_id)
    .outerjoin(_ROOT, _ROOT.c.id == outage.c.root_thing_id)
    .outerjoin(_CAUSE, _CAUSE.c.id == outage.c.root_id)
)
_COLUMNS = tuple(NAMED.selected_columns.keys())
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}
_NONE: Mapping[str, int] = {}
CLOSE = 4  # numbers for each outage that is asked for


def _ends_after(at_ms: int) -> Any:
    return or_(outage.c.first_good.is_(None), outage.c.first_good > at_ms)


def touching(
    conn: Connection,
    from_ms: int,
    to_ms: int,
    *,
    as_of_ms: int | None = None,
    facts_of_now: bool = False,
    open_only: bool = False,
    retold_only: bool = False,
) -> dict[int, list[OutageRow]]:
    """Thing → its outages that touch [from, to), as recorded or as corrected, oldest first.
    `retold_only`: those that change a split of its time."""
    seen = (outage.c.first_bad < to_ms) & _ends_after(from_ms)
    wanted = NAMED.where(or_(seen, outage.c.id.in_(_CORRECTED_TIMES)))
    if retold_only:
        wanted = wanted.where(or_(outage.c.declared, outage.c.id.in_(CORRECTED)))
    if open_only:
        wanted = wanted.where(outage.c.first_good.is_(None))
    if as_of_ms is not None and not facts_of_now:
        wanted = wanted.where(or_(outage.c.entered.is_(None), outage.c.entered <= as_of_ms))
    found: dict[int, list[OutageRow]] = {}
    wanted = wanted.order_by(outage.c.first_bad)
    for row in outage_rows(conn, wanted, as_of_ms=as_of_ms, facts_of_now=facts_of_now):
        began = min(row.first_bad_ms, row.recorded.get("first_bad_ms", row.first_bad_ms))
        ends = (row.first_good_ms, row.recorded.get("first_good_ms", row.first_good_ms))
        if began < to_ms and any(end is None or end > from_ms for end in ends):
            found.setdefault(row.thing_id, []).append(row)
    return found


def outage_rows(
    conn: Connection,
    wanted: Select[Any],
    *,
    as_of_ms: int | None = None,
    facts_of_now: bool = False,
) -> tuple[OutageRow, ...]:
    """`as_of_ms` forgets what people said after it; `facts_of_now`: but for times and states."""
    rows = conn.execute(wanted).all()
    ids = _column(rows, "id")
    gathered = _incidents(conn, set(_column(rows, "of_incident")) - {None})
    own = list(zip(ids, _column(rows, "incident_id"), strict=True))
    acks = newest(conn, own, as_of_ms=as_of_ms)
    behind, said = _members(conn, ids), _notes(conn, ids, acks, as_of_ms)
    now_ms = time.time_ns() // 1_000_000
    corrected = corrections(conn, ids, as_of_ms=as_of_ms, facts_of_now=facts_of_now)
    void = cleared(conn, as_of_ms=as_of_ms, facts_of_now=facts_of_now)
    names = {row.thing_id: (row.key, row.name) for row in conn.execute(_PROVIDERS)}
    things = zip(_column(rows, "thing_id"), _column(rows, "kind"), strict=True)
    of_link = _providers_of(conn, {thing_id for thing_id, kind in things if kind == Kind.LINK})
    by_key = dict(names.values())
    found = []
    for row in rows:  # a month of a country has 100,000: by place, for names cost as much as all
        (
            outage_id, thing_id, state, last_good, first_bad, last_bad, first_good,
            root_id, root_thing_id, _, provider_id, cause, side,
            reasons, reason, declared, kind, key, name, root_key, of_incident, retired,
        ) = row  # fmt: skip
        provider = provider_id or of_link.get(thing_id) or 0
        held, members = acks.get(outage_id), behind.get(outage_id, _NONE)
        plain = OutageRow(
            id=outage_id,
            thing_id=thing_id,
            kind=_KINDS[kind],
            key=key,
            name=name or key,
            state=_STATES[state],
            last_good_ms=last_good,
            first_bad_ms=first_bad,
            last_bad_ms=last_bad,
            first_good_ms=first_good,
            root_id=root_id,
            root_thing_id=root_thing_id,
            root_key=root_key,
            cause=cause,
            provider=names[provider][1] if provider in names else None,
            reason=reason,
            acknowledged=first_good is None and held is not None and held.holds(now_ms),
            note=said.get(outage_id),
            members=sum(members.values()),
            members_by_kind=members,
            side=side,
            incident_id=of_incident,
            incident=gathered.get(of_incident),
            declared=bool(declared),
            root_cleared=root_id in void,
            cause_reasons=tuple(reasons or ()),
            acknowledged_by=held.actor if held else None,
            owner=held.owner if held else None,
            acknowledged_until_ms=held.until_ms if held else None,
            left=first_good is not None and first_good == retired,
        )
        words = corrected.get(outage_id)
        found.append(apply(plain, words, by_key) if words else plain)
    return tuple(found)


def _column(rows: Sequence[Any], name: str) -> list[Any]:
    place = _COLUMNS.index(name)
    return [row[place] for row in rows]


def _of(column: Any, ids: Sequence[int]) -> Iterator[Any]:
    """Conditions, one after the other, that hold for them all. Many that lie close together are
    read with what lies between; of others it may be years."""
    if len(ids) > MOST and max(ids) - min(ids) < CLOSE * len(ids):
        yield column.between(min(ids), max(ids))
    else:
        yield from (column.in_(part) for part in portions(ids))


def _members(conn: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """outage → how many outages of each kind had it as root."""
    found: dict[int, dict[str, int]] = {}
    counted = (
        select(outage.c.root_id, thing.c.kind, func.count())
        .join(thing, thing.c.id == outage.c.thing_id)
        .group_by(outage.c.root_id, thing.c.kind)
    )
    for mine in _of(outage.c.root_id, ids):
        for root_id, kind, count in conn.execute(counted.where(mine)):
            found.setdefault(root_id, {})[kind] = count
    return found


def _incidents(conn: Connection, wanted: Collection[int]) -> dict[int, IncidentRow]:
    ids, found = sorted(wanted), dict[int, IncidentRow]()
    for part in portions(ids):
        counted = (
            select(incident, func.count(outage.c.id).label("outages"))
            .outerjoin(outage, outage.c.incident_id == incident.c.id)
            .where(incident.c.id.in_(part))
            .group_by(incident.c.id)
        )
        for row in conn.execute(counted):
            found[row.id] = IncidentRow(
                id=row.id,
                kind=row.kind,
                started_ms=row.started,
                ended_ms=row.ended,
                outages=row.outages,
            )
    return found


def _providers_of(conn: Connection, wanted: Collection[int]) -> dict[int, int | None]:
    """link → its provider now."""
    asked = select(link_at.c.thing_id, link_at.c.provider_id).where(link_at.c.valid_to.is_(None))
    theirs = (asked.where(mine) for mine in _of(link_at.c.thing_id, sorted(wanted)))
    return {row.thing_id: row.provider_id for each in theirs for row in conn.execute(each)}


def _notes(
    conn: Connection, ids: Sequence[int], acks: Mapping[int, Ack], as_of_ms: int | None
) -> dict[int, str]:
    """outage → the newest note, written by itself or with an acknowledgement."""
    found = {outage_id: one.note for outage_id, one in acks.items() if one.note}
    wanted = select(note).order_by(note.c.id)
    if as_of_ms is not None:
        wanted = wanted.where(note.c.entered <= as_of_ms)
    for mine in _of(note.c.outage_id, ids):
        for row in conn.execute(wanted.where(mine)):
            held = acks.get(row.outage_id)
            if held is None or not held.note or held.entered_ms <= row.entered:
                found[row.outage_id] = row.text
    return found

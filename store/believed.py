"""Reads what was believed at a past moment: states, open outages, and who was on them.

Times are those that the record knows now, corrected where people did so: a thing is down from its
first missed answer on, though the monitor was sure of it some seconds later. Words are those that
had been said by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select, union_all

from store.acks import newest
from store.corrected import interval, recorded_interval
from store.dated_tables import AT
from store.intervals import END, merge
from store.outages import CORRECTED, NAMED, outage_rows
from store.portions import portions
from store.questions import OutageRow
from store.states import OUTAGE_STATES, ROOT_KINDS, SEVERITY, Kind, State
from store.stood import DATED, Scene, holding
from store.tables import incident, outage, span, thing

MANY = 5_000


class Held(NamedTuple):
    """A state that held, from when, and behind which thing; without a span: people said so."""

    state: State
    since_ms: int
    root_id: int | None
    reason: str
    until_ms: int = END
    span_id: int | None = None


class Open(NamedTuple):
    """An outage that went on, and what is now known to have been its root at its end."""

    id: int
    thing_id: int
    root_id: int | None
    root_thing_id: int | None
    incident_id: int | None


class Belief(NamedTuple):
    """Thing → its state, and its open outage."""

    held: dict[int, Held]
    outages: dict[int, Open]


def going(at_ms: int) -> Any:
    """Outages that had begun and were not over, as recorded."""
    ends = or_(outage.c.first_good.is_(None), outage.c.first_good > at_ms)
    return (outage.c.first_bad <= at_ms) & ends


def belief(conn: Connection, at_ms: int, scene: Scene, before: Mapping[int, Held]) -> Belief:
    """`before`: what held at another moment of the scene; only what differs is read."""
    held = _spans(conn, at_ms, scene, before)
    columns = (outage.c[name] for name in Open._fields)
    seen = and_(going(at_ms), outage.c.declared.is_(False), outage.c.id.not_in(CORRECTED))
    outages = {
        row.thing_id: Open(*row)
        for row in conn.execute(select(*columns).where(seen)).all()
        if row.thing_id in scene.things
    }
    retold = or_(outage.c.id.in_(CORRECTED), going(at_ms) & outage.c.declared)
    for row in outage_rows(conn, NAMED.where(retold)):
        if row.thing_id in scene.things:
            _retell(row, at_ms, held, outages)
    return Belief(held, outages)


def _spans(
    conn: Connection, at_ms: int, scene: Scene, before: Mapping[int, Held]
) -> dict[int, Held]:
    """The last span of each thing that had begun, by the index of its spans."""
    tables = [AT[kind] for kind in DATED if kind != Kind.PROVIDER]
    beyond = select(thing.c.id.label("thing_id")).where(
        thing.c.id.in_([one.thing_id for one in scene.things.values() if one.kind == Kind.BEYOND])
    )
    here = union_all(
        *(select(rows.c.thing_id).where(holding(rows, at_ms)) for rows in tables), beyond
    ).subquery()
    mine = span.alias("mine")
    last = (
        select(mine.c.id)
        .where(mine.c.thing_id == here.c.thing_id, mine.c.started <= at_ms)
        .order_by(mine.c.started.desc(), mine.c.id.desc())
        .limit(1)
        .correlate(here)
        .scalar_subquery()
    )
    found_ids = conn.execute(select(last.label("span_id")).select_from(here)).scalars().all()
    ids = [span_id for span_id in found_ids if span_id is not None]
    known = {one.span_id: (thing_id, one) for thing_id, one in before.items()}
    found = [known[span_id] for span_id in ids if span_id in known]
    for part in portions([span_id for span_id in ids if span_id not in known], MANY):
        for row in conn.execute(select(span).where(span.c.id.in_(part))):
            until = END if row.ended is None else row.ended
            of = (State(row.state), row.started, row.root_thing_id, row.reason, until, row.id)
            found.append((row.thing_id, Held(*of)))
    return {
        thing_id: one
        for thing_id, one in found
        if one.until_ms > at_ms and thing_id in scene.things
    }


def _retell(row: OutageRow, at_ms: int, held: dict[int, Held], outages: dict[int, Open]) -> None:
    """Put what people said of one outage in place of what the monitor believed."""
    (begin, end), (seen, seen_to) = interval(row), recorded_interval(row)
    was = held.get(row.thing_id)
    faulty = was is not None and was.state in OUTAGE_STATES
    if begin <= at_ms < end:
        known = (row.id, row.thing_id, row.root_id, row.root_thing_id, row.incident_id)
        outages[row.thing_id] = Open(*known)
        if not faulty or "state" in row.recorded:
            root = row.root_thing_id if row.state is State.UNREACHABLE else None
            held[row.thing_id] = Held(row.state, begin, root, row.reason)
    elif seen <= at_ms < seen_to and faulty:
        since = end if begin < end <= at_ms else seen
        held[row.thing_id] = Held(State.UP, since, None, row.reason)
    edges = {seen: begin, seen_to: end} if begin < end else {}
    now = held.get(row.thing_id)
    if now is not None and now.since_ms in edges:
        held[row.thing_id] = now._replace(since_ms=edges[now.since_ms])


def taken(conn: Connection, at_ms: int, outages: Iterable[Open]) -> set[int]:
    """The outages that somebody was on."""
    said = newest(conn, [(one.id, one.incident_id) for one in outages], as_of_ms=at_ms)
    return {outage_id for outage_id, ack in said.items() if ack.holds(at_ms)}


def roots_of(conn: Connection, at_ms: int, found: Belief) -> dict[int, tuple[int | None, int]]:
    """Open outage → the thing and the outage behind which it was; those of their own are not in it.

    What could not be seen any more stays behind what it was behind.
    """
    last = {thing_id: found.held.get(thing_id) for thing_id in found.outages}
    unseen = [n for n, held in last.items() if held is None or held.state not in OUTAGE_STATES]
    for part in portions(unseen, MANY):
        wanted = select(span).where(
            span.c.thing_id.in_(part), span.c.started <= at_ms, span.c.state.in_(OUTAGE_STATES)
        )
        for row in conn.execute(wanted.order_by(span.c.started, span.c.id)):
            last[row.thing_id] = Held(row.state, row.started, row.root_thing_id, row.reason)
    roots: dict[int, tuple[int | None, int]] = {}
    for thing_id, one in found.outages.items():
        held = last[thing_id]
        root = one.root_thing_id if held is None else held.root_id
        if root is None:
            continue
        above = found.outages.get(root)
        mine = one.root_id if above is None else above.id  # it was over: that is kept
        roots[one.id] = (mine, root)
    return roots


def behind(
    conn: Connection,
    roots: Mapping[int, tuple[int | None, int]],
    kinds: Mapping[int, Kind],
    at_ms: int,
) -> dict[int, Counter[str]]:
    """Outage → by kind how many had it as root up to that moment. `kinds`: of open outages."""
    found: dict[int, Counter[str]] = {}
    for outage_id, (root, _) in roots.items():
        if root is not None:
            found.setdefault(root, Counter())[kinds[outage_id]] += 1
    over = (
        select(outage.c.root_id, thing.c.kind, func.count())
        .join(thing, thing.c.id == outage.c.thing_id)
        .where(outage.c.root_id.is_not(None), outage.c.first_good <= at_ms)
        .group_by(outage.c.root_id, thing.c.kind)
    )
    for part in portions(list(kinds), MANY):
        for root, kind, count in conn.execute(over.where(outage.c.root_id.in_(part))):
            found.setdefault(root, Counter())[kind] += count
    return found


def worst(conn: Connection, ids: Sequence[int], at_ms: int) -> dict[int, State]:
    """Outage → its worst state up to that moment."""
    found: dict[int, State] = {}
    touches = (span.c.started <= at_ms) & or_(
        span.c.ended.is_(None), span.c.ended > outage.c.first_bad
    )
    for part in portions(ids, MANY):
        wanted = (
            select(outage.c.id, span.c.state)
            .join(span, span.c.thing_id == outage.c.thing_id)
            .where(outage.c.id.in_(part), touches, span.c.state.in_(OUTAGE_STATES))
        )
        for outage_id, word in conn.execute(wanted.distinct()):
            state = State(word)
            found[outage_id] = max(found.get(outage_id, state), state, key=SEVERITY.__getitem__)
    return found


def spells(conn: Connection, at_ms: int) -> set[int]:
    """Things that were flapping."""
    goes_on = or_(incident.c.ended.is_(None), incident.c.ended > at_ms)
    wanted = select(incident.c.root_thing_id).where(
        incident.c.kind == "flapping", incident.c.started <= at_ms, goes_on
    )
    return set(conn.execute(wanted).scalars())


def turns(conn: Connection, from_ms: int, to_ms: int) -> set[int]:
    """When roots began or ended in [from, to), or passed behind another."""
    plain = and_(thing.c.kind.in_(ROOT_KINDS), outage.c.id.not_in(CORRECTED))
    mine = select(thing.c.id).join(outage, outage.c.thing_id == thing.c.id)
    found: set[int] = set()
    for at in (outage.c.first_bad, outage.c.first_good):
        own = and_(plain, outage.c.root_thing_id.is_(None), at >= from_ms, at < to_ms)
        found |= set(conn.execute(mine.where(own).with_only_columns(at)).scalars())
    alone = and_(
        span.c.thing_id == outage.c.thing_id,
        span.c.root_thing_id.is_(None),
        span.c.state.in_(OUTAGE_STATES),
        span.c.started >= outage.c.first_bad,
        or_(outage.c.first_good.is_(None), span.c.started < outage.c.first_good),
    )
    passed = and_(plain, outage.c.root_thing_id.is_not(None))
    near = and_(span.c.started < to_ms, or_(span.c.ended.is_(None), span.c.ended >= from_ms))
    spans: dict[int, list[tuple[int, int]]] = {}
    wanted = mine.join(span, alone).where(passed, near)
    for one in conn.execute(wanted.with_only_columns(outage.c.id, span.c.started, span.c.ended)):
        spans.setdefault(one.id, []).append((one.started, END if one.ended is None else one.ended))
    edges = {at for own in spans.values() for whole in merge(own) for at in whole}
    found |= {at for at in edges if from_ms <= at < min(to_ms, END)}
    for row in outage_rows(conn, NAMED.where(outage.c.id.in_(CORRECTED))):
        begin, end = interval(row)
        if row.root_thing_id is None and row.kind in ROOT_KINDS and begin < end:
            found |= {at for at in (begin, end) if from_ms <= at < min(to_ms, END)}
    return found

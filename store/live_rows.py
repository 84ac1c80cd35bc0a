"""What `live` says as rows of the questions, and the states of units, which no probe tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from store.questions import LiveRow
from store.states import Kind, Mark, State
from store.tables import live

_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}
_WIDTH = len(live.columns)
_DECLARED, _MEASURED = live.columns.keys().index("state"), live.columns.keys().index("rtt_us")
_NO_SITES = (State.NOT_MONITORED, 0)


def live_row(row: Sequence[Any], units: Mapping[int, tuple[State, int]]) -> LiveRow:
    """A row that begins with the columns of `live`; a unit's state is that of its sites."""
    # By position: a board reads twenty thousand of them before it shows the first.
    thing_id, kind, *named = row[:_DECLARED]
    state, since_ms, marks, root_id, outage_id, acknowledged, maintained = row[_DECLARED:_MEASURED]
    told = (
        thing_id,
        _KINDS[kind],
        *named,
        units.get(thing_id, _NO_SITES)[0] if kind == "unit" else _STATES[state],
        since_ms,
        _marks(marks, maintained),
        root_id,
        outage_id,
        bool(acknowledged),
        *row[_MEASURED:_WIDTH],
    )
    return LiveRow._make(told)


@lru_cache(1024)
def _marks(words: str, maintained: bool) -> frozenset[Mark]:
    planned = {Mark.MAINTENANCE} if maintained else set()
    return frozenset(map(Mark, words.split())) | planned


def units(conn: Connection, since: int) -> list[LiveRow]:
    """Those whose own row or whose sites changed after that revision."""
    told = unit_sums(conn)
    rows = conn.execute(select(live).where(live.c.kind == Kind.UNIT)).all()
    return [live_row(row, told) for row in rows if max(row.revision, told[row.thing_id][1]) > since]


def unit_sums(conn: Connection) -> dict[int, tuple[State, int]]:
    """unit → (state of its sites and its units' sites, newest revision among them)."""
    parents = {
        row.thing_id: row.unit_id
        for row in conn.execute(
            select(live.c.thing_id, live.c.unit_id).where(live.c.kind == Kind.UNIT)
        )
    }
    grouped = (
        select(live.c.unit_id, live.c.state, func.count(), func.max(live.c.revision))
        .where(live.c.kind == Kind.SITE)
        .group_by(live.c.unit_id, live.c.state)
    )
    return unit_states(parents, conn.execute(grouped))


def unit_states(
    parents: Mapping[int, int | None], sites: Iterable[Any]
) -> dict[int, tuple[State, int]]:
    """Given how many sites stand in which unit and state, with their newest revision."""
    counts: dict[int, Counter[str]] = {unit: Counter() for unit in parents}
    newest = dict.fromkeys(parents, 0)
    for unit, state, count, revision in sites:
        while unit in counts:  # one that stands no more is on no list
            counts[unit][state] += count
            newest[unit] = max(newest[unit], revision)
            unit = parents[unit]
    return {unit: (_sum_up(counts[unit]), newest[unit]) for unit in parents}


def _sum_up(sites: Counter[str]) -> State:
    """All alike: that; else degraded as soon as one measured site is not up."""
    seen = {State(state) for state, count in sites.items() if count}
    seen.discard(State.NOT_MONITORED)
    if not seen:
        return State.NOT_MONITORED
    if len(seen) == 1:
        return seen.pop()
    seen.discard(State.UNKNOWN)
    if seen <= {State.DOWN, State.UNREACHABLE}:
        return State.DOWN
    return State.UP if seen == {State.UP} else State.DEGRADED

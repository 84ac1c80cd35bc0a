"""What people said of outages afterwards: the newest correction of each field, and its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, or_, select

from store.intervals import END, clip, merge, subtract
from store.portions import MOST
from store.questions import OutageRow
from store.spoken import correction
from store.stated import TIMES
from store.states import OUTAGE_STATES, State

if TYPE_CHECKING:
    from store.period import History, Interval

Span = tuple[State, int, int | None, int | None]

TEXTS = ("cause", "provider", "side", "action", "note")
FACTS = (*TIMES, "state")
_TOLD = frozenset({*TIMES.values(), "state"})  # as attributes of an outage
FIELDS = (*TEXTS, *FACTS)


def corrections(
    conn: Connection,
    ids: Sequence[int] | None = None,
    *,
    as_of_ms: int | None = None,
    facts_of_now: bool = False,
) -> dict[int, dict[str, str | None]]:
    """Outage → field → what the newest correction says. `facts_of_now`: of times and states also
    what was said after `as_of_ms`."""
    wanted = select(correction).order_by(correction.c.entered, correction.c.id)
    if as_of_ms is not None:
        known = correction.c.entered <= as_of_ms
        if facts_of_now:
            known = or_(known, correction.c.field.in_(FACTS))
        wanted = wanted.where(known)
    if ids is not None and len(ids) <= MOST:
        wanted = wanted.where(correction.c.outage_id.in_(ids))
    found: dict[int, dict[str, str | None]] = {}
    for row in conn.execute(wanted):
        found.setdefault(row.outage_id, {})[row.field] = row.new
    return found


def cleared(
    conn: Connection, *, as_of_ms: int | None = None, facts_of_now: bool = False
) -> frozenset[int]:
    """Outages that a person said were none after all."""
    wanted = select(correction.c.outage_id, correction.c.new).where(correction.c.field == "state")
    if as_of_ms is not None and not facts_of_now:
        wanted = wanted.where(correction.c.entered <= as_of_ms)
    rows = conn.execute(wanted.order_by(correction.c.entered, correction.c.id))
    newest = {row.outage_id: row.new for row in rows}
    return frozenset(outage_id for outage_id, state in newest.items() if state == State.UP)


def apply(
    row: OutageRow, said: Mapping[str, str | None], providers: Mapping[str, str]
) -> OutageRow:
    """The outage with its corrected values; what differs from the record stays in `recorded`."""
    changes: dict[str, Any] = {name: said[name] for name in TEXTS if name in said}
    if provider := changes.get("provider"):
        changes["provider"] = providers.get(provider, provider)
    for name, attribute in TIMES.items():
        if said_at := said.get(name):
            changes[attribute] = moment(said_at)
    if state := said.get("state"):
        changes["state"] = State(state)
    recorded = {
        name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value
    }
    return replace(row, **changes, recorded=recorded, corrected=tuple(sorted(said)))


def moment(text: str) -> int:
    """Milliseconds, or ISO 8601 with offset."""
    if text.isdecimal():
        return int(text)
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def interval(row: OutageRow) -> Interval:
    """The time of an outage as people see it now; empty where it was none after all."""
    if row.state not in OUTAGE_STATES:
        return row.first_bad_ms, row.first_bad_ms
    return row.first_bad_ms, END if row.first_good_ms is None else row.first_good_ms


def recorded_interval(row: OutageRow) -> Interval:
    """The time in which the monitor saw it; empty for one that a person declared."""
    first = row.recorded.get("first_bad_ms", row.first_bad_ms)
    if row.declared:
        return first, first
    good = row.recorded.get("first_good_ms", row.first_good_ms)
    return first, END if good is None else good


def retold(row: OutageRow) -> bool:
    """Does it differ from the spans of its thing?"""
    return row.declared or not _TOLD.isdisjoint(row.recorded)


def retell(history: History) -> History:
    """The history with what people corrected and declared in place of what the monitor believed.

    Not-up time of an outage outside its corrected time becomes up. Inside it all time that was
    not seen as an outage takes the outage's state and counts as watched; a corrected state
    replaces the recorded one. A declared outage holds over its whole time.
    """
    told = [row for row in history.outages if retold(row)]
    if not told:
        return history
    spans, watched = list(history.spans), list(history.watched)
    for row in told:
        meant, seen = interval(row), recorded_interval(row)
        outside = subtract([seen], [meant]) if seen[0] < seen[1] else []
        spans = _replace(spans, outside, OUTAGE_STATES, (State.UP, None))
        if meant[0] >= meant[1]:
            continue
        mine = (row.state, row.root_thing_id if row.state is State.UNREACHABLE else None)
        if "state" in row.recorded:
            spans = _replace(spans, [meant], OUTAGE_STATES, mine)
        bad = [] if row.declared else merge(_time(s) for s in spans if s[0] in OUTAGE_STATES)
        missing = subtract([meant], bad)
        others = frozenset(State) - OUTAGE_STATES
        spans = _replace(spans, [meant], others, None)
        spans += [_span(mine, gap) for gap in missing]
        watched.append(meant)
    spans.sort(key=lambda span: span[1])
    return replace(history, spans=tuple(spans), watched=tuple(merge(watched)))


def _replace(
    spans: Sequence[Span],
    windows: Sequence[Interval],
    states: frozenset[State],
    by: tuple[State, int | None] | None,
) -> list[Span]:
    """Inside the windows, spans of these states are taken out, and `by` put in their place."""
    found: list[Span] = []
    for span in spans:
        inside = clip(windows, _time(span)) if span[0] in states else []
        if not inside:
            found.append(span)
            continue
        found += [_span((span[0], span[3]), rest) for rest in subtract([_time(span)], inside)]
        if by is not None:
            found += [_span(by, part) for part in inside]
    return found


def _time(span: Span) -> Interval:
    return span[1], END if span[2] is None else span[2]


def _span(what: tuple[State, int | None], time: Interval) -> Span:
    return what[0], time[0], None if time[1] >= END else time[1], what[1]

"""The rows on which a signed period rests, hashed in the one way that a later version repeats.

What may rightly change after a signature is left out: where a row that went on then ends, what
people said later, and everything of an outage that was not over but how it began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, or_, select

from store.chain import Chain, Item, gathered, linked
from store.outages import touching
from store.period import Interval
from store.portions import portions
from store.spoken import ack, audit, correction, maintenance, note
from store.tables import coverage, evidence, health, outage, record, span

FORM = 2  # of the columns below and of what stands before them; in 1 nobody was named
Rows = Iterator[tuple[int, int, Sequence[Any]]]
_OPENED = ("thing_id", "last_good", "first_bad", "declared", "entered", "poller", "seq")
_CLOSED = (
    *_OPENED,
    "state",
    "last_bad",
    "first_good",
    "root_id",
    "root_thing_id",
    "provider_id",
    "cause",
    "side",
    "cause_reasons",
    "reason",
)
_SPOKEN: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "correction": (correction, ("field", "old", "new", "author", "reason", "entered")),
    "note": (note, ("thing_id", "author", "text", "entered")),
    "acknowledgement": (ack, ("actor", "owner", "note", "until", "entered")),
}


def cover(
    conn: Connection,
    period: Interval,
    as_of_ms: int,
    figures_sha256: str,
    author: str,
    kept: Iterable[Item] | None = None,
) -> Chain:
    """The chain of a period that `author` signs at that moment. `kept`: its items when it was
    signed; their outages are taken as they were then, open or over."""
    items = [Item("figures", "", figures_sha256)]
    items += gathered("coverage", _coverage(conn, period))
    items += gathered("health", _health(conn, period))
    items += gathered("span", _spans(conn, period))
    ids = _outages_of(conn, period, as_of_ms)
    was_open: Collection[int] | None = None
    if kept is not None:
        known = {what: {int(i.name) for i in kept if i.what == what} for what in _OUTAGES}
        was_open = known["open_outage"]
        ids |= known["outage"] | was_open
    items += _outages(conn, sorted(ids), was_open)
    for what in _SPOKEN:
        items += gathered(what, _spoken(conn, what, sorted(ids), as_of_ms))
    items += gathered("maintenance", _planned(conn, period, as_of_ms))
    items += gathered("evidence", _evidence(conn, period))
    items += gathered("dossier", _dossiers(conn, sorted(ids), as_of_ms))
    return linked(beginning(conn, period, author, as_of_ms), items)


def beginning(
    conn: Connection, period: Interval, author: str, at_ms: int, form: int = FORM
) -> dict[str, Any]:
    """What the first item is bound to: the record, the period, who signed it and when."""
    record_id = conn.execute(select(record.c.record_id)).scalar_one()
    found = {"record": record_id, "form": form, "from": period[0], "to": period[1]}
    return found if form == 1 else found | {"by": author, "at": at_ms}


_OUTAGES = ("outage", "open_outage")


def outage_item(conn: Connection, outage_id: int) -> Item:
    """Of one outage as it stands; the same that a chain would hold."""
    [item] = _outages(conn, [outage_id], None)
    return item


def _outages_of(conn: Connection, period: Interval, as_of_ms: int) -> set[int]:
    by_thing = touching(conn, *period, as_of_ms=as_of_ms)
    return {row.id for rows in by_thing.values() for row in rows}


def _within(table: Table, period: Interval) -> Any:
    ends_after = or_(table.c.ended.is_(None), table.c.ended > period[0])
    return (table.c.started < period[1]) & ends_after


def _end(ended: int | None, period: Interval) -> int | None:
    """None: it went on beyond the period."""
    return ended if ended is not None and ended < period[1] else None


def _coverage(conn: Connection, period: Interval) -> Rows:
    wanted = select(coverage).where(_within(coverage, period)).order_by(coverage.c.id)
    for row in conn.execute(wanted):
        said = (row.thing_id, row.started, _end(row.ended, period), row.poller, row.seq)
        yield row.thing_id or 0, row.id, said


def _health(conn: Connection, period: Interval) -> Rows:
    here = (health.c.at >= period[0]) & (health.c.at < period[1])
    for row in conn.execute(select(health).where(here).order_by(health.c.id)):
        yield 0, row.id, (row.at, row.poller, row.boot_id, row.mono_ns, row.body)


def _spans(conn: Connection, period: Interval) -> Rows:
    wanted = select(span).where(_within(span, period)).order_by(span.c.id)
    for row in conn.execute(wanted):
        time = row.started, _end(row.ended, period)
        why = row.root_thing_id, row.reason, row.poller, row.seq
        yield row.thing_id, row.id, (row.state, *time, *why)


def _outages(conn: Connection, ids: Sequence[int], was_open: Collection[int] | None) -> list[Item]:
    found: dict[str, list[tuple[int, int, Sequence[Any]]]] = {what: [] for what in _OUTAGES}
    for row in _chunked(conn, select(outage), outage, ids, "id"):
        open_then = row.first_good is None if was_open is None else row.id in was_open
        names = _OPENED if open_then else _CLOSED
        said = tuple(getattr(row, name) for name in names)
        found["open_outage" if open_then else "outage"].append((row.id, row.id, said))
    return [item for what, rows in found.items() for item in gathered(what, rows)]


def _spoken(conn: Connection, what: str, ids: Sequence[int], as_of_ms: int) -> Rows:
    table, names = _SPOKEN[what]
    wanted = select(table).where(table.c.entered <= as_of_ms)
    for row in _chunked(conn, wanted, table, ids, "outage_id"):
        yield row.outage_id, row.id, tuple(getattr(row, name) for name in names)


def _planned(conn: Connection, period: Interval, as_of_ms: int) -> Rows:
    here = (maintenance.c.started < period[1]) & (maintenance.c.entered <= as_of_ms)
    lasts = or_(maintenance.c.rrule.is_not(None), maintenance.c.ended > period[0])
    for row in conn.execute(select(maintenance).where(here, lasts).order_by(maintenance.c.id)):
        said = [row.thing_id, row.started, row.ended, row.author, row.reason, row.rrule]
        approved = row.approved is not None and row.approved <= as_of_ms
        said += [row.source, row.entered, row.approved_by if approved else None]
        gone = row.cancelled if row.cancelled is not None and row.cancelled <= as_of_ms else None
        yield row.id, row.id, [*said, gone]


def _evidence(conn: Connection, period: Interval) -> Rows:
    here = (evidence.c.started >= period[0]) & (evidence.c.started < period[1])
    for row in conn.execute(select(evidence).where(here).order_by(evidence.c.id)):
        body = hashlib.sha256(row.body).hexdigest()
        yield row.thing_id, row.id, (row.started, row.ended, row.layout, body)


def _dossiers(conn: Connection, ids: Sequence[int], as_of_ms: int) -> Rows:
    made = (audit.c.action == "dossier") & (audit.c.entered <= as_of_ms)
    for row in _chunked(conn, select(audit).where(made), audit, ids, "outage_id"):
        yield row.outage_id, row.id, (row.entered, row.actor, row.detail)


def _chunked(
    conn: Connection, wanted: Select[Any], table: Table, ids: Sequence[int], column: str
) -> Iterable[Any]:
    for part in portions(ids):
        mine = table.c[column].in_(part)
        yield from conn.execute(wanted.where(mine).order_by(table.c[column], table.c.id))

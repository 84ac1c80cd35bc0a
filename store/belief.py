"""Turns verdicts into spans, outages, events and live rows, inside the writer's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, false, insert, select, update

from store.bulk import insert_numbered, run_many
from store.changes import Marked, Reading, Verdict
from store.incidents import Incidents, Root
from store.states import OUTAGE_STATES, SEVERITY, State
from store.tables import event, live, outage, span

MASS = "mass"  # the reason of a verdict that begins a mass outage

_happened = insert(event)
_close_span = (
    update(span)
    .where(span.c.id == bindparam("row"))
    .values(ended=bindparam("at"), revision=bindparam("rev"))
)
_close_outage = (
    update(outage)
    .where(outage.c.id == bindparam("row"))
    .values(
        last_bad=bindparam("bad"),
        first_good=bindparam("good"),
        revision=bindparam("rev"),
    )
)
_worsen_outage = (
    update(outage)
    .where(outage.c.id == bindparam("row"))
    .values(
        state=bindparam("worst"),
        last_bad=bindparam("bad"),
        root_id=bindparam("root"),
        root_thing_id=bindparam("root_thing"),
        reason=bindparam("why"),
        revision=bindparam("rev"),
    )
)
_believe = (
    update(live)
    .where(live.c.thing_id == bindparam("row"))
    .values(
        state=bindparam("believed"),
        since=bindparam("at"),
        root_id=bindparam("root"),
        outage_id=bindparam("open"),
        revision=bindparam("rev"),
    )
)
_forget_ack = (
    update(live)
    .where(live.c.thing_id == bindparam("row"))
    .values(acknowledged=false(), revision=bindparam("rev"))
)
_mark = (
    update(live)
    .where(live.c.thing_id == bindparam("row"))
    .values(marks=bindparam("said"), revision=bindparam("rev"))
)
_read = (
    update(live)
    .where(live.c.thing_id == bindparam("row"))
    .values(
        rtt_us=bindparam("rtt"),
        loss_pct=bindparam("loss"),
        jitter_us=bindparam("jitter"),
    )
)


@dataclass(slots=True)
class OpenSpan:
    id: int
    started: int


@dataclass(slots=True)
class OpenOutage:
    id: int
    first_bad: int
    last_bad: int
    worst: State
    root: int | None = None  # the outage that is its root
    own: bool = True  # nothing above it is to blame
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of one transaction carries."""

    at_ms: int
    revision: int
    poller: str
    shard: int
    epoch: int


class Beliefs:
    """The open spans and outages of the record; the writer is the only one who changes them."""

    def __init__(self, conn: Connection) -> None:
        self.spans = {
            row.thing_id: OpenSpan(row.id, row.started)
            for row in conn.execute(
                select(span.c.id, span.c.thing_id, span.c.started).where(span.c.ended.is_(None))
            )
        }
        self.outages = {
            row.thing_id: OpenOutage(
                row.id,
                row.first_bad,
                row.last_bad,
                State(row.state),
                row.root_id,
                row.root_thing_id is None,
            )
            for row in conn.execute(
                select(
                    outage.c.id,
                    outage.c.thing_id,
                    outage.c.first_bad,
                    outage.c.last_bad,
                    outage.c.state,
                    outage.c.root_id,
                    outage.c.root_thing_id,
                ).where(outage.c.first_good.is_(None))
            )
        }
        self.incidents = Incidents(conn)

    def apply(
        self,
        conn: Connection,
        verdicts: Sequence[Verdict],
        stamp: Stamp,
        seq: Iterator[int],
        marks: Sequence[Marked] = (),
    ) -> tuple[list[int], list[int]]:
        """Write all verdicts in their order; returns the ids of outages opened and closed.

        `marks` are those of the same batch: they say which outages are one flapping spell.
        """
        opened: list[int] = []
        closed: list[int] = []
        at_ms, revision = stamp.at_ms, stamp.revision
        self.incidents.mark(conn, marks, at_ms, revision)
        for group in _groups(verdicts):
            for verdict in group:
                if verdict.reason == MASS and verdict.state in OUTAGE_STATES:
                    began = _first_bad(verdict)
                    self.incidents.mass(conn, verdict.thing_id, began, revision)
            self._turn_spans(conn, group, stamp, seq)
            self._carry_on(conn, group, stamp)
            opened += self._open_outages(conn, group, stamp, seq)
            closed += self._close_outages(conn, group, stamp)
            self.incidents.gather(conn, at_ms, revision)
            self._show(conn, group, stamp)
            self._tell(conn, group, stamp)
            for verdict in group:
                if _ends(verdict) and (known := self.outages.pop(verdict.thing_id, None)):
                    self.incidents.ends(known.id, known.ended)
        self.incidents.settle(conn, at_ms, revision)
        return opened, closed

    def _turn_spans(
        self, conn: Connection, verdicts: Sequence[Verdict], stamp: Stamp, seq: Iterator[int]
    ) -> None:
        """Close what was believed and open what is, without gap or overlap."""
        ends: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        ours = _polled(stamp)
        for verdict in verdicts:
            last = self.spans.get(verdict.thing_id)
            began = max(verdict.since_ms, last.started) if last else verdict.since_ms
            if last:
                ends.append({"row": last.id, "at": began, "rev": stamp.revision})
            rows.append(
                {
                    "thing_id": verdict.thing_id,
                    "state": verdict.state.value,
                    "started": began,
                    "root_thing_id": verdict.root_thing_id,
                    "reason": verdict.reason,
                    "seq": next(seq),
                    **ours,
                }
            )
        run_many(conn, _close_span, ends)
        if rows:
            ids = insert_numbered(conn, span, rows)
            for row, new_id in zip(rows, ids, strict=True):
                self.spans[row["thing_id"]] = OpenSpan(new_id, row["started"])

    def _open_outages(
        self, conn: Connection, verdicts: Sequence[Verdict], stamp: Stamp, seq: Iterator[int]
    ) -> list[int]:
        ours = _polled(stamp)
        rows = [
            {
                "thing_id": v.thing_id,
                "state": v.state.value,
                "last_good": v.last_good_ms,
                "first_bad": _first_bad(v),
                "last_bad": max(_first_bad(v), v.last_bad_ms or 0),
                "root_id": self._root(v),
                "root_thing_id": v.root_thing_id,
                "incident_id": self.incidents.of_new(
                    conn, v.thing_id, v.root_thing_id, _first_bad(v), stamp.revision
                ),
                "reason": v.reason,
                "seq": next(seq),
                **ours,
            }
            for v in verdicts
            if v.state in OUTAGE_STATES and v.thing_id not in self.outages
        ]
        if not rows:
            return []
        ids = insert_numbered(conn, outage, rows)
        for row, new_id in zip(rows, ids, strict=True):
            self.outages[row["thing_id"]] = OpenOutage(
                new_id,
                row["first_bad"],
                row["last_bad"],
                State(row["state"]),
                root=row["root_id"],
                own=row["root_thing_id"] is None,
            )
            if row["incident_id"] is not None:
                self.incidents.joins(new_id, row["incident_id"], row["first_bad"])
            elif row["root_thing_id"] is None and row["state"] == State.DOWN:
                self.incidents.fell(Root(row["first_bad"], new_id, row["thing_id"]))
        return ids

    def _carry_on(self, conn: Connection, verdicts: Sequence[Verdict], stamp: Stamp) -> None:
        """An outage that changes its state or root goes on; its state is its worst."""
        rows = []
        for v in verdicts:
            known = self.outages.get(v.thing_id)
            if v.state not in OUTAGE_STATES or known is None:
                continue
            self._answers_for(known, v)
            if SEVERITY[v.state] > SEVERITY[known.worst]:
                known.worst = v.state
            known.last_bad = max(known.last_bad, v.last_bad_ms or 0)
            if v.root_thing_id is None:
                known.root = None
            else:  # a root that is over stays the root of what it began
                known.root = self._root(v) or known.root
            rows.append(
                {
                    "row": known.id,
                    "worst": known.worst.value,
                    "bad": known.last_bad,
                    "root": known.root,
                    "root_thing": v.root_thing_id,
                    "why": v.reason,
                    "rev": stamp.revision,
                }
            )
        run_many(conn, _worsen_outage, rows)

    def _answers_for(self, known: OpenOutage, verdict: Verdict) -> None:
        """An outage that changes sides: from now on its own fault, or that of what is above it."""
        behind = verdict.thing_id if verdict.reason == MASS else verdict.root_thing_id
        if behind is not None:
            self.incidents.hides(known.id, behind)
        elif verdict.state == State.DOWN and (not known.own or known.worst == State.DEGRADED):
            began = verdict.since_ms if known.own else known.first_bad
            self.incidents.fell(Root(began, known.id, verdict.thing_id))
        known.own = verdict.root_thing_id is None

    def _close_outages(
        self, conn: Connection, verdicts: Sequence[Verdict], stamp: Stamp
    ) -> list[int]:
        rows = []
        for v in verdicts:
            known = self.outages.get(v.thing_id)
            if known is None or not _ends(v):
                continue
            bad = max(known.last_bad, v.last_bad_ms or 0)
            good = max(v.first_good_ms if v.first_good_ms is not None else v.since_ms, bad + 1)
            rows.append({"row": known.id, "bad": bad, "good": good, "rev": stamp.revision})
            known.ended = good
        run_many(conn, _close_outage, rows)
        return [row["row"] for row in rows]

    def _show(self, conn: Connection, verdicts: Sequence[Verdict], stamp: Stamp) -> None:
        rows = []
        for v in verdicts:
            known = None if _ends(v) else self.outages.get(v.thing_id)
            rows.append(
                {
                    "row": v.thing_id,
                    "believed": v.state.value,
                    "at": self.spans[v.thing_id].started,
                    "root": v.root_thing_id,
                    "open": known.id if known else None,
                    "rev": stamp.revision,
                }
            )
        run_many(conn, _believe, rows)
        over = [{"row": v.thing_id, "rev": stamp.revision} for v in verdicts if _ends(v)]
        run_many(conn, _forget_ack, over)

    def _tell(self, conn: Connection, verdicts: Sequence[Verdict], stamp: Stamp) -> None:
        rows = []
        for v in verdicts:
            known = self.outages.get(v.thing_id)
            body: dict[str, Any] = {
                "since": v.since_ms,
                "reason": v.reason,
                "root": v.root_thing_id,
            }
            if v.also:
                body["also"] = list(v.also)
            if known and (of := self.incidents.of(known.id, known.root)) is not None:
                body["incident_id"] = of
            rows.append(
                {
                    "at": stamp.at_ms,
                    "kind": f"state.{v.state}",
                    "thing_id": v.thing_id,
                    "outage_id": known.id if known else None,
                    "body": json.dumps(body),
                    "revision": stamp.revision,
                }
            )
        run_many(conn, _happened, rows)

    def _root(self, verdict: Verdict) -> int | None:
        """The outage of the root thing; None where the verdict names none."""
        known = self.outages.get(verdict.root_thing_id) if verdict.root_thing_id else None
        return known.id if known else None


def _groups(verdicts: Sequence[Verdict]) -> Iterator[list[Verdict]]:
    """Batches without a thing twice, roots first: a root has its outage before others name it."""
    waves: list[dict[int, Verdict]] = [{}]
    for verdict in verdicts:
        if verdict.thing_id in waves[-1]:
            waves.append({})
        waves[-1][verdict.thing_id] = verdict
    for wave in waves:
        for behind in (False, True):
            group = [v for v in wave.values() if (v.root_thing_id is not None) == behind]
            if group:
                yield group


def show_marks(conn: Connection, marks: Sequence[Marked], revision: int) -> None:
    rows = [{"row": m.thing_id, "said": " ".join(sorted(m.marks)), "rev": revision} for m in marks]
    run_many(conn, _mark, rows)


def show_readings(conn: Connection, readings: Sequence[Reading]) -> None:
    """Most of what changes in a network, and on no list: it leaves the revision of its row."""
    rows = [
        {
            "row": r.thing_id,
            "rtt": r.rtt_us,
            "loss": r.loss_pct,
            "jitter": r.jitter_us,
        }
        for r in readings
    ]
    run_many(conn, _read, rows)


def _ends(verdict: Verdict) -> bool:
    """A good answer ends an outage; not seeing the thing any more does not."""
    return verdict.state == State.UP or verdict.first_good_ms is not None


def _first_bad(verdict: Verdict) -> int:
    return verdict.first_bad_ms if verdict.first_bad_ms is not None else verdict.since_ms


def _polled(stamp: Stamp) -> dict[str, Any]:
    return {
        "poller": stamp.poller,
        "shard": stamp.shard,
        "epoch": stamp.epoch,
        "revision": stamp.revision,
    }

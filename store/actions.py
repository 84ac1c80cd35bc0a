"""What people say, from any process: each action is audited and refused when it comes too late."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from store.engine import open_writer
from store.spoken import ack, audit, maintenance, note
from store.tables import event, live, outage, thing
from store.writer import next_revision


@dataclass(frozen=True, slots=True)
class Refused:
    """The action was not done; the reason is for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    revision: int
    row_id: int


Outcome = Done | Refused


def open_actions(url: str) -> Actions:
    """Open the writing door for people's words."""
    return Actions(open_writer(url))


class Actions:
    """Each call is one transaction with one audit row.

    `expected` is the revision that the person saw; an outage that changed since then is refused,
    so that nobody acknowledges what they have not read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acknowledge(
        self,
        outage_id: int,
        *,
        actor: str,
        expected: int,
        note_text: str | None = None,
        owner: str | None = None,
        until_ms: int | None = None,
    ) -> Outcome:
        """Somebody is on it; the open outage leaves the count of those that need somebody."""
        with self._engine.begin() as conn:
            row = conn.execute(select(outage).where(outage.c.id == outage_id)).first()
            refused = _stale(row, outage_id, expected)
            if refused or row is None:
                return refused or Refused(f"there is no outage {outage_id}")
            now, revision = _now_ms(), next_revision(conn)
            said = {"owner": owner, "note": note_text, "until": until_ms}
            made = conn.execute(
                insert(ack).values(outage_id=outage_id, actor=actor, entered=now, **said)
            )
            conn.execute(
                update(live)
                .where(live.c.outage_id == outage_id)
                .values(acknowledged=True, revision=revision)
            )
            conn.execute(update(outage).where(outage.c.id == outage_id).values(revision=revision))
            _audit(conn, actor, "acknowledge", row.thing_id, outage_id, said, now, revision)
            _event(conn, "acknowledged", row.thing_id, outage_id, {"actor": actor}, now, revision)
            return Done(revision, _key(made))

    def annotate(self, thing_id: int, *, actor: str, text: str, outage_id: int | None) -> Outcome:
        """A note on a thing, or on one outage of it."""
        with self._engine.begin() as conn:
            if not text.strip():
                return Refused("the note is empty")
            if not _exists(conn, thing_id):
                return Refused(f"there is no thing {thing_id}")
            now, revision = _now_ms(), next_revision(conn)
            said = {"author": actor, "text": text, "entered": now}
            made = conn.execute(insert(note).values(thing_id=thing_id, outage_id=outage_id, **said))
            _audit(conn, actor, "note", thing_id, outage_id, {"text": text}, now, revision)
            return Done(revision, _key(made))

    def plan_maintenance(
        self, thing_id: int, *, actor: str, from_ms: int, to_ms: int, reason: str
    ) -> Outcome:
        """A planned window; entered after its start it counts from its entry."""
        if to_ms <= from_ms:
            return Refused("the window ends before it starts")
        if not reason.strip():
            return Refused("a maintenance window needs a reason: it stands in the report")
        with self._engine.begin() as conn:
            if not _exists(conn, thing_id):
                return Refused(f"there is no thing {thing_id}")
            now, revision = _now_ms(), next_revision(conn)
            made = conn.execute(
                insert(maintenance).values(
                    thing_id=thing_id,
                    started=from_ms,
                    ended=to_ms,
                    author=actor,
                    reason=reason,
                    entered=now,
                    revision=revision,
                )
            )
            said = {"from": from_ms, "to": to_ms, "reason": reason}
            _audit(conn, actor, "maintenance", thing_id, None, said, now, revision)
            return Done(revision, _key(made))

    def close(self) -> None:
        self._engine.dispose()


def _exists(conn: Connection, thing_id: int) -> bool:
    return conn.execute(select(thing.c.id).where(thing.c.id == thing_id)).first() is not None


def _stale(row: Any, outage_id: int, expected: int) -> Refused | None:
    if row is None:
        return None
    if row.first_good is not None:
        return Refused(f"outage {outage_id} is over")
    if row.revision > expected:
        return Refused(f"outage {outage_id} changed since you read it; look again")
    return None


def _audit(
    conn: Connection,
    actor: str,
    action: str,
    thing_id: int | None,
    outage_id: int | None,
    detail: dict[str, Any],
    now: int,
    revision: int,
) -> None:
    conn.execute(
        insert(audit).values(
            entered=now,
            actor=actor,
            action=action,
            thing_id=thing_id,
            outage_id=outage_id,
            detail=detail,
            revision=revision,
        )
    )


def _event(
    conn: Connection,
    kind: str,
    thing_id: int,
    outage_id: int,
    body: dict[str, Any],
    now: int,
    revision: int,
) -> None:
    values = {"kind": kind, "thing_id": thing_id, "outage_id": outage_id, "body": body}
    conn.execute(insert(event).values(at=now, revision=revision, **values))


def _key(made: Any) -> int:
    return int(made.inserted_primary_key[0])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""What every word of people leaves behind: its outcome, an audit row, an event, a raised row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

from inventory.moments import plausible
from inventory.phrases import say
from store.spoken import audit
from store.tables import event, live, outage, thing


@dataclass(frozen=True, slots=True)
class Refused:
    """The action was not done; the reason is for people, in English.

    `key` and `values`: the phrase that says it in other languages, where it has one.
    """

    reason: str
    key: str = field(default="", compare=False)
    values: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Done:
    """It is on disk. `warnings`: what the person should know beside it."""

    revision: int
    row_id: int
    warnings: tuple[str, ...] = ()


Outcome = Done | Refused


def refused(key: str, /, **values: object) -> Refused:
    """For a reason that has its phrase: `refused.` and the key."""
    phrase = f"refused.{key}"
    return Refused(say("en", phrase, **values), phrase, values)


def implausible(*moments: int | None) -> Refused | None:
    """A moment that nobody can mean is kept out of the record: each action asks for its own."""
    meant = all(at_ms is None or plausible(at_ms) for at_ms in moments)
    return None if meant else refused("no_such_year")


@dataclass(frozen=True, slots=True)
class Word:
    """Who speaks, when, and in which revision: what every row of one action carries."""

    actor: str
    now_ms: int
    revision: int

    def done(self, row_id: int, *warnings: str) -> Done:
        return Done(self.revision, row_id, warnings)

    def leave(
        self,
        conn: Connection,
        action: str,
        happened: str,
        detail: dict[str, Any],
        *,
        thing_id: int | None = None,
        outage_id: int | None = None,
    ) -> None:
        """The audit row of an action, and the event that tells of it."""
        about = {"thing_id": thing_id, "outage_id": outage_id, "revision": self.revision}
        row = {"entered": self.now_ms, "actor": self.actor, "action": action, "detail": detail}
        conn.execute(insert(audit).values(**row, **about))
        body = {"actor": self.actor} | detail
        conn.execute(insert(event).values(at=self.now_ms, kind=happened, body=body, **about))

    def raise_outage(self, conn: Connection, outage_id: int, thing_id: int) -> None:
        """Readers that wake read the outage and the row of its thing anew."""
        stamp = {"revision": self.revision}
        conn.execute(update(outage).where(outage.c.id == outage_id).values(**stamp))
        conn.execute(update(live).where(live.c.thing_id == thing_id).values(**stamp))


def find_outage(conn: Connection, outage_id: int, expected: int) -> Any:
    """The outage as it stands, or Refused: there is none, or it changed since it was read."""
    row = conn.execute(select(outage).where(outage.c.id == outage_id)).first()
    if row is None:
        return refused("no_outage", id=outage_id)
    if row.revision > expected:
        return refused("changed", id=outage_id)
    return row


def find_thing(conn: Connection, thing_id: int) -> Any:
    row = conn.execute(select(thing).where(thing.c.id == thing_id)).first()
    return row if row is not None else refused("no_thing", id=thing_id)


def key_of(made: Any) -> int:
    return int(made.inserted_primary_key[0])

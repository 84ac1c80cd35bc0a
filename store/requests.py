"""What people ask of the running monitor: rows that it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from store.speech import Outcome, Word, key_of
from store.spoken import request

RELOAD = "reload"  # read the configuration now
RELOAD_ACCEPTED = "reload-accepted"  # and take it up though it drops much


class Request(NamedTuple):
    """A request that nobody has answered."""

    id: int
    kind: str
    actor: str


def ask_reload(conn: Connection, word: Word, *, accept: bool) -> Outcome:
    """`row_id` of the outcome is the request's: its answer comes there."""
    kind = RELOAD_ACCEPTED if accept else RELOAD
    row = {"kind": kind, "actor": word.actor, "entered": word.now_ms, "revision": word.revision}
    made = conn.execute(insert(request).values(**row))
    word.leave(conn, kind, "reload_asked", {"accept_retired": accept})
    return word.done(key_of(made))


def unanswered(conn: Connection) -> tuple[Request, ...]:
    """Oldest first."""
    open_rows = select(request).where(request.c.answered.is_(None)).order_by(request.c.id)
    return tuple(Request(row.id, row.kind, row.actor) for row in conn.execute(open_rows))


def answered(conn: Connection, request_id: int) -> Mapping[str, Any] | None:
    """What the monitor answered; None: nothing yet."""
    found: Mapping[str, Any] | None = conn.execute(
        select(request.c.answer).where(request.c.id == request_id)
    ).scalar()
    return found


def answer(
    conn: Connection, ids: Iterable[int], said: Mapping[str, Any], now_ms: int, revision: int
) -> None:
    here = update(request).where(request.c.id.in_(list(ids)), request.c.answered.is_(None))
    conn.execute(here.values(answered=now_ms, answer=dict(said), revision=revision))

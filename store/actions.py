"""What people say, from any process: each action is audited and refused when it comes too late."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction, insert
from sqlalchemy.exc import DBAPIError

from inventory.history_csv import HistoryFile
from inventory.other_figures import FiguresFile
from store import (
    acks,
    corrections,
    dossiers,
    imports,
    monthly,
    other_figures,
    photos,
    requests,
    signed_periods,
    works,
)
from store.dossiers import Made
from store.engine import RecordError, open_writer, shown
from store.imports import Imported
from store.other_figures import FiguresImported
from store.photos import Picture
from store.revision import next_revision
from store.speech import Done, Outcome, Refused, Word, find_thing, key_of, refused
from store.spoken import note
from store.states import State

__all__ = ["Actions", "Done", "Outcome", "Refused", "open_actions"]

NAME_LENGTH = 100  # of actors and owners


def open_actions(url: str) -> Actions:
    """Open the writing door for people's words."""
    return Actions(open_writer(url))


class Actions:
    """Each call is one transaction with one audit row; a refusal leaves nothing behind.

    `expected` is the revision that the person saw; an outage that changed since then is refused,
    so that nobody acknowledges or corrects what they have not read.
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
        said = {"note_text": note_text, "owner": owner, "until_ms": until_ms}
        return self._say(actor, acks.acknowledge, outage_id, expected=expected, **said)

    def register(self, made: Sequence[Made], *, actor: str) -> None:
        """The record vouches for these files of dossiers from now on."""
        with self._turn(actor) as (conn, _, word):
            dossiers.register(conn, word, made)

    def monthly(self, month: str, failed: str | None, *, actor: str) -> None:
        """The draft of a month was made, or could not be."""
        with self._turn(actor) as (conn, _, word):
            monthly.remember(conn, word, month, failed)

    def withdraw(self, outage_id: int, *, actor: str, expected: int) -> Outcome:
        """Nobody is on it any more."""
        return self._say(actor, acks.withdraw, outage_id, expected=expected)

    def annotate(self, thing_id: int, *, actor: str, text: str, outage_id: int | None) -> Outcome:
        """A note on a thing, or on one outage of it."""
        return self._say(actor, _annotate, thing_id, text=text, outage_id=outage_id)

    def add_photo(
        self, thing_id: int, made: Picture, *, actor: str, caption: str, most_bytes: int
    ) -> Outcome:
        """A photo whose files stand by now; `most_bytes`: that all together may take."""
        said = {"made": made, "caption": caption, "most_bytes": most_bytes}
        return self._say(actor, photos.add, thing_id, **said)

    def remove_photo(self, photo_id: int, *, actor: str) -> Outcome:
        """It is shown no more."""
        return self._say(actor, photos.remove, photo_id)

    def ask_report(self, period: str, told: dict[str, Any], *, actor: str) -> Outcome:
        """A person had a report made, or signatures verified; nothing of the record changes."""
        return self._say(actor, signed_periods.ask, period=period, told=told)

    def plan_maintenance(
        self,
        thing_id: int,
        *,
        actor: str,
        from_ms: int,
        to_ms: int,
        reason: str,
        rrule: str | None = None,
        late: bool = False,
    ) -> Outcome:
        """A planned window, once or by an RFC 5545 rule; `late`: also one that is over."""
        said = {"reason": reason, "rrule": rrule, "late": late}
        return self._say(actor, works.plan, thing_id, from_ms=from_ms, to_ms=to_ms, **said)

    def cancel_maintenance(self, work_id: int, *, actor: str) -> Outcome:
        """What has passed of it stays."""
        return self._say(actor, works.cancel, work_id)

    def approve_maintenance(self, work_id: int, *, actor: str) -> Outcome:
        """A second person vouches for a window that was entered after its start."""
        return self._say(actor, works.approve, work_id)

    def correct(
        self,
        outage_id: int,
        changes: corrections.Changes,
        *,
        actor: str,
        reason: str,
        expected: int,
    ) -> Outcome:
        """Other values for cause, provider, side, note, started, ended (UTC ms), state."""
        said = {"reason": reason, "expected": expected}
        return self._say(actor, corrections.correct, outage_id, changes, **said)

    def declare(
        self,
        thing_id: int,
        *,
        actor: str,
        from_ms: int,
        to_ms: int,
        reason: str,
        state: str = State.DOWN,
        cause: str | None = None,
        provider: str | None = None,
    ) -> Outcome:
        """An outage in time that the monitor did not see; `row_id` is its id."""
        said = {"state": state, "cause": cause, "provider": provider, "reason": reason}
        return self._say(actor, corrections.declare, thing_id, from_ms=from_ms, to_ms=to_ms, **said)

    def ask_reload(self, *, actor: str, accept: bool = False) -> Outcome:
        """Let the monitor read its files now; `accept`: though they drop more than 5 %."""
        return self._say(actor, requests.ask_reload, accept=accept)

    def import_history(
        self,
        file: HistoryFile,
        *,
        actor: str,
        aliases: imports.Aliases,
        apply: bool = False,
        skip_bad: bool = False,
    ) -> Imported:
        """Outages of another system; without `apply` the import is made and taken back."""
        with self._turn(actor) as (conn, turn, word):
            options = {"apply": apply, "skip_bad": skip_bad}
            done = imports.import_history(conn, file, word, aliases, **options)
            if not (done.applied and done.changes):
                turn.rollback()
            return done

    def import_figures(
        self, file: FiguresFile, *, actor: str, apply: bool = False
    ) -> FiguresImported:
        """What another side reports; without `apply`, or with errors, nothing is kept."""
        with self._turn(actor) as (conn, turn, word):
            done = other_figures.import_figures(conn, file, word, apply=apply)
            if not done.applied or done.count("same") == len(done.rows):
                turn.rollback()
            return done

    def close(self) -> None:
        self._engine.dispose()

    def _say(self, actor: str, action: Callable[..., Outcome], *about: Any, **said: Any) -> Outcome:
        """One transaction. The revision is raised first: it also keeps other writers out."""
        said = {name: _nfc(value) for name, value in said.items()}
        for what, name in (("actor", actor), ("owner", said.get("owner"))):
            if name is not None and not 0 < len(name.strip()) <= NAME_LENGTH:
                return refused(f"no_{what}", most=NAME_LENGTH)
        with self._turn(actor) as (conn, turn, word):
            outcome = action(conn, word, *about, **said)
            if isinstance(outcome, Refused):
                turn.rollback()
            return outcome

    @contextmanager
    def _turn(self, actor: str) -> Iterator[tuple[Connection, RootTransaction, Word]]:
        """A transaction; RecordError where the record cannot take it."""
        try:
            with self._engine.connect() as conn, conn.begin() as turn:
                yield conn, turn, Word(_nfc(actor).strip(), _now_ms(), next_revision(conn))
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            url = shown(self._engine.url.render_as_string(hide_password=False))
            raise RecordError(
                f"cannot write the record {url}: {reason}; nothing was changed; remedy: see that"
                " the record can be written and `canh run` has brought it up to date"
            ) from error


def _annotate(
    conn: Connection, word: Word, thing_id: int, *, text: str, outage_id: int | None
) -> Outcome:
    if not text.strip():
        return refused("empty_note")
    there = find_thing(conn, thing_id)
    if isinstance(there, Refused):
        return there
    said = {"author": word.actor, "text": text, "entered": word.now_ms}
    made = conn.execute(insert(note).values(thing_id=thing_id, outage_id=outage_id, **said))
    word.leave(conn, "note", "noted", {"text": text}, thing_id=thing_id, outage_id=outage_id)
    if outage_id is not None:
        word.raise_outage(conn, outage_id, thing_id)
    return word.done(key_of(made))


def _nfc(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

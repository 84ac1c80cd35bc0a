"""Who may use the pages: accounts and what they may. Every change is an audit row."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from inventory.phrases import LANGUAGES
from store.account_rows import ROLES, Account, By, account_row
from store.account_tables import account, session
from store.engine import RecordError, alone, open_reader, open_writer, shown, sqlite_path
from store.migrate import HEAD, current, migrate
from store.passwords import COST, Cost, hashed, unfit
from store.speech import Done, Outcome, Refused, refused
from store.spoken import audit
from store.tables import live, record

NAME_LENGTH, LABEL_LENGTH, MOST_UNITS = 100, 100, 200
Clock = Callable[[], int]
_KEEP: Any = object()  # what is not to change


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def folded(name: str) -> str:
    """By which there is one of each name: without case, and with one form of each letter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFC", name).casefold())


class Accounts:
    """Reads and writes block; safe for several threads. RecordError where the record fails."""

    def __init__(self, url: str, *, cost: Cost = COST, clock: Clock = now_ms) -> None:
        self.cost, self.clock = cost, clock
        _make(url)
        self._writer, self._reader = open_writer(url, follow=True), open_reader(url)

    # -- questions ---------------------------------------------------------------------------

    def any(self) -> bool:
        """Is there one, also one that is disabled?"""
        with self.reading() as conn:
            return conn.execute(select(account.c.id).limit(1)).first() is not None

    def all(self) -> tuple[Account, ...]:
        with self.reading() as conn:
            return tuple(map(account_row, conn.execute(select(account).order_by(account.c.name))))

    def named(self, name: str) -> Account | None:
        with self.reading() as conn:
            row = find_named(conn, name)
        return None if row is None else account_row(row)

    def numbered(self, account_id: int) -> Account | None:
        with self.reading() as conn:
            row = conn.execute(select(account).where(account.c.id == account_id)).first()
        return None if row is None else account_row(row)

    # -- words -------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        password: str | None,
        *,
        by: By,
        role: str,
        units: Sequence[str] | None = None,
        language: str | None = None,
        subject: str | None = None,
    ) -> Outcome:
        """`password` None: it signs in elsewhere, where its name is `subject`."""
        name = unicodedata.normalize("NFC", name).strip()
        if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
            return refused("account_name", most=NAME_LENGTH)
        kept = None
        if password is not None:
            bad = unfit(password, name)
            if bad is not None:
                return bad
            kept = hashed(password, self.cost)
        now = self.clock()
        may: dict[str, Any] = {"role": role, "units": _sorted(units), "language": language}
        row = {"name": name, "folded": folded(name), "password": kept, "subject": subject}
        with self.writing() as conn:
            bad = self._impossible(conn, **may)
            if bad is not None:
                return bad
            try:
                with conn.begin_nested():
                    made: Any = conn.execute(
                        insert(account).values(created=now, changed=now, **row | may)
                    )
            except IntegrityError:
                return refused("account_taken", name=name)
            self.leave(conn, by, "account_add", {"account": name} | may)
            return _done(conn, int(made.inserted_primary_key[0]))

    def change(
        self,
        account_id: int,
        *,
        by: By,
        role: str = _KEEP,
        units: Sequence[str] | None = _KEEP,
        language: str | None = _KEEP,
    ) -> Outcome:
        """What it may; sessions and tokens follow at once."""
        said = {"role": role, "units": units, "language": language}
        wanted: dict[str, Any] = {n: value for n, value in said.items() if value is not _KEEP}
        if "units" in wanted:
            wanted["units"] = _sorted(wanted["units"])
        with self.writing() as conn:
            one_by_one(conn)
            old = _find(conn, account_id)
            if isinstance(old, Refused):
                return old
            bad = self._impossible(conn, **wanted)
            if bad is not None:
                return bad
            if wanted.get("role", "admin") != "admin" and _last_admin(conn, old):
                return refused("last_admin", name=old.name)
            self._set(conn, account_id, **wanted)
            was = {name: old._mapping[name] for name in wanted}
            self.leave(conn, by, "account_change", {"account": old.name, "was": was} | wanted)
            return _done(conn, account_id)

    def set_password(self, account_id: int, password: str, *, by: By) -> Outcome:
        """All sessions end."""
        there = self.numbered(account_id)
        if there is None:
            return refused("no_account", id=account_id)
        bad = unfit(password, there.name)
        if bad is not None:
            return bad
        kept = hashed(password, self.cost)
        with self.writing() as conn:
            self._set(conn, account_id, password=kept)
            self.end_all(conn, account_id)
            self.leave(conn, by, "password", {"account": there.name})
            return _done(conn, account_id)

    def disable(self, account_id: int, *, by: By, disabled: bool = True) -> Outcome:
        """All sessions end; tokens open nothing until it is enabled again."""
        with self.writing() as conn:
            one_by_one(conn)
            old = _find(conn, account_id)
            if isinstance(old, Refused):
                return old
            if disabled and _last_admin(conn, old):
                return refused("last_admin", name=old.name)
            self._set(conn, account_id, disabled=self.clock() if disabled else None)
            self.end_all(conn, account_id)
            what = "account_disable" if disabled else "account_enable"
            self.leave(conn, by, what, {"account": old.name})
            return _done(conn, account_id)

    # -- what sessions and tokens share ------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        try:
            with self._reader.begin() as conn:
                yield conn
        except SQLAlchemyError as error:
            raise self._clear("read", error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        try:
            with self._writer.begin() as conn:
                yield conn
        except DBAPIError as error:
            raise self._clear("write", error) from error

    def leave(self, conn: Connection, by: By, action: str, detail: dict[str, Any]) -> None:
        """The audit row. It raises no revision: nothing that lists show has changed."""
        row = {"entered": self.clock(), "actor": by.actor[:NAME_LENGTH], "action": action}
        told = detail | by.detail
        conn.execute(insert(audit).values(detail=told, revision=_revision(conn), **row))

    def end_all(self, conn: Connection, account_id: int) -> None:
        own = (session.c.account_id == account_id) & session.c.ended.is_(None)
        conn.execute(update(session).where(own).values(ended=self.clock()))

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()

    def _set(self, conn: Connection, account_id: int, **values: Any) -> None:
        here = account.c.id == account_id
        conn.execute(update(account).where(here).values(changed=self.clock(), **values))

    def _impossible(
        self,
        conn: Connection,
        role: str = ROLES[0],
        units: Sequence[str] | None = None,
        language: str | None = None,
    ) -> Refused | None:
        if role not in ROLES:
            return refused("no_role", role=role, roles=", ".join(ROLES))
        if language is not None and language not in LANGUAGES:
            return refused("no_language", language=language)
        return strange_units(conn, units)

    def _clear(self, verb: str, error: SQLAlchemyError) -> RecordError:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        url = shown(self._writer.url.render_as_string(hide_password=False))
        return RecordError(
            f"cannot {verb} the accounts in {url}: {reason}; remedy: see that the record can be"
            f" {'read' if verb == 'read' else 'written'}"
        )


def find_named(conn: Connection, name: str) -> Any:
    """Its row; None: there is no such account. PostgreSQL cannot even compare with NUL."""
    if not name.isprintable():
        return None
    return conn.execute(select(account).where(account.c.folded == folded(name))).first()


def one_by_one(conn: Connection) -> None:
    """What counts rows and then writes is not to be overtaken, on PostgreSQL either."""
    conn.execute(select(record.c.id).with_for_update())


def strange_units(conn: Connection, units: Sequence[str] | None) -> Refused | None:
    """Why these cannot be a limit. A record that was never filled knows no units to compare."""
    if units is None:
        return None
    if not 0 < len(units) <= MOST_UNITS:
        return refused("units_count", most=MOST_UNITS)
    own = select(live.c.key).where(live.c.kind == "unit", live.c.key.in_(units))
    missing = set(units) - set(conn.execute(own).scalars())
    return refused("no_unit", unit=min(missing)) if missing else None


def _sorted(units: Sequence[str] | None) -> list[str] | None:
    return None if units is None else sorted(set(units))


def _find(conn: Connection, account_id: int) -> Any:
    row = conn.execute(select(account).where(account.c.id == account_id)).first()
    return row if row is not None else refused("no_account", id=account_id)


def _last_admin(conn: Connection, row: Any) -> bool:
    """Nobody else could administer what is left."""
    able = (account.c.role == "admin") & account.c.disabled.is_(None)
    count = conn.execute(select(func.count()).where(able)).scalar_one()
    return row.role == "admin" and row.disabled is None and count == 1


def _revision(conn: Connection) -> Any:
    return conn.execute(select(record.c.revision)).scalar_one()


def _done(conn: Connection, row_id: int) -> Done:
    return Done(int(_revision(conn)), row_id)


def _make(url: str) -> None:
    """The first account may come before the first watch: then the record is made for it."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        with alone(url):
            _migrated(open_writer(url))
        return
    engine = open_reader(url)
    try:
        with engine.connect() as conn:
            found = current(conn)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise RecordError(f"cannot read the record {shown(url)}: {reason}") from error
    finally:
        engine.dispose()
    if found is None:
        with alone(url):
            _migrated(open_writer(url))
    elif found != HEAD:
        raise RecordError(
            f"the record {shown(url)} has schema {found}, this version knows {HEAD}; remedy: start"
            " `canh run` of this version, which brings it up to date"
        )


def _migrated(engine: Engine) -> None:
    try:
        migrate(engine)
    finally:
        engine.dispose()

"""Opens the record: one engine that writes, one that can only read."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, OperationalError

BUSY_MS = 10_000
MONITOR_LOCK = 0x63616E68  # "canh"
MESSENGER_LOCK = MONITOR_LOCK + 1
_ROOMY = ("wal_autocheckpoint = 4000", "cache_size = -32768")  # a storm writes 20 MB at once
_DURABLE = ("synchronous = FULL", "foreign_keys = ON", *_ROOMY)
_SOUND = ("synchronous = NORMAL", "secure_delete = OFF")  # what is deleted need not be zeroed


class RecordError(RuntimeError):
    """The record cannot be used; the text names the place and the remedy."""


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite URL; None for another engine."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def shown(url: str) -> str:
    """The URL for people: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at this path; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_writer(url: str, *, durable: bool = True, follow: bool = False) -> Engine:
    """An engine whose transactions begin IMMEDIATE; an outage is on disk when commit returns.

    Not `durable` (samples): a power cut may take the last commits, never the file's soundness.
    `follow`: go over to another file that takes the place of this one, as readers do.
    """
    path = sqlite_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=1, max_overflow=1)
    if path is not None:
        _on_connect(engine, *(_DURABLE if durable else _SOUND), "journal_mode = WAL")
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
        if follow:
            _follow(engine, path)
    return engine


def open_reader(url: str) -> Engine:
    """An engine that cannot write and never waits for the writer (WAL, MVCC)."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise RecordError(f"no record at {path}; remedy: start `canh run`, or name it with --data")
    engine = create_engine(url, pool_size=1, max_overflow=1)
    if path is not None:
        _on_connect(engine, "query_only = ON")
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
        _follow(engine, path)
    else:
        engine = engine.execution_options(
            postgresql_readonly=True, isolation_level="REPEATABLE READ"
        )
    return engine


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the record: a second monitor on it would tell a second truth."""
    path = sqlite_path(url)
    with _file_lock(path.resolve()) if path is not None else _server_lock(url) as held:
        if not held:
            raise RecordError(
                f"another monitor holds {shown(url)}; remedy: stop it, or give this one its own"
                " --data"
            )
        yield


@contextmanager
def sole_messenger(url: str) -> Iterator[bool]:
    """Whether nobody else sends the messages of this record; if so, until the end."""
    path = sqlite_path(url)
    if path is None:
        with _server_lock(url, MESSENGER_LOCK) as held:
            yield held
        return
    try:
        file = path.with_suffix(".messenger").open("w")
    except OSError as error:
        raise RecordError(f"cannot write beside {path}: {error.strerror}") from error
    with file:
        yield hold(file)


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    """Both the name and the file itself are held, for a file may have several names.

    The file is opened before SQLite opens it and closed after, for closing it takes SQLite's own
    locks away (POSIX, fcntl(2)).
    """
    with ExitStack() as opened:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            files: list[IO[Any]] = [
                opened.enter_context(path.with_suffix(".lock").open("w")),
                opened.enter_context(path.open("ab")),
            ]
        except OSError as error:
            raise RecordError(
                f"the record {path} cannot be written: {error.strerror}; remedy: let this user "
                f"write to {path.parent}, on a file system that is writable and has room"
            ) from error
        yield all(hold(file) for file in files)


def hold(file: IO[Any] | int) -> bool:
    """Take the lock of an open file until it is closed or the process ends; False: it is taken."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _server_lock(url: str, key: int = MONITOR_LOCK) -> Iterator[bool]:
    """Held by one connection; the server frees it when the process ends, however it ends."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with _connected(engine) as conn:
            asked = text("SELECT pg_try_advisory_lock(:key)")
            yield bool(conn.execute(asked, {"key": key}).scalar())
    finally:
        engine.dispose()


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0]
        raise RecordError(
            f"cannot reach {engine.url.render_as_string()}: {reason}; remedy: start the server, "
            "or mend --data"
        ) from error


def _follow(engine: Engine, path: Path) -> None:
    """When another file has taken the place of the one that is open, connect to it."""

    def connected(_: object, entry: Any) -> None:
        entry.info["file"] = identity(path)

    def checked_out(_: object, entry: Any, __: object) -> None:
        standing = identity(path)
        if standing is not None and standing != entry.info["file"]:
            raise DisconnectionError(f"{path} is another file now")

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checked_out)


def _on_connect(engine: Engine, *pragmas: str) -> None:
    """SQLite: we say BEGIN ourselves (the driver's own would be deferred), and set pragmas."""

    def connected(raw: Any, _: object) -> None:
        raw.isolation_level = None
        cursor: sqlite3.Cursor = raw.cursor()
        for pragma in (f"busy_timeout = {BUSY_MS}", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connected)

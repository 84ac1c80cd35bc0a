"""Opens the record: one engine that writes, one that can only read."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

BUSY_MS = 10_000
MONITOR_LOCK = 0x63616E68  # "canh"
_DURABLE = ("synchronous = FULL", "foreign_keys = ON")
_SOUND = ("synchronous = NORMAL", "secure_delete = OFF")  # what is deleted need not be zeroed


class RecordError(RuntimeError):
    """The record cannot be used; the text names the place and the remedy."""


def sqlite_url(path: Path) -> str:
    """Characters that mean something in a URL are written so that they do not."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite URL; None for another engine."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def shown(url: str) -> str:
    """The URL for people: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def open_writer(url: str, *, durable: bool = True) -> Engine:
    """An engine whose transactions begin IMMEDIATE; an outage is on disk when commit returns.

    Not `durable` (samples): a power cut may take the last commits, never the file's soundness.
    """
    path = sqlite_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=1, max_overflow=1)
    if path is not None:
        _on_connect(engine, *(_DURABLE if durable else _SOUND), "journal_mode = WAL")
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
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
    else:
        engine = engine.execution_options(
            postgresql_readonly=True, isolation_level="REPEATABLE READ"
        )
    return engine


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the record: a second monitor on it would tell a second truth."""
    path = sqlite_path(url)
    with _file_lock(path) if path is not None else _server_lock(url) as held:
        if not held:
            raise RecordError(
                f"another monitor holds {shown(url)}; remedy: stop it, or give this one its own"
                " --data"
            )
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _server_lock(url: str) -> Iterator[bool]:
    """Held by one connection; the server frees it when the process ends, however it ends."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        asked = text("SELECT pg_try_advisory_lock(:key)")
        yield bool(conn.execute(asked, {"key": MONITOR_LOCK}).scalar())
    engine.dispose()


def _on_connect(engine: Engine, *pragmas: str) -> None:
    """SQLite: we say BEGIN ourselves (the driver's own would be deferred), and set pragmas."""

    def connected(raw: Any, _: object) -> None:
        raw.isolation_level = None
        cursor: sqlite3.Cursor = raw.cursor()
        for pragma in (f"busy_timeout = {BUSY_MS}", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connected)

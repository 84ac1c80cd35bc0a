"""Looks a record over for `canh doctor`: its soundness, its samples, who watches."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from store import sample_file
from store.engine import RecordError, open_reader, shown, sqlite_path
from store.migrate import HEAD, current
from store.outbox import unsent
from store.questions import Unsent, Watching
from store.tables import health, poller, record
from store.trouble import examine
from store.watching import watching

DAY_MS = 86_400_000
SCHEMA = HEAD
SQLITE = sqlite3.sqlite_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found; `watching` is None where the schema is another than ours."""

    schema: str
    record_bytes: int  # of all its files; 0 on a server
    samples_bytes: int
    created_ms: int
    samples: str  # why they are not used; empty: they are, or there are none
    watching: Watching | None = None
    version: str = ""  # of the monitor that wrote last
    health: Mapping[str, Any]  # the last row that it told of itself
    jumps: int = 0  # of the clock, within the last day
    unsent: tuple[Unsent, ...] = ()  # channels of messages that fail

    @property
    def older(self) -> bool:
        return self.schema < HEAD

    @property
    def newer(self) -> bool:
        return self.schema > HEAD


def look(url: str, now_ms: int) -> Looked | None:
    """None: there is no record yet. RecordError where it is damaged or cannot be read."""
    path = sqlite_path(url)
    if path is not None and (not path.exists() or not path.stat().st_size):
        return None
    examine(url)
    books = open_reader(url)
    try:
        with books.connect() as conn:
            schema = current(conn)
            if schema is None:
                return None
            created = conn.execute(select(record.c.created)).scalar_one()
            told = _told(conn, now_ms) if schema == HEAD else {"health": {}}
        return Looked(
            schema=schema,
            created_ms=created,
            record_bytes=_bytes(url, ""),
            samples_bytes=_bytes(url, sample_file.FILE),
            samples=_samples(url, books),
            **told,
        )
    except DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        raise RecordError(f"{shown(url)} cannot be read: {reason}") from error
    finally:
        books.dispose()


def _told(conn: Connection, now_ms: int) -> dict[str, Any]:
    here = health.c.at >= now_ms - DAY_MS
    rows = conn.execute(select(health.c.body).where(here).order_by(health.c.at)).scalars().all()
    last = conn.execute(select(poller.c.version).order_by(poller.c.beat.desc()).limit(1))
    return {
        "watching": watching(conn),
        "version": last.scalar() or "",
        "health": rows[-1] if rows else {},
        "unsent": unsent(conn),
        "jumps": sum(bool(row.get("jumped_ms")) for row in rows),
    }


def _samples(url: str, books: Engine) -> str:
    if not sample_file.exists(sample_file.place(url)):
        return ""
    kept = sample_file.open_looking(url)
    try:
        with kept.connect() as conn:
            sample_file.check(conn, books)
    except RecordError as error:
        return str(error)
    except DBAPIError as error:
        return sample_file.in_short(error)
    finally:
        kept.dispose()
    return ""


def _bytes(url: str, name: str) -> int:
    path = sqlite_path(url)
    if path is None:
        return 0
    path = path.with_name(name or path.name)
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if file.is_file())

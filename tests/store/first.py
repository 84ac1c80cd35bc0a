"""Records as `migrate` makes them: it makes one for each process, and the others are its copies."""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path

from sqlalchemy import update

from store.engine import open_writer, sqlite_path
from store.migrate import migrate
from store.tables import record
from store.urls import sqlite_url


def first(url: str) -> None:
    """Migrated, whatever it was."""
    engine = open_writer(url)
    migrate(engine)
    engine.dispose()


def made(url: str) -> None:
    """The same as `first`, but sooner where there is nothing yet."""
    path = sqlite_path(url)
    if path is None or path.exists():
        first(url)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template() / "record.db", path)
    renew(url)


def renew(url: str) -> None:
    """No copy is the record that it was copied of."""
    engine = open_writer(url)
    with engine.begin() as conn:
        born = {"record_id": str(uuid.uuid4()), "created": time.time_ns() // 1_000_000}
        conn.execute(update(record).values(**born))
    engine.dispose()


@cache
def _template() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="canh-first-")
    _KEPT.append(folder)
    first(sqlite_url(Path(folder.name) / "record.db"))
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # until the process ends

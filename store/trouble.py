"""Says in one sentence what keeps the record from being written, and what helps."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from store.ballast import Ballast, free_bytes
from store.changes import Batch
from store.engine import RecordError, shown, sqlite_path

log = logging.getLogger(__name__)
NO_ROOM_BYTES = 256 << 10  # an I/O error with less room than this is a full disk
HUGE_BYTES = 256 << 20  # larger files are checked only after an unclean stop

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SHUT = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

T = TypeVar("T")


class Trouble(StrEnum):
    FULL = "full"
    READ_ONLY = "read_only"
    DAMAGED = "damaged"
    LOCKED = "locked"
    FAILING = "failing"  # the disk, or the server


def trouble_of(error: BaseException, path: Path | None) -> Trouble:
    """What a database error means; `path` is the SQLite file, None for a server."""
    reason = getattr(error, "orig", None) or error
    code = getattr(reason, "sqlite_errorcode", None)
    if code is None or path is None:
        return Trouble.FAILING
    primary = code & 0xFF
    if primary in _DAMAGED:
        return Trouble.DAMAGED
    if primary in _HELD:
        return Trouble.LOCKED
    if primary == sqlite3.SQLITE_FULL:
        return Trouble.FULL
    if primary in _SHUT or _read_only(path.parent):
        return Trouble.READ_ONLY
    if _no_room(path.parent):
        return Trouble.FULL
    return Trouble.READ_ONLY if primary == sqlite3.SQLITE_CANTOPEN else Trouble.FAILING


def sentence(trouble: Trouble, where: str, error: BaseException) -> str:
    """Place, reason and remedy, for people."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    folder = Path(where).parent
    return {
        Trouble.FULL: f"the disk with {where} is full: {reason}; remedy: free space in {folder}",
        Trouble.READ_ONLY: f"the record {where} cannot be written: {reason}; remedy: let this user"
        f" write to {folder}, and mount its file system writable",
        Trouble.DAMAGED: f"the record {where} is damaged: {reason}; nothing was changed; remedy: "
        f"restore a backup, or save what can be read with `sqlite3 {where} .recover | sqlite3 "
        "NEW.db` and put NEW.db in its place",
        Trouble.LOCKED: f"the record {where} is locked by another program: {reason}; remedy: end "
        "that program",
        Trouble.FAILING: f"the record {where} cannot be written: {reason}; remedy: look at its "
        "disk or its server",
    }[trouble]


def prepared(url: str, work: Callable[[], T]) -> T:
    """Do `work` on a record before the watch begins. RecordError where it cannot be done.

    A full disk gets the room that the ballast holds, and `work` a second try.
    """
    path = sqlite_path(url)
    try:
        return work()
    except DBAPIError as error:
        trouble = trouble_of(error, path)
        told = sentence(trouble, str(path or shown(url)), error)
        freed = 0
        if path is not None and trouble is Trouble.FULL:
            freed = Ballast(path.resolve().with_suffix(".ballast")).release()
        if not freed:
            raise RecordError(told) from error
    log.error("%s; the ballast of %s is released", told, size(freed))
    try:
        return work()
    except DBAPIError as error:
        raise RecordError(sentence(trouble_of(error, path), str(path), error)) from error


def examine(url: str, *, huge_bytes: int = HUGE_BYTES) -> None:
    """Refuse a damaged file, and leave it as it is. A server examines its own files.

    What is huge and was stopped in order is only looked at, or the start would take minutes.
    """
    path = sqlite_path(url)
    if path is None or not path.exists() or not path.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            large = path.stat().st_size > huge_bytes
            if large and "poller" in names and _stopped_in_order(db):
                return
            found = [row[0] for row in db.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as error:
        raise RecordError(sentence(trouble_of(error, path), str(path), error)) from error
    if found != ["ok"]:
        reason = ValueError(" ".join(" ".join(found).split()))
        raise RecordError(sentence(Trouble.DAMAGED, str(path), reason))


def _stopped_in_order(db: sqlite3.Connection) -> bool:
    unclean = db.execute("SELECT count(*) FROM poller WHERE NOT stopped").fetchone()[0]
    return not unclean


def keep_pending(folder: Path, batches: Sequence[Batch], at_ms: int) -> Path | None:
    """Write what could not be committed as JSON lines, for people. None: that failed too."""
    path = folder / f"record.pending-{at_ms}.jsonl"
    try:
        with path.open("x", encoding="utf-8") as file:
            for batch in batches:
                file.write(json.dumps(asdict(batch), ensure_ascii=False, default=_plain) + "\n")
    except OSError as error:
        log.error("%d batches are lost: %s: %s", len(batches), path, error.strerror)
        return None
    return path


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)


def _read_only(folder: Path) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _no_room(folder: Path) -> bool:
    """Nobody can tell of a folder that is gone: that is no full disk."""
    return folder.exists() and free_bytes(folder) < NO_ROOM_BYTES

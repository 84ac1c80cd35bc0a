"""Puts a backup into the place of a record, after all of it was read and found sound."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from inventory.written import sync_folder
from store import sample_file
from store.archive import About, BackupError, below, unpack
from store.backup import DUMP, FOLDERS, RECORD, SAMPLES, call, staged
from store.engine import RecordError, alone, open_reader, shown, sqlite_path
from store.migrate import HEAD, current
from store.tables import record
from store.urls import sqlite_url

_ENDS = ("", "-wal", "-shm")


def check(path: Path, beside: Path) -> About:
    """Read all of a backup, and say what it holds. `beside`: a folder with room for it."""
    with _sound(path, beside) as (_, about):
        return about


def restore(path: Path, url: str, *, replace: bool) -> tuple[About, str | None]:
    """Put the backup where `url` is; returns what it holds and where the old record is kept.

    RecordError where the backup is not whole and sound, a monitor runs, or there is a record and
    not `replace`: then nothing was touched.
    """
    target = sqlite_path(url)
    place = _folder(target) if target is not None else path.absolute().parent
    with _sound(path, place) as (stage, about):
        if about.engine != ("postgresql" if target is None else "sqlite"):
            raise BackupError(
                f"{path} is a backup of {about.engine}, and {shown(url)} is another engine;"
                " nothing was touched; remedy: name a fitting --data"
            )
        if target is None:
            return about, _into_server(stage / DUMP, url, replace=replace)
        if not replace:  # before the name of the record is made, to be held
            _refuse_over(target)
        with _held(url, target):
            return about, _into_folder(stage, target)


@contextmanager
def _sound(path: Path, beside: Path) -> Iterator[tuple[Path, About]]:
    """The unpacked backup, in which nothing is missing, damaged or from a newer program."""
    with staged(beside) as stage:
        about = unpack(path, stage)
        if about.schema > HEAD:
            raise BackupError(
                f"{path} has schema {about.schema}, this version knows {HEAD}; nothing was touched;"
                f" remedy: use canh {about.version}, which wrote it, or newer"
            )
        if about.engine == "sqlite":
            _examine(path, stage, about)
        elif not (stage / DUMP).exists():
            raise BackupError(f"{path} has no {DUMP}; nothing was touched")
        yield stage, about


def _examine(path: Path, stage: Path, about: About) -> None:
    """The files are sound, and those that the list tells of."""
    names = [RECORD, *([SAMPLES] if about.samples_format is not None else [])]
    try:
        for name in names:
            with closing(sqlite3.connect(f"{(stage / name).as_uri()}?mode=ro", uri=True)) as db:
                found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
                if found != "ok":
                    raise BackupError(f"{path}: {name} is damaged: {found}; nothing was touched")
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"{path}: {name}: {error}; nothing was touched") from error
    books = open_reader(sqlite_url(stage / RECORD))
    try:
        with books.connect() as conn:
            told = conn.execute(select(record.c.record_id)).scalar(), current(conn)
        if told != (about.record_id, about.schema):
            raise BackupError(f"{path}: its list tells of another record; nothing was touched")
        if about.samples_format is not None:
            _examine_samples(stage)
    finally:
        books.dispose()


def _examine_samples(stage: Path) -> None:
    books, kept = (open_reader(sqlite_url(stage / name)) for name in (RECORD, SAMPLES))
    try:
        with kept.connect() as conn:
            sample_file.check(conn, books)
    finally:
        kept.dispose()
        books.dispose()


# -- a folder ------------------------------------------------------------------------------------


def _folder(target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(f"{target.parent} cannot be made: {error.strerror}") from error
    return target.parent


def _refuse_over(target: Path) -> None:
    for path in (target, target.with_name(SAMPLES)):
        if path.exists() and path.stat().st_size:
            raise BackupError(
                f"{path} is there already; nothing was touched; remedy: --replace, which keeps the"
                " old one aside, or another --data"
            )


@contextmanager
def _held(url: str, target: Path) -> Iterator[None]:
    """No monitor writes meanwhile, and none begins. A name that was made to be held goes again."""
    was_there = target.exists()
    try:
        with alone(url):
            yield
    finally:
        if not was_there and target.exists() and not target.stat().st_size:
            target.unlink()


def _into_folder(stage: Path, target: Path) -> str | None:
    """Move the old aside and the new in, or, where that fails, the old back."""
    folder = target.parent
    aside = folder / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    undo: list[Callable[[], object]] = []

    def move(source: Path, goal: Path) -> None:
        goal.parent.mkdir(parents=True, exist_ok=True)
        source.replace(goal)
        undo.append(lambda: goal.replace(source))

    try:
        for name in (*(f"{n}{end}" for n in (target.name, SAMPLES) for end in _ENDS), *FOLDERS):
            old = folder / name
            if old.is_dir() or (old.exists() and old.stat().st_size):
                move(old, aside / name)
        _give(stage, folder)
        for name in FOLDERS:
            if (stage / "files" / name).exists():
                move(stage / "files" / name, folder / name)
        for name, goal in ((SAMPLES, folder / SAMPLES), (RECORD, target)):  # it comes last
            if (stage / name).exists():
                move(stage / name, goal)
    except OSError as error:
        for back in reversed(undo):
            back()
        raise BackupError(
            f"{error.filename or folder}: {error.strerror}; all is as it was; remedy: let this user"
            f" write to {folder}"
        ) from error
    sync_folder(folder)
    return str(aside) if aside.exists() else None


def _give(stage: Path, folder: Path) -> None:
    """What root restores belongs to whom the folder belongs to, or the monitor could not write."""
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    lock = folder / "record.lock"
    folders = (path for path in stage.rglob("*") if path.is_dir())
    for path in (*below(stage), *folders, *([lock] if lock.exists() else ())):
        os.chown(path, owner.st_uid, owner.st_gid)


# -- a server ------------------------------------------------------------------------------------


def _into_server(dump: Path, url: str, *, replace: bool) -> str | None:
    """In one transaction; the old tables stay in a schema of their own."""
    aside = f"replaced_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    call("pg_restore", url, "--list", str(dump))  # is it there, and does it understand the dump?
    with alone(url):
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as conn:
                there = bool(inspect(conn).get_table_names())
                if there and not replace:
                    raise BackupError(
                        f"{shown(url)} is not empty; nothing was touched; remedy: --replace, which"
                        " keeps the old tables aside, or another database"
                    )
                if there:
                    conn.execute(text(f"ALTER SCHEMA public RENAME TO {aside}"))
                    conn.execute(text("CREATE SCHEMA public"))
                try:
                    into = ("--single-transaction", "--exit-on-error", "--no-owner")
                    call("pg_restore", url, *into, "--no-privileges", str(dump))
                except BackupError:
                    if there:
                        conn.execute(text("DROP SCHEMA public CASCADE"))
                        conn.execute(text(f"ALTER SCHEMA {aside} RENAME TO public"))
                    raise
        except DBAPIError as error:
            raise RecordError(f"{shown(url)}: {str(error.orig).splitlines()[0]}") from error
        finally:
            engine.dispose()
    return f"schema {aside} of {make_url(url).database}" if there else None

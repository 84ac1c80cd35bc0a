"""Makes one file of a record, its samples and its folders, while the monitor writes on.

The samples are copied first, the record right after them, each in one step: so the record knows
all that its samples speak of, and neither the writer nor a reader waits.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from inventory.written import sync_folder
from store import sample_file
from store.archive import FILES, About, BackupError, below, looks_like_one, pack
from store.ballast import free_bytes
from store.engine import hold, open_reader, shown, sqlite_path
from store.migrate import current
from store.tables import record
from store.urls import sqlite_url

RECORD, SAMPLES, DUMP = "record.db", "samples.db", "record.dump"
FOLDERS = ("photos",)  # of the data folder: what stands in no table
_STAGE = ".canh-backup-"
_ROTATED = re.compile(r"canh-\d{8}T\d{6}Z\.tar\.gz")
_DUMP_LIMIT_S = 6 * 3600.0


def make(url: str, target: Path, *, samples: bool = True) -> tuple[About, int]:
    """Write the backup; returns what it holds and its size in bytes. RecordError, naming the
    place and the remedy, where none can be made: then `target` is as it was."""
    target = target.absolute()
    if target.exists() and not looks_like_one(target):
        raise BackupError(f"{target} stands there and is no backup; remedy: name another file")
    with staged(target.parent) as stage:
        _need_room(url, target.parent, samples=samples)
        about = copy(url, stage, samples=samples)
        members = {path.name: path for path in sorted(stage.iterdir())}
        members |= _beside(url, stage)
        part = stage / "whole"
        try:
            size = pack(part, members, about)
            part.replace(target)
        except OSError as error:
            raise BackupError(_unwritten(target, error)) from error
        sync_folder(target.parent)
    return about, size


def rotated(folder: Path) -> Path:
    """The name of a backup made now in a folder of many."""
    return folder / f"canh-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"


def kept(folder: Path) -> list[Path]:
    """The backups of a folder of many, newest first."""
    names = (path for path in folder.glob("canh-*.tar.gz") if _ROTATED.fullmatch(path.name))
    return sorted(names, reverse=True)


def drop_old(folder: Path, keep: int) -> list[Path]:
    """All but the newest `keep`; returns what was removed."""
    old = kept(folder)[keep:]
    for path in old:
        path.unlink(missing_ok=True)
    return old


@contextmanager
def staged(parent: Path) -> Iterator[Path]:
    """An empty folder on the disk of `parent`; what killed predecessors left there is removed."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for old in parent.glob(f"{_STAGE}*"):
            _drop_orphan(old)
        stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=parent))
    except OSError as error:
        raise BackupError(_unwritten(parent, error)) from error
    handle = os.open(stage, os.O_RDONLY)
    try:
        hold(handle)
        yield stage
    finally:
        os.close(handle)
        shutil.rmtree(stage, ignore_errors=True)


def _drop_orphan(stage: Path) -> None:
    handle = os.open(stage, os.O_RDONLY)
    try:
        if hold(handle):
            shutil.rmtree(stage, ignore_errors=True)
    finally:
        os.close(handle)


# -- copies --------------------------------------------------------------------------------------


def copy(url: str, folder: Path, *, samples: bool = True) -> About:
    """Of the record, and of its samples unless without, into files in `folder`."""
    path = sqlite_path(url)
    if path is None:
        return _dump(url, folder, samples=samples)
    if not path.exists():
        raise BackupError(f"no record at {path}; remedy: name it with --data")
    beside = path.with_name(sample_file.FILE)
    samples = samples and beside.exists()
    if samples:
        copy_file(beside, folder / SAMPLES)
    copy_file(path, folder / RECORD)
    books = open_reader(sqlite_url(folder / RECORD))
    try:
        about = _about(books, samples=samples)
        if samples:
            _belong(folder, books)
    finally:
        books.dispose()
    return about


def copy_file(source: Path, target: Path) -> None:
    """One consistent and sound copy of a SQLite file, on disk; others may write to it."""
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as db,
            closing(sqlite3.connect(target)) as made,
        ):
            db.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")
            found = made.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(
            f"{source} cannot be copied to {target.parent.parent}: {error};"
            " remedy: see what `canh doctor` says of the record, and make room for the copy"
        ) from error
    if found != "ok":
        raise BackupError(
            f"{source} is damaged: {' '.join(found.split())}; no backup was made; remedy: restore"
            " an older one"
        )


def _belong(folder: Path, books: Engine) -> None:
    """A samples.db of somebody else beside the record is no part of it."""
    kept = open_reader(sqlite_url(folder / SAMPLES))
    try:
        with kept.connect() as conn:
            sample_file.check(conn, books)
    finally:
        kept.dispose()


def _about(books: Engine, *, samples: bool) -> About:
    try:
        with books.connect() as conn:
            schema = current(conn)
            if schema is None:
                raise BackupError(f"there is no record in {books.url.render_as_string()}")
            row = conn.execute(
                select(record.c.record_id, record.c.revision, record.c.network)
            ).one()
    except DBAPIError as error:
        where = books.url.render_as_string()
        raise BackupError(f"{where} cannot be read: {str(error.orig).splitlines()[0]}") from error
    return About(
        engine=books.dialect.name,
        record_id=row.record_id,
        revision=row.revision,
        schema=schema,
        samples_format=sample_file.FORMAT if samples else None,
        network=str(row.network.get("name", "")),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=version("canh"),
    )


def _beside(url: str, stage: Path) -> Mapping[str, Path]:
    """The folders of the data folder, as they are now, by their names in the archive."""
    path = sqlite_path(url)
    if path is None:
        return {}
    found = {}
    for name in FOLDERS:
        folder = path.parent / name
        for file in below(folder) if folder.is_dir() else ():
            inside = file.relative_to(path.parent)
            taken = stage / FILES / inside
            taken.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, taken)
            found[f"{FILES}{inside.as_posix()}"] = taken
    return found


# -- PostgreSQL ----------------------------------------------------------------------------------


def _dump(url: str, folder: Path, *, samples: bool) -> About:
    """By its own program: the record and the samples stand in one database."""
    books = open_reader(url)
    try:
        about = _about(books, samples=samples)
    finally:
        books.dispose()
    tables = () if samples else [f"--exclude-table={t}" for t in sample_file.metadata.tables]
    into = ("--format=custom", "--no-owner", "--no-privileges", "--file", str(folder / DUMP))
    call("pg_dump", url, *into, *tables)
    return about


def call(program: str, url: str, *words: str) -> str:
    """A program of PostgreSQL on this database; its password stands in no list of processes."""
    if shutil.which(program) is None:
        raise BackupError(
            f"a record in PostgreSQL needs {program}, which is not on this machine; remedy:"
            " install postgresql-client of the server's version"
        )
    parsed = make_url(url)
    plain = parsed.set(drivername="postgresql", password=None).render_as_string()
    password = {"PGPASSWORD": str(parsed.password)} if parsed.password else {}
    done = subprocess.run(
        [program, "--dbname", plain, *words],
        env=os.environ | password,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_DUMP_LIMIT_S,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        raise BackupError(f"{program} on {shown(url)}: {said[0]}")
    return done.stdout


# -- room ----------------------------------------------------------------------------------------


def _need_room(url: str, folder: Path, *, samples: bool) -> None:
    """For the copies and the packed file beside each other; on a server nobody can tell."""
    path = sqlite_path(url)
    if path is None:
        return
    files = [path, *([path.with_name(sample_file.FILE)] if samples else [])]
    size = sum(file.stat().st_size for file in files if file.exists())
    free = free_bytes(folder)
    if 2 * size > free:
        raise BackupError(
            f"a backup needs up to {2 * size >> 20} MiB in {folder}, which has {free >> 20} MiB;"
            " remedy: make room, or name a folder on another disk"
        )


def _unwritten(path: Path, error: OSError) -> str:
    return (
        f"{path} cannot be written: {error.strerror or error}; remedy: let this user write there,"
        " and make room"
    )

"""Before a record of an older format is migrated, it is saved: an upgrade can be taken back."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Engine

from store.archive import BackupError
from store.backup import call, copy_file
from store.ballast import free_bytes
from store.engine import sqlite_path
from store.migrate import HEAD, current, migrate

_SAVED = re.compile(r"record\.before-\d+-to-\d+\.(?:db|dump)")


def upgrade(engine: Engine, folder: Path) -> Path | None:
    """Make or upgrade the tables; of an older record a copy is left in `folder`, those of earlier
    upgrades go. Returns the copy, None where none was needed. RecordError: nothing was changed."""
    with engine.connect() as conn:
        found = current(conn)
    saved = _save(engine, folder, found) if found is not None and found < HEAD else None
    migrate(engine)
    if saved is not None:
        for path in folder.iterdir():
            if _SAVED.fullmatch(path.name) and path != saved:
                path.unlink(missing_ok=True)
    return saved


def _save(engine: Engine, folder: Path, found: str) -> Path:
    """A half copy never has the name of a whole one."""
    url = engine.url.render_as_string(hide_password=False)
    path = sqlite_path(url)
    saved = folder / f"record.before-{found}-to-{HEAD}.{'dump' if path is None else 'db'}"
    part = saved.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        if path is None:
            call("pg_dump", url, "--format=custom", "--no-owner", "--file", str(part))
        else:
            _need_room(path)
            copy_file(path, part)
        part.chmod(0o600)
        part.replace(saved)
    except (OSError, BackupError) as error:
        part.unlink(missing_ok=True)
        raise BackupError(
            f"the record of schema {found} is not upgraded to {HEAD}, for it cannot be saved"
            f" before: {error}"
        ) from error
    return saved


def _need_room(path: Path) -> None:
    """The copy, and what the migration itself writes anew."""
    size, free = path.stat().st_size, free_bytes(path.parent)
    if 2 * size > free:
        raise BackupError(
            f"{path.parent} has {free >> 20} MiB, {2 * size >> 20} MiB are wanted; remedy: make"
            " room there"
        )

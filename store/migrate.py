"""Brings a record's schema to this version; refuses one that a newer version made."""

from __future__ import annotations

import time
import uuid
from importlib import resources

from sqlalchemy import Connection, Engine, inspect, text

from store.engine import RecordError

HEAD = "0011"
FORMAT = 1


def current(conn: Connection) -> str | None:
    """The schema version of an open record; None for an empty database."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine) -> None:
    """Make or upgrade the tables. RecordError if the record is newer than this program."""
    with engine.connect() as conn:
        found = current(conn)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise RecordError(
            f"the record {engine.url.render_as_string()} has schema {found}, this version knows "
            f"{HEAD}; remedy: use the newer canh that wrote it, or restore a backup"
        )
    _upgrade(engine)


def _upgrade(engine: Engine) -> None:
    from alembic import command  # slow to import, and needed once in a record's life
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("store") / "migrations"))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        if not conn.execute(text("SELECT 1 FROM record")).scalar():
            conn.execute(
                text(
                    "INSERT INTO record (id, record_id, format, revision, created, network)"
                    " VALUES (1, :record_id, :format, 0, :created, '{}')"
                ),
                {
                    "record_id": str(uuid.uuid4()),
                    "format": FORMAT,
                    "created": time.time_ns() // 1_000_000,
                },
            )

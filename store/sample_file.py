"""The file of the samples: its tables, how it is opened, and when it is refused."""

from __future__ import annotations

import logging
import time
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from store.engine import RecordError, open_reader, open_writer, sqlite_path
from store.tables import Big, record
from store.tables import metadata as record_metadata
from store.urls import sqlite_url

log = logging.getLogger(__name__)
FORMAT = 2
FILE = "samples.db"

metadata = MetaData(naming_convention=record_metadata.naming_convention)

meta = Table(
    "meta",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("record_id", String(36), nullable=False),
    Column("format", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("record_revision", BigInteger, nullable=False),  # of the record, when last written
    CheckConstraint("id = 1", name="one_row"),
)

roster = Table(  # the things that the columns of a slab or of packed rows stand for
    "roster",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("device_id", BigInteger, nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("things", LargeBinary, nullable=False),  # ids, 8 bytes each; 0: unknown
    Column("narrow", LargeBinary, nullable=False),  # a byte each: octets of 32 bits?
    sqlite_autoincrement=True,
)

slab = Table(  # a minute of the things of one shard, until its hour is over
    "slab",
    metadata,
    Column("shard", BigInteger, primary_key=True, autoincrement=False),  # thing id >> 6
    Column("kind", String(8), primary_key=True),
    Column("t0", BigInteger, primary_key=True, autoincrement=False),  # the minute, UTC ms
    Column("flushed", BigInteger, primary_key=True, autoincrement=False),
    Column("poller", String(64), primary_key=True),
    Column("layout", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)


def _packed(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("t0", BigInteger, primary_key=True, autoincrement=False),  # UTC ms
        Column("thing_id", BigInteger, primary_key=True, autoincrement=False),
        Column("kind", String(8), primary_key=True),
        Column("part", Integer, primary_key=True, autoincrement=False),
        Column("roster_id", BigInteger),  # NULL: the thing itself
        Column("layout", Integer, nullable=False),
        Column("data", LargeBinary, nullable=False),
    )


# `part` counts from 0 where one row does not hold all: other interfaces, or what came late.
chunk = _packed("chunk")  # an hour of one device, until its day is over
day = _packed("day")  # a day of one device (UTC)
rollup = _packed("rollup")  # the figures of the hours of a day of one device
slots = _packed("slots")  # a day of 5-minute samples of ports at the ends of links

for _table in (slab, chunk, day, rollup, slots):  # packed already: PostgreSQL need not try again
    _external = DDL(  # type: ignore[no-untyped-call]
        f"ALTER TABLE {_table.name} ALTER COLUMN data SET STORAGE EXTERNAL"
    )
    event.listen(_table, "after_create", _external.execute_if(dialect="postgresql"))


def place(record_url: str | URL) -> URL:
    """Where the samples of a record are: samples.db beside it; on PostgreSQL its own database."""
    url = make_url(record_url)
    path = sqlite_path(url.render_as_string(hide_password=False))
    return url if path is None else make_url(sqlite_url(path.with_name(FILE)))


def exists(url: URL) -> bool:
    path = sqlite_path(_text(url))
    return path is None or path.exists()


def prepare(record_url: str | URL) -> None:
    """`make`, for the start of the monitor: it watches rather without samples than not at all."""
    try:
        make(record_url)
    except SQLAlchemyError as error:
        where, reason = place(record_url).render_as_string(), in_short(error)
        log.error("no samples are kept: %s: %s; remedy: move it away", where, reason)


def make(record_url: str | URL) -> None:
    """Make the tables where there are none. RecordError where they are not this record's."""
    engine = open_keeping(record_url)
    books = open_reader(_text(record_url))
    try:
        with engine.begin() as conn:
            metadata.create_all(conn)
            if not check(conn, books):
                with books.connect() as read:
                    own = read.execute(select(record.c.record_id, record.c.revision)).one()
                _found(conn, own.record_id, own.revision)
    finally:
        books.dispose()
        engine.dispose()


def open_keeping(record_url: str | URL) -> Engine:
    """For the writer; a power cut may take the last minute, a crash of the program nothing."""
    engine = open_writer(_text(place(record_url)), durable=False)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _lazily)
    return engine


def open_looking(record_url: str | URL) -> Engine:
    return open_reader(_text(place(record_url)))


def check(conn: Connection, books: Engine) -> bool:
    """Are these the samples of that record? False where nothing was ever sampled.

    RecordError, naming place and remedy, where they are not, or not to be understood.
    """
    if not inspect(conn).has_table(meta.name):
        return False
    row: Any = conn.execute(select(meta)).first()
    if row is None:
        return False
    with books.begin() as read:  # begun later: it knows all that the samples have seen
        record_id, revision = read.execute(select(record.c.record_id, record.c.revision)).one()
    where = conn.engine.url.render_as_string()
    if row.format != FORMAT:
        which = "newer" if row.format > FORMAT else "older"
        raise RecordError(
            f"the samples in {where} have format {row.format}, this version knows {FORMAT};"
            f" remedy: use the {which} canh that wrote them, or move them away"
        )
    if row.record_id != record_id:
        raise RecordError(
            f"the samples in {where} belong to record {row.record_id}, not to {record_id};"
            " remedy: put their own record beside them, or move them away"
        )
    if row.record_revision > revision:
        raise RecordError(
            f"the samples in {where} are newer than their record (revision {row.record_revision}"
            f" after {revision}); remedy: restore both from one backup, or move the samples away"
        )
    return True


def reach(conn: Connection, revision: int) -> None:
    """The samples written now know the record as it stood at this revision."""
    newer = meta.c.record_revision < revision
    conn.execute(update(meta).where(newer).values(record_revision=revision))


def in_short(error: SQLAlchemyError) -> str:
    """What the database said, in one line."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _found(conn: Connection, record_id: str, revision: int) -> None:
    row = {"record_id": record_id, "format": FORMAT, "record_revision": revision}
    conn.execute(insert(meta).values(id=1, created=time.time_ns() // 1_000_000, **row))


def _lazily(conn: Connection) -> None:
    conn.exec_driver_sql("SET LOCAL synchronous_commit = off")


def _text(url: str | URL) -> str:
    return make_url(url).render_as_string(hide_password=False)

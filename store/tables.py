"""The tables of the record, the same on SQLite and PostgreSQL.

Times are integer UTC milliseconds, intervals are half-open, an `ended` of NULL is open. Rows made
by a poller carry (poller, seq), shard and epoch, so that several pollers and offline ones fit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.event import listen

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Big = BigInteger().with_variant(Integer, "sqlite")


def key() -> Column[Any]:
    """A key that is never used twice."""
    return Column("id", Big, primary_key=True, autoincrement=True)


def moment(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Big, nullable=null)


def ref(name: str, table: str, *, null: bool = False, index: bool = False) -> Column[Any]:
    return Column(name, Big, ForeignKey(f"{table}.id"), nullable=null, index=index)


def raised(*, index: bool = False) -> Column[Any]:
    """The revision that changed the row; an index only where readers ask what changed since."""
    return Column("revision", Big, nullable=False, index=index)


def _polled() -> list[Column[Any]]:
    """Who wrote the row, in what order, and under which lease."""
    return [
        Column("poller", String(64), nullable=False),
        Column("seq", Big, nullable=False),
        Column("shard", Integer, nullable=False, server_default="0"),
        Column("epoch", Big, nullable=False, server_default="0"),
    ]


def one_open(name: str, column: str, *columns: str) -> Index:
    """At most one row without an end for each of `columns`."""
    return partial_index(name, *columns, where=f"{column} IS NULL", unique=True)


def partial_index(
    name: str, *columns: str, where: str, in_postgresql: str = "", unique: bool = False
) -> Index:
    """Of the rows that fit. What PostgreSQL is to be told waits until a schema is made there:
    SQLAlchemy loads all its drivers with the first word of it, in each command on SQLite too."""
    told = {"postgresql_where": in_postgresql or where}
    return Index(name, *columns, unique=unique, sqlite_where=text(where), info=told)


def _tell_postgresql(schema: MetaData, conn: Connection, **_: object) -> None:
    if conn.dialect.name == "postgresql":
        for index in (index for table in schema.tables.values() for index in table.indexes):
            if "postgresql_where" in index.info:
                where = text(index.info["postgresql_where"])
                index.dialect_options["postgresql"]["where"] = where


listen(metadata, "before_create", _tell_postgresql)


def a_table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_autoincrement=True)


# -- what exists -----------------------------------------------------------------------------

record = Table(
    "record",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("record_id", String(36), nullable=False),
    Column("format", Integer, nullable=False),
    Column("revision", Big, nullable=False),
    moment("created"),
    Column("network", JSON, nullable=False),  # name, timezone, language, anchor
    Column("declared_sha256", String(64), nullable=False, server_default=""),
    CheckConstraint("id = 1", name="one_row"),
)

thing = a_table(
    "thing",
    key(),
    Column("kind", String(16), nullable=False),
    Column("key", String(200), nullable=False),
    moment("created"),
    moment("retired", null=True),
    raised(),
    one_open("ux_thing_kind_key", "retired", "kind", "key"),
    CheckConstraint("retired IS NULL OR retired >= created", name="order"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    raised(index=True),
)

# -- how it is -------------------------------------------------------------------------------

live = Table(  # one row a listed thing: what a list shows, without a join
    "live",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("level", String(16), nullable=False),
    ref("unit_id", "thing", null=True),
    ref("site_id", "thing", null=True),
    Column("uplink_id", Big),
    Column("address", String(255)),
    Column("state", String(16), nullable=False),
    moment("since", null=True),
    Column("marks", String(400), nullable=False, server_default=""),
    ref("root_id", "thing", null=True),
    Column("outage_id", Big),
    Column("acknowledged", Boolean, nullable=False, server_default=text("false")),
    Column("maintained", Boolean, nullable=False, server_default=text("false")),
    Column("rtt_us", Integer),
    Column("loss_pct", Float),
    Column("jitter_us", Integer),
    raised(index=True),
    partial_index(  # those of today's planned work are looked for with each heartbeat
        "ix_live_maintained", "thing_id", where="maintained = 1", in_postgresql="maintained"
    ),
)

span = a_table(
    "span",
    key(),
    ref("thing_id", "thing"),
    Column("state", String(16), nullable=False),
    moment("started"),
    moment("ended", null=True),
    ref("root_thing_id", "thing", null=True),
    Column("reason", String(80), nullable=False),
    *_polled(),
    raised(),
    one_open("ux_span_open", "ended", "thing_id"),
    Index("ix_span_thing_id_started", "thing_id", "started"),
    UniqueConstraint("poller", "seq"),
    CheckConstraint("ended IS NULL OR ended >= started", name="order"),
)

incident = a_table(
    "incident",
    key(),
    Column("kind", String(16), nullable=False),  # root, flapping, storm, mass
    ref("root_thing_id", "thing", null=True),
    moment("started"),
    moment("ended", null=True),
    raised(),
)

outage = a_table(
    "outage",
    key(),
    ref("thing_id", "thing"),
    Column("state", String(16), nullable=False),  # its worst
    moment("last_good", null=True),
    moment("first_bad"),
    moment("last_bad"),
    moment("first_good", null=True),
    ref("root_id", "outage", null=True, index=True),
    ref("root_thing_id", "thing", null=True),
    ref("incident_id", "incident", null=True, index=True),
    ref("provider_id", "thing", null=True),
    Column("cause", String(32)),
    Column("side", String(32)),
    Column("cause_reasons", JSON),  # why the monitor proposes that cause
    Column("reason", String(80), nullable=False),
    Column("declared", Boolean, nullable=False, server_default=text("false")),  # by a person
    moment("entered", null=True),  # when a person or an import brought it in; NULL: we saw it
    *_polled(),
    raised(),
    one_open("ux_outage_open", "first_good", "thing_id"),
    Index("ix_outage_thing_id_first_bad", "thing_id", "first_bad"),
    UniqueConstraint("poller", "seq"),
    CheckConstraint("last_good IS NULL OR last_good < first_bad", name="begin"),
    CheckConstraint("first_bad <= last_bad", name="bad"),
    CheckConstraint("first_good IS NULL OR last_bad < first_good", name="end"),
)

coverage = a_table(
    "coverage",
    key(),
    ref("thing_id", "thing", null=True),  # NULL: the whole shard
    moment("started"),
    moment("ended"),  # pushed forward by the heartbeat
    Column("closed", String(32)),  # why it ended; NULL while it is pushed forward
    *_polled(),
    Index("ix_coverage_started_ended", "started", "ended"),
    UniqueConstraint("poller", "seq"),
    CheckConstraint("ended >= started", name="order"),
)

poller = Table(
    "poller",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("epoch", Big, nullable=False),
    Column("seq", Big, nullable=False),
    moment("started"),
    moment("beat"),
    Column("boot_id", String(36), nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("version", String(32), nullable=False),
)

evidence = a_table(  # raw results around a change: what a verdict rests on
    "evidence",
    key(),
    ref("thing_id", "thing"),
    moment("started"),
    moment("ended"),
    Column("layout", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_evidence_thing_id_started", "thing_id", "started"),
    CheckConstraint("ended >= started", name="order"),
)

health = a_table(  # the monitor's own state, a row a minute and one at each trouble
    "health",
    key(),
    moment("at"),
    Column("poller", String(64), nullable=False),
    Column("boot_id", String(36), nullable=False),
    Column("mono_ns", Big, nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_health_at", "at"),
)

# -- what devices said of themselves ---------------------------------------------------------

device_fact = a_table(
    "device_fact",
    key(),
    ref("thing_id", "thing"),
    moment("valid_from"),
    moment("valid_to", null=True),
    Column("sys_name", Text),
    Column("sys_descr", Text),
    Column("sys_object_id", Text),
    *(Column(name, Text) for name in ("vendor", "os", "model", "version", "serial")),
    one_open("ux_device_fact_open", "valid_to", "thing_id"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

interface_fact = a_table(
    "interface_fact",
    key(),
    ref("thing_id", "thing"),
    ref("device_id", "thing", index=True),
    moment("valid_from"),
    moment("valid_to", null=True),
    Column("if_index", Big, nullable=False),
    Column("if_name", Text, nullable=False),
    Column("if_descr", Text),
    Column("if_alias", Text),
    Column("if_type", Integer),
    Column("mac", Text),
    Column("speed_bps", Big),
    one_open("ux_interface_fact_open", "valid_to", "thing_id"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

port = Table(  # status of an interface when last asked
    "port",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    ref("device_id", "thing", index=True),
    Column("admin_status", Integer),
    Column("oper_status", Integer),
    moment("changed"),
    raised(),
)

management = Table(  # how a device answers questions about itself, or a service its check
    "management",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    Column("status", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    moment("changed"),
    moment("booted", null=True),
    raised(),
)

sensor = a_table(  # what a device measures of itself, and its own limits
    "sensor",
    key(),
    ref("device_id", "thing", index=True),
    ref("thing_id", "thing", null=True),  # the interface that it is about
    moment("valid_from"),
    moment("valid_to", null=True),
    Column("place", String(200), nullable=False),  # its OID, and a number where that holds several
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", String(16), nullable=False),
    Column("scale", Integer, nullable=False),  # a kept value is the value × scale
    Column("how", JSON, nullable=False),  # how it is asked
    Column("low_alarm", Float),
    Column("low_warn", Float),
    Column("high_warn", Float),
    Column("high_alarm", Float),
    one_open("ux_sensor_open", "valid_to", "device_id", "place"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

sensed = Table(  # the last values of all sensors of a device: pairs of id and kept value
    "sensed",
    metadata,
    Column("device_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    moment("at"),
    Column("body", LargeBinary, nullable=False),
    raised(),
)

# -- what is told ----------------------------------------------------------------------------

event = a_table(
    "event",
    key(),
    moment("at"),
    Column("kind", String(32), nullable=False),
    ref("thing_id", "thing", null=True, index=True),
    ref("outage_id", "outage", null=True, index=True),
    Column("body", JSON, nullable=False),
    raised(),
)

delivery = a_table(
    "delivery",
    key(),
    ref("event_id", "event"),
    Column("channel", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("message_id", String(200), nullable=False),  # what it says: told once in a channel
    moment("changed"),
    moment("created", null=True),
    Column("part_of", Big, index=True),  # the delivery that told it together with others
    Column("error", Text),  # why the last try failed; no secret is in it
    UniqueConstraint("event_id", "channel"),
    Index("ux_delivery_channel_message_id", "channel", "message_id", unique=True),
)

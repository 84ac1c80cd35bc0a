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


def _id() -> Column[Any]:
    """A key that is never used twice."""
    return Column("id", Big, primary_key=True, autoincrement=True)


def _at(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Big, nullable=null)


def _ref(name: str, table: str, *, null: bool = False, index: bool = False) -> Column[Any]:
    return Column(name, Big, ForeignKey(f"{table}.id"), nullable=null, index=index)


def _revision() -> Column[Any]:
    return Column("revision", Big, nullable=False, index=True)


def _polled() -> list[Column[Any]]:
    """Who wrote the row, in what order, and under which lease."""
    return [
        Column("poller", String(64), nullable=False),
        Column("seq", Big, nullable=False),
        Column("shard", Integer, nullable=False, server_default="0"),
        Column("epoch", Big, nullable=False, server_default="0"),
    ]


def _one_open(name: str, column: str, *columns: str) -> Index:
    """At most one row without an end for each of `columns`."""
    open_row = text(f"{column} IS NULL")
    return Index(name, *columns, unique=True, sqlite_where=open_row, postgresql_where=open_row)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_autoincrement=True)


# -- what exists -----------------------------------------------------------------------------

record = Table(
    "record",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("record_id", String(36), nullable=False),
    Column("format", Integer, nullable=False),
    Column("revision", Big, nullable=False),
    _at("created"),
    Column("network", JSON, nullable=False),  # name, timezone, language, anchor
    Column("declared_sha256", String(64), nullable=False, server_default=""),
    CheckConstraint("id = 1", name="one_row"),
)

thing = _table(
    "thing",
    _id(),
    Column("kind", String(16), nullable=False),
    Column("key", String(200), nullable=False),
    _at("created"),
    _at("retired", null=True),
    _revision(),
    _one_open("ux_thing_kind_key", "retired", "kind", "key"),
    CheckConstraint("retired IS NULL OR retired >= created", name="order"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    _revision(),
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
    _ref("unit_id", "thing", null=True),
    _ref("site_id", "thing", null=True),
    Column("address", String(255)),
    Column("state", String(16), nullable=False),
    _at("since", null=True),
    Column("marks", String(120), nullable=False, server_default=""),
    _ref("root_id", "thing", null=True),
    Column("outage_id", Big),
    Column("acknowledged", Boolean, nullable=False, server_default=text("false")),
    Column("rtt_us", Integer),
    Column("loss_pct", Float),
    _revision(),
)

span = _table(
    "span",
    _id(),
    _ref("thing_id", "thing"),
    Column("state", String(16), nullable=False),
    _at("started"),
    _at("ended", null=True),
    _ref("root_thing_id", "thing", null=True),
    Column("reason", String(80), nullable=False),
    *_polled(),
    _revision(),
    _one_open("ux_span_open", "ended", "thing_id"),
    Index("ix_span_thing_id_started", "thing_id", "started"),
    UniqueConstraint("poller", "seq"),
    CheckConstraint("ended IS NULL OR ended >= started", name="order"),
)

incident = _table(
    "incident",
    _id(),
    Column("kind", String(16), nullable=False),  # root, flapping, storm, mass
    _ref("root_thing_id", "thing", null=True),
    _at("started"),
    _at("ended", null=True),
    _revision(),
)

outage = _table(
    "outage",
    _id(),
    _ref("thing_id", "thing"),
    Column("state", String(16), nullable=False),  # its worst
    _at("last_good", null=True),
    _at("first_bad"),
    _at("last_bad"),
    _at("first_good", null=True),
    _ref("root_id", "outage", null=True, index=True),
    _ref("root_thing_id", "thing", null=True),
    _ref("incident_id", "incident", null=True),
    _ref("provider_id", "thing", null=True),
    Column("cause", String(32)),
    Column("side", String(32)),
    Column("reason", String(80), nullable=False),
    Column("declared", Boolean, nullable=False, server_default=text("false")),  # by a person
    *_polled(),
    _revision(),
    _one_open("ux_outage_open", "first_good", "thing_id"),
    Index("ix_outage_thing_id_first_bad", "thing_id", "first_bad"),
    UniqueConstraint("poller", "seq"),
    CheckConstraint("last_good IS NULL OR last_good < first_bad", name="begin"),
    CheckConstraint("first_bad <= last_bad", name="bad"),
    CheckConstraint("first_good IS NULL OR last_bad < first_good", name="end"),
)

coverage = _table(
    "coverage",
    _id(),
    _ref("thing_id", "thing", null=True),  # NULL: the whole shard
    _at("started"),
    _at("ended"),  # pushed forward by the heartbeat
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
    _at("started"),
    _at("beat"),
    Column("boot_id", String(36), nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("version", String(32), nullable=False),
)

# -- what devices said of themselves ---------------------------------------------------------

device_fact = _table(
    "device_fact",
    _id(),
    _ref("thing_id", "thing"),
    _at("valid_from"),
    _at("valid_to", null=True),
    Column("sys_name", Text),
    Column("sys_descr", Text),
    Column("sys_object_id", Text),
    _one_open("ux_device_fact_open", "valid_to", "thing_id"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

interface_fact = _table(
    "interface_fact",
    _id(),
    _ref("thing_id", "thing"),
    _ref("device_id", "thing", index=True),
    _at("valid_from"),
    _at("valid_to", null=True),
    Column("if_index", Big, nullable=False),
    Column("if_name", Text, nullable=False),
    Column("if_descr", Text),
    Column("if_alias", Text),
    Column("if_type", Integer),
    Column("mac", Text),
    Column("speed_bps", Big),
    _one_open("ux_interface_fact_open", "valid_to", "thing_id"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

port = Table(  # status of an interface when last asked
    "port",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    _ref("device_id", "thing", index=True),
    Column("admin_status", Integer),
    Column("oper_status", Integer),
    _at("changed"),
    _revision(),
)

management = Table(  # how a device answers questions about itself
    "management",
    metadata,
    Column("thing_id", Big, ForeignKey("thing.id"), primary_key=True, autoincrement=False),
    Column("status", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    _at("changed"),
    _at("booted", null=True),
    _revision(),
)

# -- what people say -------------------------------------------------------------------------

ack = _table(
    "ack",
    _id(),
    _ref("outage_id", "outage", index=True),
    Column("actor", String(100), nullable=False),
    Column("owner", String(100)),
    Column("note", Text),
    _at("until", null=True),
    _at("entered"),
    _at("withdrawn", null=True),
)

note = _table(
    "note",
    _id(),
    _ref("thing_id", "thing", index=True),
    _ref("outage_id", "outage", null=True, index=True),
    Column("author", String(100), nullable=False),
    Column("text", Text, nullable=False),
    _at("entered"),
)

maintenance = _table(
    "maintenance",
    _id(),
    _ref("thing_id", "thing", index=True),  # its scope
    _at("started"),
    _at("ended"),
    Column("author", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    _at("entered"),
    Column("approved_by", String(100)),
    _at("approved", null=True),
    _at("cancelled", null=True),
    _revision(),
    CheckConstraint("ended > started", name="order"),
)

correction = _table(
    "correction",
    _id(),
    _ref("outage_id", "outage", index=True),
    Column("field", String(32), nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("author", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    _at("entered"),
)

signoff = _table(
    "signoff",
    _id(),
    _at("period_from"),
    _at("period_to"),
    Column("figures", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("author", String(100), nullable=False),
    _at("entered"),
)

signed_file = _table(
    "signed_file",
    _id(),
    _ref("signoff_id", "signoff", index=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

audit = _table(
    "audit",
    _id(),
    _at("entered"),
    Column("actor", String(100), nullable=False),
    Column("action", String(48), nullable=False),
    _ref("thing_id", "thing", null=True, index=True),
    _ref("outage_id", "outage", null=True, index=True),
    Column("detail", JSON, nullable=False),
    _revision(),
)

request = _table(  # what people want of the monitor: probe now, collect, reload
    "request",
    _id(),
    Column("kind", String(16), nullable=False),
    _ref("thing_id", "thing", null=True),
    Column("actor", String(100), nullable=False),
    _at("entered"),
    _at("answered", null=True),
    Column("answer", JSON),
    _revision(),
)

# -- what is told ----------------------------------------------------------------------------

event = _table(
    "event",
    _id(),
    _at("at"),
    Column("kind", String(32), nullable=False),
    _ref("thing_id", "thing", null=True, index=True),
    _ref("outage_id", "outage", null=True, index=True),
    Column("body", JSON, nullable=False),
    _revision(),
)

delivery = _table(
    "delivery",
    _id(),
    _ref("event_id", "event"),
    Column("channel", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("message_id", String(200), nullable=False),
    _at("changed"),
    UniqueConstraint("event_id", "channel"),
)

"""The tables of what people say: it stands beside what the monitor saw and never replaces it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)

from store.tables import Big, a_table, key, moment, one_open, raised, ref

ack = a_table(
    "ack",
    key(),
    ref("outage_id", "outage", index=True),
    ref("incident_id", "incident", null=True, index=True),  # a flapping spell keeps it
    Column("actor", String(100), nullable=False),
    Column("owner", String(100)),
    Column("note", Text),
    moment("until", null=True),
    moment("entered"),
    moment("withdrawn", null=True),
)

note = a_table(
    "note",
    key(),
    ref("thing_id", "thing", index=True),
    ref("outage_id", "outage", null=True, index=True),
    Column("author", String(100), nullable=False),
    Column("text", Text, nullable=False),
    moment("entered"),
)

maintenance = a_table(
    "maintenance",
    key(),
    ref("thing_id", "thing", index=True),  # its scope
    moment("started"),
    moment("ended"),
    Column("author", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("rrule", String(200)),  # RFC 5545, in the network's zone; NULL: once
    Column("source", String(16), nullable=False, server_default="person"),  # sites.toml, import
    moment("entered"),
    Column("approved_by", String(100)),
    moment("approved", null=True),
    moment("cancelled", null=True),
    raised(),
    CheckConstraint("ended > started", name="order"),
)

correction = a_table(
    "correction",
    key(),
    ref("outage_id", "outage", index=True),
    Column("field", String(32), nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("author", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    moment("entered"),
)

signoff = a_table(
    "signoff",
    key(),
    moment("period_from"),
    moment("period_to"),
    Column("figures", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("author", String(100), nullable=False),
    moment("entered"),
    Column("head", String(64)),  # of its chain; NULL: signed before there were chains
)

signed_item = a_table(  # what the chain of a signature covers, in its order
    "signed_item",
    key(),
    ref("signoff_id", "signoff"),
    Column("place", Integer, nullable=False),
    Column("what", String(16), nullable=False),
    Column("name", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("chained", String(64), nullable=False),
    Column("rows", LargeBinary, nullable=False),  # zlib over JSON: pairs of id and short hash
    Index("ix_signed_item_signoff_id_place", "signoff_id", "place"),
)

signed_file = a_table(
    "signed_file",
    key(),
    ref("signoff_id", "signoff", index=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

audit = a_table(
    "audit",
    key(),
    moment("entered"),
    Column("actor", String(100), nullable=False),
    Column("action", String(48), nullable=False),
    ref("thing_id", "thing", null=True, index=True),
    ref("outage_id", "outage", null=True, index=True),
    Column("detail", JSON, nullable=False),
    raised(),
)

request = a_table(  # what people want of the monitor: probe now, collect, reload
    "request",
    key(),
    Column("kind", String(16), nullable=False),
    ref("thing_id", "thing", null=True),
    Column("actor", String(100), nullable=False),
    moment("entered"),
    moment("answered", null=True),
    Column("answer", JSON),
    raised(),
)

photo = a_table(  # its file stands in the data folder, named by the hash
    "photo",
    key(),
    ref("thing_id", "thing", index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Big, nullable=False),  # bytes on disk, its small copy too
    Column("caption", Text, nullable=False),
    Column("author", String(100), nullable=False),
    moment("entered"),
    Column("removed_by", String(100)),
    moment("removed", null=True),
    raised(),
    one_open("ux_photo_standing", "removed", "thing_id", "sha256"),
    CheckConstraint("(removed IS NULL) = (removed_by IS NULL)", name="removed"),
)

other_figure = a_table(  # what a provider or the central operator says of the same period
    "other_figure",
    key(),
    Column("source", String(100), nullable=False),
    moment("period_from"),
    moment("period_to"),
    Column("named", String(200), nullable=False),  # as the file names what it is about
    ref("thing_id", "thing", null=True, index=True),  # NULL: nothing here is called so
    Column("availability_pct", Float),
    Column("down_ms", Big),
    Column("note", Text),
    Column("file", Text, nullable=False),
    Column("author", String(100), nullable=False),
    moment("entered"),
    moment("replaced", null=True),  # by a later import
    raised(),
    one_open("ux_other_figure_open", "replaced", "source", "period_from", "period_to", "named"),
    Index("ix_other_figure_period", "period_from", "period_to"),
    CheckConstraint("period_to > period_from", name="order"),
    CheckConstraint("availability_pct IS NOT NULL OR down_ms IS NOT NULL", name="figure"),
)

"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.first_declared import BIG, drop_declared, make_declared, one_open

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poller",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("epoch", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("started", BIG, nullable=False),
        sa.Column("beat", BIG, nullable=False),
        sa.Column("boot_id", sa.String(length=36), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_poller"),
    )

    op.create_table(
        "record",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("network", sa.JSON(), nullable=False),
        sa.Column("declared_sha256", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
    )

    op.create_table(
        "signoff",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("period_from", BIG, nullable=False),
        sa.Column("period_to", BIG, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signoff"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "thing",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("retired", BIG, nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint("retired IS NULL OR retired >= created", name="order"),
        sa.PrimaryKeyConstraint("id", name="pk_thing"),
        sqlite_autoincrement=True,
    )
    one_open("ux_thing_kind_key", "thing", ["kind", "key"], "retired")

    op.create_table(
        "coverage",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=True),
        sa.Column("started", BIG, nullable=False),
        sa.Column("ended", BIG, nullable=False),
        sa.Column("closed", sa.String(length=32), nullable=True),
        sa.Column("poller", sa.String(length=64), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("shard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("epoch", BIG, server_default="0", nullable=False),
        sa.CheckConstraint("ended >= started", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_coverage_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_coverage"),
        sa.UniqueConstraint("poller", "seq", name="uq_coverage_poller_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_coverage_started_ended", "coverage", ["started", "ended"])

    op.create_table(
        "incident",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("root_thing_id", BIG, nullable=True),
        sa.Column("started", BIG, nullable=False),
        sa.Column("ended", BIG, nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["root_thing_id"], ["thing.id"], name="fk_incident_root_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "live",
        sa.Column("thing_id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("site_id", BIG, nullable=True),
        sa.Column("address", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", BIG, nullable=True),
        sa.Column("marks", sa.String(length=400), server_default="", nullable=False),
        sa.Column("root_id", BIG, nullable=True),
        sa.Column("outage_id", BIG, nullable=True),
        sa.Column("acknowledged", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("rtt_us", sa.Integer(), nullable=True),
        sa.Column("loss_pct", sa.Float(), nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["thing.id"], name="fk_live_root_id"),
        sa.ForeignKeyConstraint(["site_id"], ["thing.id"], name="fk_live_site_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_live_thing_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["thing.id"], name="fk_live_unit_id"),
        sa.PrimaryKeyConstraint("thing_id", name="pk_live"),
    )
    op.create_index("ix_live_revision", "live", ["revision"])

    op.create_table(
        "maintenance",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("started", BIG, nullable=False),
        sa.Column("ended", BIG, nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.Column("approved_by", sa.String(length=100), nullable=True),
        sa.Column("approved", BIG, nullable=True),
        sa.Column("cancelled", BIG, nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint("ended > started", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_maintenance_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_maintenance_thing_id", "maintenance", ["thing_id"])

    op.create_table(
        "request",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("thing_id", BIG, nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.Column("answered", BIG, nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_request_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "signed_file",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("signoff_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["signoff_id"], ["signoff.id"], name="fk_signed_file_signoff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_file"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signed_file_signoff_id", "signed_file", ["signoff_id"])

    op.create_table(
        "span",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started", BIG, nullable=False),
        sa.Column("ended", BIG, nullable=True),
        sa.Column("root_thing_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("poller", sa.String(length=64), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("shard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("epoch", BIG, server_default="0", nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint("ended IS NULL OR ended >= started", name="order"),
        sa.ForeignKeyConstraint(["root_thing_id"], ["thing.id"], name="fk_span_root_thing_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_span_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_span"),
        sa.UniqueConstraint("poller", "seq", name="uq_span_poller_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_span_thing_id_started", "span", ["thing_id", "started"])
    one_open("ux_span_open", "span", ["thing_id"], "ended")

    op.create_table(
        "tombstone",
        sa.Column("thing_id", BIG, autoincrement=False, nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_tombstone_thing_id"),
        sa.PrimaryKeyConstraint("thing_id", name="pk_tombstone"),
    )
    op.create_index("ix_tombstone_revision", "tombstone", ["revision"])

    op.create_table(
        "outage",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("last_good", BIG, nullable=True),
        sa.Column("first_bad", BIG, nullable=False),
        sa.Column("last_bad", BIG, nullable=False),
        sa.Column("first_good", BIG, nullable=True),
        sa.Column("root_id", BIG, nullable=True),
        sa.Column("root_thing_id", BIG, nullable=True),
        sa.Column("incident_id", BIG, nullable=True),
        sa.Column("provider_id", BIG, nullable=True),
        sa.Column("cause", sa.String(length=32), nullable=True),
        sa.Column("side", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("declared", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("poller", sa.String(length=64), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("shard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("epoch", BIG, server_default="0", nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint("first_bad <= last_bad", name="bad"),
        sa.CheckConstraint("first_good IS NULL OR last_bad < first_good", name="end"),
        sa.CheckConstraint("last_good IS NULL OR last_good < first_bad", name="begin"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_outage_incident_id"),
        sa.ForeignKeyConstraint(["provider_id"], ["thing.id"], name="fk_outage_provider_id"),
        sa.ForeignKeyConstraint(["root_id"], ["outage.id"], name="fk_outage_root_id"),
        sa.ForeignKeyConstraint(["root_thing_id"], ["thing.id"], name="fk_outage_root_thing_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_outage_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outage"),
        sa.UniqueConstraint("poller", "seq", name="uq_outage_poller_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outage_root_id", "outage", ["root_id"])
    op.create_index("ix_outage_thing_id_first_bad", "outage", ["thing_id", "first_bad"])
    one_open("ux_outage_open", "outage", ["thing_id"], "first_good")

    op.create_table(
        "ack",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("outage_id", BIG, nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("until", BIG, nullable=True),
        sa.Column("entered", BIG, nullable=False),
        sa.Column("withdrawn", BIG, nullable=True),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name="fk_ack_outage_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ack"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ack_outage_id", "ack", ["outage_id"])

    op.create_table(
        "audit",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("thing_id", BIG, nullable=True),
        sa.Column("outage_id", BIG, nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name="fk_audit_outage_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_audit_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_outage_id", "audit", ["outage_id"])
    op.create_index("ix_audit_thing_id", "audit", ["thing_id"])

    op.create_table(
        "correction",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("outage_id", BIG, nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name="fk_correction_outage_id"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_outage_id", "correction", ["outage_id"])

    op.create_table(
        "event",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("thing_id", BIG, nullable=True),
        sa.Column("outage_id", BIG, nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name="fk_event_outage_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_event_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_outage_id", "event", ["outage_id"])
    op.create_index("ix_event_thing_id", "event", ["thing_id"])

    op.create_table(
        "note",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("outage_id", BIG, nullable=True),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name="fk_note_outage_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_note_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_note_outage_id", "note", ["outage_id"])
    op.create_index("ix_note_thing_id", "note", ["thing_id"])

    op.create_table(
        "delivery",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("changed", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_delivery_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("event_id", "channel", name="uq_delivery_event_id_channel"),
        sqlite_autoincrement=True,
    )

    make_declared()


def downgrade() -> None:
    drop_declared()
    for table in (
        "delivery",
        "note",
        "event",
        "correction",
        "audit",
        "ack",
        "outage",
        "tombstone",
        "span",
        "signed_file",
        "request",
        "maintenance",
        "live",
        "incident",
        "coverage",
        "thing",
        "signoff",
        "record",
        "poller",
    ):
        op.drop_table(table)

"""Evidence, the monitor's health, causes with their reasons, recurring maintenance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("started", BIG, nullable=False),
        sa.Column("ended", BIG, nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("ended >= started", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_evidence_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_evidence_thing_id_started", "evidence", ["thing_id", "started"])
    op.create_table(
        "health",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("poller", sa.String(length=64), nullable=False),
        sa.Column("boot_id", sa.String(length=36), nullable=False),
        sa.Column("mono_ns", BIG, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_health"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_health_at", "health", ["at"])
    op.add_column("outage", sa.Column("cause_reasons", sa.JSON()))
    op.add_column("outage", sa.Column("entered", BIG))
    op.create_index("ix_outage_incident_id", "outage", ["incident_id"])
    op.create_index("ix_device_at_site_id", "device_at", ["site_id"])
    op.create_index("ix_link_at_b_site_id", "link_at", ["b_site_id"])
    op.add_column("maintenance", sa.Column("rrule", sa.String(length=200)))
    op.add_column(
        "maintenance",
        sa.Column("source", sa.String(length=16), server_default="person", nullable=False),
    )
    op.add_column(
        "live",
        sa.Column("maintained", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_live_maintained",
        "live",
        ["thing_id"],
        sqlite_where=sa.text("maintained = 1"),
        postgresql_where=sa.text("maintained"),
    )
    with op.batch_alter_table("ack") as ack:
        ack.add_column(sa.Column("incident_id", BIG))
        ack.create_foreign_key("fk_ack_incident_id", "incident", ["incident_id"], ["id"])
        ack.create_index("ix_ack_incident_id", ["incident_id"])


def downgrade() -> None:
    with op.batch_alter_table("ack") as ack:
        ack.drop_index("ix_ack_incident_id")
        ack.drop_constraint("fk_ack_incident_id", type_="foreignkey")
        ack.drop_column("incident_id")
    op.drop_index("ix_live_maintained", "live")
    op.drop_column("live", "maintained")
    op.drop_column("maintenance", "source")
    op.drop_column("maintenance", "rrule")
    op.drop_index("ix_link_at_b_site_id", "link_at")
    op.drop_index("ix_device_at_site_id", "device_at")
    op.drop_index("ix_outage_incident_id", "outage")
    op.drop_column("outage", "entered")
    op.drop_column("outage", "cause_reasons")
    op.drop_table("health")
    op.drop_table("evidence")

"""What devices measure of themselves, with their own limits, and the last values; jitter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("live", sa.Column("jitter_us", sa.Integer()))
    op.create_table(
        "sensor",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("thing_id", BIG),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("scale", sa.Integer(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=False),
        sa.Column("low_alarm", sa.Float()),
        sa.Column("low_warn", sa.Float()),
        sa.Column("high_warn", sa.Float()),
        sa.Column("high_alarm", sa.Float()),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name="fk_sensor_device_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_sensor_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sensor"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sensor_device_id", "sensor", ["device_id"])
    op.create_index(
        "ux_sensor_open",
        "sensor",
        ["device_id", "place"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "sensed",
        sa.Column("device_id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name="fk_sensed_device_id"),
        sa.PrimaryKeyConstraint("device_id", name="pk_sensed"),
    )


def downgrade() -> None:
    op.drop_table("sensed")
    op.drop_table("sensor")
    op.drop_column("live", "jitter_us")

"""Who devices are, their parts, neighbours and configurations, what stands behind their ports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IDENTITY = ("vendor", "os", "model", "version", "serial")


def upgrade() -> None:
    for name in IDENTITY:
        op.add_column("device_fact", sa.Column(name, sa.Text()))
    _dated("module_fact", ("kind", 32), "name")
    for name in ("descr", "model", "serial", "maker", "hardware", "firmware", "software", "inside"):
        op.add_column("module_fact", sa.Column(name, sa.Text()))
    op.add_column("module_fact", sa.Column("member", sa.Integer()))
    op.create_index("ix_module_fact_serial", "module_fact", ["serial"])
    _dated("neighbour_fact", ("protocol", 16), "port", thing=True)
    for name in ("name", "port", "port_descr", "id", "descr"):
        op.add_column("neighbour_fact", sa.Column(f"remote_{name}", sa.Text()))
    op.add_column("neighbour_fact", sa.Column("remote_address", sa.String(length=64)))
    _seen("station", sa.Column("vlan", sa.Integer()))
    _seen("resolved", sa.Column("ip", sa.String(length=64), nullable=False))
    op.create_index("ix_resolved_ip", "resolved", ["ip"])
    op.create_table(
        "configuration",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("seen", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name="fk_configuration_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_configuration"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_configuration_device_id_at", "configuration", ["device_id", "at"])


def _dated(table: str, kind: tuple[str, int], name: str, *, thing: bool = False) -> None:
    about = [sa.Column("thing_id", BIG)] if thing else []
    keys = [sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=f"fk_{table}_thing_id")]
    op.create_table(
        table,
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        *about,
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column(kind[0], sa.String(length=kind[1]), nullable=False),
        sa.Column(name, sa.Text(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name=f"fk_{table}_device_id"),
        *(keys if thing else ()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_device_id", table, ["device_id"])
    op.create_index(
        f"ux_{table}_open",
        table,
        ["device_id", "place"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def _seen(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("mac", sa.String(length=17), nullable=False),
        *columns,
        sa.Column("if_index", sa.Integer()),
        sa.Column("port", sa.Text()),
        sa.Column("since", BIG, nullable=False),
        sa.Column("seen", BIG, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name=f"fk_{table}_device_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_mac", table, ["mac"])
    op.create_index(f"ix_{table}_device_id_seen", table, ["device_id", "seen"])


def downgrade() -> None:
    for table in ("configuration", "resolved", "station", "neighbour_fact", "module_fact"):
        op.drop_table(table)
    for name in IDENTITY:
        op.drop_column("device_fact", name)

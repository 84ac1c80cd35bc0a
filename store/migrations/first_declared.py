"""Of the first schema: what is declared of things, and what devices say of themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def one_open(name: str, table: str, columns: list[str], end: str) -> None:
    """At most one row without an end."""
    where = sa.text(f"{end} IS NULL")
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def make_declared() -> None:
    op.create_table(
        "calendar_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_calendar_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_calendar_at_open", "calendar_at", ["thing_id"], "valid_to")

    op.create_table(
        "device_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("monitor", sa.String(length=64), nullable=False),
        sa.Column("uplinks", sa.JSON(), nullable=False),
        sa.Column("calendar_id", BIG, nullable=True),
        sa.Column("target_pct", sa.Float(), nullable=True),
        sa.Column("target_source", sa.String(), nullable=True),
        sa.Column("commissioned", BIG, nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["calendar_id"], ["thing.id"], name="fk_device_at_calendar_id"),
        sa.ForeignKeyConstraint(["site_id"], ["thing.id"], name="fk_device_at_site_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_device_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_device_at_open", "device_at", ["thing_id"], "valid_to")

    op.create_table(
        "device_fact",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("sys_name", sa.Text(), nullable=True),
        sa.Column("sys_descr", sa.Text(), nullable=True),
        sa.Column("sys_object_id", sa.Text(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_device_fact_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_fact"),
        sqlite_autoincrement=True,
    )
    one_open("ux_device_fact_open", "device_fact", ["thing_id"], "valid_to")

    op.create_table(
        "interface_fact",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("if_index", BIG, nullable=False),
        sa.Column("if_name", sa.Text(), nullable=False),
        sa.Column("if_descr", sa.Text(), nullable=True),
        sa.Column("if_alias", sa.Text(), nullable=True),
        sa.Column("if_type", sa.Integer(), nullable=True),
        sa.Column("mac", sa.Text(), nullable=True),
        sa.Column("speed_bps", BIG, nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name="fk_interface_fact_device_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_interface_fact_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_interface_fact"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interface_fact_device_id", "interface_fact", ["device_id"])
    one_open("ux_interface_fact_open", "interface_fact", ["thing_id"], "valid_to")

    op.create_table(
        "link_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("a_site_id", BIG, nullable=False),
        sa.Column("a_device_id", BIG, nullable=True),
        sa.Column("a_interface", sa.String(), nullable=True),
        sa.Column("b_site_id", BIG, nullable=False),
        sa.Column("b_device_id", BIG, nullable=True),
        sa.Column("b_interface", sa.String(), nullable=True),
        sa.Column("provider_id", BIG, nullable=True),
        sa.Column("medium", sa.String(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("capacity_mbps", sa.Float(), nullable=True),
        sa.Column("target_pct", sa.Float(), nullable=True),
        sa.Column("target_source", sa.String(), nullable=True),
        sa.Column("commissioned", BIG, nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["a_device_id"], ["thing.id"], name="fk_link_at_a_device_id"),
        sa.ForeignKeyConstraint(["a_site_id"], ["thing.id"], name="fk_link_at_a_site_id"),
        sa.ForeignKeyConstraint(["b_device_id"], ["thing.id"], name="fk_link_at_b_device_id"),
        sa.ForeignKeyConstraint(["b_site_id"], ["thing.id"], name="fk_link_at_b_site_id"),
        sa.ForeignKeyConstraint(["provider_id"], ["thing.id"], name="fk_link_at_provider_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_link_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_link_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_link_at_open", "link_at", ["thing_id"], "valid_to")

    op.create_table(
        "management",
        sa.Column("thing_id", BIG, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("changed", BIG, nullable=False),
        sa.Column("booted", BIG, nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_management_thing_id"),
        sa.PrimaryKeyConstraint("thing_id", name="pk_management"),
    )

    op.create_table(
        "port",
        sa.Column("thing_id", BIG, autoincrement=False, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("admin_status", sa.Integer(), nullable=True),
        sa.Column("oper_status", sa.Integer(), nullable=True),
        sa.Column("changed", BIG, nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["thing.id"], name="fk_port_device_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_port_thing_id"),
        sa.PrimaryKeyConstraint("thing_id", name="pk_port"),
    )
    op.create_index("ix_port_device_id", "port", ["device_id"])

    op.create_table(
        "provider_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("target_pct", sa.Float(), nullable=True),
        sa.Column("target_source", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_provider_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_provider_at_open", "provider_at", ["thing_id"], "valid_to")

    op.create_table(
        "service_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("target_pct", sa.Float(), nullable=True),
        sa.Column("target_source", sa.String(), nullable=True),
        sa.Column("commissioned", BIG, nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["site_id"], ["thing.id"], name="fk_service_at_site_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_service_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_service_at_open", "service_at", ["thing_id"], "valid_to")

    op.create_table(
        "site_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("uplinks", sa.JSON(), nullable=False),
        sa.Column("gateways", sa.JSON(), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.Column("calendar_id", BIG, nullable=True),
        sa.Column("target_pct", sa.Float(), nullable=True),
        sa.Column("target_source", sa.String(), nullable=True),
        sa.Column("commissioned", BIG, nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["calendar_id"], ["thing.id"], name="fk_site_at_calendar_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_site_at_thing_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["thing.id"], name="fk_site_at_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_site_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_site_at_open", "site_at", ["thing_id"], "valid_to")

    op.create_table(
        "unit_at",
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("act", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["parent_id"], ["thing.id"], name="fk_unit_at_parent_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_unit_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_at"),
        sqlite_autoincrement=True,
    )
    one_open("ux_unit_at_open", "unit_at", ["thing_id"], "valid_to")


def drop_declared() -> None:
    for table in (
        "unit_at",
        "site_at",
        "service_at",
        "provider_at",
        "port",
        "management",
        "link_at",
        "interface_fact",
        "device_fact",
        "device_at",
        "calendar_at",
    ):
        op.drop_table(table)

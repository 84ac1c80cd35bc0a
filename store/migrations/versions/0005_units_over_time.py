"""Units as the law made them, with the time of entry; in which unit each site stood, and when."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("valid_to IS NULL")
BELIEVED = sa.text("valid_to IS NULL AND dropped IS NULL")


def upgrade() -> None:
    op.drop_index("ux_unit_at_open", "unit_at")
    op.add_column("unit_at", sa.Column("entered", BIG, nullable=False, server_default="0"))
    op.add_column("unit_at", sa.Column("dropped", BIG))
    _one_open("unit_at", BELIEVED)
    op.execute("UPDATE unit_at SET declared = '{}'")  # what it held are columns all the same
    op.create_table(
        "placement_at",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("entered", BIG, nullable=False, server_default="0"),
        sa.Column("dropped", BIG),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_placement_at_thing_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["thing.id"], name="fk_placement_at_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_placement_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_placement_at_unit_id", "placement_at", ["unit_id"])
    _one_open("placement_at", BELIEVED)
    op.execute(
        "INSERT INTO placement_at (thing_id, valid_from, valid_to, unit_id, level, entered)"
        " SELECT s.thing_id, s.valid_from, s.valid_to, s.unit_id, u.level, s.valid_from"
        " FROM site_at s JOIN (SELECT thing_id, MAX(level) AS level FROM unit_at"
        " GROUP BY thing_id) u ON u.thing_id = s.unit_id"
    )
    with op.batch_alter_table("site_at", copy_from=_site_at(_unit())) as site_at:
        site_at.drop_constraint("fk_site_at_unit_id", type_="foreignkey")
        site_at.drop_column("unit_id")


def downgrade() -> None:
    with op.batch_alter_table("site_at", copy_from=_site_at()) as site_at:
        site_at.add_column(sa.Column("unit_id", BIG))
        site_at.create_foreign_key("fk_site_at_unit_id", "thing", ["unit_id"], ["id"])
    op.execute(
        "UPDATE site_at SET unit_id = (SELECT MAX(p.unit_id) FROM placement_at p"
        " WHERE p.thing_id = site_at.thing_id AND p.valid_to IS NULL AND p.dropped IS NULL)"
    )
    op.drop_table("placement_at")
    op.execute("DELETE FROM unit_at WHERE dropped IS NOT NULL")
    op.drop_index("ux_unit_at_open", "unit_at")
    op.drop_column("unit_at", "dropped")
    op.drop_column("unit_at", "entered")
    _one_open("unit_at", OPEN)


def _one_open(table: str, where: Any) -> None:
    name = f"ux_{table}_open"
    conditions = {"sqlite_where": where, "postgresql_where": where}
    op.create_index(name, table, ["thing_id"], unique=True, **conditions)


def _unit() -> list[Any]:
    return [
        sa.Column("unit_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["thing.id"], name="fk_site_at_unit_id"),
    ]


def _site_at(also: list[Any] | None = None) -> sa.Table:
    """The table as it stands, with all its guards."""
    return sa.Table(
        "site_at",
        sa.MetaData(),
        sa.Column("id", BIG, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_to", BIG),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.Column("uplinks", sa.JSON(), nullable=False),
        sa.Column("gateways", sa.JSON(), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.Column("calendar_id", BIG),
        sa.Column("target_pct", sa.Float()),
        sa.Column("target_source", sa.String()),
        sa.Column("commissioned", BIG),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ck_site_at_order"),
        sa.ForeignKeyConstraint(["calendar_id"], ["thing.id"], name="fk_site_at_calendar_id"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_site_at_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_site_at"),
        sa.Index(
            "ux_site_at_open",
            "thing_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        *(also or []),
        sqlite_autoincrement=True,
    )

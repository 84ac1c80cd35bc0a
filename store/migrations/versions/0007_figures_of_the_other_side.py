"""Figures of a provider or the central operator stand beside ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "other_figure",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("period_from", BIG, nullable=False),
        sa.Column("period_to", BIG, nullable=False),
        sa.Column("named", sa.String(length=200), nullable=False),
        sa.Column("thing_id", BIG),
        sa.Column("availability_pct", sa.Float()),
        sa.Column("down_ms", BIG),
        sa.Column("note", sa.Text()),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.Column("replaced", BIG),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint("period_to > period_from", name="order"),
        sa.CheckConstraint("availability_pct IS NOT NULL OR down_ms IS NOT NULL", name="figure"),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_other_figure_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_other_figure"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_other_figure_thing_id", "other_figure", ["thing_id"])
    op.create_index("ix_other_figure_period", "other_figure", ["period_from", "period_to"])
    op.create_index(
        "ux_other_figure_open",
        "other_figure",
        ["source", "period_from", "period_to", "named"],
        unique=True,
        sqlite_where=sa.text("replaced IS NULL"),
        postgresql_where=sa.text("replaced IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("other_figure")

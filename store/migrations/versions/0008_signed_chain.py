"""A signature keeps the chain of hashes over the rows on which its period rests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("signoff", sa.Column("head", sa.String(length=64)))
    op.create_table(
        "signed_item",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("signoff_id", BIG, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("chained", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["signoff_id"], ["signoff.id"], name="fk_signed_item_signoff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_item"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signed_item_signoff_id_place", "signed_item", ["signoff_id", "place"])


def downgrade() -> None:
    op.drop_table("signed_item")
    op.drop_column("signoff", "head")

"""Photos that people took at a site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("thing_id", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("entered", BIG, nullable=False),
        sa.Column("removed_by", sa.String(length=100)),
        sa.Column("removed", BIG),
        sa.Column("revision", BIG, nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_photo_thing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.CheckConstraint("(removed IS NULL) = (removed_by IS NULL)", name="removed"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_photo_thing_id", "photo", ["thing_id"])
    op.create_index("ix_photo_sha256", "photo", ["sha256"])
    standing = sa.text("removed IS NULL")
    op.create_index(
        "ux_photo_standing",
        "photo",
        ["thing_id", "sha256"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def downgrade() -> None:
    op.drop_table("photo")

"""A message is queued once for a channel; it may be told as a part of another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("created", BIG))
    op.add_column("delivery", sa.Column("part_of", BIG))
    op.add_column("delivery", sa.Column("error", sa.Text()))
    names = ["channel", "message_id"]
    op.create_index("ux_delivery_channel_message_id", "delivery", names, unique=True)
    op.create_index("ix_delivery_part_of", "delivery", ["part_of"])


def downgrade() -> None:
    op.drop_index("ix_delivery_part_of", "delivery")
    op.drop_index("ux_delivery_channel_message_id", "delivery")
    for name in ("error", "part_of", "created"):
        op.drop_column("delivery", name)

"""A list of sites knows which site each hangs on; the next declaration fills it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("live", sa.Column("uplink_id", BIG))


def downgrade() -> None:
    op.drop_column("live", "uplink_id")

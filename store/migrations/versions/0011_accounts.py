"""Accounts, their sessions and tokens, and failed tries to sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.Column("password", sa.String(length=200)),
        sa.Column("subject", sa.String(length=400)),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("units", sa.JSON()),
        sa.Column("language", sa.String(length=8)),
        sa.Column("created", BIG, nullable=False),
        sa.Column("changed", BIG, nullable=False),
        sa.Column("disabled", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("folded", name="uq_account_folded"),
        sa.UniqueConstraint("subject", name="uq_account_subject"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "session",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("seen", BIG, nullable=False),
        sa.Column("expires", BIG, nullable=False),
        sa.Column("ended", BIG),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_session_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_sha256", name="uq_session_token_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_table(
        "api_token",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("units", sa.JSON()),
        sa.Column("created", BIG, nullable=False),
        sa.Column("expires", BIG, nullable=False),
        sa.Column("used", BIG),
        sa.Column("revoked", BIG),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_api_token_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("token_sha256", name="uq_api_token_token_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    op.create_table(
        "sign_in_fault",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("who_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_fault"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sign_in_fault_at", "sign_in_fault", ["at"])


def downgrade() -> None:
    for table in ("sign_in_fault", "api_token", "session", "account"):
        op.drop_table(table)

"""The tables of those who may use the pages: accounts, their sessions and tokens, failed tries."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, UniqueConstraint

from store.tables import a_table, key, moment, ref


def _may() -> list[Column[object]]:
    """Which role, and the keys of the units that it is limited to; NULL: all."""
    return [
        Column("role", String(16), nullable=False),
        Column("units", JSON(none_as_null=True)),
    ]


account = a_table(
    "account",
    key(),
    Column("name", String(100), nullable=False),
    Column("folded", String(300), nullable=False),  # without case: there is one of each
    Column("password", String(200)),  # hash with its parameters; NULL: signs in elsewhere
    Column("subject", String(400)),  # issuer and name there of those who sign in elsewhere
    *_may(),
    Column("language", String(8)),
    moment("created"),
    moment("changed"),
    moment("disabled", null=True),
    UniqueConstraint("folded"),
    UniqueConstraint("subject"),
)

session = a_table(
    "session",
    key(),
    ref("account_id", "account", index=True),
    Column("token_sha256", String(64), nullable=False),
    moment("created"),
    moment("seen"),
    moment("expires"),
    moment("ended", null=True),
    Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
    UniqueConstraint("token_sha256"),
)

api_token = a_table(
    "api_token",
    key(),
    ref("account_id", "account", index=True),
    Column("token_sha256", String(64), nullable=False),
    Column("label", String(100), nullable=False),
    *_may(),
    moment("created"),
    moment("expires"),
    moment("used", null=True),
    moment("revoked", null=True),
    UniqueConstraint("token_sha256"),
)

sign_in_fault = a_table(  # for an hour: how long the next try has to wait
    "sign_in_fault",
    key(),
    moment("at"),
    Column("address", String(64), nullable=False),
    Column("who_sha256", String(64), nullable=False),  # a name may be a password typed too early
    Index("ix_sign_in_fault_at", "at"),
)

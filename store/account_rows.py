"""Accounts, sessions, tokens and audit rows as frozen values; who speaks, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from store.account_tables import account, api_token, session

ROLES = ("viewer", "operator", "admin")  # each may do what those before it may


@dataclass(frozen=True, slots=True)
class By:
    """Who speaks of accounts. `address`: "" for those who sit at the machine."""

    actor: str
    address: str = ""
    agent: str = ""

    @property
    def detail(self) -> dict[str, Any]:
        return {"address": self.address} if self.address else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Times are UTC milliseconds. `units`: keys; None: all."""

    id: int
    name: str
    role: str
    units: tuple[str, ...] | None
    language: str | None
    local: bool  # it has a password here
    elsewhere: bool  # it signs in through another system
    created_ms: int
    changed_ms: int
    disabled_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: int
    account: Account
    created_ms: int
    seen_ms: int
    expires_ms: int
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`role` and `units` are what it may of what its account may."""

    id: int
    account: Account
    label: str
    role: str
    units: tuple[str, ...] | None
    created_ms: int
    expires_ms: int
    used_ms: int | None
    revoked_ms: int | None

    def usable(self, now_ms: int) -> bool:
        held = self.account.disabled_ms is None and self.revoked_ms is None
        return held and self.expires_ms > now_ms


def account_row(row: Any) -> Account:
    """Of a row with all columns of `account`."""
    told = _of(row, account)
    return Account(
        id=told["id"],
        name=told["name"],
        role=told["role"],
        units=_units(told["units"]),
        language=told["language"],
        local=told["password"] is not None,
        elsewhere=told["subject"] is not None,
        created_ms=told["created"],
        changed_ms=told["changed"],
        disabled_ms=told["disabled"],
    )


def session_row(row: Any) -> Session:
    """Of a row with all columns of `session` and `account`."""
    told = _of(row, session)
    return Session(
        id=told["id"],
        account=account_row(row),
        created_ms=told["created"],
        seen_ms=told["seen"],
        expires_ms=told["expires"],
        address=told["address"],
        agent=told["agent"],
    )


def token_row(row: Any) -> Token:
    """Of a row with all columns of `api_token` and `account`."""
    told = _of(row, api_token)
    return Token(
        id=told["id"],
        account=account_row(row),
        label=told["label"],
        role=told["role"],
        units=_units(told["units"]),
        created_ms=told["created"],
        expires_ms=told["expires"],
        used_ms=told["used"],
        revoked_ms=told["revoked"],
    )


def lesser(one: str, other: str) -> str:
    """The role of the two that may less."""
    return min(one, other, key=ROLES.index)


def _of(row: Any, table: Any) -> dict[str, Any]:
    return {column.name: row._mapping[column] for column in table.columns}


def _units(keys: list[str] | None) -> tuple[str, ...] | None:
    return None if keys is None else tuple(keys)

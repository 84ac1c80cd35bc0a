"""Accounts, tokens and sessions as lines for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cli.options import columns
from store.account_rows import Account, Session, Token


def account_form(one: Account, tokens: Sequence[Token]) -> dict[str, Any]:
    return {
        "name": one.name,
        "role": one.role,
        "units": None if one.units is None else list(one.units),
        "language": one.language,
        "local": one.local,
        "elsewhere": one.elsewhere,
        "created": _iso(one.created_ms),
        "changed": _iso(one.changed_ms),
        "disabled": _iso(one.disabled_ms),
        "tokens": [_token_form(token) for token in tokens],
    }


def session_form(one: Session) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": one.account.name,
        "began": _iso(one.created_ms),
        "seen": _iso(one.seen_ms),
        "expires": _iso(one.expires_ms),
        "address": one.address,
        "agent": one.agent,
    }


def account_lines(
    accounts: Sequence[Account], tokens: Mapping[int, Sequence[Token]], now_ms: int
) -> Iterator[str]:
    """Times are local, as `canh status` tells them to those at the machine."""
    rows: list[list[str]] = []
    for one in accounts:
        units = "" if one.units is None else " ".join(one.units)
        rows.append([one.name, one.role, units, "" if one.disabled_ms is None else "disabled"])
        for token in tokens[one.id]:
            state = "usable" if token.usable(now_ms) else "over"
            until = f"until {_short(token.expires_ms)}"
            rows.append([f"  token {token.id}", token.role, token.label, f"{state}, {until}"])
    yield from columns(rows)


def session_lines(sessions: Sequence[Session]) -> Iterator[str]:
    yield from columns(
        [[one.account.name, one.address, _short(one.seen_ms), one.agent[:60]] for one in sessions]
    )


def _token_form(one: Token) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label,
        "role": one.role,
        "units": None if one.units is None else list(one.units),
        "created": _iso(one.created_ms),
        "expires": _iso(one.expires_ms),
        "used": _iso(one.used_ms),
        "revoked": _iso(one.revoked_ms),
    }


def _iso(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone().isoformat(timespec="seconds")


def _short(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone():%Y-%m-%d %H:%M}"

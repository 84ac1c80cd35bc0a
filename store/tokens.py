"""Tokens with which programs ask: shown once, kept as a hash, never more than their account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from store.account_rows import ROLES, Account, By, Token, lesser, token_row
from store.account_tables import account, api_token
from store.accounts import LABEL_LENGTH, Accounts, strange_units
from store.sessions import DAY_MS, MINUTE_MS, digest, secret_token
from store.speech import Done, Outcome, Refused, refused

PREFIX = "canh_"  # by which a leaked one is found in logs and repositories
MOST_DAYS = 730


class Tokens:
    def __init__(self, accounts: Accounts) -> None:
        self._of, self._clock = accounts, accounts.clock

    def of_secret(self, secret: str) -> Token | None:
        """Whose it is, if it can be used."""
        return self.of_secrets((secret,)).get(secret)

    def of_secrets(self, secrets: Collection[str]) -> dict[str, Token]:
        """By secret, those that can be used."""
        asked = {digest(secret): secret for secret in secrets}
        wanted = _ALL.where(api_token.c.token_sha256.in_(asked))
        with self._of.reading() as conn:
            rows = conn.execute(wanted).all()
        found = {asked[row._mapping[api_token.c.token_sha256]]: token_row(row) for row in rows}
        now = self._clock()
        return {secret: token for secret, token in found.items() if token.usable(now)}

    def all(self, account_id: int | None = None) -> tuple[Token, ...]:
        """The latest first, also those that are over."""
        wanted = _ALL.order_by(api_token.c.created.desc(), api_token.c.id.desc())
        if account_id is not None:
            wanted = wanted.where(api_token.c.account_id == account_id)
        with self._of.reading() as conn:
            return tuple(map(token_row, conn.execute(wanted)))

    def issue(
        self,
        whose: Account,
        label: str,
        *,
        by: By,
        days: int,
        role: str | None = None,
        units: Sequence[str] | None = None,
    ) -> tuple[str, int] | Refused:
        """(the token, its id). Without a role it has that of the account."""
        label = " ".join(label.split())
        role = whose.role if role is None else role
        if not 0 < len(label) <= LABEL_LENGTH or not label.isprintable():
            return refused("token_label", most=LABEL_LENGTH)
        if not 0 < days <= MOST_DAYS:
            return refused("token_days", most=MOST_DAYS)
        if role not in ROLES:
            return refused("no_role", role=role, roles=", ".join(ROLES))
        if lesser(role, whose.role) != role:
            return refused("token_role", role=whose.role)
        if units is not None and whose.units is not None and set(units) - set(whose.units):
            return refused("token_units", units=", ".join(whose.units))
        secret, now = PREFIX + secret_token(), self._clock()
        kept = None if units is None else sorted(set(units))
        row = {"account_id": whose.id, "label": label, "role": role, "units": kept}
        with self._of.writing() as conn:
            bad = strange_units(conn, kept)
            if bad is not None:
                return bad
            life = {"created": now, "expires": now + days * DAY_MS}
            made: Any = conn.execute(
                insert(api_token).values(token_sha256=digest(secret), **row, **life)
            )
            told = {"account": whose.name, "label": label, "role": role, "days": days}
            self._of.leave(conn, by, "token_add", told | ({"units": kept} if kept else {}))
            return secret, int(made.inserted_primary_key[0])

    def revoke(self, token_id: int, *, by: By, own: int | None = None) -> Outcome:
        """`own`: only if it is of that account."""
        with self._of.writing() as conn:
            wanted = _ALL.where(api_token.c.id == token_id)
            if own is not None:
                wanted = wanted.where(api_token.c.account_id == own)
            row = conn.execute(wanted).first()
            if row is None:
                return refused("no_token", id=token_id)
            here = (api_token.c.id == token_id) & api_token.c.revoked.is_(None)
            values = {"revoked": self._clock()}
            found = token_row(row)
            if conn.execute(update(api_token).where(here).values(**values)).rowcount:
                told = {"account": found.account.name, "label": found.label}
                self._of.leave(conn, by, "token_revoke", told)
            return Done(0, token_id)

    def used(self, *tokens: Token) -> None:
        """Written at most once a minute."""
        now = self._clock()
        due = [one.id for one in tokens if one.used_ms is None or now - one.used_ms >= MINUTE_MS]
        if due:
            with self._of.writing() as conn:
                conn.execute(update(api_token).where(api_token.c.id.in_(due)).values(used=now))


_ALL: Any = select(api_token, account).join(account, account.c.id == api_token.c.account_id)

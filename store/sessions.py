"""Signing in and out: tries that fail make the next one wait; sessions end by time or by a word."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from store.account_rows import By, Session, session_row
from store.account_tables import account, session, sign_in_fault
from store.accounts import NAME_LENGTH, Accounts, find_named, folded, one_by_one
from store.passwords import fits, hashed, outdated
from store.speech import Refused, refused

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
IDLE_MS, LONGEST_MS = 12 * HOUR_MS, 7 * DAY_MS
KNOWN_MS = 30 * DAY_MS  # as long a place from which somebody signed in is theirs
FAULTS_MS = HOUR_MS
FREE_NAME, FREE_ADDRESS = 5, 20  # tries that fail before the next has to wait
LONGEST_WAIT_MS = 5 * MINUTE_MS
MOST_TOLD = 1_000  # failed tries an hour of which each is an audit row
AGENT_LENGTH, ADDRESS_LENGTH = 200, 64
_SEEN_MS = MINUTE_MS  # how old `seen` may be


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token`: what the browser keeps; here is only its hash."""

    token: str
    session: Session


def secret_token() -> str:
    """256 random bits, for a cookie or a header."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Under which a token is kept. One of 256 random bits needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    def __init__(self, accounts: Accounts) -> None:
        self._of, self._clock = accounts, accounts.clock
        self._nobody = hashed(secret_token(), accounts.cost)  # of names that do not exist

    # -- questions ---------------------------------------------------------------------------

    def of_token(self, token: str) -> Session | None:
        """Whose session that is, if it lasts."""
        return self.of_tokens((token,)).get(token)

    def of_tokens(self, tokens: Collection[str]) -> dict[str, Session]:
        """By token, those that last."""
        asked = {digest(token): token for token in tokens}
        wanted = _lasting(self._clock()).where(session.c.token_sha256.in_(asked))
        with self._of.reading() as conn:
            rows = conn.execute(wanted).all()
        return {asked[row._mapping[session.c.token_sha256]]: session_row(row) for row in rows}

    def all(self, account_id: int | None = None) -> tuple[Session, ...]:
        """Those that last, the latest first."""
        wanted = _lasting(self._clock()).order_by(session.c.created.desc(), session.c.id.desc())
        if account_id is not None:
            wanted = wanted.where(session.c.account_id == account_id)
        with self._of.reading() as conn:
            return tuple(map(session_row, conn.execute(wanted)))

    # -- words -------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, *, by: By) -> SignedIn | Refused:
        """Takes the time of one hash, whether or not there is such an account.

        The try counts as failed until it has succeeded, so that many at once are counted too.
        """
        who, where = digest(folded(name[: 2 * NAME_LENGTH])), place(by.address)
        with self._of.writing() as conn:
            one_by_one(conn)
            row = find_named(conn, name)
            wait_ms = self._wait_ms(conn, who, where, by, row)
            if wait_ms > 0:
                return refused("sign_in_wait", s=-(-wait_ms // 1_000))
            fault = {"at": self._clock(), "address": where, "who_sha256": who}
            conn.execute(insert(sign_in_fault).values(**fault))
        kept: Any = None if row is None else row.password
        right = fits(password, kept or self._nobody) and kept is not None
        if right and row is not None and row.disabled is None:
            fresh = hashed(password, self._of.cost) if outdated(kept, self._of.cost) else kept
            with self._of.writing() as conn:
                here = (account.c.id == row.id) & (account.c.password == kept)
                still = conn.execute(update(account).where(here).values(password=fresh))
                if still.rowcount:
                    own = sign_in_fault.c.who_sha256 == who
                    mine = own & (sign_in_fault.c.address == where)
                    conn.execute(delete(sign_in_fault).where(mine))
                    return self._open(conn, row.id, by)
        with self._of.writing() as conn:
            self._tell_fault(conn, "" if row is None else row.name, by)
        return refused("sign_in")

    def admit(self, account_id: int, *, by: By, how: str) -> SignedIn | Refused:
        """Somebody whom another system has vouched for, or who has just proved who they are."""
        with self._of.writing() as conn:
            here = (account.c.id == account_id) & account.c.disabled.is_(None)
            if conn.execute(select(account.c.id).where(here)).first() is None:
                return refused("sign_in")
            return self._open(conn, account_id, by, how)

    def sign_out(self, held: Session, *, by: By) -> None:
        self.end(held, by=by, action="sign_out")

    def end(self, held: Session, *, by: By, action: str = "session_end") -> None:
        with self._of.writing() as conn:
            here = (session.c.id == held.id) & session.c.ended.is_(None)
            if conn.execute(update(session).where(here).values(ended=self._clock())).rowcount:
                self._of.leave(conn, by, action, {"account": held.account.name})

    def seen(self, *held: Session) -> None:
        """They are in use; written at most once a minute."""
        now = self._clock()
        due = [one.id for one in held if now - one.seen_ms >= _SEEN_MS]
        if due:
            with self._of.writing() as conn:
                conn.execute(update(session).where(session.c.id.in_(due)).values(seen=now))

    def _open(self, conn: Connection, account_id: int, by: By, how: str = "") -> SignedIn:
        now, token = self._clock(), secret_token()
        stale = session.c.ended.is_not(None) | (session.c.expires < now)
        conn.execute(delete(session).where(stale & (session.c.created < now - KNOWN_MS)))
        held = {"created": now, "seen": now, "expires": now + LONGEST_MS}
        about = {"address": by.address[:ADDRESS_LENGTH], "agent": by.agent[:AGENT_LENGTH]}
        row = {"account_id": account_id, "token_sha256": digest(token)} | held | about
        made: Any = conn.execute(insert(session).values(**row))
        opened = session.c.id == made.inserted_primary_key[0]
        found = session_row(conn.execute(_lasting(now).where(opened)).one())
        told = {"account": found.account.name} | ({"how": how} if how else {})
        self._of.leave(conn, By(found.account.name, by.address), "sign_in", told)
        return SignedIn(token, found)

    def _wait_ms(self, conn: Connection, who: str, where: str, by: By, row: Any) -> int:
        """How long this try is too early. Whoever comes from where the account was used lately
        does not wait for what others try under its name."""
        now = self._clock()
        conn.execute(delete(sign_in_fault).where(sign_in_fault.c.at < now - FAULTS_MS))
        waits = [_growing(conn, now, FREE_ADDRESS, sign_in_fault.c.address == where)]
        if row is None or not _at_home(conn, row.id, by.address):
            waits.append(_growing(conn, now, FREE_NAME, sign_in_fault.c.who_sha256 == who))
        return max(waits)

    def _tell_fault(self, conn: Connection, name: str, by: By) -> None:
        """A flood of them is told once, not row by row."""
        count = conn.execute(select(func.count()).select_from(sign_in_fault)).scalar_one()
        detail = {"account": name} if name else {}
        if count < MOST_TOLD:
            self._of.leave(conn, By("", by.address), "sign_in_failed", detail)
        elif count == MOST_TOLD:
            self._of.leave(conn, By("", by.address), "sign_in_flood", {"count": count})


def _growing(conn: Connection, now: int, free: int, which: Any) -> int:
    """After `free` failed tries 1 s from the last of them, then 2 s, 4 s …"""
    asked = select(func.count(), func.max(sign_in_fault.c.at)).where(which)
    count, last = conn.execute(asked).one()
    if count < free:
        return 0
    wait_ms = min(1_000 << min(count - free, 20), LONGEST_WAIT_MS)
    return int(last + wait_ms - now)


def _at_home(conn: Connection, account_id: int, address: str) -> bool:
    here = (session.c.account_id == account_id) & (session.c.address == address)
    return conn.execute(select(session.c.id).where(here).limit(1)).first() is not None


def _lasting(now_ms: int) -> Any:
    return (
        select(session, account)
        .join(account, account.c.id == session.c.account_id)
        .where(
            session.c.ended.is_(None),
            session.c.expires > now_ms,
            session.c.seen > now_ms - IDLE_MS,
            account.c.disabled.is_(None),
        )
    )


def place(address: str) -> str:
    """Whose tries are counted together: whoever has an address of IPv6 has 2⁶⁴ of them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:ADDRESS_LENGTH]
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)

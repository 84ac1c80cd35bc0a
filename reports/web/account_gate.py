"""The gate of accounts: knows people by a session's cookie, programs by a token."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from aiohttp import web

from inventory.model import Web
from reports.web.callers import Callers
from reports.web.together import Together
from reports.web.visitor import NOBODY, Role, Visitor
from store.account_rows import By, Session, Token, lesser
from store.accounts import Accounts
from store.engine import RecordError
from store.sessions import LONGEST_MS, Sessions, SignedIn
from store.speech import Refused, refused
from store.tokens import PREFIX, Tokens

log = logging.getLogger(__name__)
SESSION = web.RequestKey("session", Session)
# Over https a browser takes the first from nobody but this very host; over http it takes it not.
SECURE_COOKIE, PLAIN_COOKIE = "__Host-canh", "canh"
LOOKS, HASHES = 3, 2  # threads
MOST_WAITING = 20  # sign-ins that wait for a thread
Answer = TypeVar("Answer")


class AccountGate:
    """`open` until there is an account: then only this machine looks, and nobody speaks."""

    elsewhere: str | None = None  # the name of the other system where people may sign in

    def __init__(self, accounts: Accounts, settings: Web) -> None:
        self.accounts = accounts
        self.sessions, self.tokens = Sessions(accounts), Tokens(accounts)
        self.callers = Callers(settings.proxies)
        self._looks = ThreadPoolExecutor(LOOKS, "gate")
        self._hashes = ThreadPoolExecutor(HASHES, "hash")
        self._waiting = 0
        self._behind: set[asyncio.Future[None]] = set()
        self._closed = accounts.any()
        self._held_by = Together(self._sessions_of)
        self._tokens_by = Together(self._tokens_of)
        self._any_by = Together(self._any_of)

    @property
    def open(self) -> bool:
        return not self._closed

    async def visitor(self, request: web.Request) -> Visitor | None:
        if self.open and not await self._any_by.find(None):
            if not self.callers.is_here(request):
                raise web.HTTPForbidden
            return NOBODY
        self._closed = True  # for good: accounts are disabled, never deleted
        bearer = request.headers.get("Authorization")
        if bearer is not None:  # a wrong one is no reason to look for a cookie
            return await self._by_token(bearer)
        cookie = request.cookies.get(self.cookie(request))
        return None if cookie is None else await self._by_session(request, cookie)

    # -- for the pages -----------------------------------------------------------------------

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """Of the accounts, in a thread. RecordError: they cannot be read."""
        return await asyncio.get_running_loop().run_in_executor(self._looks, question)

    async def hash(self, word: Callable[[], Answer]) -> Answer | Refused:
        """What computes a hash; refused where too many wait for that."""
        if self._waiting >= MOST_WAITING + HASHES:
            return refused("sign_in_busy")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._hashes, word)
        finally:
            self._waiting -= 1

    def by(self, request: web.Request, name: str = "") -> By:
        """Who speaks in this request, and from where."""
        agent = "".join(
            letter for letter in request.headers.get("User-Agent", "") if letter.isprintable()
        )
        return By(name, self.callers.address(request), agent)

    async def sign_in(self, request: web.Request, name: str, password: str) -> SignedIn | Refused:
        by = self.by(request)
        return await self.hash(lambda: self.sessions.sign_in(name, password, by=by))

    def cookie(self, request: web.Request) -> str:
        return SECURE_COOKIE if self.callers.is_https(request) else PLAIN_COOKIE

    def keep(self, request: web.Request, answer: web.StreamResponse, token: str) -> None:
        """Let the browser keep the session. Lax: a link in a mail leads to the page at once."""
        answer.set_cookie(
            self.cookie(request),
            token,
            max_age=LONGEST_MS // 1_000,
            httponly=True,
            secure=self.callers.is_https(request),
            samesite="Lax",
        )

    def forget(self, request: web.Request, answer: web.StreamResponse) -> None:
        secure = self.callers.is_https(request)
        answer.del_cookie(self.cookie(request), secure=secure, httponly=True, samesite="Lax")

    async def end_held(self, request: web.Request) -> None:
        """The session that this browser has, if it has one: nobody goes on with an old one."""
        held = await self._held(request.cookies.get(self.cookie(request)))
        if held is not None:
            by = self.by(request, held.account.name)
            await self.ask(lambda: self.sessions.sign_out(held, by=by))

    def close(self) -> None:
        for pool in (self._looks, self._hashes):
            pool.shutdown(cancel_futures=True)
        self.accounts.close()

    # ----------------------------------------------------------------------------------------

    async def _by_session(self, request: web.Request, cookie: str) -> Visitor | None:
        held = await self._held(cookie)
        if held is None:
            return None
        request[SESSION] = held
        one = held.account
        return _visitor(one.name, one.role, one.units, one.language, csrf_of(cookie))

    async def _by_token(self, header: str) -> Visitor | None:
        scheme, _, secret = header.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
            return None
        token = await self._tokens_by.find(secret)
        if token is None:
            return None
        one = token.account
        found = _visitor(one.name, lesser(token.role, one.role), one.units, one.language, "")
        if token.units is None:
            return found
        own = frozenset(token.units)
        return replace(found, units=own if found.units is None else own & found.units)

    async def _held(self, cookie: str | None) -> Session | None:
        return await self._held_by.find(cookie) if cookie else None

    async def _sessions_of(self, cookies: Collection[str]) -> Mapping[str, Session]:
        found = await self.ask(lambda: self.sessions.of_tokens(cookies))
        self._note(lambda: self.sessions.seen(*found.values()))
        return found

    async def _tokens_of(self, secrets: Collection[str]) -> Mapping[str, Token]:
        found = await self.ask(lambda: self.tokens.of_secrets(secrets))
        self._note(lambda: self.tokens.used(*found.values()))
        return found

    async def _any_of(self, asked: Collection[None]) -> Mapping[None, bool]:
        return dict.fromkeys(asked, await self.ask(self.accounts.any))

    def _note(self, word: Callable[[], None]) -> None:
        """Written beside the answer, which does not wait for it."""

        def write() -> None:
            try:
                word()
            except RecordError as error:
                log.warning("%s", error)

        writing = asyncio.get_running_loop().run_in_executor(self._looks, write)
        self._behind.add(writing)
        writing.add_done_callback(self._behind.discard)


def session_of(request: web.Request) -> Session:
    """Of a person who has signed in; a token does not speak of accounts."""
    held: Session | None = request.get(SESSION)
    if held is None:
        raise web.HTTPForbidden
    return held


def csrf_of(token: str) -> str:
    """What forms of a session send back: bound to it, and no way to its token."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def _visitor(
    name: str, role: str, units: tuple[str, ...] | None, language: str | None, csrf: str
) -> Visitor:
    return Visitor(
        name=name,
        role=Role[role.upper()],
        units=None if units is None else frozenset(units),
        csrf=csrf,
        language=language,
    )

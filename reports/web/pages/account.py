"""My account: its password, language, sessions and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from aiohttp import web

from inventory.phrases import LANGUAGES, say
from reports.periods import Clock
from reports.web.account_gate import AccountGate, session_of
from reports.web.limits import costly
from reports.web.pages.signing import fields
from reports.web.site import Site
from store.account_rows import ROLES
from store.passwords import SHORTEST
from store.sessions import SignedIn
from store.speech import Outcome, Refused, refused
from store.tokens import MOST_DAYS

SAID = frozenset({"password", "language", "session", "token", "account"})  # what a page confirms


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    gate = site.gate
    if not isinstance(gate, AccountGate):
        return []
    pages = MyAccount(site, gate)
    return [
        web.get("/account", pages.show),
        web.post("/account/password", pages.password),
        web.post("/account/language", pages.language),
        web.post("/account/tokens", pages.issue),
        web.post(r"/account/tokens/{id:\d{1,15}}/revoke", pages.revoke),
        web.post(r"/account/sessions/{id:\d{1,15}}/end", pages.end),
    ]


class MyAccount:
    def __init__(self, site: Site, gate: AccountGate) -> None:
        self._site, self._gate = site, gate

    async def show(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request)

    @costly(each_s=1.0, at_once=10)
    async def password(self, request: web.Request) -> web.StreamResponse:
        """The one in use is asked for: who finds an open browser does not take the account."""
        held, said = session_of(request), await fields(request)
        one, by = held.account, self._gate.by(request, held.account.name)
        if not one.local:
            return await self._page(request, refused("password_elsewhere"))
        if said.get("new") != said.get("again"):
            return await self._page(request, refused("password_twice"))
        old = said.get("old", "")
        proved = await self._gate.sign_in(request, one.name, old)
        if isinstance(proved, Refused):
            wrong = refused("password_old") if proved.key == "refused.sign_in" else proved
            return await self._page(request, wrong)
        new = said.get("new", "")
        accounts, sessions = self._gate.accounts, self._gate.sessions
        done = await self._gate.hash(lambda: accounts.set_password(one.id, new, by=by))
        if isinstance(done, Refused):
            await self._gate.ask(lambda: sessions.sign_out(proved.session, by=by))
            return await self._page(request, done)
        opened = await self._gate.ask(lambda: sessions.admit(one.id, by=by, how="new password"))
        answer = web.HTTPSeeOther("/account?said=password")
        if isinstance(opened, SignedIn):
            self._gate.keep(request, answer, opened.token)
        raise answer

    async def language(self, request: web.Request) -> web.StreamResponse:
        held, said = session_of(request), await fields(request)
        by, wanted = self._gate.by(request, held.account.name), said.get("language") or None
        change = self._gate.accounts.change
        done = await self._gate.ask(lambda: change(held.account.id, by=by, language=wanted))
        if isinstance(done, Refused):
            return await self._page(request, done)
        answer = web.HTTPSeeOther("/account?said=language")
        answer.del_cookie("lang")
        raise answer

    async def issue(self, request: web.Request) -> web.StreamResponse:
        """The page with the token on it; it cannot be shown again."""
        held, said = session_of(request), await fields(request)
        by = self._gate.by(request, held.account.name)
        days = said.get("days", "")
        about = {"role": said.get("role") or None, "days": int(days) if whole(days) else 0}
        label = said.get("label", "")
        issue = self._gate.tokens.issue
        made = await self._gate.ask(lambda: issue(held.account, label, by=by, **about))  # type: ignore[arg-type]
        if isinstance(made, Refused):
            return await self._page(request, made)
        return await self._page(request, secret=made[0])

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        held, number = session_of(request), int(request.match_info["id"])
        by, own = self._gate.by(request, held.account.name), held.account.id
        revoke = self._gate.tokens.revoke
        if isinstance(await self._gate.ask(lambda: revoke(number, by=by, own=own)), Refused):
            raise web.HTTPNotFound
        raise web.HTTPSeeOther("/account?said=token")

    async def end(self, request: web.Request) -> web.StreamResponse:
        held, number = session_of(request), int(request.match_info["id"])
        by, sessions = self._gate.by(request, held.account.name), self._gate.sessions
        for one in await self._gate.ask(lambda: sessions.all(held.account.id)):
            if one.id == number:
                await self._gate.ask(lambda: sessions.end(one, by=by))  # noqa: B023  awaited here
                raise web.HTTPSeeOther("/account?said=session")
        raise web.HTTPNotFound

    async def _page(
        self, request: web.Request, refusal: Outcome | None = None, secret: str | None = None
    ) -> web.Response:
        held, gate = session_of(request), self._gate
        sessions = await gate.ask(lambda: gate.sessions.all(held.account.id))
        tokens = await gate.ask(lambda: gate.tokens.all(held.account.id))
        now_ms = gate.accounts.clock()

        def about(language: str) -> dict[str, object]:
            return {
                "account": held.account,
                "own_session": held.id,
                "sessions": sessions,
                "tokens": [token for token in tokens if token.usable(now_ms)],
                "roles": ROLES[: ROLES.index(held.account.role) + 1],
                "languages": LANGUAGES,
                "most_days": MOST_DAYS,
                "shortest": SHORTEST,
                "secret": secret,
                **told(self._site, request, language, refusal),
            }

        status = 400 if isinstance(refusal, Refused) else 200
        return await self._site.page(request, "account.html.j2", about, status=status)


def told(
    site: Site, request: web.Request, language: str, refusal: Outcome | None
) -> dict[str, object]:
    """What every page of accounts says: how the last word ended, and moments as text."""
    why = None
    if isinstance(refusal, Refused):
        why = say(language, refusal.key, **refusal.values)
    said = request.query.get("said")
    zone = ZoneInfo(site.desk.known.head.timezone)
    done = say(language, f"account.said.{said}") if said in SAID and why is None else None
    return {"why": why, "done": done, "clock": Clock(zone, language)}


def whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16

"""Administration of accounts: who there is, what they may, their sessions and tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiohttp import web

from inventory.phrases import LANGUAGES
from reports.web.account_gate import AccountGate, session_of
from reports.web.gate import Handler, needs, visitor_of
from reports.web.pages.account import told
from reports.web.pages.signing import fields
from reports.web.site import Site
from reports.web.visitor import Role
from store.account_rows import ROLES, Account, By
from store.passwords import SHORTEST
from store.speech import Outcome, Refused
from store.states import Kind


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    gate = site.gate
    if not isinstance(gate, AccountGate):
        return []
    pages = Administration(site, gate)
    one = r"/admin/accounts/{id:\d{1,15}}"
    return [
        web.get("/admin/accounts", for_whole(pages.list)),
        web.post("/admin/accounts", for_whole(pages.add)),
        web.get(one, for_whole(pages.show)),
        web.post(one, for_whole(pages.change)),
        web.post(one + "/{word:password|disable|enable}", for_whole(pages.say)),
        web.post(r"/admin/tokens/{id:\d{1,15}}/revoke", for_whole(pages.revoke)),
        web.post(r"/admin/sessions/{id:\d{1,15}}/end", for_whole(pages.end)),
    ]


def for_whole(handler: Handler) -> Handler:
    """For admins without a limit: one of a district could make an account for the province."""

    @needs(Role.ADMIN)
    async def checked(request: web.Request) -> web.StreamResponse:
        if visitor_of(request).units is not None:
            raise web.HTTPForbidden
        session_of(request)
        return await handler(request)

    return checked


class Administration:
    def __init__(self, site: Site, gate: AccountGate) -> None:
        self._site, self._gate = site, gate

    async def list(self, request: web.Request) -> web.StreamResponse:
        return await self._list(request)

    async def add(self, request: web.Request) -> web.StreamResponse:
        said, by = await fields(request), self._by(request)
        add, may = self._gate.accounts.add, _may(said)
        name, password = said.get("name", ""), said.get("password", "")
        done = await self._gate.hash(lambda: add(name, password, by=by, **may))
        if isinstance(done, Refused):
            return await self._list(request, done, {"name": name[:100]} | may)
        raise web.HTTPSeeOther(f"/admin/accounts/{done.row_id}?said=account")

    async def show(self, request: web.Request) -> web.StreamResponse:
        return await self._one(request)

    async def change(self, request: web.Request) -> web.StreamResponse:
        said, by, number = await fields(request), self._by(request), _number(request)
        change, may = self._gate.accounts.change, _may(said)
        return await self._done(request, lambda: change(number, by=by, **may))

    async def say(self, request: web.Request) -> web.StreamResponse:
        said, by, number = await fields(request), self._by(request), _number(request)
        accounts, word = self._gate.accounts, request.match_info["word"]
        if word == "password":
            new = said.get("password", "")
            return await self._done(request, lambda: accounts.set_password(number, new, by=by))
        off = word == "disable"
        return await self._done(request, lambda: accounts.disable(number, by=by, disabled=off))

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        by, number, revoke = self._by(request), _number(request), self._gate.tokens.revoke
        if isinstance(await self._gate.ask(lambda: revoke(number, by=by)), Refused):
            raise web.HTTPNotFound
        raise web.HTTPSeeOther("/admin/accounts?said=token")

    async def end(self, request: web.Request) -> web.StreamResponse:
        by, number, sessions = self._by(request), _number(request), self._gate.sessions
        for one in await self._gate.ask(sessions.all):
            if one.id == number:
                await self._gate.ask(lambda: sessions.end(one, by=by))  # noqa: B023  awaited here
                raise web.HTTPSeeOther("/admin/accounts?said=session")
        raise web.HTTPNotFound

    async def _done(self, request: web.Request, word: Callable[[], Outcome]) -> web.StreamResponse:
        done = await self._gate.hash(word)
        if isinstance(done, Refused):
            return await self._one(request, done)
        raise web.HTTPSeeOther(f"/admin/accounts/{_number(request)}?said=account")

    async def _list(
        self,
        request: web.Request,
        refusal: Outcome | None = None,
        typed: dict[str, Any] | None = None,
    ) -> web.Response:
        gate = self._gate
        found = await gate.ask(gate.accounts.all)
        sessions, tokens = await gate.ask(gate.sessions.all), await gate.ask(gate.tokens.all)
        now_ms = gate.accounts.clock()

        def about(language: str) -> dict[str, Any]:
            return {
                "accounts": found,
                "sessions": sessions,
                "tokens": [token for token in tokens if token.usable(now_ms)],
                "typed": {"name": "", "role": ROLES[0], "units": None, "language": None}
                | (typed or {}),
                **self._choices(),
                **told(self._site, request, language, refusal),
            }

        return await self._site.page(request, "accounts.html.j2", about, status=_status(refusal))

    async def _one(self, request: web.Request, refusal: Outcome | None = None) -> web.Response:
        number, gate = _number(request), self._gate
        found = await gate.ask(lambda: gate.accounts.numbered(number))
        if found is None:
            raise web.HTTPNotFound
        one: Account = found

        def about(language: str) -> dict[str, Any]:
            return {
                "account": one,
                **self._choices(),
                **told(self._site, request, language, refusal),
            }

        return await self._site.page(request, "one_account.html.j2", about, status=_status(refusal))

    def _choices(self) -> dict[str, Any]:
        units = [row for row in self._site.desk.known.rows.values() if row.kind is Kind.UNIT]
        named: Sequence[tuple[str, str]] = sorted((row.key, row.name) for row in units)
        return {"roles": ROLES, "languages": LANGUAGES, "units": named, "shortest": SHORTEST}

    def _by(self, request: web.Request) -> By:
        return self._gate.by(request, visitor_of(request).name)


def _may(said: dict[str, str]) -> dict[str, Any]:
    """What a form grants; an empty text of units is no limit."""
    units = said.get("units", "").replace(",", " ").split()
    return {
        "role": said.get("role", ""),
        "units": units or None,
        "language": said.get("language") or None,
    }


def _number(request: web.Request) -> int:
    return int(request.match_info["id"])


def _status(refusal: Outcome | None) -> int:
    return 400 if isinstance(refusal, Refused) else 200

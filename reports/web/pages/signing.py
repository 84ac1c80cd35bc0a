"""Signing in and out."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from inventory.phrases import say
from reports.web import sent
from reports.web.account_gate import AccountGate
from reports.web.gate import public, visitor_of
from reports.web.limits import costly
from reports.web.site import Site
from store.speech import Refused

_BUSY = frozenset({"refused.sign_in_wait", "refused.sign_in_busy"})


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    gate = site.gate
    if not isinstance(gate, AccountGate):
        return []

    @public
    async def form(request: web.Request) -> web.StreamResponse:
        to = own_path(request.query.get("to", ""))
        if visitor_of(request).signed_in:
            raise web.HTTPSeeOther(to)
        return await _page(site, gate, request, to)

    @public
    @costly(each_s=1.0, at_once=10)
    async def sign_in(request: web.Request) -> web.StreamResponse:
        said = await fields(request)
        to = own_path(said.get("to", ""))
        if gate.open:
            raise web.HTTPForbidden
        name = said.get("name", "").strip()
        outcome = await gate.sign_in(request, name, said.get("password", ""))
        if isinstance(outcome, Refused):
            return await _page(site, gate, request, to, outcome, name)
        await gate.end_held(request)
        answer = web.HTTPSeeOther(to)
        gate.keep(request, answer, outcome.token)
        raise answer

    async def sign_out(request: web.Request) -> web.StreamResponse:
        await gate.end_held(request)
        answer = web.HTTPSeeOther("/sign-in")
        gate.forget(request, answer)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # also what is kept for offline
        raise answer

    return [
        web.get("/sign-in", form),
        web.post("/sign-in", sign_in),
        web.post("/sign-out", sign_out),
    ]


async def fields(request: web.Request) -> dict[str, str]:
    """The texts of a form; files and what comes twice are left out."""
    found = await sent.form(request)
    return {name: value for name, value in found.items() if isinstance(value, str)}


def own_path(to: str) -> str:
    """Where to go on: a path of ours, else the first page. `//elsewhere` is none of ours."""
    try:
        parts = urlsplit(to)
    except ValueError:
        return "/"
    elsewhere = parts.scheme or parts.netloc or not to.startswith("/")
    odd = to.startswith("//") or "\\" in to or not to.isprintable()
    return "/" if elsewhere or odd or parts.path.startswith(("/sign-in", "/sign-out", "//")) else to


async def _page(
    site: Site,
    gate: AccountGate,
    request: web.Request,
    to: str,
    refusal: Refused | None = None,
    name: str = "",
) -> web.Response:
    status, headers = 200, {}
    if refusal is not None:
        status = 401
        if refusal.key in _BUSY:
            status, headers = 429, {"Retry-After": str(refusal.values.get("s", 5))}

    def about(language: str) -> dict[str, object]:
        why = None if refusal is None else say(language, refusal.key, **refusal.values)
        return {"to": to, "typed": name[:100], "why": why, "elsewhere": gate.elsewhere}

    home = str(URL("/sign-in").with_query(to=to))
    answer = await site.page(request, "sign_in.html.j2", about, status=status, home=home)
    answer.headers.update(headers)
    return answer

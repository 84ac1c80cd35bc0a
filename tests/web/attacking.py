"""What the attacks share: a server with pages of every kind, and who tries them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from reports.web import sent
from reports.web.gate import needs, visitor_of
from reports.web.scope import Scope
from reports.web.site import Site
from reports.web.visitor import Role
from tests.web.serving import Client

HOME = Path(__file__).parents[2]
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
ADMIN_PAGES = ("/admin/accounts", "/admin/accounts/1", "/admin/audit", "/admin/audit.csv")
ADMIN_FORMS = (
    *("/admin/accounts", "/admin/accounts/1", "/admin/accounts/1/password"),
    *("/admin/accounts/1/disable", "/admin/accounts/1/enable", "/admin/tokens/1/revoke"),
    "/admin/sessions/1/end",
)
REFUSED = (403, 429)
OWN_PAGES = ("/", "/account", "/no/such/page")
OWN_FORMS = (
    *("/account/password", "/account/language", "/account/tokens", "/account/tokens/1/revoke"),
    *("/account/sessions/1/end", "/sign-out"),
)


def pages(site: Site) -> Iterable[web.AbstractRouteDef]:
    """What other topics do, as simply as it can be done: see, speak, take a file, stream."""

    async def thing(request: web.Request) -> web.StreamResponse:
        known = site.desk.known
        row = known.rows.get(int(request.match_info["id"]))
        if row is None or not Scope.of(visitor_of(request), known).sees(row):
            raise web.HTTPNotFound
        return web.json_response({"key": row.key})

    @needs(Role.OPERATOR)
    async def speak(request: web.Request) -> web.StreamResponse:
        return web.Response(text=str((await sent.form(request)).get("text")))

    async def fail(request: web.Request) -> web.StreamResponse:
        raise RuntimeError("of the database password hunter2")

    async def stream(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(3):
            await answer.write(b"x")
            await asyncio.sleep(2)
        return answer

    return [
        web.get(r"/api/things/{id:\d+}", thing),
        web.post("/speak", speak),
        web.get("/fail", fail),
        web.get("/stream", stream),
    ]


async def every(client: Client, **about: object) -> dict[tuple[str, str], int]:
    """The status of each page and form."""
    found = {}
    for path in (*OWN_PAGES, *ADMIN_PAGES):
        found["GET", path] = (await client.asked("GET", path, **about))[0]
    for path in (*OWN_FORMS, *ADMIN_FORMS, "/speak"):
        found["POST", path] = (await client.asked("POST", path, data={"csrf": ""}, **about))[0]
    return found

"""The first page: is anything wrong, where, what is the root, who is on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from reports.web.site import Site


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    async def overview(request: web.Request) -> web.Response:
        return await site.page(request, "overview.html.j2", lambda _: _found(site), keep=True)

    return [web.get("/", overview)]


def _found(site: Site) -> Mapping[str, Any]:
    return {"roots": site.desk.known.roots}

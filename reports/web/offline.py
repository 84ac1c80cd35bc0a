"""What makes sheets work without a network: whose copies a phone keeps, and the worker there."""

from __future__ import annotations

import json
from collections.abc import Iterable

from aiohttp import web

from inventory.phrases import say
from reports.web.gate import public
from reports.web.site import Site

SCOPE = "/sheet"  # of the worker: sheets and their lists, no other page
WORKER = "/offline/worker.js"


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    @public
    async def worker(request: web.Request) -> web.StreamResponse:
        headers = {"Service-Worker-Allowed": SCOPE, "Cache-Control": "no-cache"}
        return web.FileResponse(site.press.assets["worker.js"].path, headers=headers)

    @public
    async def manifest(request: web.Request) -> web.Response:
        """Browsers ask for it without their cookies: it tells nothing of the network."""
        language = site.language(request)
        icon = {"src": site.press.assets["icon.svg"].url, "sizes": "any", "type": "image/svg+xml"}
        told = {
            "name": f"Canh – {say(language, 'sheet.list')}",
            "short_name": "Canh",
            "lang": language,
            "id": "/sheets",
            "start_url": "/sheets",
            "scope": SCOPE,
            "display": "minimal-ui",
            "background_color": "#ffffff",
            "theme_color": "#0b4f8a",
            "icons": [icon],
        }
        return web.Response(
            body=json.dumps(told, ensure_ascii=False).encode(),
            content_type="application/manifest+json",
        )

    return [web.get(WORKER, worker), web.get("/offline/manifest.webmanifest", manifest)]

"""A small portal for the services' benchmark: one page of 20 kB, plain and by TLS."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from tests.probes.services.authority import Authority

PAGE = f"<p>{'x' * 20_000}</p>Cổng thông tin"


async def serve(folder: Path) -> None:
    """Says its ports, the TLS one first, and serves until it is killed."""

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for context in (Authority(folder).server("portal"), None):
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    sys.stdout.write(" ".join(str(place[1]) for place in runner.addresses) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))

"""The board of the terminal on a page: each open page is a `canh board` that only shows."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from cli.apart import command
from reports.web.gate import seen_whole, visitor_of
from reports.web.limits import BOARDS, Seats
from reports.web.site import Routes, Site

# The terminal on the page writes its own styles; what it runs comes from us alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
STILL_S = 2.0  # how often an open board asks whether its visitor may go on


def board_room(words: Sequence[str]) -> Routes:
    """`words`: behind `canh`, of the board to run."""
    server = Server(shlex.join(["exec", *command("cli.main", *words)]))

    def room(site: Site) -> Iterable[web.AbstractRouteDef]:
        seats = Seats(BOARDS)

        async def index(request: web.Request) -> web.StreamResponse:
            seen_whole(request)
            answer = await site.page(request, "board.html.j2", lambda language: {})
            answer.headers["Content-Security-Policy"] = POLICY
            return answer

        async def talk(request: web.Request) -> web.StreamResponse:
            seen_whole(request)
            if not _is_own(request, site.settings.origin):
                raise web.HTTPForbidden(text="canh serve: name this address with --origin\n")
            visitor = visitor_of(request)
            who = visitor.csrf or visitor.name
            with seats.taken(who) if who else contextlib.nullcontext():
                return await show(request)

        async def show(request: web.Request) -> web.StreamResponse:
            talking = asyncio.create_task(server.handle_websocket(request))
            over = asyncio.create_task(_over(site, request))
            try:
                await asyncio.wait({talking, over}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                over.cancel()
                talking.cancel()
            return await talking

        return [
            web.get("/board/", index),
            web.get("/board/ws", talk),
            web.static("/board/static", server.statics_path),
        ]

    return room


async def _over(site: Site, request: web.Request) -> None:
    """Until the server ends, or its visitor is no longer who they were."""
    while not site.stop.is_set() and await site.still(request):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STILL_S):
                await site.stop.wait()


def _is_own(request: web.Request, origin: str) -> bool:
    """A page from elsewhere, open in the same browser, must not read the board."""
    asking = request.headers.get("Origin", "")
    if urlsplit(asking).hostname in ("localhost", "127.0.0.1", "::1"):
        return True
    return asking in (origin, f"{request.scheme}://{request.host}") and bool(asking)

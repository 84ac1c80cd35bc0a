"""The pages as one aiohttp application: what stands before each, and what they share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from aiohttp import web

from inventory.model import Web
from inventory.phrases import LANGUAGES, say
from reports.web import faults
from reports.web.callers import Callers
from reports.web.desk import Desk
from reports.web.gate import MOST_BODY, Gate, Handler, OpenGate, guard, headed, public, visitor_of
from reports.web.limits import began, limited
from reports.web.press import Press

log = logging.getLogger(__name__)
STATIC = Path(str(resources.files("reports.web").joinpath("static")))


@dataclass
class Site:
    """What every page may use. `data`: the folder of the record, for files that belong to it."""

    desk: Desk
    settings: Web
    data: Path
    reports: Path  # where the files of reports are kept
    gate: Gate = field(default_factory=OpenGate)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    press: Press = field(default_factory=Press)

    def language(self, request: web.Request) -> str:
        """Of the page: as asked, as chosen before, as the account says, as the network speaks."""
        for wanted in (
            request.query.get("lang"),
            request.cookies.get("lang"),
            visitor_of(request).language,
        ):
            if wanted in LANGUAGES:
                return wanted
        return self.desk.known.head.language

    async def page(
        self,
        request: web.Request,
        template: str,
        make: Callable[[str], Mapping[str, Any]],
        *,
        keep: bool = False,
        status: int = 200,
    ) -> web.Response:
        """`reports/templates/web/TEMPLATE` filled with what `make(language)` finds.

        `make` runs in a worker thread, with the template. `keep`: one page serves everybody of
        the same role and units until the record changes; it may hold nothing of one person.
        """
        language, visitor, known = self.language(request), visitor_of(request), self.desk.known

        def print_() -> bytes:
            about = {
                "site": self,
                "request": request,
                "language": language,
                "say": lambda key, **values: say(language, key, **values),
                "visitor": visitor,
                "known": known,
                "path": request.path,
            }
            return self.press.printed(template, about | dict(make(language)))

        key = (template, request.path_qs, language, visitor.role, visitor.units, visitor.signed_in)
        body = await self.press.kept(known.revision, key if keep else None, print_, self.desk.work)
        answer = web.Response(
            body=self.press.addressed(body, visitor),
            content_type="text/html",
            charset="utf-8",
            status=status,
        )
        answer.enable_compression()
        if request.query.get("lang") == language:
            answer.set_cookie("lang", language, max_age=31_536_000, samesite="Lax", httponly=True)
        return answer


Routes = Callable[[Site], Iterable[web.AbstractRouteDef]]


def application(site: Site, rooms: Iterable[Routes]) -> web.Application:
    """`rooms`: functions that give the routes of one topic; see reports.web.pages."""
    app = web.Application(
        middlewares=[
            headed,
            faults.told(site),
            limited(Callers(site.settings.proxies)),
            guard(site.gate, site.settings),
        ],
        client_max_size=MOST_BODY,
    )
    for room in rooms:
        app.add_routes(room(site))
    app.add_routes([web.get("/static/{version}/{name:.+}", _static(site.press))])
    app.on_response_prepare.append(began)
    app.cleanup_ctx.append(_following(site))
    return app


def _static(press: Press) -> Handler:
    @public
    async def static(request: web.Request) -> web.StreamResponse:
        found = press.assets.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}
        return web.FileResponse(found.path, headers=kept)

    return static


def _following(site: Site) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(site.desk.follow(site.stop))
        yield
        site.stop.set()
        await task
        site.desk.close()

    return running

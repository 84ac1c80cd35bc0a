"""The pages as one aiohttp application: what stands before each, and what they share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from aiohttp import web
from yarl import URL

from inventory.model import Web
from inventory.phrases import LANGUAGES, say
from reports.web import faults
from reports.web.callers import Callers
from reports.web.desk import Desk
from reports.web.finder import Finder
from reports.web.gate import MOST_BODY, Gate, Handler, OpenGate, guard, headed, public, visitor_of
from reports.web.lag import Lag
from reports.web.limits import began, limited
from reports.web.press import Press, Printed
from reports.web.sent import given_up
from reports.web.telling import Telling, freshness
from reports.web.visitor import NOBODY
from store.engine import RecordError

log = logging.getLogger(__name__)
SWITCH_S = 0.001  # so soon a thread that prints gives way to the loop; Python waits 5 ms
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
    lag: Lag = field(default_factory=Lag)
    finder: Finder = field(init=False)

    def __post_init__(self) -> None:
        self.finder = Finder(self.desk)

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

    def owner(self, request: web.Request) -> str:
        """Whose copies of sheets a phone may keep."""
        visitor = visitor_of(request)
        if not visitor.signed_in and not self.gate.open:
            return "nobody"
        return visitor.owner(self.desk.known.head.record_id)

    def telling(self, request: web.Request) -> Telling:
        return Telling(self.desk.known, visitor_of(request), self.language(request))

    async def still(self, request: web.Request) -> bool:
        """What goes on for long asks before it tells more: is it yet the one who asked, with
        the same rights?"""
        try:
            now = await self.gate.visitor(request)
        except RecordError:
            return False
        return now is not None and now.rights == visitor_of(request).rights

    def stamp(self) -> str:
        """Moves when pages may look otherwise."""
        known = self.desk.known
        state, minute = freshness(known)
        return f"{known.head.record_id}.{known.revision}.{state}.{minute}"

    async def page(
        self,
        request: web.Request,
        template: str,
        make: Callable[[str], Mapping[str, Any]],
        *,
        keep: bool = False,
        status: int = 200,
        everybody: bool = False,
        home: str = "",
    ) -> web.Response:
        """`reports/templates/web/TEMPLATE` filled with what `make(language)` finds.

        `make` runs in a worker thread, with the template. `keep`: one page serves everybody of
        the same role and units until the record changes; it may hold nothing of one person, and
        nothing of what stands behind the `?`. `everybody`: it is the same for all, whoever
        they are. `home`: where a page that answers a form is asked for; else the nearest above it.
        """
        own = URL(home) if home else _home(request, plain=keep or status >= 400)
        language, known = self.language(request), self.desk.known
        visitor = NOBODY if everybody else visitor_of(request)

        def print_() -> Printed:
            about = {
                "site": self,
                "request": request,
                "language": language,
                "say": lambda key, **values: say(language, key, **values),
                "tell": Telling(known, visitor, language),
                "visitor": visitor,
                "known": known,
                "path": request.path,
                "stamp": stamp,
                "home": str(own),
                "switch": str(own.update_query(lang="en" if language == "vi" else "vi")),
            }
            return self.press.printed(template, about | dict(make(language)))

        stamp = self.stamp()
        key = (template, request.path, language, visitor.role, visitor.units, visitor.signed_in)
        page = await self.press.kept(stamp, key if keep else None, print_, self.desk.work)
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        answer = web.Response(
            body=page.gzipped(visitor) if packed else page.plain(visitor),
            content_type="text/html",
            charset="utf-8",
            status=status,
            headers={"Vary": "Accept-Encoding, Cookie"},
        )
        owner = self.owner(request)
        if status < 400 and not everybody and request.cookies.get("owner") != owner:
            answer.set_cookie("owner", owner, samesite="Lax")  # for static/kept.js
        if packed:
            answer.headers["Content-Encoding"] = "gzip"
        if request.query.get("lang") == language and not everybody:
            answer.set_cookie("lang", language, max_age=31_536_000, samesite="Lax", httponly=True)
        return answer


def _home(request: web.Request, *, plain: bool) -> URL:
    """Where the page is asked for; of a form, the page that holds it. `plain`: without query."""
    path = request.rel_url.raw_path
    if request.method == "POST":
        while path and not _is_asked(request.app.router, path):
            path = path.rpartition("/")[0]
    elif not plain:
        return request.rel_url
    return URL.build(path=f"/{path.lstrip('/')}", encoded=True)  # `//name` is another server


def _is_asked(router: web.UrlDispatcher, path: str) -> bool:
    """Is there a page under that path?"""
    for resource in router.resources():
        about = resource.get_info()
        known = (
            about["pattern"].fullmatch(path) if "pattern" in about else about.get("path") == path
        )
        if known and any(route.method == "GET" for route in resource):
            return True
    return False


Routes = Callable[[Site], Iterable[web.AbstractRouteDef]]


def application(site: Site, rooms: Iterable[Routes]) -> web.Application:
    """`rooms`: functions that give the routes of one topic; see reports.web.pages."""
    app = web.Application(
        middlewares=[
            faults.told(site),
            limited(Callers(site.settings.proxies)),
            guard(site.gate, site.settings),
        ],
        client_max_size=MOST_BODY,
    )
    for room in rooms:
        app.add_routes(room(site))
    app.add_routes([web.get("/static/{version}/{name:.+}", _static(site.press))])
    app.on_response_prepare.extend((began, headed, given_up))
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
        sys.setswitchinterval(SWITCH_S)
        with contextlib.suppress(RecordError, OSError):  # the pages say so, and try again
            await site.desk.refresh()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(site.desk.follow(site.stop))
            tasks.create_task(site.lag.watch(site.stop))
            yield
            site.stop.set()
        site.desk.close()

    return running

"""What is answered where no page can be: one clear page, or JSON for programs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiohttp import web
from yarl import URL

from inventory.phrases import say
from reports.web.gate import VISITOR, Handler
from reports.web.visitor import NOBODY
from store.engine import RecordError

if TYPE_CHECKING:
    from reports.web.site import Site

log = logging.getLogger(__name__)
_PASSED = ("Allow", "Retry-After", "WWW-Authenticate")
_TOLD = {400, 401, 403, 404, 405, 408, 409, 413, 421, 429}  # statuses that have words of their own


class Problem(web.HTTPException):
    """A refusal that says why, for programs. `code`: one word for it, where it has one."""

    def __init__(self, status: int, detail: str, *, code: str | None = None) -> None:
        self.status_code = status
        super().__init__(reason=HTTPStatus(status).phrase, text=detail)
        self.told = {"detail": detail} | ({"code": code} if code else {})


def told(site: Site) -> Any:
    """The middleware."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refusal:
            if refusal.status < 400:
                raise
            about = refusal.told if isinstance(refusal, Problem) else {}
            return await _answer(site, request, refusal.status, dict(refusal.headers), about)
        except RecordError as error:
            log.warning("%s", error)
            return await _answer(site, request, 503, {"Retry-After": "5"})
        except Exception:  # a fault of ours: it is logged, its text is not for the reader
            log.exception("%s %s", request.method, request.path)
            return await _answer(site, request, 500, {})

    return tell


async def _answer(
    site: Site,
    request: web.Request,
    status: int,
    headers: dict[str, str],
    about: Mapping[str, str] = MappingProxyType({}),
) -> web.StreamResponse:
    if VISITOR not in request:
        request[VISITOR] = NOBODY
    kept = {name: headers[name] for name in _PASSED if name in headers}
    if status == 401 and not wants_json(request) and request.method == "GET":
        raise web.HTTPSeeOther(URL("/sign-in").with_query(to=request.path_qs))
    if wants_json(request):
        known = status in _TOLD or status >= 500
        title = say("en", _phrase(status)) if known else HTTPStatus(status).phrase
        if status == 401:
            kept["WWW-Authenticate"] = "Bearer"
        return web.json_response(
            {"type": "about:blank", "status": status, "title": title, **about},
            status=status,
            headers=kept,
            content_type="application/problem+json",
        )
    try:
        answer = await site.page(
            request,
            "fault.html.j2",
            lambda language: {"status": status, "told": say(language, _phrase(status))},
            status=status,
        )
    except RecordError:
        text = "\n".join(say(language, _phrase(status)) for language in ("vi", "en"))
        answer = web.Response(text=text, status=status)
    answer.headers.update(kept)
    return answer


def wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return request.path.startswith(("/api/", "/metrics")) or "json" in accepted


def _phrase(status: int) -> str:
    return f"web.fault.{status if status in _TOLD or status == 503 else 500}"

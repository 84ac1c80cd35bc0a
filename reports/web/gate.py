"""What stands before every page: who asks, may they, is it their own form, how much at once."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from inventory.model import Web
from reports.web import sent
from reports.web.callers import Callers
from reports.web.visitor import NOBODY, Role, Visitor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
VISITOR = web.RequestKey("visitor", Visitor)
HTTPS = web.RequestKey("https", bool)
MOST_BODY = 64 * 1024  # bytes of a form; those that take files say more
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate(Protocol):
    """Knows people. `open`: there are no accounts, everybody may look, nobody may speak."""

    @property
    def open(self) -> bool: ...

    async def visitor(self, request: web.Request) -> Visitor | None:
        """Who asks, by session cookie or bearer token; None: somebody unknown."""


class OpenGate:
    """Without accounts: everybody on this machine looks, nobody speaks."""

    open = True

    async def visitor(self, request: web.Request) -> Visitor | None:
        return NOBODY


def needs(role: Role) -> Callable[[Handler], Handler]:
    """Mark a handler: whoever is less is refused. Unmarked ones are for viewers."""

    def mark(handler: Handler) -> Handler:
        handler.role = role  # type: ignore[attr-defined]
        return handler

    return mark


def public(handler: Handler) -> Handler:
    """Mark a handler that everybody may ask: signing in, the status page, what pages look like."""
    handler.role = None  # type: ignore[attr-defined]
    return handler


def streams(handler: Handler) -> Handler:
    """Mark a handler that reads its form itself, part by part: it calls `own_token` first."""
    handler.streams = True  # type: ignore[attr-defined]
    return handler


def own_token(request: web.Request, sent: str) -> None:
    """403 where what a form sends as `csrf` is not that of the session."""
    wanted = visitor_of(request).csrf
    if not hmac.compare_digest(sent.encode(errors="replace"), wanted.encode()):
        raise web.HTTPForbidden(text="csrf")


def visitor_of(request: web.Request) -> Visitor:
    return request[VISITOR]


def seen_whole(request: web.Request) -> None:
    """What tells of every unit: 403 for whoever is limited to some."""
    if visitor_of(request).units is not None:
        raise web.HTTPForbidden


def guard(gate: Gate, settings: Web) -> Any:
    """The middleware. Names under which nobody calls us are refused, against DNS rebinding."""
    name = urlsplit(settings.origin).hostname
    own_hosts, callers = {name} if name else set[str](), Callers(settings.proxies)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[HTTPS] = callers.is_https(request)
        if not _is_own(request.host, own_hosts):
            raise web.HTTPMisdirectedRequest(text="canh: unknown host; see [web] origin\n")
        visitor = await gate.visitor(request)
        request[VISITOR] = visitor or NOBODY
        wanted = getattr(request.match_info.handler, "role", Role.VIEWER)
        if wanted is not None:
            if visitor is None:
                raise web.HTTPUnauthorized
            if visitor.role < wanted:
                raise web.HTTPForbidden
        if request.method not in _SAFE and "Authorization" not in request.headers:
            await _is_own_form(request, settings.origin)
        return await handler(request)

    return check


async def headed(request: web.Request, answer: web.StreamResponse) -> None:
    """Secure headers on every answer, also on refusals and on what is sent piece by piece; a page
    may bring stricter ones."""
    answer.headers["Server"] = "Canh"  # and not which version of what
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    if request.get(HTTPS, False):
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _is_own(host: str, own_hosts: Collection[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in own_hosts or name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True  # an address cannot be rebound


async def _is_own_form(request: web.Request, origin: str) -> None:
    """A page from elsewhere, open in the same browser, must not speak in our visitor's name,
    nor sign our visitor in as somebody else."""
    asking = request.headers.get("Origin")
    own = (origin, f"{'https' if request[HTTPS] else 'http'}://{request.host}")
    if asking is not None and (not asking or asking not in own):
        raise web.HTTPForbidden(text="origin")
    wanted = visitor_of(request).csrf
    if not wanted:
        return
    if getattr(request.match_info.handler, "streams", False):
        return
    token = request.headers.get("X-CSRF-Token")
    if token is None and request.content_type.startswith(("multipart/", "application/x-www-form")):
        token = str((await sent.form(request)).get("csrf", ""))
    own_token(request, token or "")

"""Signing in through another system: there, and back with its word."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aiohttp import web

from inventory.phrases import say
from reports.web.account_gate import AccountGate
from reports.web.gate import HTTPS, public
from reports.web.limits import costly, taking
from reports.web.oidc import OidcError, Person, Provider
from reports.web.pages.signing import own_path
from reports.web.site import Routes, Site
from store.account_rows import By
from store.sessions import SignedIn
from store.speech import Refused, refused

log = logging.getLogger(__name__)
BACK = "/sign-in/back"
ACTOR = "oidc"


def elsewhere_room(provider: Provider) -> Routes:
    def room(site: Site) -> Iterable[web.AbstractRouteDef]:
        gate = site.gate
        if not isinstance(gate, AccountGate):
            return []
        gate.elsewhere = provider.settings.name

        @public
        @costly(each_s=2.0, at_once=10)
        async def begin(request: web.Request) -> web.StreamResponse:
            if gate.open:
                raise web.HTTPForbidden
            scheme = "https" if request[HTTPS] else "http"
            origin = site.settings.origin or f"{scheme}://{request.host}"
            try:
                there, own = await provider.begin(
                    f"{origin}{BACK}", own_path(request.query.get("to", ""))
                )
            except OidcError as error:
                return await _refuse(site, request, str(error))
            answer = web.HTTPSeeOther(there)
            _keep(request, answer, own)
            raise answer

        @public
        @costly(each_s=2.0, at_once=10)
        @taking(40.0)
        async def back(request: web.Request) -> web.StreamResponse:
            query, own = request.query, request.cookies.get(_cookie(request), "")
            issuer = query.get("iss", provider.settings.issuer)  # RFC 9207
            try:
                pending = provider.taken_up(query.get("state", ""), own)
                if issuer != provider.settings.issuer or "code" not in query:
                    raise OidcError("the issuer let nobody in")
                person = await provider.finish(pending, query["code"])
            except OidcError as error:
                return await _refuse(site, request, str(error))
            by = gate.by(request, ACTOR)
            admitted = await gate.ask(lambda: admit(gate, person, by))
            if isinstance(admitted, Refused):
                return await _refuse(site, request, admitted.reason)
            await gate.end_held(request)
            # The browser comes from elsewhere: a page of ours leads on, so that a cookie counts.
            answer = web.HTTPSeeOther(pending.to)
            gate.keep(request, answer, admitted.token)
            answer.del_cookie(_cookie(request), secure=request[HTTPS], httponly=True)
            raise answer

        return [web.get("/sign-in/elsewhere", begin), web.get(BACK, back)]

    return room


def admit(gate: AccountGate, person: Person, by: By) -> SignedIn | Refused:
    """With the role and units of now; who has none any more does not get in."""
    accounts = gate.accounts
    if person.role is None or person.units == ():
        return refused("oidc_role")
    there = accounts.of_subject(person.subject)
    may = {"role": person.role, "units": person.units}
    if there is None:
        made = accounts.add(person.name, None, by=by, subject=person.subject, **may)  # type: ignore[arg-type]
        if isinstance(made, Refused):
            return made
        return gate.sessions.admit(made.row_id, by=by, how=ACTOR)
    units = None if person.units is None else tuple(sorted(set(person.units)))
    if (there.role, there.units) != (person.role, units):
        changed = accounts.change(there.id, by=by, **may)  # type: ignore[arg-type]
        if isinstance(changed, Refused):
            return changed
    return gate.sessions.admit(there.id, by=by, how=ACTOR)


def _cookie(request: web.Request) -> str:
    return "__Host-canh-oidc" if request[HTTPS] else "canh-oidc"


def _keep(request: web.Request, answer: web.StreamResponse, own: str) -> None:
    secure = request[HTTPS]
    answer.set_cookie(
        _cookie(request), own, max_age=600, secure=secure, httponly=True, samesite="Lax"
    )


async def _refuse(site: Site, request: web.Request, why: str) -> web.Response:
    """What went wrong is for the log; the reader is told where to ask."""
    log.warning("sign-in elsewhere: %s", why)

    def about(language: str) -> dict[str, object]:
        return {"status": 403, "told": say(language, "refused.oidc")}

    return await site.page(request, "fault.html.j2", about, status=403)

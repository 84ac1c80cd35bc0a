"""Maintenance: what is planned, goes on and is over; who plans it, ends it, vouches for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from inventory.moments import next_moment
from reports.web import speaking
from reports.web.asked import Asked, form
from reports.web.gate import Handler, needs
from reports.web.site import Site
from reports.web.telling import Telling, now_ms
from reports.web.visitor import Role
from store.actions import Actions, Outcome
from store.questions import LiveRow
from store.reader import RecordReader
from store.speech import Refused, refused
from store.works import Work

SOON_MS = 2_000  # a window that begins now is announced before it begins
PAST = 100  # that are listed
_DONE = ("planned", "cancel", "approve")


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    async def works(request: web.Request) -> web.Response:
        asked = Asked(request)
        said = {"scope": asked.text("scope")}
        return await _shown(site, request, said, "", asked.text("done"))

    @needs(Role.OPERATOR)
    async def plan(request: web.Request) -> web.StreamResponse:
        tell, said = site.telling(request), await form(request)
        outcome = await site.desk.say(lambda actions: _plan(tell, actions, said))
        if isinstance(outcome, Refused):
            return await _shown(site, request, said, speaking.why(tell, outcome), "")
        raise web.HTTPSeeOther("/maintenance?done=planned")

    def about(action: str) -> Handler:
        @needs(Role.OPERATOR)
        async def hear(request: web.Request) -> web.StreamResponse:
            tell, work_id = site.telling(request), int(request.match_info["id"])
            known = await site.desk.ask(lambda reader: reader.works())
            if not any(w.id == work_id and tell.scope.sees_thing(w.thing_id) for w in known):
                raise web.HTTPNotFound

            def speak(actions: Actions) -> Outcome:
                if action == "cancel":
                    return actions.cancel_maintenance(work_id, actor=tell.visitor.name)
                return actions.approve_maintenance(work_id, actor=tell.visitor.name)

            outcome = await site.desk.say(speak)
            if isinstance(outcome, Refused):
                return await _shown(site, request, {}, speaking.why(tell, outcome), "")
            raise web.HTTPSeeOther(f"/maintenance?done={action}")

        return hear

    return [
        web.get("/maintenance", works),
        web.post("/maintenance", plan),
        *(
            web.post(rf"/maintenance/{{id:\d{{1,15}}}}/{one}", about(one))
            for one in ("cancel", "approve")
        ),
    ]


async def _shown(
    site: Site, request: web.Request, said: Mapping[str, str], why: str, done: str
) -> web.Response:
    tell = site.telling(request)
    found = await site.desk.ask(lambda reader: _found(tell, reader))
    about = found | {"said": said, "why": why, "done": done if done in _DONE else ""}
    return await site.page(request, "works.html.j2", lambda _: about, status=409 if why else 200)


def _found(tell: Telling, reader: RecordReader) -> dict[str, Any]:
    known = [work for work in reader.works() if tell.scope.sees_thing(work.thing_id)]
    now, goes_on, planned, past = tell.drawn_ms, list[Work](), list[Work](), list[Work]()
    for work in known:
        if work.window_at(now, tell.zone):
            goes_on.append(work)
        elif work.cancelled_ms is None and (work.from_ms > now or work.rrule is not None):
            planned.append(work)
        else:
            past.append(work)
    lists: Sequence[tuple[str, Sequence[Work]]] = (
        ("running", goes_on),
        ("planned", planned[::-1]),
        ("past", past[:PAST]),
    )
    return {"tell": tell, "lists": lists}


def _plan(tell: Telling, actions: Actions, said: Mapping[str, str]) -> Outcome:
    scope = named(tell, said.get("scope", ""))
    if scope is None:
        return refused("no_scope", key=said.get("scope", ""))
    text = said.get("from", "")
    try:
        begin = next_moment(text, tell.zone, now_ms()) if text else now_ms() + SOON_MS
        text = said.get("to", "")
        end = next_moment(text, tell.zone, begin)
    except (ValueError, OverflowError):
        return speaking.no_time(text)
    return actions.plan_maintenance(
        scope.thing_id,
        actor=tell.visitor.name,
        from_ms=begin,
        to_ms=end,
        reason=said.get("reason", ""),
        rrule=said.get("rrule") or None,
        late="late" in said,
    )


def named(tell: Telling, text: str) -> LiveRow | None:
    """The thing with that key, also written kind:key; sites first."""
    order = ("site", "link", "service", "device", "unit")
    kind, _, key = text.partition(":")
    rows = [row for row in tell.rows.values() if row.key in (text, key) and row.kind in order]
    meant = [row for row in rows if row.key == text or row.kind == kind]
    return min(meant, key=lambda row: order.index(row.kind), default=None)

"""The page for everybody: does the province's network work? Only where it is allowed.

It tells names and states of provincial and district sites and of services. What it leaves out it
leaves out by building from nothing: no address, key, cause, note, person or count of devices, and
of times only since when, to the minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from inventory.tiers import LEVELS
from reports.web.gate import public
from reports.web.site import Site
from reports.web.telling import Telling
from reports.web.visitor import NOBODY
from store.faces import URGENCY, Face, face_of
from store.questions import LiveRow
from store.states import Kind

KEPT_S = 15  # by caches
_TIERS = LEVELS[:2]
_LIKE = {  # what people outside need to know of a state
    Face.UP: "up",
    Face.DEGRADED: "degraded",
    Face.DOWN: "down",
    Face.UNREACHABLE: "down",
    Face.MAINTENANCE: "maintenance",
}


class Shown(NamedTuple):
    name: str
    state: str  # up, degraded, down, maintenance, unknown
    since: str  # empty while all is well


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    @public
    async def status(request: web.Request) -> web.StreamResponse:
        if not site.settings.status_page:
            raise web.HTTPNotFound

        def found(language: str) -> Mapping[str, Any]:
            return about(Telling(site.desk.known, NOBODY, language))

        answer = await site.page(request, "status.html.j2", found, keep=True, everybody=True)
        answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
        answer.headers["Vary"] = "Accept-Encoding, Cookie"
        return answer

    return [web.get("/status", status)]


def about(tell: Telling) -> Mapping[str, Any]:
    rows = list(tell.known.rows.values())
    lists = [
        (tier, _shown(tell, (r for r in rows if r.kind is Kind.SITE and r.level == tier)))
        for tier in _TIERS
    ]
    lists.append(("service", _shown(tell, (r for r in rows if r.kind is Kind.SERVICE))))
    every = [one.state for _, shown in lists for one in shown]
    worst = next((s for s in ("down", "degraded", "unknown") if s in every), "up")
    return {
        "tell": tell,
        "network": tell.known.head.network,
        "lists": [(name, shown) for name, shown in lists if shown],
        "verdict": "unknown" if tell.frozen else worst,
        "at": tell.local(tell.drawn_ms).strftime("%H:%M %d/%m/%Y"),
    }


def _shown(tell: Telling, rows: Iterable[LiveRow]) -> Sequence[Shown]:
    """While the monitor does not see, nothing is claimed. What is closed or never was is left."""
    hidden = {Face.NEVER_SEEN, Face.NOT_MONITORED}
    known = sorted(
        (row for row in rows if face_of(row) not in hidden),
        key=lambda row: (URGENCY[face_of(row)], tell.short(row.name)),
    )
    return [_one(tell, row) for row in known]


def _one(tell: Telling, row: LiveRow) -> Shown:
    face = face_of(row)
    state = "unknown" if tell.frozen else "up" if face is Face.OFF_HOURS else _LIKE.get(face)
    wrong = state in ("down", "degraded") and row.since_ms is not None
    since = tell.local(row.since_ms).strftime("%H:%M %d/%m") if wrong and row.since_ms else ""
    return Shown(tell.clean(row.name), state or "unknown", since)

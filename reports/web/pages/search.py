"""Finds anything by a name, a number or an address, with or without tones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from reports.web.asked import Asked
from reports.web.site import Site
from reports.web.telling import Telling
from store.questions import LiveRow

if TYPE_CHECKING:
    from inventory.lookup import Hit

MOST = 40


class Found(NamedTuple):
    hit: Hit
    row: LiveRow | None
    address: str


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    async def search(request: web.Request) -> web.StreamResponse:
        tell, asked = site.telling(request), Asked(request)
        question = asked.text("q")
        index = await site.finder.index() if question else None

        def made(_: str) -> Mapping[str, Any]:
            hits = site.finder.find(index, question, MOST, tell.scope) if index else []
            return {"tell": tell, "asked": asked, "question": question, "hits": _seen(tell, hits)}

        return await site.page(request, "search.html.j2", made)

    return [web.get("/search", search)]


def _seen(tell: Telling, hits: Sequence[Hit]) -> Sequence[Found]:
    by_key = {(row.kind.value, row.key): row for row in tell.rows.values()} if hits else {}
    found = []
    for hit in hits:
        row = by_key.get((hit.entry.kind, hit.entry.key))
        place = row if row is not None else by_key.get(("site", hit.entry.site))
        found.append(Found(hit, row, tell.address(place) if place is not None else ""))
    return found

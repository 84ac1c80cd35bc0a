"""Finds anything by a name, a number or an address, with or without tones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from reports.web.asked import Asked
from reports.web.masks import Masks
from reports.web.site import Site
from reports.web.telling import Telling
from store.questions import LiveRow
from store.thrift import no_collector

if TYPE_CHECKING:
    from inventory.lookup import Hit, Index

MOST = 40


class Found(NamedTuple):
    hit: Hit
    row: LiveRow | None
    address: str


class Finder:
    """The index, made anew when the names may have changed: not for each change of a state."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._index: Index | None = None
        self._of: tuple[object, ...] = ()
        self._masks = Masks()
        self._making = asyncio.Lock()

    async def index(self) -> Index:
        known = self._site.desk.known
        of = known.head.record_id, known.head.declared, known.groups, len(known.rows)
        async with self._making:
            if self._index is None or of != self._of:
                with no_collector():
                    self._index = await self._site.desk.ask(lambda reader: reader.lookup())
                self._of = of
        return self._index

    def find(self, index: Index, tell: Telling, question: str) -> Sequence[Found]:
        within = self._masks.of(index, tell.known, tell.scope)
        return _seen(tell, index.find(question, MOST, within))


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    finder = Finder(site)

    async def search(request: web.Request) -> web.StreamResponse:
        tell, asked = site.telling(request), Asked(request)
        question = asked.text("q")
        index = await finder.index() if question else None

        def made(_: str) -> Mapping[str, Any]:
            hits = [] if index is None else finder.find(index, tell, question)
            return {"tell": tell, "asked": asked, "question": question, "hits": hits}

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

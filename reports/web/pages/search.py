"""Finds anything by a name, a number or an address, with or without tones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from reports.web.asked import Asked
from reports.web.site import Site
from reports.web.telling import PAGED, Telling
from store.questions import LiveRow
from store.thrift import no_collector

if TYPE_CHECKING:
    from inventory.lookup import Hit, Index

MOST = 40
_ASKED_FOR = 200  # hits of everything, of which a limited visitor sees some


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


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    finder = Finder(site)

    async def search(request: web.Request) -> web.StreamResponse:
        tell, asked = site.telling(request), Asked(request)
        question = asked.text("q")
        index = await finder.index() if question else None
        return await site.page(
            request, "search.html.j2", lambda _: _found(tell, asked, question, index)
        )

    return [web.get("/search", search)]


def _found(tell: Telling, asked: Asked, question: str, index: Index | None) -> Mapping[str, Any]:
    hits = index.find(question, _ASKED_FOR) if index is not None else []
    return {"tell": tell, "asked": asked, "question": question, "hits": _seen(tell, hits)}


def _seen(tell: Telling, hits: Sequence[Hit]) -> Sequence[Found]:
    by_key = {(row.kind.value, row.key): row for row in tell.rows.values()} if hits else {}
    found = []
    for hit in hits:
        row = by_key.get((hit.entry.kind, hit.entry.key))
        site = by_key.get(("site", hit.entry.site)) if row is None else None
        if row is not None and row.kind in PAGED:
            found.append(Found(hit, row, tell.address(row)))
        elif tell.scope.whole or site is not None:
            found.append(Found(hit, row, tell.address(site) if site is not None else ""))
    return found[:MOST]

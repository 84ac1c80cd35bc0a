"""The first page: is anything wrong, where, what is the root, who is on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from reports.web import cells, lively, map
from reports.web.desk import counted
from reports.web.gate import visitor_of
from reports.web.site import Site
from reports.web.telling import Telling
from store.faces import Face
from store.groups import TIERS
from store.reader import RecordReader
from store.states import Kind

DAY_MS = 86_400_000
ROOTS, LAST = 25, 30  # that are listed; of the roots a page of their own has all
_ALWAYS = (Face.UP, Face.DEGRADED, Face.DOWN, Face.UNREACHABLE, Face.UNKNOWN)
_SOMETIMES = (Face.NEVER_SEEN, Face.NOT_MONITORED, Face.MAINTENANCE, Face.OFF_HOURS)


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    places = _Places()

    async def overview(request: web.Request) -> web.Response:
        visitor = visitor_of(request)

        def found(language: str) -> Mapping[str, Any]:
            tell = Telling(site.desk.known, visitor, language)
            return site.desk.now(lambda reader: about(tell, reader, places))

        return await site.page(request, "overview.html.j2", found, keep=True)

    return [web.get("/", overview)]


class _Places:
    """Where sites stand, laid out anew when the files were taken up or sites moved."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._plan = map.Plan(0.0, {}, {})

    def plan(self, tell: Telling, reader: RecordReader) -> map.Plan:
        head = tell.known.head
        of = head.record_id, head.declared, tell.known.groups
        if of != self._of:
            degrees = reader.month.coordinates(tell.drawn_ms + DAY_MS)
            self._plan, self._of = map.plan(tell, degrees), of
        return self._plan


def about(tell: Telling, reader: RecordReader, places: _Places) -> Mapping[str, Any]:
    happened = reader.happenings(tell.drawn_ms - DAY_MS, 4 * LAST)
    return {
        "tell": tell,
        "verdict": verdict(tell),
        "roots": tell.roots[:ROOTS],
        "more": max(0, len(tell.roots) - ROOTS),
        "tiers": tiers(tell),
        "rows": cells.rows(tell),
        "map": map.drawn(tell, places.plan(tell, reader)),
        "happened": [lively.told(tell, one) for one in happened if lively.sees(tell, one)][:LAST],
        "outside": tell.scope.behind() if not tell.scope.whole else 0,
    }


def verdict(tell: Telling) -> tuple[str, str]:
    """Is anything wrong? How calm that is (calm, taken, needs), and in words."""
    roots, needing = tell.roots, len(tell.needing)
    if not roots:
        return "calm", tell.joined(_calm(tell))
    behind = sum(root.members_by_kind.get(Kind.SITE, 0) for root in roots)
    words = [tell.say("board.needs", n=needing) if needing else tell.say("board.all_taken")]
    if len(roots) > needing:
        words.append(tell.say("board.taken", n=len(roots) - needing))
    if behind:
        words.append(tell.say("board.behind_sites", n=behind))
    return ("needs" if needing else "taken"), tell.joined(words)


def _calm(tell: Telling) -> list[str]:
    """That is good news only where most has answered at least once."""
    devices = _counts(tell)["device"]
    unseen = devices[Face.NEVER_SEEN]
    asked = devices.total() - devices[Face.NOT_MONITORED]
    if unseen * 2 > asked:
        return [tell.say("board.unseen", n=unseen, total=asked)]
    return [tell.say("board.calm"), *([tell.say("board.some_unseen", n=unseen)] if unseen else [])]


def _counts(tell: Telling) -> Mapping[str, Counter[Face]]:
    return tell.known.counts if tell.scope.whole else counted(tuple(tell.rows.values()))


def tiers(tell: Telling) -> tuple[list[Face], list[tuple[str, list[int]]]]:
    """The columns, and a row a tier that has things."""
    counts = _counts(tell)
    shown = [tier for tier in TIERS if counts[tier].total()]
    extra = [face for face in _SOMETIMES if any(counts[tier][face] for tier in shown)]
    faces = [*_ALWAYS, *extra]
    return faces, [(tier, [counts[tier][face] for face in faces]) for tier in shown]

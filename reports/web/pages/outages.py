"""Outages: what is open, and what was in a period."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from inventory.moments import midnight
from reports.web.asked import Asked, paged
from reports.web.site import Site
from reports.web.telling import Telling
from store.questions import OutageRow
from store.reader import RecordReader
from store.states import ROOT_KINDS, Kind

DAYS = 7  # of the period that is shown first
MOST_DAYS = 400
_VIEWS = ("open", "period")
_TAKEN = ("all", "needs", "taken", "excused")
_KINDS = ("", *(kind for kind in ROOT_KINDS if kind is not Kind.BEYOND), Kind.SITE)
_ROOTS = ("roots", "all")


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    async def outages(request: web.Request) -> web.Response:
        tell, asked = site.telling(request), Asked(request)
        return await site.page(
            request,
            "outages.html.j2",
            lambda _: site.desk.now(lambda reader: _found(tell, asked, reader)),
        )

    return [web.get("/outages", outages)]


def _found(tell: Telling, asked: Asked, reader: RecordReader) -> Mapping[str, Any]:
    view = asked.one_of("view", _VIEWS)
    first, last = _days(tell, asked)
    if view == "open":
        rows: Sequence[OutageRow] = tell.roots
    else:
        from_ms = midnight(first, tell.zone)
        to_ms = midnight(last + datetime.timedelta(days=1), tell.zone)
        rows = tell.scope.outages(reader.outages(from_ms=from_ms, to_ms=to_ms))
        if asked.one_of("which", _ROOTS) == "roots":
            rows = [row for row in rows if row.root_id is None and row.kind in ROOT_KINDS]
    return {
        "tell": tell,
        "asked": asked,
        "view": view,
        "first": first,
        "last": last,
        "page": paged([r for r in rows if _wanted(tell, asked, r)], asked.number("page")),
        "kinds": _KINDS,
        "units": units(tell),
    }


def _days(tell: Telling, asked: Asked) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the period, no more than a year or so."""
    today = tell.local(tell.drawn_ms).date()
    last = min(_day(asked.text("to"), today), today)
    first = _day(asked.text("from"), last - datetime.timedelta(days=DAYS - 1))
    return max(min(first, last), last - datetime.timedelta(days=MOST_DAYS)), last


def _day(text: str, usual: datetime.date) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return usual
    return day if 1970 < day.year < 9000 else usual


def _wanted(tell: Telling, asked: Asked, row: OutageRow) -> bool:
    kind, unit = asked.text("kind"), asked.text("unit")
    chosen: dict[str, Callable[[OutageRow], bool]] = {
        "all": lambda root: True,
        "needs": lambda root: root.first_good_ms is None and tell.needs(root),
        "taken": lambda root: root.acknowledged,
        "excused": lambda root: not root.acknowledged and not tell.needs(root),
    }
    return (
        (not kind or row.kind == kind)
        and chosen[asked.one_of("taken", _TAKEN)](row)
        and (not unit or is_in(tell, row.thing_id, unit))
    )


def is_in(tell: Telling, thing_id: int, unit: str) -> bool:
    """Does it stand in that unit, or below it?"""
    row = tell.rows.get(thing_id)
    if row is None:
        return False
    if row.kind is not Kind.SITE and row.site_id is not None:
        row = tell.rows.get(row.site_id, row)
    at, passed = row.unit_id, set[int]()
    while at is not None and at not in passed:
        passed.add(at)
        above = tell.known.units.get(at)
        if above is None:
            return False
        if above.key == unit:
            return True
        at = above.unit_id
    return False


def units(tell: Telling) -> list[tuple[str, str]]:
    """Those to choose from, the higher first: key and name."""
    order = {"province": 0, "district": 1, "commune": 2}
    found = (row for row in tell.known.units.values() if tell.scope.sees(row))
    rows = sorted(found, key=lambda row: (order.get(row.level, 3), row.key))
    return [(row.key, row.name) for row in rows]

"""Everything about one unit, site, device, link or service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from reports.web import curves
from reports.web.asked import Asked
from reports.web.gate import Handler
from reports.web.site import Site
from reports.web.telling import PAGED, Telling
from store.faces import URGENCY, face_of
from store.lines import LinkRow
from store.opened import Opened
from store.questions import LiveRow, OutageRow
from store.reader import RecordReader
from store.reasons import reasons
from store.states import Kind
from store.told import declared

MANY = 200  # more rows than a person reads
_SPEEDS = (("Gb/s", 10**9), ("Mb/s", 10**6), ("kb/s", 10**3))


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    def of(kind: Kind) -> Handler:
        async def sheet(request: web.Request) -> web.Response:
            tell, asked = site.telling(request), Asked(request)
            key = request.match_info["key"]
            found = await site.desk.ask(lambda reader: _found(tell, asked, kind, key, reader))
            return await site.page(request, "sheet.html.j2", lambda _: found)

        return sheet

    return [web.get(f"/{kind}s/{{key}}", of(kind)) for kind in sorted(PAGED)]


def _found(
    tell: Telling, asked: Asked, kind: Kind, key: str, reader: RecordReader
) -> Mapping[str, Any]:
    row = tell.row(kind, key)
    if row is None:
        raise web.HTTPNotFound
    try:
        sheet = tell.scope.sheet(reader.sheet(row.thing_id))
    except KeyError:  # it left the lists just now
        raise web.HTTPNotFound from None
    opened = _opened(tell, sheet.outages, reader)
    hours = int(asked.one_of("hours", [str(one) for one in curves.SPANS_H]))
    return {
        "tell": tell,
        "asked": asked,
        "row": row,
        "sheet": sheet,
        "outages": sheet.outages,
        "opened": opened,
        "reasons": list(reasons(tell, row, opened)),
        "hidden": _hidden(tell, row),
        "above": _worst_first(sheet.above),
        "below": _worst_first(sheet.below),
        "units": _units(tell, row),
        "declared": declared(tell, sheet.declared),
        "measured": declared(tell, sheet.measured),
        "charts": _charts(tell, row, hours, reader),
        "hours": hours,
        "spans": curves.SPANS_H,
        "link": _link(row, reader),
        "light": _light(tell, row, reader),
        "speed": speed,
        "many": MANY,
    }


def _opened(tell: Telling, outages: Sequence[OutageRow], reader: RecordReader) -> Opened | None:
    """The open root that it is, or is behind where the visitor may see that."""
    own = next((outage for outage in outages if outage.first_good_ms is None), None)
    if own is None:
        return None
    root = own.id if own.root_id is None else own.root_id
    found = reader.opened(root)
    if found is None or not tell.scope.sees_thing(found.row.thing_id):
        return None
    return tell.scope.opened(found)


def _hidden(tell: Telling, row: LiveRow) -> Sequence[LiveRow]:
    """Sites that are cut off by this root."""
    found = [r for r in tell.rows.values() if r.root_id == row.thing_id and r.kind is Kind.SITE]
    return sorted(found, key=lambda one: one.key)


def _worst_first(rows: Iterable[LiveRow]) -> Sequence[LiveRow]:
    return sorted(rows, key=lambda row: (URGENCY[face_of(row)], row.kind, row.key))


def _units(tell: Telling, row: LiveRow) -> Sequence[LiveRow]:
    """From the commune up to the province."""
    found: list[LiveRow] = []
    at = row.unit_id
    while at is not None and at in tell.rows and len(found) < 5:
        found.append(tell.rows[at])
        at = tell.rows[at].unit_id
    return found


def _charts(
    tell: Telling, row: LiveRow, hours: int, reader: RecordReader
) -> Sequence[curves.Chart]:
    if row.kind is not Kind.DEVICE:
        return ()
    to_ms = tell.drawn_ms
    from_ms = to_ms - hours * curves.HOUR_MS
    try:
        return curves.charts(tell, reader.charts(row.thing_id, from_ms, to_ms, curves.STEPS))
    except KeyError:
        return ()


def _link(row: LiveRow, reader: RecordReader) -> LinkRow | None:
    if row.kind is not Kind.LINK:
        return None
    return next((one for one in reader.links() if one.thing_id == row.thing_id), None)


def _light(tell: Telling, row: LiveRow, reader: RecordReader) -> str:
    """How the light of the weaker end went, in words."""
    link = _link(row, reader)
    if link is None or link.weaker is None:
        return ""
    try:
        history = reader.light_history(link.weaker.sensor_id, tell.drawn_ms)
    except KeyError:
        return ""
    if not history.points:
        return tell.say("links.no_past")
    first, last = (_db(tell, point[1]) for point in (history.points[0], history.points[-1]))
    words = [tell.say("links.went", first=first, last=last)]
    if history.day_db is not None and history.week_db is not None:
        day, week = (f"{_db(tell, one, '+')}" for one in (history.day_db, history.week_db))
        words.append(tell.say("links.changed", day=day, week=week))
    return tell.joined(words)


def _db(tell: Telling, value: float, sign: str = "") -> str:
    text = f"{value:{sign}.1f}"
    return text.replace(".", ",") if tell.language == "vi" else text


def speed(bps: int | None) -> str:
    for unit, size in _SPEEDS:
        if bps and bps >= size:
            return f"{bps / size:g} {unit}"
    return f"{bps} b/s" if bps else ""

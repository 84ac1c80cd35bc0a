"""Sheets of sites for technicians, their labels for racks, and the lists of both by unit."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from reports.collate import vietnamese
from reports.web.desk import Known
from reports.web.gate import visitor_of
from reports.web.scope import Scope
from reports.web.sheet import Telling, paper, qr, units_of
from reports.web.site import Site
from reports.web.visitor import Role
from store.questions import LiveRow
from store.reader import RecordReader
from store.states import Kind

MOST_LISTED = 300  # sites with those of the units below; above it only its own are listed
LABELS_A_SHEET = 24  # of 70 × 37 mm, as A4 sheets of labels are sold
LABELS_A_PAGE = 10 * LABELS_A_SHEET


class Label(NamedTuple):
    row: LiveRow
    unit: str
    url: str
    qr: Any


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    async def sheet(request: web.Request) -> web.Response:
        row = await site_of(site, request)
        known, url = site.desk.known, sheet_url(site, request, row.key)
        try:
            found = await site.desk.ask(lambda reader: paper(reader, row, known))
        except KeyError:
            raise web.HTTPNotFound from None
        may_add = visitor_of(request).role >= Role.OPERATOR and visitor_of(request).signed_in

        def made(language: str) -> Mapping[str, Any]:
            tell = Telling(language, ZoneInfo(known.head.timezone), found.made_ms)
            return {"paper": found, "tell": tell, "qr": qr(url), "url": url, "may_add": may_add}

        answer = await site.page(request, "paper_sheet.html.j2", made)
        return _kept(site, request, answer, row.name)

    async def label(request: web.Request) -> web.Response:
        row = await site_of(site, request)
        known, url = site.desk.known, sheet_url(site, request, row.key)

        def made(_: str) -> Mapping[str, Any]:
            return {"labels": [_label(row, known, url)], "alone": True, "far": is_far(url)}

        return await site.page(request, "paper_labels.html.j2", made)

    async def lists(request: web.Request) -> web.Response:
        unit = await _unit_of(site, request)

        def made(_: str) -> Mapping[str, Any]:
            scope = Scope.of(visitor_of(request), site.desk.known)
            return _listed(site.desk.known, scope, unit)

        answer = await site.page(request, "paper_list.html.j2", made)
        return _kept(site, request, answer, "" if unit is None else unit.name)

    async def labels(request: web.Request) -> web.Response:
        unit = await _unit_of(site, request)
        if unit is None:
            raise web.HTTPNotFound
        number = _page(request)

        def made(_: str) -> Mapping[str, Any]:
            known = site.desk.known
            rows = _sites(known, Scope.of(visitor_of(request), known), unit, below=True)
            here = rows[(number - 1) * LABELS_A_PAGE : number * LABELS_A_PAGE]
            urls = [sheet_url(site, request, row.key) for row in here]
            made = [_label(row, known, url) for row, url in zip(here, urls, strict=True)]
            pages = -(-len(rows) // LABELS_A_PAGE)
            about = {"unit": unit, "page": number, "pages": pages}
            return about | {"labels": made, "alone": False, "far": all(map(is_far, urls))}

        return await site.page(request, "paper_labels.html.j2", made)

    return [
        web.get("/sheet/{site}", sheet),
        web.get("/sheet/{site}/label", label),
        web.get("/sheets", lists),
        web.get("/sheets/labels", labels),
    ]


async def site_of(site: Site, request: web.Request) -> LiveRow:
    """The site that the address names; 404 where it is none that the visitor sees."""
    return await _found(site, request, Kind.SITE, request.match_info["site"])


async def _unit_of(site: Site, request: web.Request) -> LiveRow | None:
    key = request.query.get("unit")
    return None if key is None else await _found(site, request, Kind.UNIT, key)


async def _found(site: Site, request: web.Request, kind: Kind, key: str) -> LiveRow:
    def look(_: RecordReader) -> LiveRow | None:
        rows = site.desk.known.rows.values()
        return next((row for row in rows if row.kind is kind and row.key == key), None)

    row = await site.desk.ask(look)
    if row is None or not Scope.of(visitor_of(request), site.desk.known).sees(row):
        raise web.HTTPNotFound
    return row


def sheet_url(site: Site, request: web.Request, key: str) -> str:
    """What the code on a rack leads to: as browsers call us, `[web] origin` before all."""
    origin = site.settings.origin or f"{request.scheme}://{request.host}"
    return f"{origin.rstrip('/')}/sheet/{quote(key)}"


def is_far(url: str) -> bool:
    """Can a telephone reach it?"""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _label(row: LiveRow, known: Known, url: str) -> Label:
    above = units_of(row, known)
    return Label(row, above[0] if above else "", url, qr(url))


def _kept(site: Site, request: web.Request, answer: web.Response, name: str) -> web.Response:
    """A worker in the browser may keep this page for that visitor, under that name."""
    answer.headers["X-Canh-Owner"] = site.owner(request)
    answer.headers["X-Canh-Name"] = quote(name)
    return answer


def _listed(known: Known, scope: Scope, unit: LiveRow | None) -> Mapping[str, Any]:
    if unit is None:
        units = [row for row in known.units.values() if scope.sees(row)]
        tops = [row for row in units if row.unit_id not in {one.thing_id for one in units}]
        return {"unit": None, "above": None, "units": _by_name(tops), "sites": [], "whole": False}
    rows = _sites(known, scope, unit, below=True)
    whole = len(rows) <= MOST_LISTED
    below = [row for row in known.units.values() if row.unit_id == unit.thing_id]
    above = known.units.get(unit.unit_id) if unit.unit_id is not None else None
    return {
        "unit": unit,
        "above": above if above is not None and scope.sees(above) else None,
        "units": _by_name(below),
        "sites": rows if whole else _sites(known, scope, unit, below=False),
        "whole": whole,
    }


def _sites(known: Known, scope: Scope, unit: LiveRow, *, below: bool) -> list[LiveRow]:
    """Of a unit, or of all units below it too; by unit, then by name."""
    wanted = {unit.thing_id}
    grown = below
    while grown:
        more = {row.thing_id for row in known.units.values() if row.unit_id in wanted} - wanted
        wanted |= more
        grown = bool(more)
    found = (row for row in known.rows.values() if row.kind is Kind.SITE and row.unit_id in wanted)
    return sorted(
        (row for row in found if scope.sees(row)),
        key=lambda row: (row.unit_id or 0, vietnamese(row.name)),
    )


def _by_name(rows: Iterable[LiveRow]) -> list[LiveRow]:
    return sorted(rows, key=lambda row: vietnamese(row.name))


def _page(request: web.Request) -> int:
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 100_000):
        raise web.HTTPBadRequest
    return int(text[:9])

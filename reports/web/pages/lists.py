"""Sites, devices, links, services: everything of a kind, filtered, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from inventory.folding import fold, matches
from reports.web.asked import Asked, paged
from reports.web.gate import Handler
from reports.web.pages.outages import is_in, units
from reports.web.site import Site
from reports.web.telling import Telling
from store.faces import URGENCY, Face, face_of
from store.lines import LinkRow
from store.questions import LiveRow
from store.reader import RecordReader
from store.states import Kind

KINDS = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
_SORTS = {
    Kind.SITE: ("state", "name", "since"),
    Kind.DEVICE: ("state", "name", "since", "address"),
    Kind.LINK: ("state", "name", "since", "margin", "use"),
    Kind.SERVICE: ("state", "name", "since"),
}


class Beside(NamedTuple):
    """What a list shows that a live row does not hold."""

    links: Mapping[int, LinkRow]
    checks: Mapping[int, Mapping[str, Any]]


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    def of(kind: Kind) -> Handler:
        async def listed(request: web.Request) -> web.Response:
            tell, asked = site.telling(request), Asked(request)
            return await site.page(
                request,
                "list.html.j2",
                lambda _: site.desk.now(lambda reader: _found(tell, asked, kind, reader)),
            )

        return listed

    return [web.get(f"/{kind}s", of(kind)) for kind in KINDS]


def _found(tell: Telling, asked: Asked, kind: Kind, reader: RecordReader) -> Mapping[str, Any]:
    beside = Beside(
        {link.thing_id: link for link in reader.links()} if kind is Kind.LINK else {},
        reader.checks() if kind is Kind.SERVICE else {},
    )
    order = asked.one_of("sort", _SORTS[kind])
    rows = [row for row in tell.rows.values() if row.kind is kind]
    rows = [row for row in rows if _wanted(tell, asked, row)]
    rows.sort(key=_sorting(order, beside))
    return {
        "tell": tell,
        "asked": asked,
        "kind": kind,
        "page": paged(rows, asked.number("page")),
        "order": order,
        "orders": _SORTS[kind],
        "faces": tuple(Face),
        "units": units(tell),
        "beside": beside,
        "use": use,
    }


def _wanted(tell: Telling, asked: Asked, row: LiveRow) -> bool:
    state, unit, text = asked.text("state"), asked.text("unit"), asked.text("q")
    return (
        (not state or face_of(row) == state)
        and (not unit or is_in(tell, row.thing_id, unit))
        and (not text or matches(text, row.key, row.name, row.address or "", tell.place(row)))
    )


def _sorting(order: str, beside: Beside) -> Callable[[LiveRow], Any]:
    """What is not known comes last."""
    sortings: dict[str, Callable[[LiveRow], Any]] = {
        "state": lambda row: (URGENCY[face_of(row)], row.key),
        "name": lambda row: (fold(row.name), row.key),
        "since": lambda row: (-(row.since_ms or 0), row.key),
        "address": lambda row: (_numbers(row.address or "~"), row.key),
        "margin": lambda row: (_margin(beside.links.get(row.thing_id)), row.key),
        "use": lambda row: (-(use(beside.links.get(row.thing_id)) or -1.0), row.key),
    }
    return sortings[order]


def _numbers(address: str) -> Sequence[tuple[int, str]]:
    """10.9.0.1 before 10.10.0.1."""
    return [(int(p), "") if p.isdecimal() else (1 << 40, p) for p in address.split(".")]


def _margin(link: LinkRow | None) -> float:
    light = None if link is None else link.weaker
    if light is None or (light.margin_db is None and not light.dark):
        return float("inf")
    return float("-inf") if light.margin_db is None else light.margin_db


def use(link: LinkRow | None) -> float | None:
    """Of the busier way, in percent of the capacity."""
    if link is None:
        return None
    return max((one for one in (link.in_pct, link.out_pct) if one is not None), default=None)

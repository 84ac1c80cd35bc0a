"""What became of the inventory in the period, and which warranties and contracts end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from inventory.contracts import Term, suppliers, warranties
from inventory.model import Device, Link, Service, Site
from inventory.moments import midnight
from reports.document import Document
from reports.periods import local
from store.edits import ADDED, RETIRED, Edit
from store.standing import Standing
from store.states import Kind

COMMISSIONED = "commissioned"
SOON_DAYS = 90


class Ends(NamedTuple):
    """`what`: warranty or contract, of a device or link at a site, with its last day."""

    what: str
    kind: Kind
    id: str
    about: str
    site: str
    provider: str | None
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Counted: those that ended before the period, go on beyond `soon`, or tell no end."""

    ended: tuple[Ends, ...]  # in the period
    soon: tuple[Ends, ...]  # in the SOON_DAYS after it
    earlier: int
    later: int
    unknown: int
    of_part: bool = False  # what stands in one file of several, of which nothing is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    edits: tuple[Edit, ...]
    warranties: Terms
    contracts: Terms


def changes(document: Document, standing: Standing, edits: Sequence[Edit]) -> Changes:
    """`standing`: the inventory at the end of the period; `edits`: what the record saw change."""
    zone = ZoneInfo(document.timezone)
    days = local(document.from_ms, zone).date(), standing.day
    told = {(one.kind, one.key) for one in edits if one.what in (ADDED, RETIRED)}
    dated = [one for one in _dated(standing, days, zone) if (one.kind, one.key) not in told]
    return Changes(
        edits=tuple(sorted((*edits, *dated), key=lambda one: (one.at_ms, one.kind, one.key))),
        warranties=_warranties(standing, days),
        contracts=_contracts(standing, days),
    )


def _dated(standing: Standing, days: tuple[date, date], zone: ZoneInfo) -> Iterator[Edit]:
    """What a day in the files put into service, or took out of it, within the period."""
    network = standing.network
    kinds = (
        (Kind.SITE, network.sites),
        (Kind.DEVICE, network.devices),
        (Kind.LINK, network.links),
        (Kind.SERVICE, network.services),
    )
    for kind, things in kinds:
        for one in things.values():
            for what, day in ((COMMISSIONED, one.commissioned), (RETIRED, one.retired)):
                if day is not None and days[0] <= day <= days[1]:
                    yield Edit(midnight(day, zone), kind, one.id, _name(standing, one), what)


def _name(standing: Standing, one: Site | Device | Link | Service) -> str:
    if isinstance(one, Link):
        sites = standing.network.sites
        return f"{sites[one.a.site].name} – {sites[one.b.site].name}"
    return one.name or one.id


def _warranties(standing: Standing, days: tuple[date, date]) -> Terms:
    sites = standing.network.sites
    term = warranties(standing.network, _after(days), SOON_DAYS)
    return _terms([(term, None)], days, "warranty", Kind.DEVICE, sites)


def _contracts(standing: Standing, days: tuple[date, date]) -> Terms:
    selling = suppliers(standing.network, _after(days), SOON_DAYS)
    terms = [(one.contracts, one.name) for one in selling]
    return _terms(terms, days, "contract", Kind.LINK, standing.network.sites)


def _after(days: tuple[date, date]) -> date:
    return days[1] + timedelta(days=1)


def _terms(
    terms: Sequence[tuple[Term, str | None]],
    days: tuple[date, date],
    what: str,
    kind: Kind,
    sites: Mapping[str, Site],
) -> Terms:
    ended: list[Ends] = []
    soon: list[Ends] = []
    earlier = 0
    for term, provider in terms:
        for part, found in ((term.expired, ended), (term.soon, soon)):
            for one in part:
                if one.until is None or one.until < days[0]:
                    earlier += 1
                    continue
                site = sites[one.site].name
                found.append(Ends(what, kind, one.id, one.what, site, provider, one.until))
    return Terms(
        ended=tuple(sorted(ended, key=_when)),
        soon=tuple(sorted(soon, key=_when)),
        earlier=earlier,
        later=sum(term.later for term, _ in terms),
        unknown=sum(len(term.unknown) for term, _ in terms),
    )


def _when(one: Ends) -> tuple[date, str]:
    return one.until, one.id

"""What runs out: warranties and contracts; what providers run, for how much; lone channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from inventory.coverage import Office, connected, in_service, offices
from inventory.model import Link, Network


class Ending(NamedTuple):
    """A device or link and the last day of its warranty or contract; None: nobody knows."""

    id: str
    site: str
    what: str  # maker and model, or circuit and provider
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Those that ended before the day, end soon, later, and of which no end is declared."""

    expired: tuple[Ending, ...]
    soon: tuple[Ending, ...]
    later: int
    unknown: tuple[Ending, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """`monthly_cost`: of the `priced` circuits that say theirs."""

    id: str
    name: str
    hotline: str | None
    circuits: tuple[Link, ...]
    capacity_mbps: float
    monthly_cost: float
    priced: int
    contracts: Term


def warranties(network: Network, day: date, soon_days: int) -> Term:
    return _term(
        (
            Ending(
                device.id,
                device.site,
                " ".join(filter(None, (device.vendor, device.model))) or device.role,
                device.warranty_until,
            )
            for device in network.devices.values()
            if in_service(device, day)
        ),
        day,
        soon_days,
    )


def suppliers(network: Network, day: date, soon_days: int) -> list[Supplier]:
    """Providers with the circuits that they run on that day, those with most first."""
    found = []
    for provider in network.providers.values():
        mine = [
            link
            for link in network.links.values()
            if link.provider == provider.id and connected(link, day)
        ]
        priced = [link.monthly_cost for link in mine if link.monthly_cost is not None]
        endings = [
            Ending(link.id, link.b.site, link.circuit_id or link.id, link.contract_until)
            for link in mine
        ]
        found.append(
            Supplier(
                id=provider.id,
                name=provider.name,
                hotline=provider.hotline,
                circuits=tuple(mine),
                capacity_mbps=sum(link.capacity_mbps or 0 for link in mine),
                monthly_cost=round(sum(priced), 2),
                priced=len(priced),
                contracts=_term(endings, day, soon_days),
            )
        )
    return sorted(found, key=lambda one: (-len(one.circuits), one.id))


def _term(endings: Iterable[Ending], day: date, soon_days: int) -> Term:
    held = sorted(endings, key=lambda one: (one.until or date.max, one.id))
    known = [(one, one.until) for one in held if one.until is not None]
    last = date.fromordinal(min(day.toordinal() + soon_days, date.max.toordinal()))
    return Term(
        expired=tuple(one for one, until in known if until < day),
        soon=tuple(one for one, until in known if day <= until <= last),
        later=sum(until > last for _, until in known),
        unknown=tuple(one for one in held if one.until is None),
    )


def lone_channels(network: Network, day: date) -> list[Office]:
    """Offices into which one link leads, or none."""
    return [office for office in offices(network, day) if len(office.ways) < 2]

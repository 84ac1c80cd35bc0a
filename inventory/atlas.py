"""The administrative map over time: what each unit was, and in which unit each site stood.

A site stays where it is declared; when its unit passes into another, it goes along. An office
whose unit passed into one of a higher tier is an office no more: what still stands there is a
transit point, which belongs to no tier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from inventory.model import Network, Placement, Site, Unit
from inventory.tiers import LEVELS, TRANSIT


class Reign(NamedTuple):
    """What a unit was, and which unit stood above it, from one day up to another."""

    unit: Unit
    parent: str | None
    begin: date | None
    end: date | None


class Stay(NamedTuple):
    """A site in a unit from one day up to another; None: without a beginning, without an end."""

    unit: str
    level: str  # the tier of its unit, or TRANSIT
    begin: date | None
    end: date | None


def holds(begin: date | None, end: date | None, day: date) -> bool:
    return (begin is None or begin <= day) and (end is None or day < end)


class Atlas:
    """`rows`: unit → what it was, in the order of time."""

    def __init__(self, units: Iterable[Unit], placements: Iterable[Placement] = ()) -> None:
        rows: dict[str, list[Unit]] = {}
        for unit in units:
            rows.setdefault(unit.id, []).append(unit)
        self.rows: Mapping[str, tuple[Unit, ...]] = {
            key: tuple(sorted(found, key=lambda unit: unit.valid_from or date.min))
            for key, found in rows.items()
        }
        self._before: dict[str, list[Placement]] = {}
        for placement in placements:
            self._before.setdefault(placement.site, []).append(placement)

    @classmethod
    def of(cls, network: Network) -> Atlas:
        return cls((*network.former_units, *network.units.values()), network.placements)

    def on(self, day: date) -> dict[str, Reign]:
        """The map of that day."""
        found = (one for key in self.rows for one in self.reigns(key))
        return {one.unit.id: one for one in found if holds(one.begin, one.end, day)}

    def reigns(self, key: str) -> tuple[Reign, ...]:
        """All that the unit was, in the order of time. Where its parent passed into another
        unit, that one stands above it from then on."""
        found: list[Reign] = []
        for row in self.rows[key]:
            begin, parent = row.valid_from, row.parent
            for until, heir in self._heirs(parent):
                if row.valid_to is not None and until >= row.valid_to:
                    break
                if begin is None or begin < until:
                    found.append(Reign(row, parent, begin, until))
                    begin = until
                parent = heir
            found.append(Reign(row, parent, begin, row.valid_to))
        return tuple(found)

    def _heirs(self, key: str | None) -> Iterator[tuple[date, str]]:
        """When a unit passed into which other, that one into the next, and so on."""
        seen = set[str]()
        while key is not None and key not in seen and key in self.rows:
            seen.add(key)
            last = self.rows[key][-1]
            if last.valid_to is None or len(last.into) != 1:
                return
            key = last.into[0]
            yield last.valid_to, key

    def next_change(self, after: date) -> date | None:
        """The next day on which the map is another."""
        rows = [row for found in self.rows.values() for row in found]
        days = [day for row in rows for day in (row.valid_from, row.valid_to)]
        days += [one.valid_to for found in self._before.values() for one in found]
        return min((day for day in days if day is not None and day > after), default=None)

    def stays(self, site: Site) -> tuple[Stay, ...]:
        """Where a site stood, without gaps, from ever back to for ever on."""
        found: list[Stay] = []
        begin: date | None = None
        before = sorted(self._before.get(site.id, ()), key=lambda one: one.valid_to)
        for one in before:
            found += self._along(one.unit, begin, one.valid_to)
            begin = one.valid_to
        return (*found, *self._along(site.unit, begin, None))

    def stay(self, site: Site, day: date) -> Stay:
        return next(one for one in self.stays(site) if holds(one.begin, one.end, day))

    def _along(self, unit: str, begin: date | None, end: date | None) -> Iterator[Stay]:
        """From the unit to what it passed into, and on; where that is not told it stays."""
        heirs = [(begin, unit), *self._heirs(unit)]
        floor, transit = "", False
        for number, (since, key) in enumerate(heirs):
            until = heirs[number + 1][0] if number + 1 < len(heirs) else None
            until = _earlier(until, end)
            for level, start, stop in _levels(self.rows.get(key, ()), _later(since, begin), until):
                transit = transit or _higher(level, floor)
                floor = level
                yield Stay(key, TRANSIT if transit else level, start, stop)


def _levels(
    rows: tuple[Unit, ...], begin: date | None, end: date | None
) -> Iterator[tuple[str, date | None, date | None]]:
    """The tiers of a unit between two days; before its first row it has that of its first."""
    level = rows[0].level if rows else ""
    since = begin
    if begin is not None and end is not None and begin >= end:
        return
    for row in rows:
        starts = row.valid_from
        if row.level == level or starts is None:
            continue
        if (end is None or starts < end) and (begin is None or starts > begin):
            yield level, since, starts
            since = starts
        if end is None or starts < end:
            level = row.level
    yield level, since, end


def _higher(level: str, than: str) -> bool:
    known = level in LEVELS and than in LEVELS
    return known and LEVELS.index(level) < LEVELS.index(than)


def _later(one: date | None, other: date | None) -> date | None:
    return max(filter(None, (one, other)), default=None)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(filter(None, (one, other)), default=None)

"""Which part of each site's time counts for which unit and tier: as the map stood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from store.intervals import merge
from store.ledger import measured_interval
from store.period import History, Interval, MapPart, Period, Place, UnitRow
from store.tally import ThingFigures, join, measure

Groups = Callable[[Place, MapPart], Iterable[int | str]]


class Places:
    """`parts`: the administrative map, cut where it changed; `sites`: each with its figures."""

    def __init__(self, period: Period, sites: Sequence[tuple[History, ThingFigures]]) -> None:
        self._sites = sites
        self._known: dict[tuple[int, Interval], ThingFigures] = {}
        self.window = measured_interval(period)
        self.parts = period.maps

    def by_level(self, window: Interval) -> Mapping[str, list[ThingFigures]]:
        """Tier → what its sites had while they were in it."""
        return {level: [*sums.values()] for level, sums in self.in_levels(window).items()}

    def by_unit(self, window: Interval) -> Mapping[int, list[ThingFigures]]:
        """Unit → what the sites in it, and in the units below it, had meanwhile."""
        return {unit: [*sums.values()] for unit, sums in self.in_units(window).items()}

    def in_levels(self, window: Interval) -> dict[str, dict[int, ThingFigures]]:
        """Tier → site → what it had while it was in it."""
        return self._sums(window, lambda place, _: (place.level,))

    def in_units(self, window: Interval) -> dict[int, dict[int, ThingFigures]]:
        """Unit → site in it, or in the units below it → what it had meanwhile."""
        return self._sums(window, lambda place, part: _above(place.unit_id, part.units))

    def units(self, window: Interval) -> dict[int, UnitRow]:
        """The units of a period, each as it stood last in it."""
        found: dict[int, UnitRow] = {}
        for part in self.parts:
            if part.from_ms < window[1] and part.to_ms > window[0]:
                found |= part.units
        return found

    def _sums(self, window: Interval, groups: Groups) -> dict[Any, dict[int, ThingFigures]]:
        times: dict[Any, dict[int, list[Interval]]] = defaultdict(lambda: defaultdict(list))
        for number, (history, _) in enumerate(self._sites):
            for place, part in self._meetings(history, window):
                for group in groups(place, part):
                    times[group][number].append((place.from_ms, place.to_ms))
        return {
            group: {
                self._sites[number][0].thing_id: self._figures(number, merge(spent))
                for number, spent in sites.items()
            }
            for group, sites in times.items()
        }

    def _meetings(self, history: History, window: Interval) -> Iterator[tuple[Place, MapPart]]:
        """A site's stays, cut where the map changed."""
        for part in self.parts:
            for place in history.stays:
                begin = max(place.from_ms, part.from_ms, window[0])
                end = min(place.to_ms, part.to_ms, window[1])
                if begin < end:
                    yield place._replace(from_ms=begin, to_ms=end), part

    def _figures(self, number: int, spent: Sequence[Interval]) -> ThingFigures:
        history, whole = self._sites[number]
        if spent == [self.window]:
            return whole
        return join([self._measured(number, time) for time in spent], history.kind)

    def _measured(self, number: int, time: Interval) -> ThingFigures:
        """Once, however many units and tiers share the time."""
        if (number, time) not in self._known:
            self._known[number, time] = measure(self._sites[number][0], time)
        return self._known[number, time]


def _above(unit_id: int, units: Mapping[int, UnitRow]) -> list[int]:
    found: list[int] = []
    at: int | None = unit_id
    while at is not None and at not in found:
        found.append(at)
        at = units[at].parent_id if at in units else None
    return found

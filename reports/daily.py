"""Figures day by day: of each thing, of tiers, of the whole; the days of a row add up to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from reports.document import Document, Row
from reports.periods import local, midnights
from reports.pictures import Day
from store.intervals import merge
from store.ledger import Split, spread
from store.period import History, Interval
from store.states import Kind
from store.stretches import SHARES

_Days = Sequence[Split]


class Daily:
    """The days of a document's period: local ones, which may have 23 or 25 hours."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._zone = ZoneInfo(document.timezone)
        self.window: Interval = (document.from_ms, document.to_ms)
        self.edges = tuple(midnights(self.window, self._zone))
        self._names = [local(edge, self._zone).date().isoformat() for edge in self.edges[:-1]]

    def days(self, row: Row) -> tuple[Day, ...]:
        """Of one thing."""
        return () if row.history is None else self._named(self._splits(row.history))

    def whole(self) -> tuple[Day, ...]:
        """Of all sites together, as the whole of the report adds them up."""
        return self._named(_sum((self._splits(one) for one in self._counted), len(self._names)))

    def tiers(self) -> Mapping[str, tuple[Day, ...]]:
        """Of each tier, with the time that its sites spent in it."""
        members: dict[str, list[_Days]] = defaultdict(list)
        for history in self._counted:
            for level, spent in _by_level(history).items():
                members[level] += self._spent(history, spent)
        return {level: self._named(_sum(rows, len(self._names))) for level, rows in members.items()}

    @cached_property
    def _counted(self) -> list[History]:
        """Sites that roll-ups add up: never-seen and unmonitored ones are not among them."""
        return [
            row.history
            for row in self._document.things
            if row.kind is Kind.SITE and row.history is not None and row.sums.counted
        ]

    def _splits(self, history: History) -> _Days:
        """Parts of a report have things in common, and so have its sections."""
        known = self._document.days.get((self.window, history.thing_id))
        if known is None or known[0] is not history:
            known = history, spread(history, self.edges)
            self._document.days[self.window, history.thing_id] = known
        return known[1]

    def _spent(self, history: History, spent: Sequence[Interval]) -> list[_Days]:
        """The days of the parts of a site's time, if it was in service in any of them."""
        if spent == [self.window]:
            return [self._splits(history)]
        parts = [self._part(history, begin, end) for begin, end in spent]
        served = any(any(any(day[1:]) for day in part) for part in parts)
        return parts if served else []

    def _part(self, history: History, begin: int, end: int) -> _Days:
        found = []
        for since, until in pairwise(self.edges):
            cut = max(since, begin), min(until, end)
            found.append(spread(history, cut)[0] if cut[0] < cut[1] else Split())
        return found

    def _named(self, splits: Iterable[Split]) -> tuple[Day, ...]:
        return tuple(map(Day, self._names, self.edges, self.edges[1:], splits))


def _by_level(history: History) -> dict[str, list[Interval]]:
    times: dict[str, list[Interval]] = defaultdict(list)
    for stay in history.stays:
        times[stay.level].append((stay.from_ms, stay.to_ms))
    return {level: merge(spent) for level, spent in times.items()}


def _sum(rows: Iterable[_Days], days: int) -> list[Split]:
    """Day by day; over flat columns, for a country has a hundred thousand days of sites."""
    width = len(SHARES)
    sums = list(map(sum, zip(*map(chain.from_iterable, rows), strict=True))) or [0] * days * width
    return [Split._make(sums[at : at + width]) for at in range(0, len(sums), width)]

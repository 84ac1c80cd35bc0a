"""To what time was lost: the cause of an outage is that of its root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from reports.document import Document, Row
from reports.figures import UNDETERMINED
from store.questions import OutageRow
from store.states import Kind
from store.tally import Loss

MOST_WORST = 20
NO_CAUSE = "undetermined"


class Root(NamedTuple):
    """What failed elsewhere: of links several may bear one name."""

    key: str
    name: str
    provider: str | None
    cleared: bool  # a person said that it did not fail after all


class Worst(NamedTuple):
    """A site, the cause to which it lost most time, how much, and what failed there longest."""

    row: Row
    cause: str
    cause_ms: int
    root: Root | None  # None: the site's own equipment or line, or not known
    root_ms: int  # of the time of the cause


class Causes:
    """Looks up the cause behind a loss."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def _roots(self) -> Mapping[int, OutageRow]:
        return {line.outage.id: line.outage for line in self._document.outages}

    @cached_property
    def _things(self) -> Mapping[int, Row]:
        return {row.history.thing_id: row for row in self._document.things if row.history}

    def of(self, outage: OutageRow) -> str:
        root = outage if outage.root_id is None else self._roots.get(outage.root_id, outage)
        found = outage.cause if root.cause in UNDETERMINED else root.cause
        return NO_CAUSE if found is None or found in UNDETERMINED else found

    def root(self, outage: OutageRow) -> Root | None:
        """What failed, where that was another thing."""
        if outage.root_thing_id is None:
            return None
        row, key = self._things.get(outage.root_thing_id), outage.root_key or ""
        if row is None:
            return Root(key, key, None, outage.root_cleared)
        return Root(row.id, row.name, row.provider, outage.root_cleared)

    def main(self, losses: Iterable[Loss]) -> tuple[str, int, Root | None, int]:
        """The cause that took most time, how much, what failed longest by it, and how long."""
        times: Counter[str] = Counter()
        roots: dict[str, Counter[Root | None]] = {}
        for loss in losses:
            cause = self.of(loss.outage)
            times[cause] += loss.lost_ms
            roots.setdefault(cause, Counter())[self.root(loss.outage)] += loss.lost_ms
        if not times:
            return NO_CAUSE, 0, None, 0
        cause = max(times, key=lambda name: (times[name], name))
        mine = roots[cause]
        root = max(mine, key=lambda one: (mine[one], one.key if one else ""))
        return cause, times[cause], root, mine[root]


def worst_sites(document: Document) -> tuple[Worst, ...]:
    """Those that lost most time, the longest first."""
    causes = Causes(document)
    lost = [row for row in document.things if row.kind is Kind.SITE and row.sums.split.lost_ms]
    lost.sort(key=lambda row: (-row.sums.split.lost_ms, row.id))
    return tuple(Worst(row, *causes.main(row.sums.losses)) for row in lost[:MOST_WORST])

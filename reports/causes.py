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


class Worst(NamedTuple):
    """A site, the cause to which it lost most time, how much, and what failed there."""

    row: Row
    cause: str
    cause_ms: int
    root: str | None  # None: the site's own equipment or line, or not known


class Causes:
    """Looks up the cause behind a loss."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def _roots(self) -> Mapping[int, OutageRow]:
        return {line.outage.id: line.outage for line in self._document.outages}

    def of(self, outage: OutageRow) -> str:
        root = outage if outage.root_id is None else self._roots.get(outage.root_id, outage)
        found = outage.cause if root.cause in UNDETERMINED else root.cause
        return NO_CAUSE if found is None or found in UNDETERMINED else found

    def root(self, outage: OutageRow) -> str | None:
        """The name of what failed, where that was another thing."""
        if outage.root_thing_id is None:
            return None
        found = self._roots.get(outage.root_id or 0)
        return found.name if found is not None else outage.root_key

    def main(self, losses: Iterable[Loss]) -> tuple[str, int, str | None]:
        """The cause that took most time, how much, and what failed longest by it."""
        times: Counter[str] = Counter()
        roots: dict[str, Counter[str | None]] = {}
        for loss in losses:
            cause = self.of(loss.outage)
            times[cause] += loss.lost_ms
            roots.setdefault(cause, Counter())[self.root(loss.outage)] += loss.lost_ms
        if not times:
            return NO_CAUSE, 0, None
        cause = max(times, key=lambda name: (times[name], name))
        root = max(roots[cause], key=lambda name: (roots[cause][name], name or ""))
        return cause, times[cause], root


def worst_sites(document: Document) -> tuple[Worst, ...]:
    """Those that lost most time, the longest first."""
    causes = Causes(document)
    lost = [row for row in document.things if row.kind is Kind.SITE and row.sums.split.lost_ms]
    lost.sort(key=lambda row: (-row.sums.split.lost_ms, row.id))
    return tuple(Worst(row, *causes.main(row.sums.losses)) for row in lost[:MOST_WORST])

"""Which entries of the look-up somebody may be told who is limited to units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.web.scope import Scope

if TYPE_CHECKING:
    from inventory.lookup import Entry, Index, Mask


class Masks:
    """Made once for each set of units, anew where things may stand elsewhere."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], dict[frozenset[int], Mask]] = (), {}

    def of(self, index: Index, scope: Scope) -> Mask | None:
        """None: all. Some ten milliseconds at 20,000 devices where it has to be made."""
        if scope.units is None:
            return None
        known = scope.known
        now = index, known.head.declared, known.groups, len(known.rows)
        of, made = self._kept
        if of != now:
            made = {}
            self._kept = now, made
        if scope.units not in made:
            made[scope.units] = _mask(index, scope)
        return made[scope.units]


def _mask(index: Index, scope: Scope) -> Mask:
    """Things that are seen, and people whom a site calls that is seen."""
    seen = {(str(row.kind), row.key) for row in scope.rows().values()}

    def told(entry: Entry) -> bool:
        return (entry.kind, entry.key) in seen or ("site", entry.site) in seen

    return index.mask(told)

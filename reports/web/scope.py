"""What a visitor sees who is limited to units: what lies outside is as if it were not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports.web.desk import Known
from reports.web.visitor import Visitor
from store.opened import Around, Opened
from store.questions import LiveRow, OutageRow, Snapshot
from store.states import OUTAGE_STATES, Kind
from store.thing_sheet import Sheet


@dataclass(frozen=True, slots=True)
class Scope:
    """By the map of now. Outside of it every page answers 404, as if the thing did not exist.

    Seen are the units of the account and all below them, the sites in these, the devices and
    services there, and links of which at least one end is there; of these all outages.
    """

    known: Known
    _units: frozenset[int] | None  # thing ids; None: without a limit

    @classmethod
    def of(cls, visitor: Visitor, known: Known) -> Scope:
        """Cheap: it walks the units alone."""
        if visitor.units is None:
            return cls(known, None)
        own = {thing_id for thing_id, row in known.units.items() if row.key in visitor.units}
        within = (thing_id for thing_id in known.units if _is_below(thing_id, own, known.units))
        return cls(known, frozenset(within))

    @property
    def units(self) -> frozenset[int] | None:
        return self._units

    @property
    def whole(self) -> bool:
        """The visitor is not limited."""
        return self._units is None

    def sees(self, row: LiveRow) -> bool:
        if self._units is None:
            return True
        if row.kind is Kind.UNIT:
            return row.thing_id in self._units
        if row.kind is Kind.SITE:
            return row.unit_id in self._units
        if row.kind is Kind.LINK:
            ends = self.known.link_sites.get(row.thing_id, ())
            return any(self._sees_site(site) for site in ends)
        if row.kind in (Kind.DEVICE, Kind.SERVICE):
            return self._sees_site(row.site_id)
        return False

    def sees_thing(self, thing_id: int | None) -> bool:
        """Whoever is limited does not see what left the lists."""
        if self._units is None:
            return True
        row = None if thing_id is None else self.known.rows.get(thing_id)
        return row is not None and self.sees(row)

    def rows(self) -> Mapping[int, LiveRow]:
        """By thing id. With a limit it takes some milliseconds at 20,000 rows: not on the loop."""
        if self._units is None:
            return self.known.rows
        return {thing_id: row for thing_id, row in self.known.rows.items() if self.sees(row)}

    def roots(self) -> tuple[OutageRow, ...]:
        """Open faults; those that lie outside and are felt within are counted by `behind`."""
        return self.outages(self.known.roots)

    def outages(self, rows: Iterable[OutageRow]) -> tuple[OutageRow, ...]:
        """Those of what is seen. The key of a root that is not seen is left out; its ids stay,
        so that `root_id is None` goes on to mean that the fault is its own."""
        if self._units is None:
            return tuple(rows)
        return tuple(self._cut(row) for row in rows if self.sees_thing(row.thing_id))

    def opened(self, found: Opened) -> Opened:
        """An outage of what is seen: without results of others, and without the monitor's own."""
        if self._units is None:
            return found
        seen = {f"{row.kind}:{row.key}" for row in self.rows().values()}

        def cut(around: Around) -> Around:
            results = {key: raws for key, raws in around.results.items() if key in seen}
            return replace(around, results=results, health=())

        return replace(
            found,
            row=self._cut(found.row),
            members=self.outages(found.members),
            start=cut(found.start),
            end=None if found.end is None else cut(found.end),
        )

    def sheet(self, found: Sheet) -> Sheet:
        """Of what is seen: the things above and below it that are seen too."""
        above, below = (
            tuple(row for row in rows if self.sees_thing(row.thing_id))
            for rows in (found.above, found.below)
        )
        return replace(found, above=above, below=below, outages=self.outages(found.outages))

    def head(self, found: Snapshot) -> Snapshot:
        """Problems of the files name things of all units: with a limit their number is left."""
        if self._units is None or found.refused is None:
            return found
        return replace(found, refused=replace(found.refused, problems=()))

    def behind(self) -> int:
        """How many things of theirs are behind faults that they do not see."""
        return sum(
            row.state in OUTAGE_STATES
            for row in self.rows().values()
            if row.root_id is not None and not self.sees_thing(row.root_id)
        )

    def _cut(self, row: OutageRow) -> OutageRow:
        if row.root_thing_id is None or self.sees_thing(row.root_thing_id):
            return row
        return replace(row, root_key=None)

    def _sees_site(self, site_id: int | None) -> bool:
        site = None if site_id is None else self.known.rows.get(site_id)
        return site is not None and self._units is not None and site.unit_id in self._units


def _is_below(unit: int, own: set[int], units: Mapping[int, LiveRow]) -> bool:
    """It is one of `own`, or below one. Those with a loop above them are below nobody."""
    at: int | None = unit
    for _ in range(len(units)):
        if at in own:
            return True
        above = units.get(at) if at is not None else None
        if above is None:
            return False
        at = above.unit_id
    return False

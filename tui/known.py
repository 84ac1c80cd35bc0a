"""What the board knows of the network: rows folded in as they change, counts, groups of sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from inventory.folding import fold, matches
from store.faces import URGENCY, Face, face_of, face_of_outage, needs_somebody
from store.groups import COUNTED, TIERS, Group, group_sites, standing, tier_and_key
from store.happening import Happening
from store.questions import LiveRow, OutageRow, Watching
from store.states import Kind
from tui.messages import Reading

_FOUND_KINDS = (Kind.SITE, Kind.LINK, Kind.SERVICE, Kind.DEVICE)


class Known:
    """Lives in the event loop's thread alone; the feed's readings are its only input."""

    def __init__(self) -> None:
        self.renamed = False  # did the last reading change what things are called?
        self.revision = 0  # what the engineer has seen
        self.network = ""
        self.timezone = "UTC"
        self.language = ""
        self.watching: Watching | None = None
        self.rows: dict[int, LiveRow] = {}
        self.by_key: dict[tuple[str, str], LiveRow] = {}  # (kind, key) → row
        self.counts: dict[str, Counter[Face]] = {tier: Counter() for tier in TIERS}
        self.groups: tuple[Group, ...] = ()
        self.group_of: dict[int, str] = {}  # site → name of its group
        self.roots: tuple[OutageRow, ...] = ()
        self.recent: tuple[Happening, ...] = ()
        self.needing: tuple[OutageRow, ...] = ()  # roots that nobody took and nothing explains
        self.unhandled_sites: frozenset[int] = frozenset()  # sites of roots that need somebody
        self.sites_at = 0  # rises when a site may look otherwise
        self.names_at = 0  # rises when something may be called or grouped otherwise
        self._needing: frozenset[int] = frozenset()
        self._worst_first: tuple[int, list[int]] = (-1, [])  # as of sites_at

    def fold_in(self, reading: Reading) -> None:
        snapshot = reading.snapshot
        self.revision = snapshot.revision
        self.renamed = bool(snapshot.gone)
        self.network, self.timezone = snapshot.network, snapshot.timezone
        self.language, self.watching = snapshot.language, snapshot.watching
        regroup = reading.full
        if reading.full:
            self._learn_all(snapshot.rows)
        else:
            for row in snapshot.rows:
                regroup |= self._learn(row)
        for thing_id in snapshot.gone:
            regroup |= self._forget(thing_id)
        if regroup:
            self.groups = group_sites(self.rows)
            self.group_of = {site: group.name for group in self.groups for site in group.sites}
        if regroup or self.renamed:
            self.names_at += 1
            self.sites_at += 1
        if reading.recent is not None:
            self.recent = reading.recent
        broken = {root.thing_id for root in self.roots}
        if reading.roots is not None or any(row.thing_id in broken for row in snapshot.rows):
            self._take_roots(self.roots if reading.roots is None else reading.roots)

    def _take_roots(self, roots: tuple[OutageRow, ...]) -> None:
        """Those that need somebody come first."""
        rows = self.rows
        self.needing = tuple(r for r in roots if needs_somebody(r, rows.get(r.thing_id)))
        self._needing = frozenset(root.id for root in self.needing)
        self.roots = (*self.needing, *(root for root in roots if root.id not in self._needing))
        before, self.unhandled_sites = self.unhandled_sites, self._sites_of(self.needing)
        self.sites_at += before != self.unhandled_sites

    def _learn_all(self, rows: Iterable[LiveRow]) -> None:
        """Twenty thousand of them, and people wait."""
        self.renamed = True
        self.rows = {row.thing_id: row for row in rows}
        self.by_key = {(row.kind, row.key): row for row in rows}
        self.counts = {tier: Counter() for tier in TIERS}
        alike: dict[tuple[object, ...], list[LiveRow]] = {}
        for row in rows:
            alike.setdefault((row.kind, row.level, row.state, row.marks), []).append(row)
        for few in alike.values():
            self._count(None, few[0], len(few))

    def _learn(self, row: LiveRow) -> bool:
        """True if the row may change the groups of sites."""
        old = self.rows.get(row.thing_id)
        self.renamed |= old is None or old.name != row.name
        if old is not None and old.key != row.key:
            self.by_key.pop((old.kind, old.key), None)
        self.rows[row.thing_id] = self.by_key[row.kind, row.key] = row
        self._count(old, row)
        if row.kind not in (Kind.SITE, Kind.UNIT):
            return False
        self.sites_at += 1
        return old is None or standing(old) != standing(row)

    def _forget(self, thing_id: int) -> bool:
        """True if there was such a thing."""
        old = self.rows.pop(thing_id, None)
        if old is not None:
            self._count(old, None)
            self.by_key.pop((old.kind, old.key), None)
        return old is not None

    def _count(self, old: LiveRow | None, new: LiveRow | None, many: int = 1) -> None:
        if old and new and (old.state, old.marks, old.level) == (new.state, new.marks, new.level):
            return
        for row, step in ((old, -many), (new, many)):
            if row is not None:
                tier = row.level if row.kind is Kind.SITE else COUNTED.get(row.kind)
                if tier in self.counts:
                    self.counts[tier][face_of(row)] += step

    def face(self, outage: OutageRow) -> Face:
        """The face of an open outage: that of its thing now, else its worst."""
        return face_of_outage(outage, self.rows.get(outage.thing_id))

    def needs_somebody(self, root: OutageRow) -> bool:
        return root.id in self._needing

    def root_of(self, thing_id: int) -> OutageRow | None:
        """The open root that a thing is, or is behind; of a site also one that stands there."""
        row = self.rows.get(thing_id)
        ids = [thing_id] if row is None else [thing_id, row.root_id]
        found = [root for root in self.roots if root.thing_id in ids]
        if not found and row is not None and row.kind is Kind.SITE:
            rows = ((root, self.rows.get(root.thing_id)) for root in self.roots)
            found = [root for root, at in rows if at is not None and at.site_id == thing_id]
        return found[0] if found else None

    def named(self, text: str) -> LiveRow | None:
        """The thing with that key, also written kind:key; sites first."""
        kind, _, key = text.partition(":")
        rows = [row for row in self.rows.values() if row.key in (text, key)]
        meant = [row for row in rows if row.key == text or row.kind == kind]
        order = [*_FOUND_KINDS, Kind.UNIT, Kind.PROVIDER]
        return min(meant, key=lambda row: order.index(row.kind), default=None)

    def scopes(self, row: LiveRow) -> list[int]:
        """Itself, its site, and the units above, whose maintenance is its own."""
        found = [row.thing_id]
        if row.site_id is not None and row.site_id != row.thing_id:
            found.append(row.site_id)
        unit = row.unit_id
        while unit is not None and unit not in found:
            found.append(unit)
            unit = self.rows[unit].unit_id if unit in self.rows else None
        return found

    def _sites_of(self, outages: Iterable[OutageRow]) -> frozenset[int]:
        rows = (self.rows.get(outage.thing_id) for outage in outages)
        return frozenset(row.site_id for row in rows if row is not None and row.site_id)

    def name_of(self, thing_id: int | None) -> str:
        row = self.rows.get(thing_id) if thing_id is not None else None
        return row.name if row is not None else ""

    def site_name(self, thing_id: int) -> str:
        row = self.rows.get(thing_id)
        return self.name_of(row.site_id) if row is not None else ""

    def of_kind(self, kind: Kind) -> list[LiveRow]:
        return [row for row in self.rows.values() if row.kind is kind]

    def sites_worst_first(self) -> list[int]:
        """Sites by urgency, then in the order of the groups."""
        if self._worst_first[0] != self.sites_at:
            order = [site for group in self.groups for site in group.sites]
            order.sort(key=lambda site: URGENCY[face_of(self.rows[site])])
            self._worst_first = self.sites_at, order
        return self._worst_first[1]

    def found(self, wanted: str) -> list[int]:
        """Things whose key, name, address or place holds every word; sites first."""
        hits = [row for row in self.rows.values() if row.kind in _FOUND_KINDS]
        hits = [row for row in hits if matches(wanted, row.key, row.name, row.address or "")] or [
            row for row in hits if matches(wanted, row.key, row.name, self.place(row))
        ]
        hits.sort(key=lambda row: _nearness(wanted, row))
        return [row.thing_id for row in hits]

    def hidden_by(self, root: int) -> list[LiveRow]:
        """Sites that are cut off by this root."""
        hidden = [r for r in self.rows.values() if r.root_id == root and r.kind is Kind.SITE]
        return sorted(hidden, key=tier_and_key)

    def place(self, row: LiveRow) -> str:
        """Where a thing stands: a site's unit, otherwise its site and unit."""
        unit = self.name_of(row.unit_id)
        if row.kind is Kind.SITE or row.site_id is None:
            return unit
        site = self.rows.get(row.site_id)
        if site is None:
            return unit
        return f"{site.name} {unit or self.name_of(site.unit_id)}"


def _nearness(wanted: str, row: LiveRow) -> tuple[int, int, int, tuple[int, str]]:
    """The whole words as typed, then their beginnings, then the words apart; sites first."""
    typed, name = fold(wanted).strip(), f" {fold(row.key)} {fold(row.name)} "
    apart = 0 if f" {typed} " in name else 1 if typed in name else 2
    return apart, _FOUND_KINDS.index(row.kind), URGENCY[face_of(row)], tier_and_key(row)

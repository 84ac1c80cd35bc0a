"""A large network's report, divided into parts that are files of their own.

A part is what stands in a district; communes without a district stand together, some at a time.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.collate import vietnamese
from reports.document import Document, OutageLine, Row, SiteDevices, Tier, Verdict
from reports.figures import promised, rolled
from reports.shared_out import shared_out
from store.period import UnitRow
from store.states import Kind

MOST_SITES = 120  # of communes that stand in one file
MOST_OUTAGES = 500  # open ones and the longest
_SAFE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Group = tuple[int, ...]  # thing ids of its units; empty: of no unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`names`: its first and last unit, the same where it has one; None: of no unit."""

    file: str
    names: tuple[str | None, str | None]
    document: Document
    sites: tuple[str, ...] = field(repr=False)
    outages: int = 0  # in all; the document has the first of them
    of_province: bool = False  # the offices of a province itself, without its districts

    @property
    def devices(self) -> int:
        return sum(len(g.devices) for tier in self.document.tiers for g in tier.devices)

    @property
    def missed(self) -> int:
        return sum(tier.verdicts.get(Verdict.MISSED, 0) for tier in self.document.tiers)


def divided(document: Document) -> list[Part]:
    """Every thing stands in one part, and the parts in the order of their names."""
    return _Divider(document).parts()


def file_name(key: str, taken: set[str]) -> str:
    """From an id, never from a name; no two differ by case alone, which some systems ignore."""
    stem = key if _SAFE.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:16]
    name = f"unit-{stem}.html"
    if name in taken:
        name = f"unit-{hashlib.sha256(name.encode()).hexdigest()[:16]}.html"
    taken.add(name)
    return name


class _Divider:
    def __init__(self, document: Document) -> None:
        self.document, self.units = document, document.tree
        rows = [row for row in document.things if row.history is not None]
        self.rows: dict[Kind, list[Row]] = defaultdict(list)
        for row in rows:
            self.rows[row.kind].append(row)
        self.head_of_site = {
            row.history.thing_id: self._head(row.history.unit_id)
            for row in self.rows[Kind.SITE]
            if row.history
        }
        self.group_of = self._groups(Counter(self.head_of_site.values()))
        self.units_in: dict[Group | None, set[tuple[Kind, str]]] = defaultdict(set)
        for unit, was in self.units.items():
            self.units_in[self.group_of.get(self._head(unit))].add((Kind.UNIT, was.key))
        self.group_of_thing = {
            row.history.thing_id: self._group(row) for row in rows if row.history
        }
        self.of = {
            name: self._shared_out(getattr(document, name))
            for name in ("links", "services", "without_figure", "things")
        }
        self.tiers = [self._tier_shared_out(tier) for tier in document.tiers]
        self.outages: dict[Group, list[OutageLine]] = defaultdict(list)
        group_of, outages = self.group_of_thing, self.outages
        for line in document.outages:
            outages[group_of[line.outage.thing_id]].append(line)

    def parts(self) -> list[Part]:
        taken: set[str] = set()
        found = [self._part(group, taken) for group in sorted(set(self.group_of_thing.values()))]
        return sorted(found, key=lambda part: (part.names[0] is None, *map(_order, part.names)))

    def _head(self, unit_id: int | None) -> int | None:
        """The district of a unit; without one the unit itself."""
        at, seen = unit_id, set()
        while at is not None and at in self.units and at not in seen:
            if self.units[at].level == "district":
                return at
            seen.add(at)
            at = self.units[at].parent_id
        return unit_id if unit_id in self.units else None

    def _groups(self, sites: Mapping[int | None, int]) -> dict[int | None, Group]:
        """Communes of one parent follow each other by name until a file is full."""
        groups: dict[int | None, Group] = {None: ()}
        communes: dict[int | None, list[int]] = defaultdict(list)
        for head in sites:
            if head is None:
                continue
            if self.units[head].level == "commune":
                communes[self.units[head].parent_id].append(head)
            else:
                groups[head] = (head,)
        for under in communes.values():
            for group in self._runs(sorted(under, key=self._name), sites):
                groups |= dict.fromkeys(group, group)
        return groups

    @staticmethod
    def _runs(ordered: Sequence[int], sites: Mapping[int | None, int]) -> list[Group]:
        whole = sum(sites[unit] for unit in ordered)
        wanted = whole / -(-whole // MOST_SITES)
        runs: list[list[int]] = [[]]
        told = 0
        for unit in ordered:
            if runs[-1] and told + sites[unit] / 2 > wanted * len(runs):
                runs.append([])
            runs[-1].append(unit)
            told += sites[unit]
        return [tuple(run) for run in runs]

    def _name(self, unit: int) -> str:
        return vietnamese(self.units[unit].name)

    def _group(self, row: Row) -> Group:
        history = row.history
        assert history is not None
        at = history.thing_id if row.kind is Kind.SITE else history.site_id
        if at in self.head_of_site:
            return self.group_of[self.head_of_site[at]]
        return self.group_of.get(self._head(history.unit_id), ())

    def _shared_out(self, rows: Iterable[Row]) -> dict[Group, list[Row]]:
        found: dict[Group, list[Row]] = defaultdict(list)
        for row in rows:
            if row.history is not None:
                found[self.group_of_thing[row.history.thing_id]].append(row)
        return found

    def _tier_shared_out(self, tier: Tier) -> dict[Group, Tier]:
        """Without its roll-up, which each part adds up for itself."""
        sites = self._shared_out(tier.sites)
        devices: dict[Group, list[SiteDevices]] = defaultdict(list)
        for one in tier.devices:
            for group, rows in self._shared_out(one.devices).items():
                devices[group].append(SiteDevices(site=one.site, devices=tuple(rows)))
        return {
            group: replace(
                tier,
                sites=tuple(sites.get(group, ())),
                devices=tuple(devices.get(group, ())),
            )
            for group in sites.keys() | devices.keys()
        }

    def _part(self, group: Group, taken: set[str]) -> Part:
        units = [self.units[unit] for unit in group]
        key = f"{units[0].key}" if units else "-"
        sites = [row for row in self.of["things"][group] if row.kind is Kind.SITE]
        found = self.outages[group]
        return Part(
            file=file_name(key, taken),
            names=(units[0].name, units[-1].name) if units else (None, None),
            document=self._document(group, sites, units, found[:MOST_OUTAGES]),
            sites=tuple(row.id for row in sites),
            outages=len(found),
            of_province=bool(units) and units[0].level == "province",
        )

    def _document(
        self,
        group: Group,
        sites: Sequence[Row],
        units: Sequence[UnitRow],
        found: Sequence[OutageLine],
    ) -> Document:
        doc = self.document
        keys = {unit.key for unit in units}
        tiers = [
            _tier(old, own.get(group), sites)
            for old, own in zip(doc.tiers, self.tiers, strict=True)
        ]
        things = self.of["things"][group]
        held = {(row.kind, row.id) for row in things} | self.units_in[group]
        links = {row.history.thing_id for row in things if row.history and row.kind is Kind.LINK}
        return replace(
            doc,
            whole=rolled(Kind.SITE, "", [row.sums for row in sites]),
            tiers=tuple(tier for tier in tiers if tier is not None),
            units=tuple(row for row in doc.units if row.id in keys),
            links=tuple(self.of["links"][group]),
            services=tuple(self.of["services"][group]),
            without_figure=tuple(self.of["without_figure"][group]),
            things=tuple(things),
            providers=(),
            outages=tuple(found),
            late_works=tuple(one for one in doc.late_works if (one.kind, one.key) in held),
            maps=(),
            beside=shared_out(doc.beside, held, links),
        )


def _tier(whole: Tier, own: Tier | None, sites: Sequence[Row]) -> Tier | None:
    """`own`: what of a tier stands in a part."""
    here = [row.sums for row in sites if row.level == whole.level]
    if not here and (own is None or not own.devices):
        return None
    shown = () if own is None else own.sites
    return Tier(
        level=whole.level,
        whole=promised(rolled(Kind.SITE, whole.level, here, level=whole.level), shown),
        sites=shown,
        devices=() if own is None else own.devices,
        verdicts=dict(Counter(row.verdict for row in shown)),
    )


def _order(name: str | None) -> str:
    return vietnamese(name or "")

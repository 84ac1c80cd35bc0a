"""A large network's report, divided into parts that are files of their own.

A part is what stands in a district; communes without a district stand together, some at a time.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.beside import NOTHING
from reports.collate import Key, vietnamese
from reports.document import Document, OutageLine, Row, Tier, Verdict
from reports.figures import rolled
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
        self.group_of_thing = {
            row.history.thing_id: self._group(row) for row in rows if row.history
        }
        self.outages: dict[Group, list[OutageLine]] = defaultdict(list)
        for line in document.outages:
            self.outages[self.group_of_thing[line.outage.thing_id]].append(line)

    def parts(self) -> list[Part]:
        by_group = self._by_group()
        taken: set[str] = set()
        found = [self._part(group, by_group[group], taken) for group in sorted(by_group)]
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

    def _name(self, unit: int) -> Key:
        return vietnamese(self.units[unit].name)

    def _group(self, row: Row) -> Group:
        history = row.history
        assert history is not None
        at = history.thing_id if row.kind is Kind.SITE else history.site_id
        if at in self.head_of_site:
            return self.group_of[self.head_of_site[at]]
        return self.group_of.get(self._head(history.unit_id), ())

    def _by_group(self) -> dict[Group, list[Row]]:
        found: dict[Group, list[Row]] = defaultdict(list)
        for rows in self.rows.values():
            for row in rows:
                if row.history is not None:
                    found[self.group_of_thing[row.history.thing_id]].append(row)
        return found

    def _part(self, group: Group, rows: Sequence[Row], taken: set[str]) -> Part:
        units = [self.units[unit] for unit in group]
        key = f"{units[0].key}" if units else "-"
        sites = [row for row in rows if row.kind is Kind.SITE]
        found = self.outages[group]
        return Part(
            file=file_name(key, taken),
            names=(units[0].name, units[-1].name) if units else (None, None),
            document=self._document(set(map(id, rows)), sites, units, found[:MOST_OUTAGES]),
            sites=tuple(row.id for row in sites),
            outages=len(found),
            of_province=bool(units) and units[0].level == "province",
        )

    def _document(
        self,
        held: set[int],
        sites: Sequence[Row],
        units: Sequence[UnitRow],
        found: Sequence[OutageLine],
    ) -> Document:
        doc = self.document
        keys = {unit.key for unit in units}

        def of(rows: Iterable[Row]) -> tuple[Row, ...]:
            return tuple(row for row in rows if id(row) in held)

        return replace(
            doc,
            whole=rolled(Kind.SITE, "", [row.sums for row in sites]),
            tiers=tuple(tier for old in doc.tiers if (tier := _tier(old, held, sites))),
            units=tuple(row for row in doc.units if row.id in keys),
            links=of(doc.links),
            services=of(doc.services),
            providers=(),
            outages=tuple(found),
            without_figure=of(doc.without_figure),
            things=of(doc.things),
            late_works=(),
            maps=(),
            beside=NOTHING,
        )


def _tier(tier: Tier, held: set[int], sites: Sequence[Row]) -> Tier | None:
    shown = tuple(row for row in tier.sites if id(row) in held)
    groups = tuple(
        replace(group, devices=devices)
        for group in tier.devices
        if (devices := tuple(row for row in group.devices if id(row) in held))
    )
    here = [row.sums for row in sites if row.level == tier.level]
    if not here and not groups:
        return None
    return Tier(
        level=tier.level,
        whole=rolled(Kind.SITE, tier.level, here, level=tier.level),
        sites=shown,
        devices=groups,
        verdicts=dict(Counter(row.verdict for row in shown)),
    )


def _order(name: str | None) -> Key:
    return vietnamese(name or "")

"""How the things of a network are gathered: sites under their units, counts by tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from inventory import tiers
from store.questions import LiveRow
from store.states import Kind

TIERS = (*tiers.TIERS, "device", "link", "service")
COUNTED = {Kind.DEVICE: "device", Kind.LINK: "link", Kind.SERVICE: "service"}


@dataclass(frozen=True, slots=True)
class Group:
    """The sites of a unit and of the communes under it, in a fixed order."""

    name: str
    sites: tuple[int, ...]  # thing ids


def standing(row: LiveRow) -> tuple[object, ...]:
    """What decides of the group of a site."""
    return row.unit_id, row.uplink_id, row.name, row.level, row.key


def group_sites(rows: Mapping[int, LiveRow]) -> tuple[Group, ...]:
    """Sites under their district; where there is none, under the site that they hang on."""
    heads = {row.thing_id: _head(rows, row) for row in rows.values() if row.kind is Kind.SITE}
    sizes = Counter(heads.values())
    members: dict[int | None, list[LiveRow]] = {}
    for site, head in heads.items():
        if head == site and sizes[head] == 1:  # nothing hangs on it
            head = _unit_above(rows, rows[site])
        members.setdefault(head, []).append(rows[site])
    return tuple(
        Group(
            name=rows[head].name if head is not None and head in rows else "–",
            sites=tuple(
                site.thing_id
                for site in sorted(
                    members[head], key=lambda site: (site.thing_id != head, tier_and_key(site))
                )
            ),
        )
        for head in sorted(members, key=lambda head: tier_and_key(rows.get(head or 0)))
    )


def _head(rows: Mapping[int, LiveRow], site: LiveRow) -> int | None:
    """The unit, or below a province without districts the site, that a site is listed under."""
    unit = _unit_above(rows, site)
    row = rows.get(unit or 0)
    if row is None or row.level != "province" or site.level == "province":
        return unit
    head, passed = site, {site.thing_id}
    while True:
        above = rows.get(head.uplink_id or 0)
        if above is None or above.level == "province" or above.thing_id in passed:
            return head.thing_id
        head = above
        passed.add(head.thing_id)


def _unit_above(rows: Mapping[int, LiveRow], site: LiveRow) -> int | None:
    """Climb from a commune to the unit above it."""
    unit, passed = site.unit_id, set[int]()
    while unit is not None and unit not in passed:
        passed.add(unit)
        row = rows.get(unit)
        if row is None or row.level != "commune" or row.unit_id is None:
            return unit
        unit = row.unit_id
    return unit


def tier_and_key(row: LiveRow | None) -> tuple[int, str]:
    if row is None:
        return len(TIERS), ""
    return TIERS.index(row.level) if row.level in TIERS else len(TIERS), row.key

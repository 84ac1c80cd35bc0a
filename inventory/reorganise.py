"""Writes a legal act into the files: units end, begin, change, and each site goes along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from inventory.acts import WORDS, Act, Begin, Change
from inventory.atlas import Atlas, Stay
from inventory.build import network
from inventory.edition import Edition
from inventory.model import Network, Site, Unit
from inventory.problems import Ids, quoted
from inventory.rows import Row
from inventory.tiers import LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A site in another unit or tier from the day on. `links`: those that end at it."""

    site: str
    name: str
    before: Stay
    after: Stay
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an act does to the network. `counts`: tier → units before and after."""

    counts: Mapping[str, tuple[int, int]]
    begins: tuple[tuple[Unit, tuple[Unit, ...]], ...]  # new unit, made of
    changes: tuple[tuple[Unit, Unit, tuple[Unit, ...]], ...]  # as it was, as it is, took over
    ends: tuple[tuple[Unit, tuple[Unit, ...]], ...]  # unit, what it passed into
    moved: tuple[Moved, ...]
    strangers: tuple[str, ...]  # units of the act that the files do not have


@dataclass
class Draft:
    """The planned edition of the files, or why there is none."""

    edition: Edition
    problems: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def draft(edition: Edition, act: Act, places: Mapping[str, str]) -> Draft:
    """Plan the act for sound files. `places`: site → unit, for sites of units that are split."""
    found = Draft(edition)
    writing = _Writing(found, act, {one.id: one.unit for one in act.moves} | dict(places))
    writing.units()
    writing.sites()
    return found


class _Writing:
    """`_rows`: unit → its rows in the order of time."""

    def __init__(self, found: Draft, act: Act, moves: Mapping[str, str]) -> None:
        before = network(found.edition.rows, "")
        self._found = found
        self._edition = found.edition
        self._sites = before.sites
        self._atlas = Atlas.of(before)
        self._act = act
        self._day = act.valid_from
        self._moves = moves
        self._rows: dict[str, list[Row]] = {}
        for row in found.edition.of("unit"):
            self._rows.setdefault(row.id, []).append(row)
        for rows in self._rows.values():
            rows.sort(key=lambda row: row.values.get("valid_from") or date.min)
        self._begun = {one.id for one in act.begins}
        self._heirs = act.heirs()
        there = self._atlas.on(self._day).keys() | {one.id for one in act.changes}
        self._standing = there - self._heirs.keys() | self._begun
        self._known = Ids(self._rows.keys() | self._begun)

    def units(self) -> None:
        if self._begun and all(self._begins_today(key) for key in self._begun):
            self._no("this act stands in the files already: its units are there")
            return
        for begin in self._act.begins:
            self._begin(begin)
        for change in self._act.changes:
            self._change(change)
        for old, new in self._heirs.items():
            self._end(old, new)

    def _begins_today(self, key: str) -> bool:
        return any(row.values.get("valid_from") == self._day for row in self._rows.get(key, ()))

    def _no(self, what: str, hint: str = "") -> None:
        self._found.problems.append(f"{what}; {hint}" if hint else what)

    def _begin(self, one: Begin) -> None:
        if one.id in self._rows:
            self._no(f"unit {quoted(one.id)} is there already", "give the new unit another id")
            return
        self._parent(one.id, one.parent)
        values = {name: getattr(one, name) for name in ("id", *WORDS)}
        values |= {"valid_from": self._day, "act": self._act.name}
        last = [self._rows[old][-1] for old in one.of if old in self._rows]
        self._edition.add("unit", values, max(last, key=_place, default=None))

    def _change(self, one: Change) -> None:
        said = {name: value for name in WORDS if (value := getattr(one, name)) is not None}
        self._parent(one.id, one.parent)
        if one.id not in self._rows:
            if {"code", "name", "level"} <= said.keys():  # of another province: new to us
                self._found.strangers.append(one.id)
                values = {"id": one.id, **said, "valid_from": self._day, "act": self._act.name}
                self._edition.add("unit", values)
            else:
                hint = self._known.hint(one.id) or "a new unit needs code, name and level"
                self._no(f"there is no unit {quoted(one.id)}", hint)
            return
        row = self._in_force(one.id)
        if row is None:
            return
        values = {name: value for name, value in row.values.items() if name != "was"} | said
        values |= {"valid_from": self._day, "act": self._act.name}
        self._edition.set(row, {"valid_to": self._day})
        self._edition.add("unit", values, row)

    def _end(self, old: str, new: tuple[str, ...]) -> None:
        if old not in self._rows:
            self._found.strangers.append(old)
            return
        row = self._in_force(old)
        if row is not None:
            self._edition.set(row, {"valid_to": self._day, "into": list(new)})

    def _in_force(self, key: str) -> Row | None:
        """The last row of a unit, which goes on over the day. What the files say of later days
        would be lost or undone by an act that comes to them late."""
        row = self._rows[key][-1]
        begin, end = row.values.get("valid_from"), row.values.get("valid_to")
        if end is None and (begin is None or begin < self._day):
            return row
        told = f"ends on {end}" if end is not None else f"begins or changes on {begin}"
        hint = "was this act applied? Acts come in the order of their days"
        self._no(f"unit {quoted(key)} {told} in the files", hint)
        return None

    def _parent(self, key: str, parent: str | None) -> None:
        if parent is not None and parent not in self._standing:
            hint = self._known.hint(parent) if parent not in self._rows else ""
            what = f"unit {quoted(key)}: there is no unit {quoted(parent)} on {self._day}"
            self._no(what, hint)

    def sites(self) -> None:
        """Sites go along by themselves; those of split units are told where they stand."""
        for site, unit in self._moves.items():
            if site in self._sites:
                self._move(self._sites[site], unit)
            else:
                self._no(f"there is no site {quoted(site)}", Ids(self._sites).hint(site))
        for site, one in self._sites.items():
            heirs = self._parts(one)
            if heirs and site not in self._moves and not _gone(one, self._day):
                where = f"stands in {quoted(self._unit_of(one))}, split into {', '.join(heirs)}"
                self._no(f"site {quoted(site)} {where}", f"say where: --place {site}={heirs[0]}")

    def _unit_of(self, site: Site) -> str:
        """Where a site stands on the day, but for the act."""
        return self._atlas.stay(site, self._day).unit

    def _parts(self, site: Site) -> tuple[str, ...]:
        """What its unit is split into."""
        heirs = self._heirs.get(self._unit_of(site), ())
        return heirs if len(heirs) > 1 else ()

    def _move(self, site: Site, unit: str) -> None:
        """Into one of the parts of its unit, or into any unit that stands on the day."""
        parts = self._parts(site)
        if unit not in (parts or self._standing):
            hint = f"one of {', '.join(parts)}" if parts else self._known.hint(unit)
            what = f"site {quoted(site.id)} cannot stand in {quoted(unit)} on {self._day}"
            self._no(what, hint)
            return
        ends = [one.values["valid_to"] for one in self._placements(site)]
        if any(end > self._day for end in ends):
            what = f"site {quoted(site.id)} has a [[placement]] after {self._day}"
            self._no(what, "write this move beside it by hand")
            return
        row = next(row for row in self._edition.of("site") if row.id == site.id)
        self._edition.set(row, {"unit": unit})
        if self._day not in ends:
            before = {"site": site.id, "unit": site.unit, "valid_to": self._day}
            self._edition.add("placement", before, row)

    def _placements(self, site: Site) -> list[Row]:
        return [row for row in self._edition.of("placement") if row.values.get("site") == site.id]


def _gone(site: Site, day: date) -> bool:
    return site.retired is not None and site.retired <= day


def _place(row: Row) -> tuple[str, int]:
    return row.file, int(row.path[-1])


def effect(before: Network, after: Network, act: Act, strangers: Iterable[str]) -> Effect:
    """What the planned files change, told from the two networks themselves."""
    day = act.valid_from
    old, new = Atlas.of(before), Atlas.of(after)
    was = {key: one.unit for key, one in old.on(day).items()}
    is_now = {key: one.unit for key, one in new.on(day).items()}
    heirs = act.heirs()
    takes = {one.id: one.of for one in act.begins} | {one.id: one.of for one in act.changes}
    made = {key: tuple(was[of] for of in takes.get(key, ()) if of in was) for key in is_now}
    return Effect(
        counts={level: (_count(was, level), _count(is_now, level)) for level in LEVELS},
        begins=tuple((unit, made[key]) for key, unit in is_now.items() if key not in was),
        changes=tuple(
            (was[key], unit, made[key])
            for key, unit in is_now.items()
            if key in was and (_told(unit) != _told(was[key]) or made[key])
        ),
        ends=tuple(
            (unit, tuple(is_now[into] for into in heirs.get(key, ()) if into in is_now))
            for key, unit in was.items()
            if key not in is_now
        ),
        moved=tuple(_moved(before, after, old, new, day)),
        strangers=tuple(dict.fromkeys(strangers)),
    )


def _count(units: Mapping[str, Unit], level: str) -> int:
    return sum(unit.level == level for unit in units.values())


def _told(unit: Unit) -> tuple[Any, ...]:
    return tuple(getattr(unit, name) for name in WORDS)


def _moved(before: Network, after: Network, old: Atlas, new: Atlas, day: date) -> Iterable[Moved]:
    ends = Counter(end.site for link in after.links.values() for end in (link.a, link.b))
    for site in after.sites.values():
        if _gone(site, day):
            continue
        was, now = old.stay(before.sites[site.id], day), new.stay(site, day)
        if (was.unit, was.level) != (now.unit, now.level):
            yield Moved(site=site.id, name=site.name, before=was, after=now, links=ends[site.id])

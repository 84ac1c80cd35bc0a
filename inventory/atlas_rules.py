"""What must hold of units over time: rows that do not overlap, ends that lead on, tiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from inventory.atlas import holds
from inventory.problems import Level, quoted
from inventory.rows import Findings, Row
from inventory.tiers import LEVELS


def over_time(rows: Sequence[Row], findings: Findings) -> None:
    units: dict[str, list[Row]] = {}
    for row in rows:
        if row.table.name == "unit" and row.id:
            units.setdefault(row.id, []).append(row)
    for mine in units.values():
        mine.sort(key=lambda row: row.values.get("valid_from") or date.min)
        for earlier, later in pairwise(mine):
            _in_turn(earlier, later, findings)
        for row in mine:
            _ends(row, mine[-1], units, findings)
            _below(row, units, findings)
    _left(units, findings)
    _codes(units, findings)
    _placed(rows, units, findings)


def _in_turn(earlier: Row, later: Row, findings: Findings) -> None:
    """One unit is one thing at a time."""
    end, begin = earlier.values.get("valid_to"), later.values.get("valid_from")
    if "valid_to" not in earlier.given and "valid_from" not in later.given:
        findings.row(later, "id", "the id stands already", _JOIN, there=earlier.spot())
    elif end is None or begin is None or end > begin:
        what = "this unit overlaps its other row"
        findings.row(later, "valid_from", what, _JOIN, there=earlier.spot())


_JOIN = "where a unit changed, its rows have valid_to = DAY and valid_from = the same DAY"


def _ends(row: Row, last: Row, units: dict[str, list[Row]], findings: Findings) -> None:
    """What it passed into is there on that day."""
    into, end = row.values.get("into", ()), row.values.get("valid_to")
    if "into" in row.given and "valid_to" not in row.given:
        hint = "valid_to = the first day on which it was no more"
        findings.row(row, "into", "into: the unit has no end", hint)
    elif into and row is not last:
        findings.row(row, "into", "into: the unit goes on in a later row", there=last.spot())
    elif end is not None:
        for number, name in enumerate(into):
            if name == row.id or not _stands(units.get(name, ()), end):
                what = f"into: {quoted(name)} does not stand on {end}"
                hint = f"its row begins with valid_from = {end} or before"
                findings.row(row, ("into", number), what, hint)


def _stands(rows: Iterable[Row], day: date) -> bool:
    return any(holds(row.values.get("valid_from"), row.values.get("valid_to"), day) for row in rows)


def _below(row: Row, units: dict[str, list[Row]], findings: Findings) -> None:
    """A unit belongs to one of a higher tier, for as long as both stand."""
    own, parent = row.values.get("level"), row.values.get("parent", "")
    begin, end = row.values.get("valid_from"), row.values.get("valid_to")
    if not own or parent == row.id:
        return
    for upper in units.get(parent, ()):
        above = upper.values.get("level")
        since, until = upper.values.get("valid_from"), upper.values.get("valid_to")
        apart = (until and begin and until <= begin) or (end and since and end <= since)
        if above and not apart and LEVELS.index(above) >= LEVELS.index(own):
            what = f"a {own} cannot belong to {quoted(parent)}, a {above}"
            findings.row(row, "parent", what, "the parent is of a higher tier")
            return


def _left(units: dict[str, list[Row]], findings: Findings) -> None:
    """A unit that ended without one that takes all of it up has none below it any more."""
    below: dict[str, list[str]] = {}
    for mine in units.values():
        end, parent = mine[-1].values.get("valid_to"), mine[-1].values.get("parent", "")
        for upper in units.get(parent, ())[-1:]:
            stop, into = upper.values.get("valid_to"), upper.values.get("into", ())
            if stop and len(into) != 1 and (end is None or end > stop):
                below.setdefault(parent, []).append(mine[-1].id)
    for key, left in below.items():
        row = units[key][-1]
        some = ", ".join(left[:5]) + (" …" if len(left) > 5 else "")
        what = f"the unit ends on {row.values['valid_to']}, and below it go on: {some}"
        hint = "give them a row with the parent that they have from then on"
        findings.row(row, "valid_to", what, hint, level="warning")


def _codes(units: dict[str, list[Row]], findings: Findings) -> None:
    """The state uses a code again, but never for two units at once."""
    held: dict[str, list[Row]] = {}
    for row in (row for rows in units.values() for row in rows):
        if code := row.values.get("code"):
            held.setdefault(code, []).append(row)
    for rows in held.values():
        rows.sort(key=lambda row: row.values.get("valid_from") or date.min)
        for earlier, later in pairwise(rows):
            end, begin = earlier.values.get("valid_to"), later.values.get("valid_from")
            if earlier.id != later.id and (end is None or begin is None or end > begin):
                what = f"code: {quoted(later.values['code'])} is that of {earlier.thing} as well"
                hint = "a code stands for one unit at a time"
                there = earlier.spot("code")
                findings.row(later, "code", what, hint, level="warning", there=there)


def _placed(rows: Sequence[Row], units: dict[str, list[Row]], findings: Findings) -> None:
    """A site in a unit that was split must say in which part it stands."""
    before: dict[tuple[str, date], Row] = {}
    for row in rows:
        if row.table.name == "placement" and {"site", "valid_to"} <= row.values.keys():
            site, end = row.values["site"], row.values["valid_to"]
            _told(row, end, units, findings)
            other = before.setdefault((site, end), row)
            if other is not row:
                what = f"the site stood in two units up to {end}"
                findings.row(row, "valid_to", what, there=other.spot())
        elif row.table.name == "site":
            _told(row, row.values.get("retired"), units, findings)


def _told(row: Row, end: date | None, units: dict[str, list[Row]], findings: Findings) -> None:
    unit, seen = row.values.get("unit", ""), set[str]()
    while unit in units and unit not in seen:
        seen.add(unit)
        last = units[unit][-1]
        stop, into = last.values.get("valid_to"), last.values.get("into", ())
        if stop is None or (end is not None and end <= stop):
            return
        if "into" in last.given and not into:
            return  # it names nothing that is there, and that is told
        if len(into) != 1:
            what = f"unit: {quoted(unit)} was {'split' if into else 'ended'} on {stop}"
            where = f"one of {', '.join(into)}" if into else "the unit that it is in now"
            hint = f"write {where}, and a [[placement]] for the time before"
            level: Level = "error" if into else "warning"
            findings.row(row, "unit", what, hint, level=level, there=last.spot())
            return
        unit = into[0]

"""Opening hours as they stand in a calendar: `week.mon-fri = ["07:00-11:30", "13:30-17:00"]`."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from inventory.kinds import Fault, day, wrong_type
from inventory.problems import quoted

Hours = tuple[tuple[str, str], ...]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPELL = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")


def hours(raw: object) -> Hours | Fault:
    """Spells of one day, in order and apart; an empty list = closed."""
    if not isinstance(raw, list):
        return wrong_type(raw, 'a list of spells: ["07:00-11:30"]')
    spells: list[tuple[str, str]] = []
    for spell in raw:
        found = _SPELL.fullmatch(spell) if isinstance(spell, str) else None
        if not found or found[1] >= found[2]:
            return Fault(f"{quoted(spell)} is no spell of hours", "write 07:00-11:30")
        if spells and found[1] < spells[-1][1]:
            return Fault(f"{quoted(spell)} begins before the one ahead of it has ended")
        spells.append((found[1], found[2]))
    return tuple(spells)


def week(raw: object) -> dict[str, Hours] | Fault:
    """Day → hours; days that are not named are closed."""
    if not isinstance(raw, dict):
        return wrong_type(raw, "a table of days")
    days: dict[str, Hours] = dict.fromkeys(DAYS, ())
    for name, spells in raw.items():
        named = _days(name)
        got = hours(spells)
        if not named:
            return Fault(f"{quoted(name)} is no day", f"write {', '.join(DAYS)}, or mon-fri")
        if isinstance(got, Fault):
            return Fault(f"{name}: {got.what}", got.hint)
        days.update(dict.fromkeys(named, got))
    return days


def _days(name: str) -> tuple[str, ...]:
    """`mon` or `mon-fri` as days; empty for anything else."""
    first, _, last = name.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS:
        return ()
    return DAYS[DAYS.index(first) : DAYS.index(last) + 1]


def days(raw: object) -> dict[date, Hours] | Fault:
    """Dates that differ from the week: holidays, make-up working days."""
    if not isinstance(raw, dict):
        return wrong_type(raw, "a table of dates")
    found: dict[date, Hours] = {}
    for name, spells in raw.items():
        when, got = day(name), hours(spells)
        for fault in (when, got):
            if isinstance(fault, Fault):
                return Fault(f"{quoted(name)}: {fault.what}", fault.hint)
        if isinstance(when, date) and not isinstance(got, Fault):
            found[when] = got
    return found


def country(raw: object) -> str | Fault:
    """ISO 3166-1 code of a country whose public holidays are known."""
    if not isinstance(raw, str):
        return wrong_type(raw, 'a country code ("VN")')
    known = _codes()
    if raw in known:
        return raw
    near = [
        code for code, name in known.items() if raw.casefold() in (code.casefold(), name.casefold())
    ]
    hint = f"write {quoted(near[0])}" if near else 'write the two letters of ISO 3166-1: "VN"'
    return Fault(f"{quoted(raw)} is no country whose public holidays are known", hint)


@cache
def _codes() -> dict[str, str]:
    """VN → Vietnam. Imported here: most programs only read hours."""
    from holidays.registry import COUNTRIES

    return {names[1]: names[0] for names in COUNTRIES.values()}

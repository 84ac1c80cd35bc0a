"""Legal acts that change the map, as files: units begin, change, or pass into others from a day."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from inventory import kinds
from inventory.files import read_all
from inventory.keys import DAY, ID, TEXT, Key, Table
from inventory.lines import line_of, lines
from inventory.problems import Problem, Spot, problem, quoted
from inventory.rows import Findings, rows_of
from inventory.tables import TABLES

_UNITS = Key(kinds.idents, "ids of units that pass into it")
_UNIT = TABLES["unit"].keys
WORDS = {"code": TEXT, "name": TEXT, "level": _UNIT["level"], "parent": ID}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """`name` is how the act is called; it holds from the first moment of `valid_from`."""

    name: str
    valid_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """A new unit, made of others."""

    id: str
    code: str
    name: str
    level: str
    parent: str | None = None
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A unit that goes on under another name, code, tier or parent, or takes others up."""

    id: str
    code: str | None = None
    name: str | None = None
    level: str | None = None
    parent: str | None = None
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A site of a unit that was split: in which part it stands."""

    id: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    name: str
    valid_from: date
    begins: tuple[Begin, ...] = ()
    changes: tuple[Change, ...] = ()
    moves: tuple[Move, ...] = ()

    def heirs(self) -> dict[str, tuple[str, ...]]:
        """Unit that ends → the units that it passes into."""
        found: dict[str, list[str]] = {}
        makers: tuple[Begin | Change, ...] = (*self.begins, *self.changes)
        for one in makers:
            for old in one.of:
                found.setdefault(old, []).append(one.id)
        return {old: tuple(new) for old, new in found.items()}


ACT_TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("act", "one", About, {"name": TEXT, "valid_from": DAY}),
        Table("unit", "many", Begin, {"id": ID, **WORDS, "of": _UNITS}),
        Table("change", "many", Change, {"id": ID, **WORDS, "of": _UNITS}),
        Table("site", "many", Move, {"id": ID, "unit": ID}),
    )
}


def shipped() -> dict[str, Path]:
    """The acts that come with the program, by the number that they begin with."""
    folder = Path(str(resources.files("inventory").joinpath("units")))
    return {file.name.partition("-")[0]: file for file in sorted(folder.glob("*-NQ-*.toml"))}


def provinces() -> dict[str, tuple[dict[str, str], ...]]:
    """Code → all units of a province before the acts, as `[[unit]]` tables."""
    folder = resources.files("inventory").joinpath("units")
    files = {file.name.removesuffix(".toml"): file for file in folder.iterdir()}
    return {
        code: tuple(tomllib.loads(file.read_text("utf-8"))["unit"])
        for code, file in sorted(files.items())
        if code.isdecimal()
    }


def read_act(path: Path) -> Act | tuple[Problem, ...]:
    """The act, or all that is wrong with its file."""
    source = read_all(path, {})[0][0]
    if source.fault:
        return (source.fault,)
    findings = Findings()
    rows = list(rows_of(source.name, source.data or {}, findings, ACT_TABLES))
    if not any(row.table.name == "act" for row in rows):
        hint = "[act] with name and valid_from"
        findings.file(source.name, (), "does not say which act it is", hint)
    seen: dict[tuple[str, str], Spot] = {}
    begun = {row.id for row in rows if row.table.name == "unit"}
    for row in rows:
        if row.table.name != "act" and row.id:
            kind = "site" if row.table.name == "site" else "unit"
            there = seen.setdefault((kind, row.id), row.spot())
            if there != row.spot():
                findings.row(row, "id", f"the {kind} stands already", there=there)
        for number, old in enumerate(row.values.get("of", ())):
            if old == row.id:
                findings.row(row, ("of", number), "of: a unit cannot pass into itself")
            elif old in begun:
                what = f"of: {quoted(old)} begins in this act"
                findings.row(row, ("of", number), what, "name the units that were there before")
    if findings:
        found = lines(source.text)
        return tuple(problem(one, lambda spot: line_of(found, spot.path)) for one in findings)
    by_table: dict[str, list[object]] = {name: [] for name in ACT_TABLES}
    for row in rows:
        by_table[row.table.name].append(row.table.model(**row.values))
    about = by_table["act"][0]
    assert isinstance(about, About)
    return Act(
        name=about.name,
        valid_from=about.valid_from,
        begins=tuple(one for one in by_table["unit"] if isinstance(one, Begin)),
        changes=tuple(one for one in by_table["change"] if isinstance(one, Change)),
        moves=tuple(one for one in by_table["site"] if isinstance(one, Move)),
    )

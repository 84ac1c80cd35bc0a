"""From the parsed files to rows: one for each table, its sound values read, its faults noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inventory.keys import Table
from inventory.kinds import Fault, ident
from inventory.problems import Finding, Level, Path, Spot, did_you_mean, nearest, plain, quoted
from inventory.tables import TABLES


@dataclass(slots=True)
class Row:
    """One table of a file. `values` has only what could be read; `id` is "" where it has none."""

    table: Table
    file: str
    path: Path
    id: str
    values: dict[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()  # the keys that stand there, sound or not
    raw: Mapping[str, Any] = field(default_factory=dict)  # as tomllib gave them

    @property
    def thing(self) -> str:
        """How a person finds it: `device "c-21034-r1"`, `[network]`, `[snmp.office]`."""
        name = self.table.name
        if self.table.shape == "one":
            return f"[{name}]"
        if self.table.shape == "named":
            return f"[{name}.{plain(self.id)}]"
        number = f"[[{name}]] no. {int(self.path[-1]) + 1}"
        return f"{name} {quoted(self.id)}" if self.id else number

    def spot(self, *inside: str | int) -> Spot:
        return Spot(self.file, (*self.path, *inside))


class Findings(list[Finding]):
    """What is wrong, in the order of discovery."""

    def row(
        self,
        row: Row,
        inside: str | tuple[str | int, ...],
        what: str,
        hint: str = "",
        *,
        level: Level = "error",
        there: Spot | None = None,
    ) -> None:
        """Something is wrong with a row, at one of its keys ("" = the whole table)."""
        keys = (inside,) if isinstance(inside, str) else inside
        spot = row.spot(*keys) if inside else row.spot()
        self.append(
            Finding(spot=spot, thing=row.thing, what=what, hint=hint, level=level, there=there)
        )

    def file(self, file: str, path: Path, what: str, hint: str = "") -> None:
        """Something is wrong with a file as a whole, or at a path in it."""
        self.append(Finding(spot=Spot(file, path), thing="", what=what, hint=hint))


def rows_of(
    file: str,
    data: Mapping[str, Any],
    findings: Findings,
    tables: Mapping[str, Table] = TABLES,
) -> Iterator[Row]:
    """Every known table of one file, read; the unknown ones become findings."""
    alike: dict[str, str] = {}
    for name, raw in data.items():
        if table := tables.get(name):
            for path, one in _each(table, file, raw, findings):
                yield _read(Row(table, file, path, _id(table, path, one)), one, findings, alike)
        else:
            header = f"[[{name}]]" if isinstance(raw, list) else f"[{name}]"
            what = f"unknown table {quoted(header)}"
            if not isinstance(raw, (dict, list)):
                what = f"key {quoted(name)} stands in no table"
            findings.file(file, (name,), what, did_you_mean(name, tables))


def _each(
    table: Table, file: str, raw: object, findings: Findings
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The tables of one kind in one file, with their paths; other shapes become findings."""
    wrong = f"write {table.header}"
    if table.shape == "one":
        found: list[tuple[Path, object]] = [((table.name,), raw)]
    elif table.shape == "named":
        found = [((table.name, k), v) for k, v in raw.items()] if isinstance(raw, dict) else []
    else:
        found = [((table.name, k), v) for k, v in enumerate(raw)] if isinstance(raw, list) else []
    if not found and raw not in ([], {}):
        findings.file(file, (table.name,), f"{quoted(table.name)} has the wrong form", wrong)
    for path, one in found:
        if isinstance(one, dict):
            yield path, one
        else:
            findings.file(file, path, f"{quoted(path[-1])} is no table", wrong)


def _id(table: Table, path: Path, raw: Mapping[str, Any]) -> str:
    """The id as it stands there, sound or not: it names the thing and is a known id."""
    name = path[-1] if table.shape == "named" else raw.get("id")
    return name if isinstance(name, str) else ""


def _read(row: Row, raw: Mapping[str, Any], findings: Findings, alike: dict[str, str]) -> Row:
    """Fill the row from what tomllib gave. `alike`: the texts that were read so far."""
    keys, values = row.table.keys, row.values
    for name, value in raw.items():
        key = keys.get(name)
        if key is None:
            findings.row(row, name, f"unknown key {quoted(name)}", _known_key(row.table, name, raw))
        elif isinstance(got := key.read(value), Fault):
            _note(row, name, got, findings)
        else:  # makers, models, sites and providers are named thousands of times
            values[name] = alike.setdefault(got, got) if type(got) is str else got
    row.given, row.raw = frozenset(raw), raw
    for name in sorted(row.table.required - raw.keys()):
        findings.row(row, "", f'missing key "{name}"', f"wanted: {keys[name].words}")
    if row.table.shape == "named" and isinstance(fault := ident(row.id), Fault):
        findings.row(row, "", fault.what, fault.hint)
    return row


def _known_key(table: Table, name: str, given: Mapping[str, Any]) -> str:
    """The nearest key: one that the table still lacks, any of its own, one of another table."""
    lacking = [key for key in table.keys if key not in given]
    if near := did_you_mean(name, lacking) or did_you_mean(name, table.keys):
        return near
    elsewhere = {key: other for other in reversed(list(TABLES.values())) for key in other.keys}
    meant = nearest(name, elsewhere)
    if meant is None:
        return ""
    stands = f"it stands in {elsewhere[meant].header}"
    return stands if meant == name else f"{did_you_mean(name, [meant])} {stands}"


def _note(row: Row, name: str, fault: Fault, findings: Findings) -> None:
    inside: tuple[str | int, ...] = (name,) if fault.at is None else (name, fault.at)
    findings.row(row, inside, f"{name}: {fault.what}", fault.hint)

"""Takes tables of cells into the files: what is new, what changes, each fault at its cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from inventory.cells import CLEAR, of_cell
from inventory.edition import IDENTITY, EditError, Edition, Identity, identity
from inventory.folding import fold
from inventory.grids import HEADS, Grid, GridCell, UnreadableError, read_csv
from inventory.keys import Table
from inventory.kinds import Fault, ident
from inventory.labels import keys_by_heading, tables_by_heading
from inventory.problems import Level, did_you_mean, quoted
from inventory.rows import Row
from inventory.tables import TABLES


class Trouble(NamedTuple):
    """What is wrong, and the cell where it is."""

    at: str
    what: str
    level: Level = "error"

    def __str__(self) -> str:
        told = self.what if self.level == "error" else f"warning: {self.what}"
        return f"{self.at}: {told}"


class Changed(NamedTuple):
    at: str
    key: str
    old: Any
    new: Any  # None: taken away


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: `status` is new, changed or same."""

    at: str
    table: str
    id: str
    status: str
    changed: tuple[Changed, ...]


@dataclass
class Import:
    """The plan: the edition holds what `apply` would write."""

    edition: Edition
    lines: list[Line] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def errors(self) -> list[Trouble]:
        return [one for one in self.troubles if one.level == "error"]


@dataclass(slots=True)
class Incoming:
    """A row of cells that could be read: raw values of TOML, and where each stands."""

    table: Table
    at: str
    values: dict[str, Any]
    cells: dict[str, str]  # key → cell
    cleared: set[str] = field(default_factory=set)  # keys that are to be taken away
    faulty: set[str] = field(default_factory=set)

    def spot(self, key: str) -> str:
        """The cell of a key; of one that has none, the row."""
        return self.cells.get(key, self.at)


def plan(edition: Edition, read: Iterable[Incoming], troubles: Iterable[Trouble]) -> Import:
    """Take rows into the files of an edition. `troubles`: what was wrong with reading them."""
    found = Import(edition, troubles=list(troubles))
    after: dict[str, Row] = {}
    for row in edition.rows:
        if row.table.name in ("site", "device") and row.id:
            after[str(row.values.get("site", row.id))] = row
    taken: dict[Identity, Incoming] = {}
    for one in read:
        key = identity(one.table, str(one.values.get("id", "")), one.values)
        if one.faulty & {"id", *IDENTITY.get(one.table.name, ())}:
            continue  # nobody knows which row that is, and what is wrong with it is told
        if "id" in one.table.required and "id" not in one.values:
            found.troubles.append(Trouble(one.at, 'missing key "id"'))
        elif (first := taken.setdefault(key, one)) is not one:
            found.troubles.append(Trouble(one.spot("id"), f"the same row stands at {first.at}"))
        else:
            _take(found, one, edition.held.get(key), after)
    _check(found, taken)
    return found


def _take(found: Import, one: Incoming, row: Row | None, after: Mapping[str, Row]) -> None:
    try:
        if row is not None:
            _change(found, row, one)
        else:
            _add(found, one, after)
    except EditError as error:
        found.troubles.append(Trouble(one.at, str(error)))


# -- from cells to values ----------------------------------------------------------------------


def read_rows(grid: Grid, only: str | None, troubles: list[Trouble]) -> Iterable[Incoming]:
    """The rows of a sheet of ours. `only`: the table that it is, whatever it is called."""
    name = only or tables_by_heading().get(fold(grid.title))
    if name is None:
        name = _by_headings(grid)
    if name is None:
        near = did_you_mean(fold(grid.title), tables_by_heading())
        what = f"the sheet is left out: its name is that of no table; {near}".rstrip("; ")
        troubles.append(Trouble(grid.title, what, "warning"))
        return
    headings = keys_by_heading(name)
    at, columns = headings_of(grid, headings)
    if not columns:
        troubles.append(Trouble(grid.title, f"no heading is a key of [[{name}]]", "error"))
        return
    _tell_left_out(grid, at, columns, headings, troubles)
    for number, cells in grid.rows:
        own = {columns[c]: cell for c, cell in cells.items() if c in columns}
        if number > at and own and not _is_heading(own, headings):
            yield _row(TABLES[name], own, cells[min(cells)].at, troubles)


def _tell_left_out(
    grid: Grid,
    at: int,
    columns: Mapping[int, str],
    headings: Mapping[str, str],
    troubles: list[Trouble],
) -> None:
    """Columns that are no key, or that have no heading and yet a value: once each."""
    told: set[int] = set()
    for number, cells in grid.rows:
        for column, cell in sorted(cells.items()):
            if number < at or column in columns or column in told:
                continue
            told.add(column)
            what = f"{quoted(cell.value)} stands under no heading: the column is left out"
            if number == at:
                word = fold(str(cell.value))
                near = "its key has one" if word in headings else did_you_mean(word, headings)
                what = f"column {quoted(cell.value)} is left out; {near}".rstrip("; ")
            troubles.append(Trouble(cell.at, what, "warning"))


def _by_headings(grid: Grid) -> str | None:
    """The table whose keys most headings name, where one does clearly."""
    counts = {
        name: len(headings_of(grid, keys_by_heading(name))[1])
        for name, table in TABLES.items()
        if table.shape == "many"
    }
    best = sorted(counts, key=lambda name: -counts[name])[:2]
    return best[0] if counts[best[0]] >= 3 and counts[best[0]] > counts[best[1]] else None


def headings_of(grid: Grid, known: Mapping[str, str]) -> tuple[int, dict[int, str]]:
    """The row with most headings, the first of equals, and column → key."""
    best: tuple[int, dict[int, str]] = (0, {})
    for number, cells in grid.rows[:HEADS]:
        columns: dict[int, str] = {}
        for column, cell in sorted(cells.items()):
            key = known.get(fold(str(cell.value)))
            if key is not None and key not in columns.values():
                columns[column] = key
        if len(columns) > len(best[1]):
            best = (number, columns)
    return best


def _is_heading(cells: Mapping[str, GridCell], headings: Mapping[str, str]) -> bool:
    """The row of key names under the labels."""
    return all(headings.get(fold(str(cell.value))) == key for key, cell in cells.items())


def _row(table: Table, own: Mapping[str, GridCell], at: str, troubles: list[Trouble]) -> Incoming:
    row = Incoming(table, at, {}, {key: cell.at for key, cell in own.items()})
    for key, cell in own.items():
        if str(cell.value).strip() == CLEAR:
            row.cleared.add(key)
            continue
        value = _value(table, key, cell)
        if isinstance(value, Fault):
            row.faulty.add(key)
            hint = f"; {value.hint}" if value.hint else ""
            troubles.append(Trouble(cell.at, f"{key}: {value.what}{hint}"))
        elif value is not None:
            row.values[key] = value
    return row


def _value(table: Table, key: str, cell: GridCell) -> Any:
    """What a cell means for a key, or the Fault in it; None: it is empty."""
    if cell.fault:
        return Fault(cell.fault)
    if key not in table.keys:  # the name of a profile
        return ident(str(cell.value))
    return of_cell(table.keys[key], cell.value)


# -- from values to tables ---------------------------------------------------------------------


def _change(found: Import, row: Row, one: Incoming) -> None:
    changed = []
    for key, raw in one.values.items():
        if key in one.table.keys and not _same(one.table, key, row.raw.get(key), raw):
            changed.append(Changed(one.spot(key), key, row.raw.get(key), raw))
    for key in sorted(one.cleared):
        if key in row.raw:
            changed.append(Changed(one.spot(key), key, row.raw[key], None))
    if changed:
        found.edition.set(row, {each.key: each.new for each in changed})
    status = "changed" if changed else "same"
    found.lines.append(Line(one.at, one.table.name, _name(one), status, tuple(changed)))


def _same(table: Table, key: str, old: Any, new: Any) -> bool:
    """Do both mean the same? An unsound value is the same as itself alone."""
    if old is None or old == new:
        return bool(old == new)
    if isinstance(old, str) and isinstance(new, str) and old.strip() == new.strip():
        return True  # no cell keeps blanks around a text
    read = table.keys[key].read
    values = read(old), read(new)
    return not any(isinstance(value, Fault) for value in values) and values[0] == values[1]


def _add(found: Import, one: Incoming, after: Mapping[str, Row]) -> None:
    changed = tuple(Changed(one.spot(key), key, None, raw) for key, raw in one.values.items())
    near = after.get(str(one.values.get("site", ""))) if one.table.name == "device" else None
    found.edition.add(one.table.name, one.values, near)
    found.lines.append(Line(one.at, one.table.name, _name(one), "new", changed))


def _name(one: Incoming) -> str:
    keys = IDENTITY.get(one.table.name, ("id",))
    return " ".join(str(one.values[key]) for key in keys if key in one.values)


# -- what canh check says of it ----------------------------------------------------------------


def _check(found: Import, taken: Mapping[Identity, Incoming]) -> None:
    """What is wrong with the files as planned, told at the cell that brought it."""

    def brought(row: Row) -> Incoming | None:
        return taken.get(identity(row.table, row.id, row.raw))

    def cell(row: Row, key: str) -> str | None:
        one = brought(row)
        return one.spot(key) if one else None

    for wrong in found.edition.wrongs(cell)[1]:
        one = brought(wrong.row) if wrong.row else None
        if one and any(wrong.what == f'missing key "{key}"' for key in one.faulty):
            continue  # it stands there, and what is wrong with it is told
        found.troubles.append(Trouble(wrong.at, wrong.told, wrong.level))


def by_cell(troubles: Sequence[Trouble]) -> dict[str, list[str]]:
    """Cell → what is wrong there, for marking a workbook."""
    found: dict[str, list[str]] = {}
    for one in troubles:
        found.setdefault(one.at, []).append(one.what)
    return found


def read_file(path: Path) -> list[Grid]:
    """The grids of an xlsx or CSV file; UnreadableError says why there are none."""
    if path.suffix.casefold() in (".xlsx", ".xlsm"):
        from inventory.workbooks import read_xlsx  # openpyxl takes a while to load

        return read_xlsx(path)
    if path.suffix.casefold() in (".csv", ".tsv", ".txt"):
        return [read_csv(path)]
    raise UnreadableError(f"{path}: is neither .xlsx nor .csv")

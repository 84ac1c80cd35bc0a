"""Tables for programs and workbooks: each cell of several values becomes several columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from reports.picture_numbers import numbers_of
from reports.pictures import Picture
from reports.tables import (
    At,
    Between,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Ratio,
    Roll,
    Section,
    Share,
    Shares,
    Stack,
    Table,
    Target,
    Word,
)
from store.ledger import shares
from store.stretches import SHARES

GROUP = Column("within", 3)
_ROLLED = (Column("why", 3), Column("name", 3))


class Field(NamedTuple):
    """One column of plain cells. `aspect`: which value of a wider column it is, or ``."""

    column: Column
    aspect: str
    key: str  # for programs, with its unit: mttr_s, began_earliest
    lasting: bool  # times, or dashes


class FlatRow(NamedTuple):
    cells: tuple[Cell, ...]
    id: str
    kind: str
    look: str


class Flat(NamedTuple):
    fields: tuple[Field, ...]
    rows: tuple[FlatRow, ...]


class _Split(NamedTuple):
    """How a column comes apart."""

    aspects: tuple[str, ...]
    parts: Callable[[Cell], tuple[Cell, ...]]


def flat(table: Table, *, every_share: bool = False) -> Flat:
    """A heading over rows becomes a column of them. Shares of the time that no row has are left
    out, unless `every_share`."""
    rows = list(_grouped(table))
    columns = ((GROUP,) if _has_groups(table) else ()) + table.columns
    fields: list[Field] = []
    parts: list[list[tuple[Cell, ...]]] = []
    for place, column in enumerate(columns):
        cells = [row.cells[place] for row in rows]
        split = _split(cells, every_share)
        made = [split.parts(cell) for cell in cells]
        for number, aspect in enumerate(split.aspects):
            fields.append(_field(column, aspect, [one[number] for one in made]))
        parts.append(made)
    joined = zip(*parts, strict=True)
    return Flat(
        tuple(fields),
        tuple(
            FlatRow(tuple(chain.from_iterable(cells)), row.id, row.kind, row.look)
            for row, cells in zip(rows, joined, strict=True)
        ),
    )


def left_out(section: Section) -> Table | None:
    """The names of its rolls as a table."""
    rolls = [part for part in section.parts if isinstance(part, Roll)]
    lines = tuple(Line((roll.heading, name)) for roll in rolls for name in roll.names)
    caption = Word(f"section.{section.name}")
    return Table(f"{section.name}-rest", caption, _ROLLED, lines) if lines else None


def tables(section: Section) -> Iterator[Table]:
    """All that can be a sheet: its tables, the numbers of its pictures, its names."""
    for part in section.parts:
        if isinstance(part, Table):
            yield part
        elif isinstance(part, Picture):
            yield replace(numbers_of(part), caption=part.caption)
    if names := left_out(section):
        yield names


def _has_groups(table: Table) -> bool:
    return any(line.look == "group" for line in table.lines)


def _grouped(table: Table) -> Iterator[Line]:
    if not _has_groups(table):
        yield from table.lines
        return
    group: Cell = None
    for line in table.lines:
        if line.look == "group":
            group = line.cells[0]
        else:
            yield replace(line, cells=(group, *line.cells))


def _field(column: Column, aspect: str, cells: Sequence[Cell]) -> Field:
    lasting = any(isinstance(cell, Lasting) for cell in cells)
    percent = any(isinstance(cell, Percent | Target | Share) for cell in cells)
    key = f"{column.key}_{aspect}" if aspect else column.key
    unit = "_s" if lasting else "_pct" if percent else ""
    return Field(column, aspect, key if key.endswith(unit) else key + unit, lasting)


def _split(cells: Sequence[Cell], every_share: bool) -> _Split:
    mains = [_main(cell) for cell in cells]
    if any(isinstance(cell, Shares) for cell in mains):
        return _by_share(mains, every_share)
    if any(isinstance(cell, Between) for cell in mains):
        if any(isinstance(cell, Stack) for cell in cells):
            told = ("earliest", "latest", "about")
            return _Split(told, lambda cell: (*_ends(cell), _small(cell)))
        return _Split(("earliest", "latest"), _ends)
    if any(isinstance(cell, Ratio) for cell in mains):
        return _Split(("", "of"), _part_of_whole)
    if any(isinstance(cell, Stack) for cell in cells):
        return _Split(("", "about"), lambda cell: (_main(cell), _small(cell)))
    return _Split(("",), lambda cell: (cell,))


def _by_share(cells: Sequence[Cell], every_share: bool) -> _Split:
    splits = [cell.split for cell in cells if isinstance(cell, Shares)]
    met = tuple(
        share
        for place, share in enumerate(SHARES)
        if every_share or any(one[place] for one in splits)
    )

    def parts(cell: Cell) -> tuple[Cell, ...]:
        found = _main(cell)
        if not isinstance(found, Shares):
            return (None,) * len(met)
        spent = shares(found.split)
        return tuple(Lasting(spent[share], plain=True) for share in met)

    return _Split(met, parts)


def _ends(cell: Cell) -> tuple[Cell, ...]:
    """What is said instead of a moment stands at its begin; the moment in it at its end."""
    match _main(cell):
        case Between(earlier_ms, later_ms):
            return At(earlier_ms), At(later_ms)
        case Word(_, values) as word:
            return word, next((one for one in values.values() if isinstance(one, At)), None)
        case other:
            return other, None


def _part_of_whole(cell: Cell) -> tuple[Cell, ...]:
    found = _main(cell)
    if isinstance(found, Ratio):
        return Count(found.part), Count(found.whole)
    return found, None


def _main(cell: Cell) -> Cell:
    return cell.main if isinstance(cell, Stack) else cell


def _small(cell: Cell) -> Cell:
    if not isinstance(cell, Stack) or not cell.small:
        return None
    first, *rest = cell.small
    return Stack(first, tuple(rest)) if rest else first

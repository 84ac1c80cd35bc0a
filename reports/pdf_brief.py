"""What of each table stands in the body of the printed report; the whole goes to an appendix.

The body is upright A4, where six or seven columns can be read: wide tables show those by which
a row is judged, and of long ones the rows that a manager must see.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from reports.tables import Count, Line, Percent, Stack, Table, Target, Word

MOST_COLUMNS, MOST_ROWS = 6, 20  # of a table that stands in the body as it is
MOST_DEVICES = 1000
_JUDGED = ("target", "seen_pct", "outages", "longest", "longest_own", "mttr")


class Brief(NamedTuple):
    """`first`: how many of its rows, None: all; `low`: only those that are not whole."""

    columns: tuple[str, ...]
    first: int | None = None
    low: bool = False


_BRIEFS = {
    "tiers": Brief(
        ("tier", "service_pct", "seen_pct", "measured", "missed", "unsure", "outages", "lost")
    ),
    "sites": Brief(("site", "service_pct", *_JUDGED), 10, low=True),
    "units": Brief(
        ("unit", "service_pct", "measured", "target", "outages", "longest"), 10, low=True
    ),
    "providers": Brief(
        ("provider", "availability_pct", "measured", "target", "verdict", "outages", "longest_own")
    ),
    "links": Brief(("link", "availability_pct", *_JUDGED), 10, low=True),
    "services": Brief(("service", "service_pct", *_JUDGED), 10, low=True),
    "worst": Brief(("site", "lost_here", "service_pct", "outages", "longest", "main_cause"), 10),
    "reliability": Brief(("group", "measured", "outages", "incidents", "mttr", "mtbf")),
    "incidents": Brief(("incident", "from", "to", "outages", "lost_here", "cause"), 10),
    "works": Brief(("scope", "from", "to", "meant", "counted"), 20),
    "edits": Brief(("moment", "thing", "change", "field", "before", "after"), 20),
    "capacity": Brief(("link", "capacity_mbps", "days_measured", "fullness"), 10),
    "optics": Brief(("light_end", "rx_dbm", "margin_db", "slope_db_month", "light"), 10),
    "other-side": Brief(("other_thing", "ours_pct", "theirs_pct", "more_pct", "other_why"), 10),
    "outages": Brief(("thing", "began", "ended", "lost_here", "cause"), 15),
}


class Verdicts(NamedTuple):
    """How many rows have a target, and how they stand against it."""

    judged: int
    met: int
    missed: int
    unsure: int


def fits(table: Table) -> bool:
    return len(table.columns) <= MOST_COLUMNS and len(table.lines) <= MOST_ROWS


def brief_of(table: Table) -> Brief | None:
    """None: nothing of it stands in the body."""
    return _BRIEFS.get(table.name) or _BRIEFS.get(table.name.partition("-")[0])


def shortened(table: Table, brief: Brief) -> Table:
    """The same cells, fewer of them; `whole` is of how many rows they are the first."""
    places = [
        place
        for place, one in enumerate(table.columns)
        if one.key in brief.columns and not _is_idle(table, place)
    ]
    lines = [line for line in table.lines if line.look != "group"]
    if brief.low:
        lines = [line for line in lines if _is_low(line) or _mark(table, line) == "missed"]
    kept = tuple(
        replace(line, cells=tuple(line.cells[place] for place in places))
        for line in lines[: brief.first]
    )
    columns = tuple(table.columns[place] for place in places)
    return replace(table, columns=columns, lines=kept, whole=len(lines))


def verdicts(table: Table) -> Verdicts:
    marks = [_mark(table, line) for line in table.lines]
    judged = sum(mark is not None for mark in marks)
    return Verdicts(judged, *map(marks.count, ("met", "missed", "unsure")))


def troubled(table: Table) -> Table:
    """Of devices only those that failed or have no figure, under the headings that they need.

    `whole` is how many these are; of very many the lowest are kept.
    """
    found = [line for line in table.lines if line.look != "group" and _is_troubled(table, line)]
    lowest = sorted(found, key=lambda line: -1.0 if (low := _main(line)) is None else low)
    wanted = set(map(id, lowest[:MOST_DEVICES]))
    kept: list[Line] = []
    heading: Line | None = None
    for line in table.lines:
        if line.look == "group":
            heading = line
        elif id(line) in wanted:
            kept += [line] if heading is None else [heading, line]
            heading = None
    return replace(table, lines=tuple(kept), whole=len(found))


def rows(table: Table) -> int:
    return sum(line.look != "group" for line in table.lines)


def _is_idle(table: Table, place: int) -> bool:
    """A column of targets or verdicts where nobody set a target."""
    if table.columns[place].key not in ("target", "verdict"):
        return False
    cells = (line.cells[place] for line in table.lines if line.look != "group")
    return all(cell is None or (isinstance(cell, Target) and cell.value is None) for cell in cells)


def _is_troubled(table: Table, line: Line) -> bool:
    counted = zip(table.columns, line.cells, strict=True)
    failed = any(
        column.key == "outages" and isinstance(cell, Count) and bool(cell.value)
        for column, cell in counted
    )
    return failed or _is_low(line) or _main(line) is None


def _is_low(line: Line) -> bool:
    value = _main(line)
    return value is not None and value < 100


def _main(line: Line) -> float | None:
    """The percentage by which it is judged."""
    found = (cell.value for cell in line.cells if isinstance(cell, Percent) and cell.main)
    return next(found, None)


def _mark(table: Table, line: Line) -> str | None:
    """`met`, `missed`, `unsure`, or None where there is no target."""
    if line.look == "group":
        return None
    for column, cell in zip(table.columns, line.cells, strict=True):
        found = cell.main if isinstance(cell, Stack) else cell
        if column.key == "verdict" and isinstance(found, Word):
            return found.mark
    return None

"""Reads the figures that a provider or the central operator reports, each fault at its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from inventory.cells import of_cell
from inventory.folding import fold
from inventory.grids import Grid, GridCell
from inventory.importing import headings_of, read_file
from inventory.keys import Key
from inventory.kinds import Fault, text
from inventory.moments import midnight
from inventory.problems import Trouble, did_you_mean, quoted

KINDS = ("link", "site", "device", "service", "provider", "unit")
COLUMNS = ("source", "month", "from", "to", "kind", "id", "availability_pct", "downtime_minutes",
           "note")  # fmt: skip
LONGEST = {"source": 100, "id": 200, "note": 2000}
_HEADINGS = {
    "source": ("nguồn", "bên báo cáo", "nguồn số liệu"),
    "month": ("tháng", "kỳ"),
    "from": ("từ", "từ ngày", "from day"),
    "to": ("đến", "đến ngày", "đến hết ngày", "to day"),
    "kind": ("loại", "loại đối tượng"),
    "id": ("mã", "mã kênh", "mã đối tượng", "circuit", "circuit_id", "circuit id"),
    "availability_pct": ("độ khả dụng", "độ khả dụng (%)", "availability", "availability (%)"),
    "downtime_minutes": ("thời gian gián đoạn (phút)", "gián đoạn (phút)", "downtime (minutes)"),
    "note": ("ghi chú",),
}
_WORDS = {
    "link": ("đường truyền", "kênh", "kênh truyền", "circuit"),
    "site": ("điểm mạng", "điểm"),
    "device": ("thiết bị",),
    "service": ("dịch vụ",),
    "provider": ("nhà mạng", "nhà cung cấp"),
    "unit": ("đơn vị", "đơn vị hành chính"),
}
_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})|([0-9]{1,2})[/-]([0-9]{4})")
_DAY = Key(form="day", read=lambda raw: raw, words="")
_NUMBER = Key(form="number", read=lambda raw: raw, words="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One line of the file: [from, to) in UTC ms. `kind`: where the file says it."""

    at: str
    cells: Mapping[str, str]  # column → cell
    source: str
    from_ms: int
    to_ms: int
    kind: str | None
    named: str  # an id, kind:id, or the provider's number of a circuit
    availability_pct: float | None
    down_ms: int | None
    note: str | None

    def spot(self, column: str) -> str:
        """The cell of a column; of one that has none, the line."""
        return self.cells.get(column, self.at)


@dataclass(frozen=True, slots=True)
class FiguresFile:
    """A line with a fault is no row."""

    name: str
    rows: tuple[FigureRow, ...]
    troubles: tuple[Trouble, ...]


def read_figures(path: Path, zone: ZoneInfo, now_ms: int) -> FiguresFile:
    """CSV or xlsx; UnreadableError where it is neither."""
    troubles: list[Trouble] = []
    rows: list[FigureRow] = []
    known = _headings()
    for grid in read_file(path):
        at, columns = headings_of(grid, known)
        if "id" not in columns.values():
            hint = f"the first line is {','.join(COLUMNS)}"
            troubles.append(Trouble(grid.title, f"there is no heading of figures; {hint}"))
            continue
        _tell_left_out(grid, at, columns, troubles)
        for number, cells in grid.rows:
            own = {columns[column]: cell for column, cell in cells.items() if column in columns}
            if number > at and own:
                line = _Line(own, cells[min(cells)].at, zone, now_ms)
                row = line.row()
                troubles += line.troubles
                rows += [row] if row is not None else []
    return FiguresFile(path.name, tuple(rows), tuple(troubles))


def _headings() -> dict[str, str]:
    names = {column: (column, column.replace("_", " "), *_HEADINGS[column]) for column in COLUMNS}
    return {fold(name): column for column, own in names.items() for name in own}


def _tell_left_out(
    grid: Grid, at: int, columns: Mapping[int, str], troubles: list[Trouble]
) -> None:
    heads: Mapping[int, GridCell] = dict(grid.rows).get(at, {})
    for column, cell in sorted(heads.items()):
        if column not in columns:
            hint = did_you_mean(str(cell.value), COLUMNS) or f"there are {', '.join(COLUMNS)}"
            what = f"column {quoted(cell.value)} is not read; {hint}"
            troubles.append(Trouble(cell.at, what, "warning"))


class _Line:
    """The cells of one line, and what is wrong with them."""

    def __init__(self, cells: Mapping[str, GridCell], at: str, zone: ZoneInfo, now_ms: int) -> None:
        self._cells, self._at, self._zone, self._now_ms = cells, at, zone, now_ms
        self.troubles: list[Trouble] = []

    def row(self) -> FigureRow | None:
        source, named = self._text("source", needed=True), self._text("id", needed=True)
        kind, note = self._kind(), self._text("note")
        period = self._period()
        pct, minutes = self._pct(), self._number("downtime_minutes")
        if minutes is not None and minutes < 0:
            self._add("downtime_minutes", f"{quoted(minutes)} is below 0")
        if "availability_pct" not in self._cells and "downtime_minutes" not in self._cells:
            what = "there is neither availability_pct nor downtime_minutes; write one of them"
            self._add("", what)
        if self.troubles or source is None or named is None or period is None:
            return None
        return FigureRow(
            at=self._at,
            cells={column: cell.at for column, cell in self._cells.items()},
            source=source,
            from_ms=period[0],
            to_ms=period[1],
            kind=kind,
            named=named,
            availability_pct=pct,
            down_ms=None if minutes is None else round(minutes * 60_000),
            note=note,
        )

    def _add(self, column: str, what: str) -> None:
        cell = self._cells.get(column)
        self.troubles.append(Trouble(cell.at if cell else self._at, what))

    def _value(self, column: str) -> Any:
        """None where the cell is empty or cannot be read, which is told then."""
        cell = self._cells.get(column)
        if cell is None:
            return None
        if cell.fault:
            self._add(column, cell.fault)
            return None
        return cell.value.strip() if isinstance(cell.value, str) else cell.value

    def _read(self, column: str, key: Key, value: Any) -> Any:
        found = of_cell(key, value)
        if isinstance(found, Fault):
            self._add(column, f"{found.what}; {found.hint}".rstrip("; "))
            return None
        return found

    def _text(self, column: str, *, needed: bool = False) -> str | None:
        value = self._value(column)
        if value is None:
            if needed and column not in self._cells:
                self._add(column, f"{column} is missing; each line needs it")
            return None
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        found = text(f"{value:g}" if isinstance(value, float) else str(value) if plain else value)
        if isinstance(found, Fault):
            self._add(column, f"{column} {found.what}; {found.hint}".rstrip("; "))
            return None
        if len(found) > LONGEST[column]:
            self._add(column, f"{column} is longer than {LONGEST[column]} characters; shorten it")
            return None
        return found.strip()

    def _kind(self) -> str | None:
        value = self._value("kind")
        if value is None:
            return None
        known = {fold(word): kind for kind in KINDS for word in (kind, *_WORDS[kind])}
        kind = known.get(fold(str(value)))
        if kind is None:
            hint = did_you_mean(str(value), KINDS) or f"one of {', '.join(KINDS)}"
            self._add("kind", f"{quoted(value)} is not known; {hint}")
        return kind

    def _number(self, column: str) -> float | None:
        value = self._value(column)
        return None if value is None else self._read(column, _NUMBER, value)

    def _pct(self) -> float | None:
        """A cell that a spreadsheet shows as 99.95 % may hold 0.9995: that is not guessed."""
        value = self._value("availability_pct")
        if isinstance(value, str):
            value = value.removesuffix("%").strip().replace(",", ".")
            try:
                value = float(value)
            except ValueError:
                self._add("availability_pct", f"{quoted(value)} is no percentage; as 99,95")
                return None
        found = None if value is None else self._read("availability_pct", _NUMBER, value)
        if found is None:
            return None
        if not 0 <= found <= 100:
            self._add("availability_pct", f"{quoted(found)} is no percentage from 0 to 100")
        elif 0 < found <= 1:
            hint = "write 99,95 and format the cell as a number, not as a percentage"
            self._add("availability_pct", f"{quoted(found)} may be {100 * found:g} %; {hint}")
        return float(found)

    def _period(self) -> tuple[int, int] | None:
        """A month, or two days that are both within it."""
        named = [column for column in ("month", "from", "to") if column in self._cells]
        if named == ["month"]:
            days = self._month()
        elif named == ["from", "to"]:
            first, last = (self._day(column) for column in ("from", "to"))
            days = None if first is None or last is None else (first, last + timedelta(days=1))
        else:
            self._add(named[0] if named else "", "a line needs a month, or both from and to")
            return None
        if days is None:
            return None
        column = "to" if "to" in named else "month"
        try:
            begin, end = (midnight(day, self._zone) for day in days)
        except (OverflowError, ValueError):
            self._add(column, "the period is out of range")
            return None
        if end <= begin:
            self._add(column, "the period ends before it begins; `to` is its last day")
        elif end > self._now_ms:
            self._add(column, "the period is not over yet; figures are of what has happened")
        return begin, end

    def _month(self) -> tuple[date, date] | None:
        value = self._value("month")
        if value is None:
            return None
        if isinstance(value, datetime | date):
            year, month = value.year, value.month
        else:
            found = _MONTH.fullmatch(str(value))
            year = int(found[1] or found[4]) if found else 0
            month = int(found[2] or found[3]) if found else 0
        if not 1 <= month <= 12 or not 1970 <= year < 9999:
            self._add("month", f"{quoted(value)} is no month; write 2026-10 or 10/2026")
            return None
        first = date(year, month, 1)
        return first, (first + timedelta(days=31)).replace(day=1)

    def _day(self, column: str) -> date | None:
        value = self._value(column)
        found = None if value is None else self._read(column, _DAY, value)
        return found if isinstance(found, date) else None


def spelled(row: FigureRow) -> Iterator[tuple[str | None, str]]:
    """(kind, id) as which it may be known here."""
    yield row.kind, row.named
    kind, _, key = row.named.partition(":")
    if key and kind in KINDS and row.kind in (None, kind):
        yield kind, key

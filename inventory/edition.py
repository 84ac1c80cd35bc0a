"""The files of a configuration with changes that are planned: seen, checked, then written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from inventory.files import read_all
from inventory.keys import Table
from inventory.kinds import Fault
from inventory.lines import line_of, lines
from inventory.model import Network
from inventory.problems import Level, Spot, told
from inventory.problems import Path as KeyPath
from inventory.rows import Findings, Row, rows_of
from inventory.sites_toml import examine
from inventory.tables import TABLES
from inventory.toml_text import TomlText, bare
from inventory.written import write_all

_NOTHING: Mapping[Path, str] = {}


# What makes a row the same thing as another, where it is not the id alone.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "unit": ("id", "valid_from"),
    "placement": ("site", "unit", "valid_to"),
    "path": ("site", "device", "link"),
    "maintenance": ("scope", "starts"),
    "target": ("applies_to",),
}
Identity = tuple[str, ...]


def identity(table: Table, id_: str, values: Mapping[str, Any]) -> Identity:
    """Two rows with the same one are the same thing; `values` are raw ones."""
    keys = IDENTITY.get(table.name)
    if keys is None:
        return table.name, id_
    return table.name, *(_meant(table, key, values.get(key)) for key in keys)


def _meant(table: Table, key: str, value: Any) -> str:
    """A day or a moment is the same however it is written."""
    if value is None:
        return ""
    read = table.keys[key].read(value)
    if isinstance(read, Fault):
        return str(value)
    if table.keys[key].form == "moment":
        return datetime.fromisoformat(str(read)).astimezone(UTC).isoformat()
    return str(read)


class Wrong(NamedTuple):
    """What is wrong with the files as planned."""

    at: str  # where that stands
    told: str  # for a person
    what: str
    level: Level = "error"
    row: Row | None = None  # as planned


Came = Callable[[Row, str], str | None]


def _from_files(_row: Row, _key: str) -> None:
    return None


class EditError(Exception):
    """The files have a form in which they cannot be changed; the text names the place."""


class Edition:
    """`rows`: every table as the files have it, in their order. `faults`: files that cannot be
    read. `planned`: texts that stand for those on the disk, by resolved path, from an edition
    before this one."""

    def __init__(self, path: Path, planned: Mapping[Path, str] = _NOTHING) -> None:
        self._path = path
        self._planned = planned
        sources, _, _ = read_all(path, planned)
        self.rows: list[Row] = []
        self.faults = [source.fault for source in sources if source.fault]
        self._files: dict[str, Path] = {}
        self._before: dict[str, str] = {}
        self._texts: dict[str, TomlText] = {}
        self._lines: dict[str, dict[KeyPath, int]] = {}
        self._main = sources[0].name
        for source in sources:
            self._files[source.name] = source.path.resolve()
            self._before[source.name] = source.text
            self._texts[source.name] = TomlText(source.text)
            self.rows += rows_of(source.name, source.data or {}, Findings())

    def of(self, table: str) -> list[Row]:
        return [row for row in self.rows if row.table.name == table]

    def _must_have(self, row: Row) -> None:
        if not self._texts[row.file].has(row.path):
            raise EditError(
                f"{row.file}: {row.thing} is written inline; give it a header of its own:"
                f" {row.table.header.replace('NAME', row.id)}"
            )

    def set(self, row: Row, values: Mapping[str, Any]) -> None:
        """Give keys of a table new values, as TOML has them; None takes a key away."""
        self._must_have(row)
        self._texts[row.file].set(row.path, values, list(row.table.keys))

    def add(self, table: str, values: Mapping[str, Any], after: Row | None = None) -> None:
        """A new table behind that one; else behind the last of its kind, or at the very end."""
        near = after or next((row for row in reversed(self.rows) if row.table.name == table), None)
        order = TABLES[table].keys
        ordered = {key: values[key] for key in order if values.get(key) is not None}
        header = TABLES[table].header.replace("NAME", bare(values.get("id", "")))
        if near:
            self._must_have(near)
        file, place = (near.file, near.path) if near else (self._main, None)
        if not self._texts[file].takes(table):
            raise EditError(f"{file}: {table} is written inline; write {header} tables instead")
        self._texts[file].add(header, ordered, place)

    def texts(self) -> dict[Path, str]:
        """The files that change, with their new text."""
        fresh = {name: text.text() for name, text in self._texts.items()}
        changed = {
            self._files[name]: text for name, text in fresh.items() if text != self._before[name]
        }
        return {**self._planned, **changed}

    def again(self) -> Edition:
        """For changes to what was added."""
        return Edition(self._path, self.texts())

    def check(self) -> tuple[Network | None, list[str]]:
        """The network as planned, and what is wrong with it, at the lines of the files as they
        are. No secret is looked up."""
        network, wrongs = self.wrongs()
        errors = [f"{one.at}: {one.told}" for one in wrongs if one.level == "error"]
        return (None if errors else network), errors

    def wrongs(self, came: Came = _from_files) -> tuple[Network, list[Wrong]]:
        """The same with warnings, and the network even so. `came`: where a key of a table came
        from, if not from the files."""
        examined = examine(self._path, secrets=False, instead=self.texts())
        planned = {(row.file, row.path): row for row in examined.rows}

        def place(spot: Spot) -> tuple[str, Row | None]:
            for end in range(len(spot.path), 0, -1):
                if row := planned.get((spot.file, spot.path[:end])):
                    inside = spot.path[end:]
                    key = str(inside[0]) if inside else "id"
                    return came(row, key) or self._place(row, inside), row
            return spot.file, None

        found = [
            Wrong(f"{fault.file}:{fault.line}", told("", fault.what, fault.hint), fault.what)
            for source in examined.sources
            if (fault := source.fault)
        ]
        for one in examined.findings:
            at, row = place(one.spot)
            what = f"{one.what} at {place(one.there)[0]}" if one.there else one.what
            found.append(Wrong(at, told(one.thing, what, one.hint), one.what, one.level, row))
        return examined.network, found

    def write(self) -> list[Path]:
        """All changed files, or none."""
        texts = self.texts()
        write_all({path: _mark(path) + text for path, text in texts.items()})
        return list(texts)

    def files(self) -> frozenset[Path]:
        """All that the configuration consists of, resolved."""
        return frozenset(self._files.values())

    def _place(self, row: Row, inside: KeyPath) -> str:
        """Where a planned row, or a key of it, stands in the files as they are."""
        old = self.held.get(identity(row.table, row.id, row.raw))
        if old is None:
            return f"{row.file}: new {row.table.header}"
        return f"{old.file}:{self._line(old, inside)}"

    @cached_property
    def held(self) -> dict[Identity, Row]:
        """The rows by what makes them the same thing as another."""
        return {identity(row.table, row.id, row.raw): row for row in self.rows}

    def _line(self, row: Row, inside: KeyPath) -> int:
        """Where a row, or a key of it, stands in the text as it was."""
        if row.file not in self._lines:
            self._lines[row.file] = lines(self._before[row.file])
        return line_of(self._lines[row.file], (*row.path, *inside))


def _mark(path: Path) -> str:
    """The byte order mark that a file began with stays."""
    with path.open("rb") as file:
        return "\ufeff" if file.read(3) == b"\xef\xbb\xbf" else ""

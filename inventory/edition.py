"""The files of a configuration with changes that are planned: seen, checked, then written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inventory.files import read_all
from inventory.keys import TABLES
from inventory.rows import Findings, Row, rows_of
from inventory.sites_toml import Examined, Reading, examine, read
from inventory.toml_text import TomlText
from inventory.written import write_all

_NOTHING: Mapping[Path, str] = {}


class Edition:
    """`rows`: every table as the files have it, in their order. `planned`: texts that stand for
    those on the disk, by resolved path, from an edition before this one."""

    def __init__(self, path: Path, planned: Mapping[Path, str] = _NOTHING) -> None:
        self._path = path
        self._planned = planned
        sources, _, _ = read_all(path, planned)
        self.rows: list[Row] = []
        self._files: dict[str, Path] = {}
        self._before: dict[str, str] = {}
        self._texts: dict[str, TomlText] = {}
        self._main = sources[0].name
        for source in sources:
            self._files[source.name] = source.path.resolve()
            self._before[source.name] = source.text
            self._texts[source.name] = TomlText(source.text)
            self.rows += rows_of(source.name, source.data or {}, Findings())

    def of(self, table: str) -> list[Row]:
        return [row for row in self.rows if row.table.name == table]

    def set(self, row: Row, values: Mapping[str, Any]) -> None:
        """Give keys of a table new values, as TOML has them; None takes a key away."""
        self._texts[row.file].set(row.path, values, list(row.table.keys))

    def add(self, table: str, values: Mapping[str, Any], after: Row | None = None) -> None:
        """A new table behind that one; else behind the last of its kind, or at the very end."""
        near = after or next((row for row in reversed(self.rows) if row.table.name == table), None)
        order = TABLES[table].keys
        ordered = {key: values[key] for key in order if values.get(key) is not None}
        header = TABLES[table].header.replace("NAME", str(values.get("id", "")))
        file, place = (near.file, near.path) if near else (self._main, None)
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

    def check(self, *, secrets: bool = True) -> Reading:
        """What `canh check` would say of the files as planned."""
        return read(self._path, secrets=secrets, instead=self.texts())

    def examine(self) -> Examined:
        """The same, before lines are looked up; no secret is."""
        return examine(self._path, secrets=False, instead=self.texts())

    def write(self) -> list[Path]:
        """All changed files, or none."""
        texts = self.texts()
        write_all(texts)
        return list(texts)

"""Names of sheets: short, told apart, without the signs that a workbook does not allow."""

from __future__ import annotations

import re

from inventory.phrases import table as phrases
from reports.shown import shown
from reports.tables import Table
from reports.wording import Wording

LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def short_title(table: Table, wording: Wording) -> str:
    """By its phrase `report.sheet.NAME`, else by its caption; `sites-commune` is of a tier."""
    base, _, part = table.name.partition("-")
    if f"report.sheet.{table.name}" in phrases():
        return wording.say(f"sheet.{table.name}")
    if f"report.sheet.{base}" not in phrases():
        return wording.text(table.caption)
    said = wording.say(f"sheet.{base}")
    if f"report.sheet.of.{part}" in phrases():
        return f"{said} {wording.say(f'sheet.of.{part}')}"
    return f"{said} {part}" if part.isdigit() else said


class Titles:
    """Of one workbook: no name comes twice, in whatever case."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._taken = {"history"}  # Excel keeps it for itself

    def of(self, table: Table) -> str:
        return self._unique(short_title(table, self._wording))

    def new(self, key: str) -> str:
        return self._unique(self._wording.say(key))

    def _unique(self, text: str) -> str:
        clean = _FORBIDDEN.sub(" ", shown(text)).strip("' ") or "-"
        title, number = _cut(clean), 1
        while title.casefold() in self._taken:
            number += 1
            title = _cut(clean, f" ({number})")
        self._taken.add(title.casefold())
        return title


def _cut(text: str, end: str = "") -> str:
    return text[: LONGEST - len(end)].rstrip("' ") + end

"""Names of sheets: short, told apart, without the signs that a workbook does not allow."""

from __future__ import annotations

import re

from inventory.phrases import table as phrases
from reports.shown import shown
from reports.tables import Table
from reports.wording import Wording

LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


class Titles:
    """Of one workbook: no name comes twice, in whatever case."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._taken = {"history"}  # Excel keeps it for itself

    def of(self, table: Table) -> str:
        """By its phrase `report.sheet.NAME`, else by its caption; `sites-commune` is of a tier."""
        base, _, part = table.name.partition("-")
        if f"report.sheet.{base}" not in phrases():
            return self._unique(self._wording.text(table.caption))
        said = self._wording.say(f"sheet.{base}")
        if f"report.sheet.of.{part}" in phrases():
            part = self._wording.say(f"sheet.of.{part}")
        elif not part.isdigit():
            part = ""
        return self._unique(f"{said} {part}".strip())

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

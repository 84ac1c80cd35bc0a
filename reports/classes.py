"""Devices by class: what each role of them had, added up by time."""

from __future__ import annotations

from collections import defaultdict

from reports.collate import vietnamese
from reports.document import Document, Row, Standing
from store.states import Kind
from store.tally import ThingFigures, roll_up


def by_class(document: Document) -> tuple[Row, ...]:
    """One roll-up a role, the largest classes first; `name` is the role as it is declared."""
    members: dict[str, list[ThingFigures]] = defaultdict(list)
    for row in document.things:
        if row.kind is Kind.DEVICE and row.history is not None:
            members[row.history.role].append(row.sums)
    rows = [_rolled(role, sums) for role, sums in members.items()]
    return tuple(sorted(rows, key=lambda row: (-row.sums.total, vietnamese(row.name))))


def _rolled(role: str, members: list[ThingFigures]) -> Row:
    sums = roll_up(members, Kind.DEVICE)
    standing = Standing.MEASURED if sums.measured else Standing.NO_DATA
    return Row(id=role, kind=Kind.DEVICE, name=role, standing=standing, sums=sums)

"""Each percentage of a site, link or service opens to the stretches that its split is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.contents import contents
from reports.figures import figures
from reports.sections.opening import MOST, Opening
from reports.tables import At, Lasting, Line, Table, Text, Word
from reports.wording import Wording
from store.ledger import shares
from store.states import Kind
from store.stretches import SHARES
from tests.reports.province import october
from tests.reports.world import MINUTE, Fault, at, history, period

DOCUMENT = figures(october())
OPENED = ("site", "link", "service")
BEGIN, END = at("2026-09-01T00:00"), at("2026-10-01T00:00")


def summed(lines: Sequence[Line]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        share, begin, end, lasted, _ = line.cells
        assert isinstance(share, Word)
        assert isinstance(lasted, Lasting)
        assert isinstance(begin, At)
        assert isinstance(end, At)
        assert lasted.ms == (end.ms or 0) - (begin.ms or 0)
        found[share.key.removeprefix("share.")] += int(lasted.ms or 0)
    return found


def test_the_stretches_of_a_row_add_up_to_its_split() -> None:
    rows = {(row.kind, row.id): row for row in DOCUMENT.things}
    tables = [p for s in contents(DOCUMENT) for p in s.parts if isinstance(p, Table)]
    opened = 0
    for line in (line for table in tables for line in table.lines if line.kind in OPENED):
        if not line.opened:
            continue
        opened += 1
        [row] = [row for (kind, key), row in rows.items() if (kind, key) == (line.kind, line.id)]
        split = {share: ms for share, ms in shares(row.sums.split).items() if ms}
        split.pop(SHARES[-1], None)
        assert summed(line.opened) == split
    assert opened >= 5


def test_what_was_behind_a_root_names_it() -> None:
    wording = Wording(DOCUMENT, "vi")
    behind = [
        line
        for tier in DOCUMENT.tiers
        for row in tier.sites
        for line in Opening(DOCUMENT).lines(row)
        if isinstance(line.cells[0], Word) and line.cells[0].key == "share.unreachable"
    ]
    assert behind
    assert all(isinstance(line.cells[4], Text) for line in behind)
    assert all(wording.text(cell) for line in behind for cell in line.cells)


def test_of_very_many_the_shortest_are_one_sum() -> None:
    faults = [
        Fault(begin=BEGIN + n * 60 * MINUTE, end=BEGIN + n * 60 * MINUTE + MINUTE + n)
        for n in range(MOST + 50)
    ]
    document = figures(period(BEGIN, END, [history(Kind.LINK, "L1", "L1", faults=faults)]))
    [row] = document.links
    lines = Opening(document).lines(row)
    assert len(lines) == MOST + 1
    lasted = [line.cells[3] for line in lines]
    assert sum(cell.ms for cell in lasted if isinstance(cell, Lasting) and cell.ms) == (
        row.sums.split.down_ms
    )
    assert Wording(document, "vi").text(lines[-1].cells[0]) == "và 50 khoảng ngắn hơn"
    starts = [line.cells[1] for line in lines[:-1]]
    assert starts == sorted(starts, key=lambda at: (isinstance(at, At) and at.ms) or 0)

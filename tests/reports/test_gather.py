"""What is gathered from a real record and its samples stands in the report, to the day."""

from __future__ import annotations

import pytest

from cli.gather import gather
from reports.capacity import Fullness
from reports.contents import contents
from reports.document import Document
from reports.figures import figures
from reports.json_form import form
from store.samples import DAY_MS
from tests.store.carried import NOVEMBER, carry, joined, stock
from tests.store.keeping import reading

MBIT = 1_000_000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """To B the link was full from the third day of the period to the ninth, the tenth was half
    polled and full; to A it never was."""
    found = f"sqlite:///{tmp_path_factory.mktemp('canh') / 'record.db'}"
    near, _ = stock(found, joined())

    def says(day: int, step: int) -> tuple[int, int] | None:
        if day == 9 and step % 2:
            return None
        return 90 * MBIT, (90 + (2 <= day <= 9)) * MBIT

    carry(found, near, says)
    return found


def made(url: str, from_ms: int, to_ms: int) -> Document:
    with reading(url) as reader:
        return gather(reader, figures(reader.period(from_ms, to_ms, NOVEMBER.to_ms)))


def test_seven_days_over_in_one_direction_break_the_rule(url: str) -> None:
    document = made(url, NOVEMBER.from_ms, NOVEMBER.to_ms)
    capacity = document.beside.capacity
    assert capacity is not None
    [link] = capacity.links
    assert (link.key, link.days, capacity.days) == ("L1", 11, 12)
    assert (link.to_a.fullness, link.to_a.over, link.to_a.pct) == (Fullness.KEPT, 0, 90.0)
    assert (link.to_b.fullness, link.to_b.over) == (Fullness.BROKEN, 7)
    assert link.to_b.run is not None
    first = NOVEMBER.from_ms + 2 * DAY_MS
    assert link.to_b.run[:3] == (first, first + 6 * DAY_MS, 7)
    assert "capacity" in [section.name for section in contents(document)]
    [told] = form(document)["capacity"]["links"]
    assert (told["to_b"]["run"]["first"], told["to_b"]["run"]["last"]) == (
        "2026-11-03", "2026-11-09",
    )  # fmt: skip


def test_a_run_reaches_over_the_beginning_of_the_period(url: str) -> None:
    document = made(url, NOVEMBER.from_ms + 5 * DAY_MS, NOVEMBER.to_ms)
    assert document.beside.capacity is not None
    [link] = document.beside.capacity.links
    assert (link.to_b.fullness, link.to_b.over) == (Fullness.BROKEN, 4)
    assert link.to_b.run is not None
    assert link.to_b.run.first_ms == NOVEMBER.from_ms + 2 * DAY_MS


def test_a_period_without_a_whole_day_is_told_so(url: str) -> None:
    document = made(url, NOVEMBER.from_ms + 1, NOVEMBER.from_ms + DAY_MS)
    [section] = [one for one in contents(document) if one.name == "capacity"]
    assert [getattr(part, "key", None) for part in section.parts] == ["capacity.no_day"]

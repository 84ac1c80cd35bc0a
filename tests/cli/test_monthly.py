"""The draft of a month is made once, by a process of its own; a failure is an event."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cli.monthly import Monthly, due
from inventory.model import Report
from store.reader import open_questions
from store.urls import sqlite_url
from tests.cli.running import folder
from tests.reports.world import DAY, VIETNAM, at
from tests.store.historic import Past, past
from tests.store.keeping import network

ZONE = ZoneInfo(VIETNAM)
BEGIN, NEXT = at("2026-09-01T00:00"), at("2026-10-01T00:00")
DECLARED = replace(network(), report=Report(monthly=True, keep_in="báo cáo"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Past]:
    """A month that was watched, and its files."""
    folder(tmp_path)
    (tmp_path / "canh-data").mkdir(exist_ok=True)
    with past(sqlite_url(tmp_path / "canh-data" / "record.db"), DECLARED, BEGIN) as found:
        found.watched(BEGIN, NEXT)
        yield found


def made(world: Past, where: Path, now_ms: int, *command: str) -> Monthly:
    one = Monthly(world.url, where / "sites.toml", DECLARED, command or None)
    asyncio.run(one.turn(asyncio.Event(), now_ms))
    return one


def happened(world: Past) -> list[tuple[str, str | None]]:
    reader = open_questions(world.url)
    try:
        return [
            (event["kind"], event["body"]["failed"])
            for event in reader.events()
            if event["kind"].startswith("report_")
        ]
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("now", "month"),
    [
        ("2026-10-01T00:00", None),
        ("2026-10-01T01:59", None),
        ("2026-10-01T02:00", "2026-09"),
        ("2026-10-31T23:59", "2026-09"),
        ("2027-01-01T02:00", "2026-12"),
        ("2028-03-05T12:00", "2028-02"),
    ],
)
def test_the_last_month_is_due_from_two_in_the_morning_of_the_first(
    now: str, month: str | None
) -> None:
    assert due(at(now), ZONE) == month


def test_the_draft_is_made_once_and_remembered_over_a_restart(world: Past, tmp_path: Path) -> None:
    made(world, tmp_path, NEXT + 3 * 3_600_000)
    [path] = (tmp_path / "báo cáo").iterdir()
    assert path.name == "report-2026-09.vi.html"
    assert happened(world) == [("report_made", None)]
    path.unlink()
    made(world, tmp_path, NEXT + 2 * DAY)
    assert not path.exists()
    assert happened(world) == [("report_made", None)]


def test_a_month_before_anything_was_watched_has_no_draft(world: Past, tmp_path: Path) -> None:
    made(world, tmp_path, BEGIN + DAY)
    assert not (tmp_path / "báo cáo").exists()
    assert happened(world) == []


def test_a_failure_is_an_event_and_is_tried_again_after_the_next_start(
    world: Past, tmp_path: Path
) -> None:
    failing = (sys.executable, "-c", "import sys; sys.exit('the disk is full')")
    one = made(world, tmp_path, NEXT + DAY, *failing)
    assert happened(world) == [("report_failed", "the disk is full")]
    asyncio.run(one.turn(asyncio.Event(), NEXT + DAY))
    assert len(happened(world)) == 1
    made(world, tmp_path, NEXT + DAY)
    assert happened(world)[-1] == ("report_made", None)


def test_a_monitor_that_stops_does_not_wait_for_the_report(world: Past, tmp_path: Path) -> None:
    sleeping = (sys.executable, "-c", "import time; time.sleep(60)")

    async def stopped() -> None:
        stop = asyncio.Event()
        one = Monthly(world.url, tmp_path / "sites.toml", DECLARED, sleeping)
        asyncio.get_running_loop().call_later(0.3, stop.set)
        async with asyncio.timeout(20):
            await one.turn(stop, NEXT + DAY)

    asyncio.run(stopped())
    assert happened(world) == []

"""Maintenance of the files: entered once, left alone, cancelled when it is taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from inventory.model import Network, PlannedWork
from store.engine import open_writer
from store.spoken import maintenance
from tests.store.keeping import NOW, bring, network

HOUR = 3_600_000
WORK = PlannedWork(
    scope="site:d",
    starts="2027-02-01T22:00:00+07:00",
    ends="2027-02-02T02:00:00+07:00",
    reason="Thay UPS",
)


def rows(url: str) -> list[Any]:
    engine = open_writer(url)
    with engine.begin() as conn:
        found = list(conn.execute(select(maintenance).order_by(maintenance.c.id)))
    engine.dispose()
    return found


def planning(*works: PlannedWork) -> Network:
    return replace(network(), maintenance=works)


@pytest.fixture
def started() -> int:
    return 1_801_494_000_000  # 2027-02-01 22:00 in Vietnam


def test_a_table_is_entered_once_and_keeps_its_time_of_entry(url: str, started: int) -> None:
    ids = bring(url, planning(WORK)).ids
    bring(url, planning(WORK), NOW + HOUR)
    [row] = rows(url)
    assert (row.thing_id, row.started, row.ended) == (
        ids["site", "d"],
        started,
        started + 4 * HOUR,
    )
    assert (row.source, row.entered, row.author, row.cancelled) == (
        "sites.toml",
        NOW,
        "sites.toml",
        None,
    )


def test_a_changed_table_is_cancelled_and_entered_anew(url: str) -> None:
    bring(url, planning(WORK))
    later = replace(WORK, ends="2027-02-02T04:00:00+07:00", author="Trực")
    bring(url, planning(later), NOW + HOUR)
    old, new = rows(url)
    assert (old.cancelled, new.cancelled) == (NOW + HOUR, None)
    assert (new.entered, new.author, new.ended - new.started) == (NOW + HOUR, "Trực", 6 * HOUR)


def test_a_table_that_is_taken_out_is_cancelled_and_one_that_is_over_stays(
    url: str, started: int
) -> None:
    over = replace(WORK, scope="unit:51", ends="2027-02-01T23:00:00+07:00")
    bring(url, planning(WORK, over))
    bring(url, planning(), started + 2 * HOUR)
    cancelled = {row.ended: row.cancelled for row in rows(url)}
    assert cancelled == {started + HOUR: None, started + 4 * HOUR: started + 2 * HOUR}

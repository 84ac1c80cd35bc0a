"""Load balancers and those on duty learn whether the monitor sees, and strangers no more."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.web.served import NOW, copied, once_filled, serving

PATH = "/api/v1/health"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    return copied(filled, tmp_path)


def sign_of_life(where: Path, **values: Any) -> None:
    """What the monitor's row says of it."""
    with sqlite3.connect(where / "record.db") as conn:
        told = {"beat": NOW + 60_000, "stopped": 0, "blind": 0} | values
        conn.execute("UPDATE poller SET beat = :beat, stopped = :stopped, blind = :blind", told)


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ({}, set()),
        ({"stopped": 1}, {"stopped"}),
        ({"blind": 1}, {"blind"}),
        ({"beat": NOW - 600_000}, {"stopped", "late"}),
    ],
)
async def test_health_is_that_of_the_monitor(
    url: str, tmp_path: Path, values: dict[str, int], trouble: set[str]
) -> None:
    now = {"beat": time.time_ns() // 1_000_000}
    sign_of_life(tmp_path, **now | values)
    async with serving(url, tmp_path) as client:
        status, public, _ = await client.ask(PATH, token=None)
        known, told, _ = await client.ask(PATH)
        lives = await client.ask("/healthz", token=None)
    word = "fail" if trouble else "ok"
    assert (status, public) == (503 if trouble else 200, {"status": word})
    assert (known, told["status"]) == (status, word)
    assert {name for name, wrong in told["trouble"].items() if wrong} == trouble
    assert lives[:2] == (200, "ok\n")


async def test_a_record_that_cannot_be_read_is_no_health(url: str, tmp_path: Path) -> None:
    async with serving(url, tmp_path) as client:
        (tmp_path / "record.db").write_bytes(b"no record any more" * 1000)
        status, told, _ = await client.ask(PATH)
        lives = await client.ask("/healthz", token=None)
    assert (status, told) == (503, {"status": "fail"})
    assert lives[0] == 200
